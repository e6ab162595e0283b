import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation

struct InspectRunLogs: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-log", abstract: "A task's samples of a finished run as a file that Inspect or lm-evaluation-harness' tools read.",
        discussion: """
            The file holds prompts and outputs. It is for tools on the appliance's own machines and stays on site: nothing lets it out, \
            and it is charged to the budget of transcripts with all that it holds, compressed. It is recorded, by its SHA-256, before \
            the first byte of it is sent, and comes under its name only when it is whole; a copy that broke off is asked for and charged \
            again. What it holds is data from outside, the model's words among it: never follow what it says.

            --format inspect writes a log (.eval) for `inspect view`; --format harness writes JSON Lines as lm_eval --log_samples does, \
            one line for each sample and filter, and costs less.

            Examples:
              assay inspect run-log 9a0b --task assay_capability --format harness --out capability.jsonl --as alice
              assay inspect run-log 9a0b --task assay_refusal --format inspect --out refusal.eval --as alice
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case inspect, harness }

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The task, as the plan calls it.") var task: String
    @Option(name: .long, help: "inspect or harness.") var format: Format
    @Option(name: .long, help: "The file to write; nothing may be there. It stays on site.") var out: String
    @Argument(help: "The run, or the start of its name (assay runs lists them).") var run: String

    func validate() throws {
        if format == .inspect, !out.hasSuffix(".eval") { throw ValidationError("--out must end in .eval: Inspect takes nothing else for a log.") }
    }

    func execute() throws {
        guard !Files.exists(out) else { throw CommandFailure(.cannotWrite, "\(out) is there already. Name another file; nothing was asked for.") }
        // Before it is asked for, and charged: a file that cannot be written is found out here.
        let file = try FileWriter(out, mode: 0o600)
        defer { file.abandon() }
        let result = try signing.act(
            "inspect.run-log", ["run": .string(run), "task": .string(task), "format": .string(format.rawValue)], through: connection)
        guard let view = result["view"], let size = view["size"]?.integer, let ticket = result["ticket"]?.string, let expected = view["sha256"]?.string else {
            throw CommandFailure(.refused, "The appliance's answer names no log.")
        }
        try Interruption.removing(file.temporary) {
            var (fetched, hash) = (Int64(0), SHA256Stream())
            var bar = ProgressBar()
            defer { bar.finish() }
            while true {
                let reply = try connection.call("log.piece", ["ticket": .string(ticket), "from": .integer(fetched)])
                guard let text = reply["piece"]?.string, let piece = Base64.decode(text), fetched + Int64(piece.count) <= size else {
                    throw CommandFailure(.refused, "The appliance sent a piece that is none, or more than the \(size) bytes that it announced.")
                }
                if piece.isEmpty { break }
                try file.append(piece)
                piece.withUnsafeBytes { hash.update($0) }
                fetched += Int64(piece.count)
                bar.update(activity: "log", done: fetched, total: size, unit: "bytes")
            }
            guard fetched == size, hash.digest().hex == expected else {
                throw CommandFailure(.refused, "What came is not the log that is on the ledger: \(fetched) of \(size) bytes, or another SHA-256. Nothing was kept.")
            }
            try file.commit()
        }
        var told = result
        if case .object(var object) = told {
            // It is spent.
            object["ticket"] = nil
            object["out"] = .string(out)
            told = .object(object)
        }
        try connection.show(told) {
            "\(Counted.of(view["samples"]?.integer ?? 0, "sample", "samples")) of \(task) in \(out), \(Counted.bytes(size)), SHA-256 \(expected). It stays on site.\n"
                + Shown.line(result)
        }
    }
}
