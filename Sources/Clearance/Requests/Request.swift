import AuditCrypto
import CanonicalEncoding

/// What a person asks of the appliance, and signs (SSHSIG, namespace `assay-request@v1`) before anything is done.
///
/// A JCS object: `action`, `checkpoint` (`origin`, `root`, `size`), `nonce`, `person`, `purpose`, `scope`, `v`. The
/// checkpoint is the newest one that the person has seen: the signature also says "I saw the ledger as it was then".
package struct Request: Hashable, Sendable {
    package static let namespace = "assay-request@v1"

    /// A checkpoint of the ledger, as a request names it.
    package struct CheckpointReference: Hashable, Sendable {
        package let origin: String
        package let size: Int64
        package let root: SHA256Digest

        package init(origin: String, size: Int64, root: SHA256Digest) {
            self.origin = origin
            self.size = size
            self.root = root
        }
    }

    package let action: Action
    package let checkpoint: CheckpointReference
    /// From `NonceRegistry.issue`.
    package let nonce: String
    /// The person's name in the roster.
    package let person: String
    /// Why, in the person's own words: 1 to 512 bytes on one line.
    package let purpose: String
    /// What exactly, in the terms of the action: whoever carries the action out reads it strictly.
    package let scope: JSONObject

    private static let limits = JSONLimits(maxBytes: 64 << 10, maxDepth: 8, maxValues: 4096)
    private static let members = ["action", "checkpoint", "nonce", "person", "purpose", "scope", "v"]

    package init(
        action: Action, person: String, purpose: String, scope: JSONObject, checkpoint: CheckpointReference, nonce: String
    ) {
        self.action = action
        self.checkpoint = checkpoint
        self.nonce = nonce
        self.person = person
        self.purpose = purpose
        self.scope = scope
    }

    /// The bytes to sign (RFC 8785). Throws `badRequest` for what the appliance would not read back.
    package func encoded() throws(ClearanceError) -> [UInt8] {
        let root: JSONValue = [
            "action": .string(action.rawValue),
            "checkpoint": [
                "origin": .string(checkpoint.origin), "root": .string(checkpoint.root.hex), "size": .integer(checkpoint.size),
            ],
            "nonce": .string(nonce), "person": .string(person), "purpose": .string(purpose), "scope": .object(scope), "v": 1,
        ]
        do {
            let bytes = try CanonicalJSON.encode(root)
            _ = try Self.read(bytes)
            return bytes
        } catch {
            throw ClearanceError(.badRequest, "the request cannot be written: \(error)")
        }
    }

    /// Reads signed bytes, which must be in canonical form.
    package init(encoded bytes: [UInt8]) throws(ClearanceError) {
        do { self = try Self.read(bytes) } catch {
            throw ClearanceError(.badRequest, "not a request: \(error)")
        }
    }

    private static func read(_ bytes: [UInt8]) throws -> Request {
        let root = JSONField(try CanonicalJSON.parse(bytes, limits: limits))
        try root.allow(only: members)
        _ = try root.field("v").integer(in: 1...1)
        let checkpoint = try root.field("checkpoint")
        try checkpoint.allow(only: ["origin", "root", "size"])
        guard let digest = SHA256Digest(hex: try checkpoint.field("root").string(maxBytes: 64)) else {
            throw try checkpoint.field("root").failure("64 lower-case hexadecimal digits were expected")
        }
        guard let action = Action(rawValue: try root.field("action").string(maxBytes: 64)) else {
            throw try root.field("action").failure(
                "one of \(Action.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        let nonce = try root.field("nonce"), purpose = try root.field("purpose"), person = try root.field("person")
        guard NonceRegistry.isWellFormed(try nonce.string(maxBytes: 64)) else {
            throw nonce.failure("a nonce from this appliance was expected")
        }
        let purposeText = try purpose.string(maxBytes: 512)
        guard purposeText.unicodeScalars.contains(where: { !$0.properties.isWhitespace }),
            !purposeText.unicodeScalars.contains(where: { $0.properties.generalCategory.isUnprintable })
        else { throw purpose.failure("one line of text was expected: say why you ask") }
        guard Person.isValid(name: try person.string(maxBytes: 64)) else {
            throw person.failure("a name from the roster was expected")
        }
        return Request(
            action: action, person: try person.string(), purpose: purposeText, scope: try root.field("scope").object(),
            checkpoint: CheckpointReference(
                origin: try checkpoint.field("origin").string(maxBytes: 256), size: try checkpoint.field("size").integer(),
                root: digest),
            nonce: try nonce.string())
    }
}

extension Unicode.GeneralCategory {
    /// Controls, line ends and invisible format characters (which can reverse what a reader sees).
    fileprivate var isUnprintable: Bool {
        switch self {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        default: false
        }
    }
}
