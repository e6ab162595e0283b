import ArgumentParser
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport
import Foundation
import Witness

struct Keygen: WitnessCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the witness's key (Ed25519), kept under a passphrase (Argon2id).",
        discussion: """
            Writes witness.key (sealed) and witness.vkey (to give to appliances and oversight bodies) into the home folder. \
            An existing key is never overwritten. The name is by custom a URL without its scheme; it need not lead anywhere.

            Example: assay-witness keygen --name lab.example/witness
            """)

    @OptionGroup var options: WitnessCommandOptions
    @Option(name: .long, help: "The witness's name, as it will stand beside each cosignature.") var name: String
    @OptionGroup var passphrase: PassphraseOptions
    @Flag(name: .long, help: "Use a cheaper Argon2id setting (64 MiB, 0.1 s), for small machines and tests.") var lightKdf = false

    func execute() throws {
        let folder = options.folder
        for file in [folder.keyFile, folder.verifierKeyFile] where Files.exists(file) {
            throw WitnessFailure(
                status: .cannotCreate, code: "witness.key-exists",
                message: "\(file) is already there. Use that key, or name another folder with --home.")
        }
        let key = Ed25519PrivateKey.generate()
        let verifierKey: CosignerKey
        do { verifierKey = try CosignerKey(name: name, publicKey: key.publicKey) } catch {
            throw ValidationError("--name: \(error.message).")
        }
        let words = try passphrase.read(prompt: "New passphrase for the witness's key", confirm: true)
        var seed = key.seed
        defer { SecretBytes.wipe(&seed) }
        let box = try PassphraseBox.seal(
            seed, passphrase: words, purpose: WitnessFolder.keyPurpose, cost: lightKdf ? .interactive : .moderate)
        try Files.makeFolder(folder.path, mode: 0o700)
        try Files.write(box, to: folder.keyFile, mode: 0o600)
        try Files.write(Array((verifierKey.text + "\n").utf8), to: folder.verifierKeyFile)
        try options.show([
            "key": .string(folder.keyFile), "name": .string(name), "vkey": .string(verifierKey.text),
            "vkeyFile": .string(folder.verifierKeyFile),
        ]) {
            """
            Key:          \(folder.keyFile)
            Verifier key: \(folder.verifierKeyFile) (give it to the appliance's custodian and to oversight bodies)

              \(verifierKey.text)
            """
        }
    }
}

struct PassphraseOptions: ParsableArguments {
    @Option(name: .long, help: "A file whose first line is the passphrase. Default: $ASSAY_WITNESS_PASSPHRASE, else ask.")
    var passphraseFile: String?

    func read(prompt: String, confirm: Bool = false) throws -> [UInt8] {
        if passphraseFile == nil, let text = ProcessInfo.processInfo.environment["ASSAY_WITNESS_PASSPHRASE"], !text.isEmpty {
            return Array(text.utf8)
        }
        return try Passphrase.read(file: passphraseFile, prompt: prompt, confirm: confirm)
    }
}
