import ArgumentParser
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport
import Foundation
import QRCode
import Witness

struct Cosign: WitnessCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cosign the checkpoint of a request, if it extends the one cosigned last.",
        discussion: """
            REQUEST is the body of tlog-witness's add-checkpoint, as assay witness request writes it; - reads it from \
            standard input, where a scanner may add line ends. What is cosigned is on this machine's disk before it is \
            given out. A request that contradicts what was cosigned is refused, with exit status 10, 11 or 12, and kept as evidence; 20 \
            asks for a proof from another size.

            Examples:
              assay-witness cosign /media/usb/request --out /media/usb/cosigned
              zbarcam --raw --oneshot | assay-witness cosign - --out cosigned --qr
            """)

    @OptionGroup var options: WitnessCommandOptions
    @Argument(help: "The request's file, or - for standard input.") var request: String
    @Option(name: .long, help: "Write the cosigned checkpoint here.") var out: String
    @Flag(name: .long, help: "Show it as a QR code at the terminal, too, for the appliance's camera.") var qr = false
    @OptionGroup var passphrase: PassphraseOptions

    func execute() throws {
        let verifierKey = try options.verifierKey()
        guard let text = String(validating: try Files.readScanned(request, maxBytes: 1 << 20), as: UTF8.self) else {
            throw WitnessFailure(status: .badData, code: "witness.malformed", message: "\(request) is no request: it is not UTF-8.")
        }
        let cosigner = try Cosigner(name: verifierKey.name, key: key())
        guard cosigner.verifierKey == verifierKey else {
            throw WitnessFailure(
                status: .badData, code: "witness.key-differs",
                message: "\(options.folder.keyFile) and \(options.folder.verifierKeyFile) do not belong together. Restore them from a backup.")
        }
        let (checkpoint, note) = try options.folder.cosign(text, by: cosigner, time: Int64(Date().timeIntervalSince1970))
        try Files.write(Array(note.utf8), to: out)
        if qr, !options.json {
            guard let symbol = QRSymbol(Array(note.utf8)) else {
                throw WitnessFailure(
                    status: .badData, code: "witness.too-long",
                    message: "\(out) has \(note.utf8.count) bytes, and a QR code holds at most \(QRSymbol.largest): carry the file.")
            }
            print(isatty(STDOUT_FILENO) == 1 ? symbol.terminalText : symbol.halfBlocks, terminator: "")
        }
        try options.show([
            "note": .string(note), "origin": .string(checkpoint.origin), "out": .string(out), "root": .string(checkpoint.rootHash.hex),
            "size": .integer(checkpoint.size),
        ]) {
            """
            Cosigned \(Counted.entries(checkpoint.size)) of \(Shown.of(checkpoint.origin)), which extend all that was cosigned before.
            \(out) goes back to the appliance (assay witness accept); a copy of it, kept, is worth as much.
            """
        }
    }

    private func key() throws -> Ed25519PrivateKey {
        let file = options.folder.keyFile
        let box = try Files.read(file, maxBytes: 64 << 10)
        let words = try passphrase.read(prompt: "Passphrase of \(file)")
        do {
            var seed = try PassphraseBox.open(box, passphrase: words, purpose: WitnessFolder.keyPurpose)
            defer { SecretBytes.wipe(&seed) }
            return try Ed25519PrivateKey(seed: seed)
        } catch {
            throw WitnessFailure(status: .noPermission, code: error.code.rawValue, message: "\(file): \(error.message).")
        }
    }
}
