import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import MerkleLog
import SealedMedia
import TPM

/// The appliance's four private keys, and what binds it to a TPM. They exist outside guarded memory only while they are sealed or opened.
struct ApplianceSecrets: Sendable {
    /// Signs the ledger's checkpoints.
    let ledger: Ed25519PrivateKey
    /// Signs verdicts and receipts.
    let verdict: Ed25519PrivateKey
    /// Opens what labs seal to this appliance.
    let media: X25519Identity
    /// Wraps the file keys of the store and seals its records.
    let store: SecretBytes
    /// The counter in the machine's TPM that the ledger is anchored in, if it is.
    let tpm: NVCounter.Binding?

    private static let purpose = "assay appliance keys v1"

    static func generate(tpm: NVCounter.Binding? = nil) throws -> ApplianceSecrets {
        ApplianceSecrets(
            ledger: .generate(), verdict: .generate(), media: try .generate(), store: SecretBytes(SecureRandom.bytes(32)), tpm: tpm)
    }

    /// The file that holds them, sealed under `passphrase`.
    func sealed(passphrase: [UInt8]) throws -> [UInt8] {
        let stored = store.withBytes { Array(UnsafeBufferPointer(start: $0, count: 32)) }
        var object: JSONObject = [
            "ledger": .string(Hex.encode(ledger.seed)), "media": .string(Hex.encode(media.secret)),
            "store": .string(Hex.encode(stored)), "verdict": .string(Hex.encode(verdict.seed)),
        ]
        if let tpm { object["tpm"] = tpm.json }
        var plain = try CanonicalJSON.encode(.object(object))
        defer { SecretBytes.wipe(&plain) }
        return try PassphraseBox.seal(plain, passphrase: passphrase, purpose: Self.purpose, cost: .moderate)
    }

    /// Opens what `sealed` made.
    static func open(_ file: [UInt8], passphrase: [UInt8]) throws -> ApplianceSecrets {
        var plain = try PassphraseBox.open(file, passphrase: passphrase, purpose: purpose)
        defer { SecretBytes.wipe(&plain) }
        let field = JSONField(try StrictJSON.parse(plain))
        func key(_ name: String) throws -> [UInt8] {
            guard let bytes = Hex.decode(try field.field(name).string()), bytes.count == 32 else {
                throw try field.field(name).failure("a key of 32 bytes was expected")
            }
            return bytes
        }
        return ApplianceSecrets(
            ledger: try Ed25519PrivateKey(seed: key("ledger")), verdict: try Ed25519PrivateKey(seed: key("verdict")),
            media: try X25519Identity(secret: key("media")), store: SecretBytes(try key("store")),
            tpm: try field.optional("tpm").map { try NVCounter.Binding($0) })
    }

    /// The ledger's signer, under an origin that is the key's own.
    func ledgerSigner() throws -> NoteSigner {
        let digest = SHA256Digest.of(ledger.publicKey.bytes).hex.prefix(16)
        return try NoteSigner(name: "assay.local/ledger/\(digest)", key: ledger)
    }

    /// The public keys, as labs are given them.
    func publicKeys(name: String) throws -> ApplianceKeys {
        try ApplianceKeys(
            name: name, recipient: media.recipient.text, ledgerKey: ledgerSigner().verifierKey, verdictKey: verdict.publicKey)
    }
}
