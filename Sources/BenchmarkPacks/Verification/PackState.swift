import AuditCrypto
import CanonicalEncoding

/// What a verifier remembers of a pack between two looks at it, so that nothing older is taken for news.
package struct PackState: Hashable, Sendable {
    package struct Seen: Hashable, Sendable {
        package let version: Int64
        /// Of what was signed, whatever the signatures; nil where it was named and not read.
        package let digest: SHA256Digest?
    }

    /// The newest root that was verified, as its file has it.
    package var root: [UInt8]
    /// The three below go together: nil where a root took the keys of timestamp or snapshot away.
    package var timestamp: Seen?
    package var snapshot: Seen?
    /// The versions that the snapshot named, by name, such as `targets.json`.
    package var named: [ExactString: Seen]

    package init(root: [UInt8], timestamp: Seen? = nil, snapshot: Seen? = nil, named: [ExactString: Seen] = [:]) {
        (self.root, self.timestamp, self.snapshot, self.named) = (root, timestamp, snapshot, named)
    }

    /// Canonical JSON (RFC 8785).
    package var json: JSONValue {
        var object: JSONObject = ["root": .string(Base64.encode(root)), "v": 1]
        func value(_ seen: Seen) -> JSONValue {
            var object: JSONObject = ["version": .integer(seen.version)]
            if let digest = seen.digest { object["sha256"] = .string(digest.hex) }
            return .object(object)
        }
        if let timestamp { object["timestamp"] = value(timestamp) }
        if let snapshot {
            var names = JSONObject()
            for (name, seen) in named.sorted(by: { $0.key < $1.key }) { names[name.string] = value(seen) }
            object["named"] = .object(names)
            object["snapshot"] = value(snapshot)
        }
        return .object(object)
    }

    /// - Parameter file: for messages.
    package init(json bytes: [UInt8], file: String) throws(PackError) {
        do {
            let field = JSONField(try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: 2 << 20, maxDepth: 8, maxValues: 10_000)))
            try field.allow(only: ["named", "root", "snapshot", "timestamp", "v"])
            _ = try field.field("v").integer(in: 1...1)
            guard let root = Base64.decode(try field.field("root").string(maxBytes: 1 << 20)) else {
                throw field.failure("\"root\" is not base64")
            }
            func seen(_ field: JSONField) throws -> Seen {
                let digest = try field.optional("sha256").map { field in
                    guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
                        throw field.failure("64 lower-case hexadecimal digits were expected")
                    }
                    return digest
                }
                return Seen(version: try field.field("version").integer(in: 1...UnverifiedMetadata.highestVersion), digest: digest)
            }
            self.init(root: root, timestamp: try field.optional("timestamp").map(seen))
            snapshot = try field.optional("snapshot").map(seen)
            if let names = try field.optional("named") {
                for member in try names.object().members {
                    named[ExactString(member.key)] = try seen(JSONField(member.value, path: "\(names.path)[\(shown(member.key))]"))
                }
            }
        } catch {
            throw PackError(.malformed, "not what verifying a pack wrote: \(error)", file: file)
        }
    }
}
