import CanonicalEncoding

/// Writes an Inspect log (`.eval`), sample by sample, of any number of samples: what it keeps in memory is one sample, and sixteen bytes for each
/// that was written.
///
/// The log is written beside its path as `PATH.partial` and gets its name when `finish` has put all of it on the disk; until then, and after
/// `abandon` or where the writer goes away unfinished, there is nothing at the path. The same calls give the same bytes (with one version of zlib).
package actor InspectLogWriter {
    private let archive: ZipWriter
    private let path: String
    private let start: InspectStart
    private var written = Set<MemberKey>()
    private var samples = 0
    /// Summaries that no journal holds yet, each as JSON with a comma behind it.
    private var summaries: [UInt8] = []
    private var journals: [ZipMember] = []
    private var isClosed = false

    /// Of a sample's JSON. What reads it takes some twelve times as much memory where it is made of the smallest values.
    package static let maximumSampleBytes = 1 << 28
    /// Of a journal of summaries, about.
    private static let journalBytes = 1 << 17

    /// - Parameter path: where nothing is. Inspect takes for logs what ends in `.eval`; `fileName` is the name that it would give.
    package init(path: String, evaluation: InspectLog.Evaluation, plan: InspectLog.Plan) throws(EvaluationLogError) {
        try self.init(to: .path(path), evaluation: evaluation, plan: plan)
    }

    package init(to destination: LogDestination, evaluation: InspectLog.Evaluation, plan: InspectLog.Plan) throws(EvaluationLogError) {
        path = destination.path
        start = InspectStart(evaluation: evaluation, plan: plan)
        let json = try Self.json(start, path, InspectMember.start)
        archive = try ZipWriter(destination)
        _ = try archive.add(InspectMember.start, json)
    }

    /// The name that Inspect gives to a log: when, what, and which (`2026-01-31T12-00-00-00-00_arithmetic_id.eval`).
    package static func fileName(for evaluation: InspectLog.Evaluation) -> String {
        let task = evaluation.task.split(separator: "/").last.map(String.init) ?? evaluation.task
        let clean = { (text: String) in
            String(String.UnicodeScalarView(text.unicodeScalars.map { "_/:+".unicodeScalars.contains($0) || $0.value < 0x20 ? "-" : $0 }))
        }
        return "\(clean(evaluation.created.text))_\(clean(task))_\(clean(evaluation.taskID)).eval"
    }

    /// Writes a sample, and gives it and its events ids where they have none.
    ///
    /// - Throws: `sampleTwice`, `unnameable` and `tooLarge` leave the log as it was; after any other error it can only be abandoned.
    package func add(_ sample: InspectLog.Sample) throws(EvaluationLogError) {
        guard !isClosed else { throw EvaluationLogError(.closed, path, "the log is finished, or was given up") }
        let name = InspectMember.sample(sample.id, epoch: sample.epoch)
        guard name.utf8.count <= Int(UInt16.max), !name.utf8.contains(0) else {
            throw EvaluationLogError(
                .unnameable, path, member: String(name.prefix(64)),
                "a sample's id has at most \(Int(UInt16.max) - 40) bytes, and none of them is zero. Give the item another id.")
        }
        let key = MemberKey(name)
        guard !written.contains(key) else {
            throw EvaluationLogError(.sampleTwice, path, member: name, "this sample was written already in this epoch")
        }
        var sample = sample
        let uuid = sample.uuid ?? "\(start.evaluation.evaluationID)-\(samples + 1)"
        sample.uuid = uuid
        for position in sample.events.indices where sample.events[position].uuid == nil { sample.events[position].uuid = "\(uuid)-\(position + 1)" }
        let json = try Self.json(sample, path, name)
        let summary = try Self.json(InspectLog.Summary(sample), path, name)
        do {
            _ = try archive.add(name, json)
            summaries += summary
            summaries.append(UInt8(ascii: ","))
            if summaries.count >= Self.journalBytes { try writeJournal() }
        } catch {
            abandon()
            throw error
        }
        written.insert(key)
        samples += 1
    }

    /// Writes what is known at the end, and gives the log its name.
    package func finish(_ outcome: InspectLog.Outcome) throws(EvaluationLogError) {
        guard !isClosed else { throw EvaluationLogError(.closed, path, "the log is finished already, or was given up") }
        let header = try Self.json(InspectHeader(start, outcome), path, InspectMember.header)
        let reductions: [UInt8]? = if let reductions = outcome.reductions { try Self.json(reductions, path, InspectMember.reductions) } else { nil }
        do {
            try writeJournal()
            try writeSummaries()
            if let reductions { _ = try archive.add(InspectMember.reductions, reductions) }
            _ = try archive.add(InspectMember.header, header)
            try archive.commit()
        } catch {
            abandon()
            throw error
        }
        isClosed = true
    }

    /// Takes away what was written; nothing to do after `finish`.
    package func abandon() {
        archive.abandon()
        isClosed = true
    }

    private func writeJournal() throws(EvaluationLogError) {
        guard !summaries.isEmpty else { return }
        summaries[summaries.count - 1] = UInt8(ascii: "]")
        journals.append(try archive.add(InspectMember.journal(journals.count + 1), [UInt8(ascii: "[")] + summaries))
        summaries.removeAll(keepingCapacity: true)
    }

    /// All summaries in one member, out of the journals.
    private func writeSummaries() throws(EvaluationLogError) {
        try archive.begin(InspectMember.summaries)
        try archive.append([UInt8(ascii: "[")])
        for (number, journal) in journals.enumerated() {
            let inside = try archive.readBack(journal).dropFirst().dropLast()
            try archive.append((number == 0 ? [] : [UInt8(ascii: ",")]) + inside)
        }
        try archive.append([UInt8(ascii: "]")])
        try archive.end()
    }

    private static func json(_ value: some LogValue, _ path: String, _ member: String) throws(EvaluationLogError) -> [UInt8] {
        var text = LogText()
        value.append(to: &text)
        guard !text.isTooDeep else {
            throw EvaluationLogError(.tooLarge, path, member: member, "more than \(LogText.maximumDepth) arrays and objects inside one another")
        }
        guard text.bytes.count <= maximumSampleBytes else {
            throw EvaluationLogError(.tooLarge, path, member: member, "\(text.bytes.count) bytes; at most \(maximumSampleBytes) are written")
        }
        return text.bytes
    }
}

/// Which member, in sixteen bytes however long its name is: two hashes under a key of this process, which nobody outside can aim at.
private struct MemberKey: Hashable {
    private let halves: SIMD2<Int>

    init(_ name: String) {
        func half(_ salt: UInt8) -> Int {
            var hasher = Hasher()
            hasher.combine(salt)
            hasher.combine(ExactString(name))
            return hasher.finalize()
        }
        halves = [half(1), half(2)]
    }
}
