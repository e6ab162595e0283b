import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Verdict: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Adjudicate: read the evidence, then sign pass, fail or inconclusive over its digest.",
        discussion: """
            Without --decision it shows the results and what the plan's thresholds say, and decides nothing. A decision can be \
            stricter than they are, never milder. It takes a second person: exit status 75, and the request's name.

            Examples:
              assay verdict 4f1c
              assay verdict 4f1c --decision pass --as bob
              assay verdict 4f1c --decision pass --as bob --approved 3fa9c1
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Option(name: .long, help: "pass, fail or inconclusive.") var decision: String?
    @Option(name: .customLong("as"), help: "Your name as the roster has it; needed to decide.") var person: String?
    @Option(name: .long, help: "Your OpenSSH private key; or the public one, and ssh-agent signs. Default: ~/.ssh/id_ed25519.") var key: String?
    @Option(name: .long, help: "Why; it goes into the request that you sign.") var purpose: String = "adjudication"
    @Option(name: .long, help: "Carry out this verdict of yours, which another person has approved.") var approved: String?

    func validate() throws {
        if let decision {
            guard ["pass", "fail", "inconclusive"].contains(decision) else {
                throw ValidationError("--decision is pass, fail or inconclusive.")
            }
            guard person != nil else { throw ValidationError("To decide, say who you are with --as.") }
        }
    }

    func execute() throws {
        let name = person ?? ""
        // Evidence is put together once: what was approved is what was signed then.
        if let approved, let decision { return try decide(name, decision, [:], approved: approved) }
        let prepared = try connection.call(
            "verdict.prepare",
            [
                "submission": .string(submission), "decision": decision.map { .string($0) } ?? nil, "person": .string(name),
            ])
        guard let decision else {
            return try connection.show(prepared) {
                Evaluate.table(of: prepared) + "\nThe thresholds say: \(prepared["suggested"]?.string ?? "")."
            }
        }
        try decide(
            name, decision,
            [
                "evidence": prepared["evidence"] ?? nil, "submission": prepared["submission"] ?? nil,
                "verdict": .string(decision),
            ], approved: nil)
    }

    private func decide(_ name: String, _ decision: String, _ scope: JSONValue, approved: String?) throws {
        var signer = SignerOptions(), signing = SigningOptions()
        (signer.person, signer.purpose, signer.key) = (name, purpose, key)
        (signing.signer, signing.approved) = (signer, approved)
        let result = try signing.act("verdict", scope, through: connection)
        try connection.show(result) {
            """
            Verdict \(result["result"]?.string ?? "") (\(decision)) on submission \(result["submission"]?.string ?? "").
            Bundle statements: sha256 \(result["verdict"]?.string ?? "")
            Ledger entry \(result["entry"]?.integer ?? 0).
            """
        }
    }
}

struct Export: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a submission's signed verdict bundle out, and beside it what it unpacks to.",
        discussion: """
            Writes verdict.assay and the five files in it. That it was let out is on the ledger first. The standard rule wants a \
            second person: exit status 75, and the request's name.

            Examples:
              assay export 4f1c --to export --as bob
              assay export 4f1c --to export --as bob --approved 3fa9c1
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String
    @Option(name: .long, help: "The folder to write to.") var to: String

    func execute() throws {
        let result = try signing.act("export", ["submission": .string(submission)], through: connection)
        try writeFiles(result["files"], to: to)
        try connection.show(["entry": result["entry"] ?? nil, "files": .array((result["files"]?.object?.keys ?? []).map { .string("\(to)/\($0)") })]) {
            (result["files"]?.object?.keys ?? []).map { "\(to)/\($0)" }.joined(separator: "\n")
                + "\nLedger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}
