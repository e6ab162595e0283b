import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Glibc
import QRCode
import Receipts

struct LedgerReceiptCommand: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "receipt", abstract: "The ledger's checkpoint to take home on paper: a QR code, and rows to type in.",
        discussion: """
            Printed, it cannot be changed from here any more. Whoever holds it can show later that a ledger is not the one \
            that there was (assay-verify receipt). The checkpoint covers the entry of the receipt itself; with --cosigned it \
            is the newest that witnesses cosigned.

            Example: assay ledger receipt --out receipt.txt --svg receipt.svg --as carol
            """)
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Option(name: .long, help: "Write it here as text, with the QR code in half blocks.") var out: String?
    @Option(name: .long, help: "Write the QR code here as SVG, for printing.") var svg: String?
    @Flag(name: .long, help: "The newest checkpoint that witnesses cosigned, instead of the latest.") var cosigned = false

    func execute() throws {
        var result = try signing.act("ledger.receipt", cosigned ? ["cosigned": true] : [:], through: connection)
        let note = result["checkpoint"]?.string ?? ""
        guard let symbol = QRSymbol(Array(note.utf8)) else {
            throw CommandFailure(
                .refused, """
                    The checkpoint has \(note.utf8.count) bytes, and a QR code holds at most \(QRSymbol.largest). It has too many \
                    cosignatures: take the receipt without --cosigned, or keep the file of assay ledger checkpoint.
                    """)
        }
        if symbol.level == .low {
            Output.note(
                "The checkpoint has \(note.utf8.count) bytes, more than the \(QRSymbol.largestAtMedium) that a QR code holds at level M. "
                    + "This one is of level L: print it large, and keep it clean.")
        }
        let receipt = ReceiptPage(
            note: note, rows: try rows(note), moment: result["moment"]?.string ?? "", entry: result["entry"]?.integer ?? 0,
            size: result["size"]?.integer ?? 0)
        if let out { try Files.write(Array(receipt.text(symbol.halfBlocks).utf8), to: out) }
        if let svg { try Files.write(Array(symbol.svg(millimetres: 90, caption: receipt.caption).utf8), to: svg) }
        if case .object(var object) = result {
            object["qr"] = [
                "level": .string(symbol.level.rawValue), "modules": .integer(Int64(symbol.width)), "version": .integer(Int64(symbol.version)),
            ]
            result = .object(object)
        }
        try connection.show(result) {
            let files = [out, svg].compactMap { $0 }
            // A terminal has colours of its own, and light on dark is no QR code to many readers.
            let drawn = receipt.text(isatty(STDOUT_FILENO) == 1 ? symbol.terminalText : symbol.halfBlocks)
            return files.isEmpty ? String(drawn.dropLast()) : "\(files.joined(separator: ", ")): the ledger's \(Counted.entries(receipt.size))."
        }
    }

    private func rows(_ note: String) throws -> String {
        do { return try ReceiptRows.text(of: note) } catch { throw CommandFailure(.refused, "The receipt cannot be written: \(error)") }
    }
}

/// What stands on the paper.
private struct ReceiptPage {
    let note: String
    let rows: String
    let moment: String
    let entry: Int64
    let size: Int64

    private var origin: String { note.utf8Split("\n", maxSplits: 1).first ?? "" }

    var caption: [String] { [origin, "\(Counted.entries(size)), taken \(moment) as entry \(entry)", "assay-verify receipt --image PHOTO --vkey ledger.vkey"] }

    func text(_ drawing: String) -> String {
        """
        RECEIPT OF A LEDGER

        ledger   \(origin)
        entries  \(size)
        taken    \(moment) by the appliance's clock, recorded as entry \(entry)

        \(drawing)
        The QR code holds the ledger's signed checkpoint, byte for byte. The rows below are the same for typing:
        a number, a check, and text (from ':' a line begins, from '+' it goes on).

        \(rows)
        Verify it away from the appliance:   assay-verify receipt THIS-FILE --vkey ledger.vkey
        Hold a later ledger against it:      … --against CHECKPOINT --consistency PROOF, or --ledger DIR

        """
    }
}
