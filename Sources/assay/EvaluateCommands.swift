import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport

struct Plan: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Draft an evaluation plan for a submission: the built-in suites, their thresholds, one seed.",
        discussion: """
            The plan holds everything that decides a result. Read it, change it if you must, and hand it to \
            assay evaluate: its digest is on the ledger before the first sample runs.

            Without --suite it is capability, refusal and over-refusal. With --stop-early each suite asks its items in a random order \
            and ends as soon as an interval that may be looked at at any time settles its threshold.

            With --scaffold, given once for each arm, suites are asked in several ways: bare; retrieval, with passages of the suite's \
            corpus before the question; agent, turn by turn with that corpus to search and a terminal in a sandbox. An arm stands in the plan \
            for each suite that it suits, and the run reports what it adds to the bare one.

            With --pack the tasks are those of an installed benchmark pack (assay pack list), all of them or those that --suite names. What \
            is asked of their results you say with --threshold: METRIC>=VALUE or METRIC<=VALUE, for all tasks, or for one with TASK: before \
            it. A task without a threshold is measured, and decides nothing.

            With --policy the plan holds a capability policy, whole, and has a suite for each of its elicitations (assay policy check FILE); \
            suites that --suite names stand beside them, and --scaffold is of those only.

            Examples:
              assay plan 4f1c --out plan.json
              assay plan 4f1c --suite assay_lookalikes --suite assay_refusal --stop-early --out plan.json
              assay plan 4f1c --suite assay_questions --scaffold bare --scaffold retrieval --scaffold agent --out plan.json
              assay plan 4f1c --pack suite --threshold "acc>=0.5" --threshold "refusals:refusal_rate<=0.1" --out plan.json
              assay plan 4f1c --policy policy.yaml --suite assay_refusal --out plan.json
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Option(name: .long, help: "Write the plan here. Default: standard output.") var out: String?
    @Option(name: .long, help: "The seed of everything that is drawn at random.") var seed: Int64 = 1
    @Option(name: .long, help: "At most so many items of each suite; a quick look, not an audit.") var limit: Int64?
    @Option(name: .long, help: "A suite, by its task's name; again for each further one. An unknown name is answered with those there are.") var suite: [String] = []
    @Option(name: .long, help: "An arm: bare, retrieval or agent; again for each further one. Default: bare.") var scaffold: [String] = []
    @Option(name: .long, help: "A capability policy (YAML): the plan holds it, and asks what it declares.") var policy: String?
    @Flag(name: .long, help: "End each suite as soon as its threshold is settled.") var stopEarly = false
    @Option(name: .long, help: "Draft over the tasks of this installed pack.") var pack: String?
    @Option(name: .long, help: "With --pack: what is asked of a result, such as \"acc>=0.5\" or \"TASK:acc>=0.5\"; again for each further one.") var threshold: [String] = []
    @Flag(name: .long, help: "With --pack: put prompts through the model's chat template.") var chatTemplate = false

    /// A threshold as the command line has it; nil where it is none.
    private static func threshold(_ text: String) -> JSONValue? {
        for (sign, direction) in [(">=", "atLeast"), ("<=", "atMost")] {
            let parts = text.split(separator: sign, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[1].isEmpty else { continue }
            let names = parts[0].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let metric = names.last, !metric.isEmpty else { return nil }
            var object: JSONObject = [
                "threshold": ["direction": .string(direction), "metric": .string(String(metric)), "value": .string(String(parts[1]))]
            ]
            if names.count == 2 { object["task"] = .string(String(names[0])) }
            return .object(object)
        }
        return nil
    }

    func validate() throws {
        guard pack != nil || (threshold.isEmpty && !chatTemplate) else {
            throw ValidationError("--threshold and --chat-template go with --pack; the built-in suites come with their own, which you can change in the plan.")
        }
        guard pack == nil || scaffold.allSatisfy({ $0 == "bare" }) else {
            throw ValidationError("--scaffold does not go with --pack: add it to the plan's suites by hand.")
        }
        for text in threshold where Self.threshold(text) == nil {
            throw ValidationError("--threshold takes [TASK:]METRIC>=VALUE or [TASK:]METRIC<=VALUE, such as \"acc>=0.5\"; this is \(text)")
        }
        for arm in scaffold where !["bare", "retrieval", "agent"].contains(arm) {
            throw ValidationError("--scaffold is bare, retrieval or agent, not \(arm.prefix(64)).")
        }
        if stopEarly, scaffold.contains(where: { $0 != "bare" }) {
            throw ValidationError("--stop-early and --scaffold do not go together: arms are held against each other on all items.")
        }
    }

    func execute() throws {
        var parameters: JSONObject = ["submission": .string(submission), "seed": .integer(seed)]
        if let limit { parameters["limit"] = .integer(limit) }
        if !suite.isEmpty { parameters["suites"] = .array(suite.map { .string($0) }) }
        if stopEarly { parameters["stopEarly"] = true }
        if !scaffold.isEmpty { parameters["scaffolds"] = .array(scaffold.map { .string($0) }) }
        if let pack { parameters["pack"] = .string(pack) }
        if !threshold.isEmpty { parameters["thresholds"] = .array(threshold.compactMap(Self.threshold)) }
        if chatTemplate { parameters["chatTemplate"] = true }
        if let policy { parameters["policy"] = try PolicyFile.read(policy).json }
        let result = try connection.call("plan.draft", .object(parameters))
        let plan = result["plan"]?.string ?? ""
        if let out {
            try Files.write(Array(plan.utf8), to: out)
            try connection.show(result) { "\(out): \(result["sha256"]?.string ?? "")" }
        } else {
            try connection.show(result) { plan }
        }
    }
}

struct Evaluate: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a plan in the confined engine; or run it again and compare, bit for bit.",
        discussion: """
            A run that was interrupted goes on where it stopped when the same plan is given again; no sample is \
            repeated or lost. --replay evaluates a finished run once more and compares every item's record: exit status 1 where \
            one differs. Another plan than those already run on the submission takes a second person: exit status 75.

            Examples:
              assay evaluate --plan plan.json --as alice
              assay evaluate --replay 9a0b --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The plan to run.") var plan: String?
    @Option(name: .long, help: "The finished run to repeat and compare.") var replay: String?

    func validate() throws {
        guard (plan == nil) != (replay == nil) else { throw ValidationError("Give --plan FILE or --replay RUN.") }
    }

    func execute() throws {
        if let plan { try evaluate(plan) } else if let replay { try compare(replay) }
    }

    private func evaluate(_ path: String) throws {
        let file = try Files.read(path, maxBytes: 1 << 20)
        let plan: [UInt8]
        let submission: String
        do {
            // However the file is laid out, what is signed and registered is its canonical form.
            let value = try StrictJSON.parse(file)
            plan = try CanonicalJSON.encode(value)
            submission = try JSONField(value).field("submission").string()
        } catch {
            throw CommandFailure(.missingInput, "\(path) is no plan: \(error). Draft one with assay plan.")
        }
        let result = try signing.act(
            "evaluate", ["submission": .string(submission), "plan": .string(SHA256Digest.of(plan).hex)],
            attachment: String(decoding: plan, as: UTF8.self), through: connection)
        try connection.show(result) { "Run \(result["run"]?.string ?? "")\n" + Self.table(of: result) + Self.uplift(result["uplift"]) }
    }

    private func compare(_ run: String) throws {
        let result = try signing.act("evaluate.replay", ["run": .string(run)], through: connection)
        try connection.show(result) {
            "Run \(result["run"]?.string ?? "") repeated: \(Counted.of(result["samples"]?.integer ?? 0, "record", "records")), every one identical bit for bit."
        }
    }

    /// What each scaffold adds to the bare arm.
    private static func uplift(_ uplifts: JSONValue?) -> String {
        let rows = (uplifts?.array ?? []).map { uplift in
            ["arm", "metric", "bare", "scaffolded", "difference"].map { uplift[$0]?.string ?? "" }
                + ["[\(uplift["lower"]?.string ?? ""), \(uplift["upper"]?.string ?? "")]", "\(uplift["n"]?.integer ?? 0)", uplift["pHolm"]?.string ?? ""]
        }
        guard !rows.isEmpty else { return "" }
        return "\n\nUplift over the bare arm, item by item:\n"
            + Output.table([["arm", "metric", "bare", "with", "uplift", "interval", "n", "p (Holm)"]] + rows, rightAligned: [2, 3, 4, 6, 7])
    }

    /// The suites, and what a policy decided on them.
    static func table(of result: JSONValue) -> String {
        table(result["results"]) + (PolicyTable.text(result["policy"], results: result["results"]).map { "\n\n" + $0 } ?? "")
    }

    static func table(_ results: JSONValue?) -> String {
        let rows = (results?.array ?? []).map { suite in
            func interval(_ figures: JSONValue?) -> String {
                figures?["value"]?.string == nil ? "" : "[\(figures?["lower"]?.string ?? ""), \(figures?["upper"]?.string ?? "")]"
            }
            let corrected = suite["corrected"]?["value"]?.string.map { "\($0) \(interval(suite["corrected"]))" } ?? ""
            return [
                suite["task"]?.string ?? "", suite["metric"]?.string ?? "", "\(suite["n"]?.integer ?? 0)",
                suite["value"]?.string ?? "none", interval(suite), corrected, suite["threshold"]?.string ?? "none",
                (suite["decision"]?.string ?? "measured only") + (suite["reason"]?.string.map { " (\($0))" } ?? ""),
            ]
        }
        return Output.table([["suite", "metric", "n", "value", "interval", "without the judge's error", "threshold", "decision"]] + rows, rightAligned: [2])
    }
}
