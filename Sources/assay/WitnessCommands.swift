import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Glibc
import QRCode

struct WitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: "Have the ledger's checkpoints cosigned by witnesses outside, who remember what they saw.",
        discussion: """
            Each evening: write a request, carry it to the witness, who runs assay-witness cosign, and bring the cosigned \
            checkpoint back. From then on nobody can show another history up to there.

            Examples:
              assay witness request --witness lab.example/witness --out request
              assay witness accept cosigned
              assay witness
            """,
        subcommands: [WitnessList.self, WitnessRequestCommand.self, WitnessAccept.self], defaultSubcommand: WitnessList.self)
}

struct WitnessList: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The trusted witnesses, and what each cosigned last.", discussion: "Example: assay witness")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("witness.list")
        try connection.show(result) {
            let rows = (result["witnesses"]?.array ?? []).map { witness in
                [
                    witness["name"]?.string ?? "", witness["size"]?.integer.map { Counted.entries($0) } ?? "nothing yet",
                    witness["moment"]?.string ?? "", witness["behind"]?.integer.map(String.init) ?? "",
                ]
            }
            return rows.isEmpty
                ? "No witness is trusted here; they are named at assay init."
                : Output.table([["witness", "cosigned", "at", "entries since"]] + rows, rightAligned: [3])
        }
    }
}

struct WitnessRequestCommand: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "request", abstract: "Write what a witness needs to cosign: the checkpoint, and the proof from the last one.",
        discussion: """
            As a file, or as a QR code for the witness's camera.

            Examples:
              assay witness request --witness lab.example/witness --out request
              assay witness request --witness lab.example/witness --qr
            """)

    @OptionGroup var connection: ConnectionOptions
    @Option(name: .long, help: "The witness's name.") var witness: String
    @Option(name: .long, help: "The size from which to prove, where the witness remembers another than is known here.") var old: Int64?
    @Option(name: .long, help: "Write the request here.") var out: String?
    @Option(name: .long, help: "Draw it as a QR code here, as SVG.") var svg: String?
    @Flag(name: .long, help: "Show it as a QR code at the terminal.") var qr = false

    func validate() throws {
        guard out != nil || svg != nil || qr else { throw ValidationError("Name a file with --out or --svg, or show it with --qr.") }
    }

    func execute() throws {
        var parameters: JSONObject = ["witness": .string(witness)]
        if let old { parameters["old"] = .integer(old) }
        let result = try connection.call("witness.request", .object(parameters))
        let text = result["request"]?.string ?? ""
        if let out { try Files.write(Array(text.utf8), to: out) }
        if svg != nil || qr {
            guard let symbol = QRSymbol(Array(text.utf8)) else {
                throw CommandFailure(
                    .refused, "The request has \(text.utf8.count) bytes, and a QR code holds at most \(QRSymbol.largest): carry it as a file, --out.")
            }
            if let svg { try Files.write(Array(symbol.svg(millimetres: 120, caption: ["request to \(witness)"]).utf8), to: svg) }
            if qr, !connection.json { print(isatty(STDOUT_FILENO) == 1 ? symbol.terminalText : symbol.halfBlocks, terminator: "") }
        }
        try connection.show(result) {
            "\([out, svg].compactMap(\.self).map { $0 + ": " }.joined())\(Counted.entries(result["size"]?.integer ?? 0)), proved from the \(result["old"]?.integer ?? 0) that \(witness) cosigned last."
        }
    }
}

struct WitnessAccept: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Take a cosigned checkpoint in, and record it.",
        discussion: """
            Bundles that are exported later carry it.

            Examples:
              assay witness accept cosigned
              zbarcam --raw --oneshot | assay witness accept -
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "What assay-witness cosign wrote, or - for standard input.") var file: String

    func execute() throws {
        guard let note = String(validating: try Files.readScanned(file, maxBytes: 1 << 20), as: UTF8.self) else {
            throw CommandFailure(.missingInput, "\(file) is no checkpoint: it is not UTF-8.")
        }
        let result = try connection.call("witness.accept", ["note": .string(note)])
        try connection.show(result) {
            "\(Counted.entries(result["size"]?.integer ?? 0)), cosigned by \((result["witnesses"]?.array ?? []).compactMap(\.string).joined(separator: ", "))."
                + ((result["entries"]?.array ?? []).isEmpty ? " That was known already." : "")
        }
    }
}
