import CanonicalEncoding

/// The content of a root: who signs for each role.
package struct RootMetadata: Sendable {
    package let metadata: UnverifiedMetadata
    package let roles: [Role: RoleKeys]

    package var version: Int64 { metadata.version }

    /// Reads, and verifies nothing.
    package init(_ bytes: [UInt8], file: String) throws(PackError) {
        metadata = try UnverifiedMetadata(bytes, file: file, role: .root)
        let signed = metadata.signed
        do {
            guard try signed.field("consistent_snapshot").bool() else {
                throw PackError(.malformed, "a pack has consistent snapshots: $.signed.consistent_snapshot must be true", file: file)
            }
            let keys = try RoleKeys.table(try signed.field("keys"), file: file)
            let fields = try signed.field("roles")
            var roles: [Role: RoleKeys] = [:]
            for role in Role.allCases { roles[role] = try RoleKeys(try fields.field(role.rawValue), keys: keys, file: file) }
            self.roles = roles
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    package func keys(of role: Role) -> RoleKeys { roles[role] ?? RoleKeys(keys: [], threshold: .max) }

    func name(of role: Role) -> String { "the \(role.rawValue) role of root \(version)" }

    /// Signed as its own root role demands.
    package func verifyItself() throws(PackError) { try metadata.verify(by: keys(of: .root), of: name(of: .root)) }

    /// Signed as its own root role and that of the root before it demand, and of the next version (section 5.3 of the specification).
    package func verify(after previous: RootMetadata) throws(PackError) {
        try metadata.verify(by: previous.keys(of: .root), of: previous.name(of: .root))
        try verifyItself()
        guard version == previous.version + 1 else {
            throw PackError(
                .rootSequence, "this is version \(version), and the root that follows version \(previous.version) is version \(previous.version + 1)",
                file: metadata.file)
        }
    }

    /// Whether a role has other keys here than there.
    func hasOtherKeys(than other: RootMetadata, for role: Role) -> Bool {
        Set(keys(of: role).keys.map(\.id)) != Set(other.keys(of: role).keys.map(\.id))
    }
}
