import ArgumentParser
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import CommandSupport

@main
struct AssayAuthority: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-authority",
        abstract: "What the clearing authority does: its key, and its signature under rosters and terms.",
        discussion: """
            The authority decides who is cleared and, with each lab, how much may be shown. Both are JSON documents that \
            it signs (DSSE, Ed25519) on a machine of its own; the appliance takes in nothing else.

              assay-authority keygen --to keys
              assay-authority sign roster.json --key keys/authority.key --out roster.dsse.json
              assay-authority sign terms.json --key keys/authority.key --out terms.dsse.json
            The lab then adds its signature to the terms: assay-lab sign-terms terms.dsse.json.

            Exit status: 0 done; 64 the command line is wrong; 65 the document is not what it should be; 66 a file is \
            missing; 73 the output cannot be created; 77 the passphrase does not open the key.
            """,
        subcommands: [AuthorityKeygen.self, AuthoritySign.self, AuthorityShow.self])

    static let purpose = "assay-authority signing key v1"
}

struct AuthorityKeygen: AuthorityCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make the authority's signing key (Ed25519), kept under a passphrase (Argon2id).",
        discussion: """
            Writes authority.key (sealed) and authority.pub.pem (for appliances). An existing key is never overwritten.

            Example: assay-authority keygen --to keys
            """)

    @OptionGroup var options: AuthorityOptions
    @Option(name: .long, help: "The folder to write to.") var to: String

    func execute() throws {
        let (file, pem) = ("\(to)/authority.key", "\(to)/authority.pub.pem")
        for path in [file, pem] where Files.exists(path) {
            throw AuthorityFailure(.cannotCreate, "\(path) is already there: use that key, or name another folder.")
        }
        let passphrase = try Passphrase.read(file: options.passphraseFile, prompt: "New passphrase for the authority's key", confirm: true)
        let key = Ed25519PrivateKey.generate()
        let box = try PassphraseBox.seal(key.seed, passphrase: passphrase, purpose: AssayAuthority.purpose, cost: .moderate)
        try Files.makeFolder(to, mode: 0o700)
        try Files.write(box, to: file, mode: 0o600)
        try Files.write(Array(key.publicKey.pem.utf8), to: pem)
        let fingerprint = Fingerprint.spoken(of: key.publicKey.spkiDER)
        try options.show(["key": .string(file), "publicKey": .string(pem), "fingerprint": .string(fingerprint)]) {
            """
            Signing key: \(file) (keep a backup: without it nobody can be cleared anew)
            Public key:  \(pem) (give it to appliances and labs)
            Fingerprint, to compare aloud with them:

              \(fingerprint)
            """
        }
    }
}

struct AuthoritySign: AuthorityCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign a roster or terms, or add the authority's signature to an envelope.",
        discussion: """
            The document is read as the appliance will read it, so nothing is signed that it would refuse.

            Example: assay-authority sign roster.json --key keys/authority.key --out roster.dsse.json
            """)

    @OptionGroup var options: AuthorityOptions
    @Argument(help: "The document (JSON), or its envelope with others' signatures.") var file: String
    @Option(name: .long, help: "The authority's sealed key.") var key: String
    @Option(name: .long, help: "Write the envelope here.") var out: String

    func execute() throws {
        let bytes = try Files.read(file, maxBytes: 4 << 20)
        let box = try Files.read(key, maxBytes: 64 << 10)
        let passphrase = try Passphrase.read(file: options.passphraseFile, prompt: "Passphrase of \(key)")
        let secret: Ed25519PrivateKey
        do {
            secret = try Ed25519PrivateKey(seed: PassphraseBox.open(box, passphrase: passphrase, purpose: AssayAuthority.purpose))
        } catch {
            throw AuthorityFailure(.noPermission, "\(key): \(error)")
        }
        do {
            let (document, envelope) = try ClearanceDocument.sign(bytes, with: secret)
            try Files.write(envelope, to: out)
            try options.show(DocumentView.json(document, envelope)) { DocumentView.text(document, envelope) }
        } catch let error as ClearanceError {
            throw AuthorityFailure(.badData, "\(file): \(error.message)")
        }
    }
}

struct AuthorityShow: AuthorityCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What a signed or unsigned roster or terms say, and whose keys signed.",
        discussion: "Example: assay-authority show roster.dsse.json")

    @OptionGroup var options: AuthorityOptions
    @Argument(help: "The document or its envelope.") var file: String

    func execute() throws {
        let bytes = try Files.read(file, maxBytes: 4 << 20)
        do {
            let envelope = try? DSSEEnvelope(json: bytes)
            let document = try ClearanceDocument(json: envelope?.payload ?? bytes)
            try options.show(DocumentView.json(document, bytes)) { DocumentView.text(document, bytes) }
        } catch let error as ClearanceError {
            throw AuthorityFailure(.badData, "\(file): \(error.message)")
        }
    }
}
