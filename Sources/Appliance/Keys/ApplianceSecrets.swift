import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import MerkleLog
import SealedMedia
import TPM

/// The private keys that an open appliance works with. They never change; what binds it to a TPM does when it is opened.
struct WorkingKeys: Sendable {
    /// Signs verdicts and receipts.
    let verdict: Ed25519PrivateKey
    /// Opens what labs seal to this appliance.
    let media: X25519Identity
    /// Wraps the file keys of the store and seals its records.
    let store: SecretBytes
    /// The counter in the machine's TPM that the ledger is anchored in, if it is.
    private(set) var tpm: NVCounter.Binding?

    mutating func bind(to binding: NVCounter.Binding) { tpm = binding }
}

/// All of the appliance's private keys, and what binds it to a TPM. They exist outside guarded memory only while they are
/// sealed or opened, and those that will close the ledger's epoch not in memory at all but then.
struct ApplianceSecrets: Sendable {
    var working: WorkingKeys
    var ledger: LedgerSecrets

    private static let purpose = "assay appliance keys v1"

    static func generate(tpm: NVCounter.Binding? = nil) throws -> ApplianceSecrets {
        ApplianceSecrets(
            working: .init(verdict: .generate(), media: try .generate(), store: SecretBytes(SecureRandom.bytes(32)), tpm: tpm),
            ledger: .generate())
    }

    /// The file that holds them, sealed under `passphrase`.
    func sealed(passphrase: [UInt8]) throws -> [UInt8] {
        let stored = working.store.withBytes { Array(UnsafeBufferPointer(start: $0, count: 32)) }
        var object: JSONObject = [
            "ledger": ledger.json, "media": .string(Hex.encode(working.media.secret)), "store": .string(Hex.encode(stored)),
            "verdict": .string(Hex.encode(working.verdict.seed)),
        ]
        object["tpm"] = working.tpm?.json
        var plain = try CanonicalJSON.encode(.object(object))
        defer { SecretBytes.wipe(&plain) }
        return try PassphraseBox.seal(plain, passphrase: passphrase, purpose: Self.purpose, cost: .moderate)
    }

    /// Opens what `sealed` made.
    static func open(_ file: [UInt8], passphrase: [UInt8]) throws -> ApplianceSecrets {
        var plain = try PassphraseBox.open(file, passphrase: passphrase, purpose: purpose)
        defer { SecretBytes.wipe(&plain) }
        let field = JSONField(try StrictJSON.parse(plain))
        return ApplianceSecrets(
            working: .init(
                verdict: try Ed25519PrivateKey(seed: field.key("verdict")), media: try X25519Identity(secret: field.key("media")),
                store: SecretBytes(try field.key("store")), tpm: try field.optional("tpm").map { try NVCounter.Binding($0) }),
            ledger: try LedgerSecrets(field.field("ledger")))
    }

    /// The public keys, as labs are given them.
    func publicKeys(name: String) throws -> ApplianceKeys {
        try ApplianceKeys(
            name: name, recipient: working.media.recipient.text, ledgerKey: ledger.signer().verifierKey,
            verdictKey: working.verdict.publicKey)
    }
}

extension JSONField {
    /// 32 bytes in hexadecimal.
    func key(_ name: String) throws -> [UInt8] {
        guard let bytes = Hex.decode(try field(name).string()), bytes.count == 32 else {
            throw try field(name).failure("a key of 32 bytes was expected")
        }
        return bytes
    }
}

extension SecretBytes {
    /// HMAC-SHA-256 of a message under this secret.
    func code(for message: [UInt8]) -> [UInt8] {
        var key = withBytes { Array(UnsafeBufferPointer(start: $0, count: count)) }
        defer { Self.wipe(&key) }
        return HMACSHA256.code(for: message, key: key)
    }
}
