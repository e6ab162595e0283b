import AuditCrypto
import CanonicalEncoding

/// The four roles that a root names keys for.
package enum Role: String, Hashable, Sendable, CaseIterable {
    case root, timestamp, snapshot, targets

    /// The most bytes that its metadata may have.
    package var maximumBytes: Int {
        switch self {
        case .root: 512 << 10
        case .timestamp: 16 << 10
        case .snapshot: 2 << 20
        case .targets: 16 << 20
        }
    }
}

/// Who signs for a role, and how many of them must.
package struct RoleKeys: Hashable, Sendable {
    /// Each key once.
    package let keys: [PackKey]
    package let threshold: Int

    package static let maximumKeys = 256

    package init(keys: [PackKey], threshold: Int) { (self.keys, self.threshold) = (keys, threshold) }

    /// Reads `keyids` and `threshold`.
    init(_ field: JSONField, keys known: [ExactString: PackKey], file: String) throws(PackError) {
        do {
            var keys: [PackKey] = []
            for id in try field.field("keyids").array(maxCount: Self.maximumKeys) {
                let text = try id.string(maxBytes: 256)
                guard let key = known[ExactString(text)] else {
                    throw PackError(.malformed, "\(id.path) names the key \(shown(text)), which is not under \"keys\"", file: file)
                }
                guard !keys.contains(where: { $0.publicKey == key.publicKey }) else {
                    throw PackError(.duplicateKey, "\(id.path) names the key \(shown(text)) for the second time", file: file)
                }
                keys.append(key)
            }
            let threshold = try field.field("threshold").integer(in: Int64.min...Int64.max)
            guard threshold >= 1, threshold <= keys.count else {
                throw PackError(.badThreshold, "\(field.path).threshold is \(threshold), and the role has \(keys.count) keys", file: file)
            }
            self.init(keys: keys, threshold: Int(threshold))
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    /// Reads a `keys` object: each key under its own id, and none twice.
    static func table(_ field: JSONField, file: String) throws(PackError) -> [ExactString: PackKey] {
        let members: [(key: String, value: JSONValue)]
        do { members = try field.object().members } catch { throw PackError(.malformed, "\(error)", file: file) }
        guard members.count <= maximumKeys else {
            throw PackError(.limit, "\(field.path) holds \(members.count) keys; at most \(maximumKeys) are read", file: file)
        }
        var table: [ExactString: PackKey] = [:], seen: Set<Ed25519PublicKey> = []
        for member in members {
            let key = try PackKey(JSONField(member.value, path: "\(field.path)[\(shown(member.key))]"), file: file)
            guard ExactString(key.id) == ExactString(member.key) else {
                throw PackError(.wrongKeyID, "the key under \(shown(member.key)) has the id \(key.id)", file: file)
            }
            // One key under two ids would count twice towards a threshold.
            guard seen.insert(key.publicKey).inserted else {
                throw PackError(.duplicateKey, "the key \(key.id) stands under another id already", file: file)
            }
            table[ExactString(key.id)] = key
        }
        return table
    }
}
