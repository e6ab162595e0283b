import CanonicalEncoding

/// Reads logs that `InspectLogWriter` wrote, and no others: an archive that is not laid out as it lays them out, a member that it does not write or
/// a field that it does not know is an error. One sample at a time is in memory.
package final class InspectLogReader {
    package let evaluation: InspectLog.Evaluation
    package let plan: InspectLog.Plan
    package let outcome: InspectLog.Outcome
    /// How many samples there are.
    package let samples: Int
    private let journals: Int
    private let archive: ZipReader

    private static let maximumBytes = UInt64(InspectLogWriter.maximumSampleBytes)

    package init(path: String) throws(EvaluationLogError) {
        archive = try ZipReader(path: path)
        let start = try Self.read(InspectStart.self, InspectMember.start, archive)
        let header = try Self.read(InspectHeader.self, InspectMember.header, archive)
        for version in [start.version, header.version] where version != InspectLog.version {
            throw EvaluationLogError(.schema, path, "version \(version) of the format; this program reads \(InspectLog.version)")
        }
        let reductions: [InspectLog.Reduction]? =
            archive.contains(InspectMember.reductions) ? try Self.read([InspectLog.Reduction].self, InspectMember.reductions, archive) : nil
        outcome = InspectLog.Outcome(
            header.status, results: header.results, statistics: header.statistics, failure: header.failure, reductions: reductions)
        (evaluation, plan) = (header.evaluation, header.plan)
        guard start.evaluation == evaluation, start.plan == plan else {
            throw EvaluationLogError(.schema, path, "the log begins as another evaluation than it ends")
        }
        (journals, samples) = try Self.counts(archive)
    }

    /// Hands over the samples' summaries, in the order the samples were written, and holds them against the samples that there are.
    package func forEachSummary(_ body: (InspectLog.Summary) throws -> Void) throws {
        var crc = CRC32()
        func add(_ bytes: some Collection<UInt8>) { Array(bytes).withUnsafeBytes { crc.update($0) } }
        var seen = Set<ExactString>()
        add("[".utf8)
        for number in 0..<journals {
            let name = InspectMember.journal(number + 1)
            let bytes = try archive.read(name, maximumBytes: Self.maximumBytes) ?? []
            if number > 0 { add(",".utf8) }
            add(bytes.dropFirst().dropLast())
            for summary in try Self.value([InspectLog.Summary].self, bytes, name, archive.path) {
                let sample = InspectMember.sample(summary.id, epoch: summary.epoch)
                guard archive.contains(sample), seen.insert(ExactString(sample)).inserted else {
                    throw EvaluationLogError(.schema, archive.path, member: name, "it is no summary, or a second one, of a sample in the log: \(sample)")
                }
                try body(summary)
            }
        }
        add("]".utf8)
        guard let all = archive.member(InspectMember.summaries), seen.count == samples, all.crc == crc.value, try archive.isWhole(all) else {
            throw EvaluationLogError(.schema, archive.path, member: InspectMember.summaries, "it says something else than the journals do")
        }
    }

    package func sample(_ id: InspectLog.SampleID, epoch: Int) throws(EvaluationLogError) -> InspectLog.Sample {
        let name = InspectMember.sample(id, epoch: epoch)
        let sample = try Self.read(InspectLog.Sample.self, name, archive)
        guard ExactString(InspectMember.sample(sample.id, epoch: sample.epoch)) == ExactString(name) else {
            throw EvaluationLogError(.schema, archive.path, member: name, "it holds another sample than its name says")
        }
        return sample
    }

    /// A sample by its member's bytes alone.
    package static func sample(json: [UInt8]) throws(EvaluationLogError) -> InspectLog.Sample {
        try value(InspectLog.Sample.self, json, "JSON", "a sample")
    }

    /// The journals and the samples; nothing else is there but what each log has.
    private static func counts(_ archive: ZipReader) throws(EvaluationLogError) -> (journals: Int, samples: Int) {
        var (journals, samples, others) = (0, 0, 0)
        while archive.contains(InspectMember.journal(journals + 1)) { journals += 1 }
        let single = Set([InspectMember.start, InspectMember.header, InspectMember.summaries, InspectMember.reductions].map(ExactString.init))
        for name in archive.names {
            if InspectMember.isSample(name) { samples += 1 } else if !single.contains(ExactString(name)) { others += 1 }
        }
        guard archive.contains(InspectMember.summaries) else {
            throw EvaluationLogError(.missing, archive.path, member: InspectMember.summaries, "there is no such member")
        }
        guard others == journals else { throw EvaluationLogError(.schema, archive.path, "it has members that no log has") }
        return (journals, samples)
    }

    private static func read<Value: LogValue>(_: Value.Type, _ name: String, _ archive: ZipReader) throws(EvaluationLogError) -> Value {
        guard let bytes = try archive.read(name, maximumBytes: maximumBytes) else {
            throw EvaluationLogError(.missing, archive.path, member: name, "there is no such member")
        }
        return try self.value(Value.self, bytes, name, archive.path)
    }

    private static func value<Value: LogValue>(
        _: Value.Type, _ bytes: [UInt8], _ name: String, _ path: String
    ) throws(EvaluationLogError) -> Value {
        do {
            return try Value(reading: JSONField(try LogTextReader.parse(bytes)))
        } catch let error as JSONError {
            throw EvaluationLogError(.schema, path, member: name, error.description)
        } catch {
            throw EvaluationLogError(.schema, path, member: name, "\(error)")
        }
    }
}
