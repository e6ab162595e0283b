import CanonicalEncoding

/// Who is to sign what, for a root that is being written.
package struct PackRoles: Hashable, Sendable {
    /// Keys and thresholds of the roles that are to change; a first root needs those of `root`, whose keys serve for
    /// roles that are not named.
    package var roles: [Role: RoleKeys]

    package init(_ roles: [Role: RoleKeys]) { self.roles = roles }

    package static func keys(_ keys: [PackKey], threshold: Int, of role: Role) throws(PackError) -> RoleKeys {
        guard Set(keys.map(\.publicKey)).count == keys.count else { throw PackError(.duplicateKey, "a key is given twice for the \(role.rawValue) role") }
        guard keys.count <= RoleKeys.maximumKeys, threshold >= 1, threshold <= keys.count else {
            throw PackError(.badThreshold, "a threshold of \(threshold) for the \(role.rawValue) role, which has \(keys.count) keys")
        }
        return RoleKeys(keys: keys, threshold: threshold)
    }

    /// All four, with what a root before it has.
    func complete(after root: RootMetadata?) throws(PackError) -> [Role: RoleKeys] {
        var complete: [Role: RoleKeys] = [:]
        for role in Role.allCases {
            guard let keys = roles[role] ?? root?.keys(of: role) ?? roles[.root] else {
                throw PackError(.badThreshold, "a first root needs keys: name at least those of the root role")
            }
            complete[role] = keys
        }
        return complete
    }

    /// What a root signs of them.
    static func members(_ roles: [Role: RoleKeys]) -> JSONObject {
        var keys = JSONObject(), fields = JSONObject()
        for key in roles.values.flatMap(\.keys).sorted(by: { $0.id < $1.id }) { keys[key.id] = key.object }
        for (role, own) in roles {
            fields[role.rawValue] = ["keyids": .array(own.keys.map { .string($0.id) }), "threshold": .integer(Int64(own.threshold))]
        }
        return ["consistent_snapshot": true, "keys": .object(keys), "roles": .object(fields)]
    }
}
