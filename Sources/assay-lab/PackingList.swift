import AuditCrypto
import CommandSupport
import QRCode
import SealedMedia

/// What is printed and goes with sealed media.
struct PackingList {
    struct Volume {
        let number: Int
        let parts: Int
        let bytes: Int
        /// What the label's QR code holds.
        let text: String
    }

    /// SHA-256 of the signed manifest as it lies on each volume.
    let manifestDigest: String
    let volumes: [Volume]
    private let manifest: SubmissionManifest
    private let id: String
    private let signer: String

    init(_ submission: VerifiedSubmission) {
        manifest = submission.manifest
        (id, signer) = (submission.submissionID, submission.signer.keyID)
        let digest = SHA256Digest.of(submission.envelope).hex
        manifestDigest = digest
        let (manifest, id) = (manifest, id)
        let count = manifest.volumes ?? 1
        let held = Dictionary(grouping: manifest.parts) { $0.volume ?? 1 }
        volumes = (1...count).map { number in
            let parts = held[number] ?? []
            return Volume(
                number: number, parts: parts.count, bytes: parts.reduce(0) { $0 + $1.sealedSize },
                text: "assay submission \(id)\nmanifest sha256 \(digest)\nvolume \(number) of \(count)\n")
        }
    }

    func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <title>Submission \(id.prefix(12)): packing list and labels</title>
        <style>
        @page { size: A4; margin: 15mm }
        body { font: 10pt sans-serif; color: #000; background: #fff; max-width: 180mm; margin: auto }
        h1 { font-size: 14pt } h2 { font-size: 11pt }
        table { border-collapse: collapse; width: 100% }
        th, td { text-align: left; padding: 1mm 2mm; border-bottom: 0.2mm solid #999; vertical-align: top }
        .number { text-align: right } .code { font-family: monospace; font-size: 8pt; overflow-wrap: anywhere }
        .line { height: 9mm }
        .label { display: inline-flex; box-sizing: border-box; width: 100mm; height: 60mm; margin: 2mm; padding: 3mm; border: 0.3mm dashed #666;
          gap: 3mm; break-inside: avoid; font-size: 8pt }
        .label svg { flex: none; width: 45mm; height: 45mm } .label p { margin: 0 0 1.5mm; overflow-wrap: anywhere } .label .volume { font-size: 14pt; font-weight: bold }
        .labels { break-before: page }
        </style>
        </head>
        <body>
        <h1>Packing list: \(escaped(manifest.declaration.name)) \(escaped(manifest.declaration.version))</h1>
        <table>
        \(facts.map { "<tr><th>\($0.0)</th><td\($0.2 ? " class=\"code\"" : "")>\(escaped($0.1))</td></tr>" }.joined(separator: "\n"))
        </table>
        <h2>Volumes</h2>
        <table>
        <tr><th>Volume</th><th class="number">Parts</th><th class="number">Bytes</th><th>Handed over</th><th>Taken over</th></tr>
        \(volumes.map { "<tr class=\"line\"><td>\($0.number) of \(volumes.count)</td><td class=\"number\">\($0.parts)</td><td class=\"number\">\($0.bytes)</td><td></td><td></td></tr>" }.joined(separator: "\n"))
        </table>
        <h2>Files</h2>
        <table>
        <tr><th>File</th><th>Kind</th><th class="number">Bytes</th><th>SHA-256</th></tr>
        \(manifest.files.map { "<tr><td>\(escaped($0.path))</td><td>\($0.kind.rawValue)</td><td class=\"number\">\($0.size)</td><td class=\"code\">\($0.digest.hex)</td></tr>" }.joined(separator: "\n"))
        </table>
        <div class="labels">
        \(volumes.map(label).joined(separator: "\n"))
        </div>
        </body>
        </html>

        """
    }

    private var facts: [(String, String, Bool)] {
        var facts = [
            ("Submission", id, true), ("Manifest, SHA-256", manifestDigest, true), ("Lab", manifest.lab, false), ("Lab's key", signer, true),
            ("Sealed to", manifest.recipients.map(\.name).joined(separator: ", "), false), ("Sealed", manifest.created, false),
        ]
        if let repair = manifest.repair { facts.append(("Repair data", repairWords(repair), false)) }
        return facts
    }

    /// What may be lost.
    private func repairWords(_ repair: RepairData) -> String {
        let groups = repair.groups
        let pieces = groups.pieces / groups.groups
        return "any \(Counted.of(pieces, "part", "parts"))\(groups.groups > 1 ? " of each of \(groups.groups) groups" : "") may be lost"
            + (manifest.outlivesAnyVolume ? "; any one volume may be lost" : volumes.count > 1 ? "; the loss of a volume is not covered" : "")
    }

    private func label(_ volume: Volume) -> String {
        // Short text: it fits a symbol.
        let symbol = QRSymbol(Array(volume.text.utf8))?.svg(millimetres: 45, caption: []).split(separator: "\n").dropFirst().joined(separator: "\n") ?? ""
        return """
            <div class="label">\(symbol)<div>
            <p class="volume">Volume \(volume.number) of \(volumes.count)</p>
            <p><b>\(escaped(manifest.declaration.name)) \(escaped(manifest.declaration.version))</b></p>
            <p>\(escaped(manifest.lab)), \(manifest.created)</p>
            <p>To: \(escaped(manifest.recipients.map(\.name).joined(separator: ", ")))</p>
            <p class="code">\(id)</p>
            </div></div>
            """
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
