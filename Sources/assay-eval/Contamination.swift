import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation
import LocalModel
import Synchronization

struct Contamination: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Has a model read a pack's canaries or a task's items before?",
        discussion: """
            ITEMS are task files, folders of them, or JSON Lines. Each test compares what a model cannot tell apart unless it has read it:

              canary       a GUID among others made the same way, after what stands before it in its file
              choiceOrder  each item's choices in the author's order, and in others
              itemOrder    neighbouring items in the file's order, and in others
              completion   an item's second half, which the model is to write after the first; with --controls, against control items
              loss         with --controls: how likely items are, and control items of the same kind that cannot have been read

            Every figure stands with its n, its interval where it has one, a p-value, and Holm's for all tests together. \
            Runbooks/contamination.md says what each test assumes and what it cannot show. No finding is no proof of a clean model.

            Of a task, items are taken as it puts them, with the right answer; of JSON Lines the whole line, or the text in --field. The \
            same command on the same kind of machine gives the same figures. Some minutes for a hundred items.

            Exit status: 0 done, whatever was found; 64 the command line is wrong; 65 the model, a pack or items cannot be read; 70 the \
            worker ended by itself; 130 interrupted.

            Examples:
              assay-eval contamination --model model.gguf --pack suite.pack --root suite.root.json
              assay-eval contamination --model model.gguf tasks/arc_easy.yaml --controls fresh/arc_easy.yaml
              assay-eval contamination --model model.gguf items.jsonl --field question --canary 1b4e28ba-2fa1-41d2-883f-0016d3cca427
            """)

    @Argument(help: "Task files, folders of them, or files .jsonl.") var items: [String] = []
    @Option(name: .long, help: "A GGUF file, or a safetensors file with its configuration and tokenizer beside it; or a model's folder.") var model: String
    @Option(name: .long, help: "A benchmark pack: its canaries, and the items of its tasks that are not sealed.") var pack: String?
    @Option(name: .long, help: "The root that you trust for the pack. Without it the pack's own is taken, which is said.") var root: String?
    @Option(name: .long, help: "A canary's GUID; may be given several times.") var canary: [String] = []
    @Option(name: .long, help: "What stands before canaries. Default: what does so in the files, or a common sentence.") var canaryContext: String?
    @Option(name: .long, help: "Control items: a task file or JSON Lines, of the same kind, that cannot have been read.") var controls: String?
    @Option(name: .long, help: "Of JSON Lines, the field with the text. Default: the whole line.") var field: String?
    @Option(name: .long, help: "The first so many items of each task or file.") var limit = 100
    @Option(name: .long, help: "GUIDs that a canary is held against.") var guids = 1000
    @Option(name: .long, help: "Orders that the author's is held against.") var orders = 9
    @Option(name: .long, help: "Neighbouring items of which the order is changed.") var shard = 8
    @Option(name: .long, help: "What GUIDs, orders and permutations are drawn from.") var seed: UInt64 = 1
    @Option(name: .long, help: "Threads to compute with. They do not change a result.") var threads = 2
    @Option(name: .long, help: "The longest sequence in tokens. Default: the model's own.") var context: Int?
    @Option(name: .long, help: "Memory of the worker, in MiB. Default: nine times the weights and 2048.") var memory: Int?
    @Flag(name: .long, help: "The report as one JSON object on standard output.") var json = false

    func validate() throws {
        guard !items.isEmpty || pack != nil || !canary.isEmpty else { throw ValidationError("Name items, a pack (--pack), or a canary (--canary).") }
        if root != nil, pack == nil { throw ValidationError("--root is for --pack.") }
        if controls != nil, items.isEmpty, pack == nil { throw ValidationError("--controls needs items to compare with.") }
        if let unknown = canary.first(where: { CanaryGUID($0) == nil }) {
            throw ValidationError("--canary takes 8-4-4-4-12 hexadecimal digits, not \"\(unknown)\".")
        }
        if let canaryContext, canaryContext.utf8.count > 4096 { throw ValidationError("--canary-context is at most 4096 bytes.") }
        guard (1...2000).contains(limit) else { throw ValidationError("--limit is 1 to 2000.") }
        guard (19...100_000).contains(guids) else { throw ValidationError("--guids is 19 to 100000.") }
        guard (1...99).contains(orders) else { throw ValidationError("--orders is 1 to 99.") }
        guard (2...64).contains(shard) else { throw ValidationError("--shard is 2 to 64.") }
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256.") }
        if let context, !(1...1 << 20).contains(context) { throw ValidationError("--context is 1 to 1048576.") }
        if let memory, !(1...1 << 24).contains(memory) { throw ValidationError("--memory is 1 to 16777216 MiB.") }
    }

    func run() async throws {
        var subjects = ContaminationSubjects(field: field, limit: limit)
        let controlItems: [ContaminationItem]?
        do {
            try subjects.add(items)
            if let pack { try subjects.add(pack: pack, root: root, context: canaryContext) }
            subjects.add(canaries: canary.compactMap(CanaryGUID.init), context: canaryContext)
            controlItems = try controls.map { try subjects.controls($0) }
        } catch {
            throw Failure.end(.data, "\(error)")
        }
        let local: LocalModel
        do {
            local = try LocalModel.start(model, threads: threads, context: context, memory: memory.map { $0 << 20 })
        } catch {
            if case .worker = error { throw Failure.end(.software, "\(error)") }
            throw Failure.end(.data, "\(error)")
        }
        defer { local.worker.client.shutdown() }
        let files: [EvaluationPlan.ModelFile]
        do { files = try ModelDigests.of(model) } catch { throw Failure.end(.data, "\(error)") }
        var check = ContaminationCheck(
            model: EngineLanguageModel(client: local.worker.client, identity: local.identity, model: local.information), seed: seed)
        (check.guids, check.orders, check.shard) = (guids, orders, shard)
        let bar = SharedProgressBar()
        defer { bar.finish() }
        let report: ContaminationReport
        do {
            let (work, all) = (check, subjects)
            report = try await Interruption.cancelling { try await Self.report(work, all, controlItems, bar) }
        } catch is CancellationError {
            bar.finish()
            throw Failure.end(.interrupted, "interrupted; nothing is kept")
        } catch {
            bar.finish()
            throw Grader.ended(error)
        }
        bar.finish()
        if json {
            try Output.json([
                "modelSha256": .string(files.digest.hex), "seed": .string(String(seed)), "confidence": "0.95",
                "level": .string(DecimalText.fixed(ContaminationReport.level, places: 2) ?? ""), "found": .integer(Int64(report.found.count)),
                "findings": .array(report.findings.map(\.json)), "remarks": .array(subjects.remarks.map { .string($0) }),
            ])
        } else {
            print(Self.text(report, subjects.remarks))
        }
    }

    private static func report(
        _ check: ContaminationCheck, _ subjects: ContaminationSubjects, _ controls: [ContaminationItem]?, _ bar: SharedProgressBar
    ) async throws -> ContaminationReport {
        let total = check.requests(canaries: subjects.canaries.count)
            + subjects.items.reduce(0) { $0 + check.requests(items: $1.items, controls: controls) }
        let done = Mutex(0)
        let progress: ContaminationCheck.Progress = { count in
            let now = done.withLock { done in
                done += count
                return done
            }
            bar.show("asking", done: now, total: total, unit: "texts")
        }
        var findings: [ContaminationFinding] = []
        for canary in subjects.canaries { findings.append(try await check.canary(canary.guid, after: canary.context, progress: progress)) }
        for part in subjects.items {
            if let finding = try await check.choiceOrder(part.items, subject: part.name, progress: progress) { findings.append(finding) }
            if let finding = try await check.itemOrder(part.items, subject: part.name, progress: progress) { findings.append(finding) }
            findings += try await check.items(part.items, controls: controls, subject: part.name, progress: progress)
        }
        return ContaminationReport(findings)
    }

    private static func text(_ report: ContaminationReport, _ remarks: [String]) -> String {
        func decimal(_ value: Double, _ places: Int = 4) -> String { DecimalText.fixed(value, places: places) ?? "beyond" }
        func chance(_ value: Double?) -> String { value.map { $0 < 0.0001 ? "< 0.0001" : decimal($0) } ?? "" }
        var rows = [["test", "of", "figure", "interval", "n", "p", "p (Holm)", "left out"]]
        for finding in report.findings {
            rows.append([
                finding.test.rawValue, finding.subject, decimal(finding.figure),
                finding.interval.map { "\(decimal($0.lower)) – \(decimal($0.upper))" } ?? "", "\(finding.count)", chance(finding.pValue),
                chance(finding.adjusted), "\(finding.failures)",
            ])
        }
        var lines = [Output.table(rows, rightAligned: [2, 4, 5, 6, 7]), ""]
        for test in ContaminationFinding.Test.allCases where report.findings.contains(where: { $0.test == test }) {
            lines.append("\(test.rawValue): \(test.figure). \(test.limits)")
        }
        lines += remarks.map { "\($0)." }
        lines.append("")
        let tested = report.findings.count { $0.pValue != nil }
        lines.append(
            report.found.isEmpty
                ? "\(Counted.of(tested, "test", "tests")); none finds that the model has read any of it. That is no proof that it has not."
                : "\(report.found.count) of \(Counted.of(tested, "test", "tests")) find that the model has read it: "
                    + report.found.map { "\($0.test.rawValue) of \($0.subject)" }.joined(separator: ", ") + ". Intervals at 0.95.")
        return lines.joined(separator: "\n")
    }
}
