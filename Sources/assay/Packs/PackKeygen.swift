import ArgumentParser
import AuditCrypto
import AuditSigning
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackKeygen: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make a key to sign packs with (Ed25519), kept under a passphrase (Argon2id).",
        discussion: """
            Writes NAME.key (sealed) and NAME.pub.json (for whoever builds the pack). An existing key is never overwritten. \
            Keys of the root role belong on a machine, or a medium, of their own.

            Example: assay pack keygen --to keys --name alice
            """)

    @OptionGroup var output: PackOutput
    @Option(name: .long, help: "The folder to write to.") var to: String
    @Option(name: .long, help: "What the key is called: letters, digits and _ - . + = @.") var name: String
    @Option(name: .long, help: "A file whose first line is the passphrase. Default: ask at the terminal.") var passphraseFile: String?
    @Flag(name: .long, help: "Use a cheaper Argon2id setting (64 MiB, 0.1 s), for small machines and tests.") var lightKdf = false

    func execute() throws {
        guard PackDescription.isName(name) else { throw ValidationError("--name takes letters, digits and _ - . + = @.") }
        let (file, publicFile) = ("\(to)/\(name).key", "\(to)/\(name).pub.json")
        for path in [file, publicFile] where Files.exists(path) {
            throw PackError(.cannotWrite, "it is already there: use that key, or give another name", file: path)
        }
        let passphrase = try Passphrase.read(file: passphraseFile, prompt: "New passphrase for \(file)", confirm: true)
        let key = Ed25519PrivateKey.generate()
        let sealed = try PackKeyFile.seal(key, passphrase: passphrase, cost: lightKdf ? .interactive : .moderate)
        try Files.makeFolder(to, mode: 0o700)
        try Files.write(sealed, to: file, mode: 0o600)
        try Files.write(PackKeyFile.publicBytes(key.publicKey), to: publicFile)
        let (id, fingerprint) = (PackKey(key.publicKey).id, Fingerprint.spoken(of: key.publicKey.spkiDER))
        try output.show(["fingerprint": .string(fingerprint), "key": .string(file), "keyid": .string(id), "publicKey": .string(publicFile)]) {
            """
            Signing key: \(file) (keep a backup)
            Public key:  \(publicFile) (give it to whoever builds the pack)
            Key id:      \(id)
            Fingerprint, to compare aloud with them:

              \(fingerprint)
            """
        }
    }
}
