import AuditCrypto
import CanonicalEncoding

/// The content of targets metadata: files, and roles that may name more.
package struct TargetsMetadata: Sendable {
    package let metadata: UnverifiedMetadata
    /// Each plain, as `TargetPath` has it, in the order of the metadata.
    package let targets: [(path: String, file: FileReference)]
    package let delegations: [Delegation]

    static let maximumTargets = 65_536
    static let largestTarget = 1 << 40
    static let maximumDelegations = 32

    /// Reads, and verifies nothing.
    package init(_ bytes: [UInt8], file: String) throws(PackError) {
        metadata = try UnverifiedMetadata(bytes, file: file, role: .targets)
        let signed = metadata.signed
        do {
            let field = try signed.field("targets")
            let members = try field.object().members
            guard members.count <= Self.maximumTargets else {
                throw PackError(.limit, "\(members.count) targets; at most \(Self.maximumTargets) are read", file: file)
            }
            var targets: [(String, FileReference)] = []
            for member in members {
                try TargetPath.check(member.key, file: file)
                let target = JSONField(member.value, path: "\(field.path)[\(shown(member.key))]")
                targets.append((member.key, try FileReference(target, maximumLength: Self.largestTarget, file: file)))
            }
            self.targets = targets
            delegations = try Self.delegations(try signed.optional("delegations"), file: file)
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    private static func delegations(_ field: JSONField?, file: String) throws(PackError) -> [Delegation] {
        guard let field else { return [] }
        do {
            if try field.optional("succinct_roles") != nil {
                throw PackError(.malformed, "succinct_roles are not read; list the roles", file: file)
            }
            let keys = try RoleKeys.table(try field.field("keys"), file: file)
            var delegations: [Delegation] = []
            for role in try field.field("roles").array(maxCount: maximumDelegations) {
                let delegation = try Delegation(role, keys: keys, file: file)
                guard !delegations.contains(where: { $0.name == delegation.name }) else {
                    throw PackError(.malformed, "the role \(shown(delegation.name)) is delegated to twice", file: file)
                }
                delegations.append(delegation)
            }
            return delegations
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }
}

/// A role that targets metadata lets name files of some paths (section 4.5 of the specification).
package struct Delegation: Hashable, Sendable {
    package enum Paths: Hashable, Sendable {
        /// Shell patterns of `*` and `?` in parts between slashes, for which neither of them stands.
        case patterns([[[UInt8]]])
        /// Beginnings of the path's SHA-256 in lower-case hexadecimal digits.
        case hashPrefixes([String])
    }

    package let name: String
    package let keys: RoleKeys
    package let paths: Paths
    /// Whether the search for a path that it may name ends with it.
    package let isTerminating: Bool

    init(_ field: JSONField, keys table: [ExactString: PackKey], file: String) throws(PackError) {
        do {
            name = try field.field("name").string(maxBytes: 128)
            // It becomes a file's name.
            guard TargetPath.fault(in: name) == nil, !name.utf8.contains(UInt8(ascii: "/")), Role(rawValue: name) == nil else {
                throw PackError(.badPath, "a role cannot have the name \(shown(name))", file: file)
            }
            keys = try RoleKeys(field, keys: table, file: file)
            isTerminating = try field.field("terminating").bool()
            switch (try field.optional("paths"), try field.optional("path_hash_prefixes")) {
            case (let patterns?, nil):
                var parts: [[[UInt8]]] = []
                for pattern in try patterns.array(maxCount: 64) {
                    let text = try pattern.string(maxBytes: TargetPath.longestPath)
                    guard !text.utf8.contains(UInt8(ascii: "[")) else { throw pattern.failure("only * and ? are read in patterns") }
                    parts.append(text.utf8Split("/").map { Array($0.utf8) })
                }
                paths = .patterns(parts)
            case (nil, let prefixes?):
                var texts: [String] = []
                for prefix in try prefixes.array(maxCount: 256) {
                    let text = try prefix.string(maxBytes: 64)
                    guard text.utf8.allSatisfy({ "0123456789abcdef".utf8.contains($0) }) else {
                        throw prefix.failure("lower-case hexadecimal digits were expected")
                    }
                    texts.append(text)
                }
                paths = .hashPrefixes(texts)
            default: throw field.failure("a delegation has either \"paths\" or \"path_hash_prefixes\"")
            }
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    package func mayName(_ path: String) -> Bool {
        switch paths {
        case .hashPrefixes(let prefixes):
            let digest = SHA256Digest.of(Array(path.utf8)).hex
            return prefixes.contains { digest.utf8.starts(with: $0.utf8) }
        case .patterns(let patterns):
            let names = path.utf8Split("/").map { Array($0.utf8) }
            return patterns.contains { parts in parts.count == names.count && zip(parts, names).allSatisfy { Self.matches($0, $1) } }
        }
    }

    /// Time at most the product of both lengths: the last star is the only one ever gone back to.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (place, position) = (0, 0), retry: (place: Int, position: Int)?
        while position < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                retry = (place, position)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == name[position] {
                (place, position) = (place + 1, position + 1)
            } else if let last = retry {
                retry = (last.place, last.position + 1)
                (place, position) = (last.place + 1, last.position + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
