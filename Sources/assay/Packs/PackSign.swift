import ArgumentParser
import AuditCrypto
import AuditSigning
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackSign: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Add a key's signature to a pack's metadata.",
        discussion: """
            Each person signs in turn until every role has as many signatures as it needs. The targets are signed before \
            the snapshot, which states their file's digest, and that before the timestamp: a new signature below makes \
            those above fall away. A root is signed by its own keys and those of the root before it.

            Example: assay pack sign suite-1.pack --role targets --key keys/carol.key
            """)

    @OptionGroup var output: PackOutput
    @Argument(help: "The pack's folder.") var pack: String
    @Option(name: .long, help: "What to sign: root, targets, snapshot or timestamp; give it once for each.") var role: [Role]
    @Option(name: .long, help: "Your sealed key (.key).") var key: String
    @Option(name: .long, help: "A file whose first line is the passphrase. Default: ask at the terminal.") var passphraseFile: String?

    func execute() throws {
        let folder = try existingPack(pack)
        _ = try PackMetadata(folder)
        let box = try Files.read(key, maxBytes: PackKeyFile.maximumBytes)
        let secret = try PackKeyFile.open(box, passphrase: Passphrase.read(file: passphraseFile, prompt: "Passphrase of \(key)"))
        for role in [Role.root, .targets, .snapshot, .timestamp] where self.role.contains(role) {
            try PackMetadata(folder).sign(role, with: secret)
        }
        try PackSignatures(PackMetadata(folder)).show(output)
    }
}

extension Role: ExpressibleByArgument {}

/// Who has signed what, as a table.
struct PackSignatures {
    let rows: [PackMetadata.Signed]

    init(_ metadata: PackMetadata) throws { rows = try metadata.signatures() }

    var isComplete: Bool { rows.allSatisfy(\.isComplete) }

    var json: JSONValue {
        .array(
            rows.map { row in
                [
                    "complete": .bool(row.isComplete), "expires": .string(row.expires.rfc3339), "keys": .integer(Int64(row.keys)), "role": .string(row.name),
                    "signers": .array(row.signers.map { .string($0) }), "threshold": .integer(Int64(row.threshold)), "version": .integer(row.version),
                ]
            })
    }

    var text: String {
        let table = Output.table(
            [["role", "version", "expires", "signatures", ""]]
                + rows.map { row in
                    [row.name, "\(row.version)", row.expires.rfc3339, "\(row.signers.count) of \(row.threshold)", row.isComplete ? "" : "wanting"]
                }, rightAligned: [1])
        return table + (isComplete ? "\nEvery role has the signatures that it needs." : "")
    }

    func show(_ output: PackOutput) throws {
        try output.show(["complete": .bool(isComplete), "roles": json]) { text }
    }
}
