import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// An appliance's public keys, as its file `appliance.json` gives them to labs and oversight bodies.
package struct ApplianceKeys: Sendable {
    package let name: String
    /// What submissions are sealed to: `age1...`.
    package let recipient: String
    /// What its ledger's checkpoints are signed with.
    package let ledgerKey: NoteVerifierKey
    /// What its receipts and verdicts are signed with.
    package let verdictKey: Ed25519PublicKey

    package init(
        name: String, recipient: String, ledgerKey: NoteVerifierKey, verdictKey: Ed25519PublicKey
    ) throws(MediaError) {
        self.name = name
        self.recipient = recipient
        self.ledgerKey = ledgerKey
        self.verdictKey = verdictKey
        do {
            _ = try AgeRecipients.parse(recipient)
        } catch {
            throw Self.failure("the recipient: \(error.message)")
        }
        guard Self.isName(name) else { throw Self.failure("the name is not printable text") }
    }

    /// Whether a lab or an appliance may be called so: printable text, at most 128 bytes.
    package static func isName(_ name: String) -> Bool { Declaration.isPlainText(name, maxBytes: 128) }

    package init(json bytes: [UInt8]) throws(MediaError) {
        let (name, recipient, ledgerText, verdictText): (String, String, String, String)
        do {
            let limits = JSONLimits(maxBytes: 64 << 10, maxDepth: 4, maxValues: 64)
            let field = JSONField(try StrictJSON.parse(bytes, limits: limits))
            try field.allow(only: ["ledgerKey", "name", "recipient", "v", "verdictKey"])
            _ = try field.field("v").integer(in: 1...1)
            name = try field.field("name").string(maxBytes: 128)
            recipient = try field.field("recipient").string(maxBytes: 4096)
            ledgerText = try field.field("ledgerKey").string(maxBytes: 1024)
            verdictText = try field.field("verdictKey").string(maxBytes: 1024)
        } catch {
            throw Self.failure("\(error)")
        }
        let keys: (NoteVerifierKey, Ed25519PublicKey)
        do {
            keys = (try NoteVerifierKey(text: ledgerText), try Ed25519PublicKey(pem: verdictText))
        } catch {
            throw Self.failure("\(error)")
        }
        try self.init(name: name, recipient: recipient, ledgerKey: keys.0, verdictKey: keys.1)
    }

    /// The file's bytes (RFC 8785); the fingerprint is over these, however the file was laid out.
    package func canonicalBytes() throws(MediaError) -> [UInt8] {
        let value: JSONValue = [
            "ledgerKey": .string(ledgerKey.text), "name": .string(name), "recipient": .string(recipient), "v": 1,
            "verdictKey": .string(verdictKey.pem),
        ]
        do {
            return try CanonicalJSON.encode(value)
        } catch {
            throw Self.failure("\(error)")
        }
    }

    /// Eight groups of five digits, for two people to read to one another.
    package func fingerprint() throws(MediaError) -> String { Fingerprint.spoken(of: try canonicalBytes()) }

    private static func failure(_ message: String) -> MediaError {
        MediaError(
            .applianceKeys, "not an appliance's public file: \(message)",
            advice: "Ask the appliance's operators for appliance.json.")
    }
}
