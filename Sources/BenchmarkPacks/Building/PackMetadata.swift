import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport

/// The metadata of a pack that is being built and signed, as its authors have it: nothing of it need be signed yet.
package struct PackMetadata: Sendable {
    package let files: PackFolder
    package let root: RootMetadata
    /// The root before it, where it is there.
    package let previous: RootMetadata?
    package let versions: [Role: Int64]
    private let names: [String]

    package init(_ files: PackFolder) throws(PackError) {
        self.files = files
        let names = try files.list().filter { $0.hasPrefix("metadata/") }.map { String($0.dropFirst("metadata/".count)) }
        func newest(_ role: Role) -> Int64? {
            names.compactMap { name in
                let suffix = ".\(role.rawValue).json"
                guard name.hasSuffix(suffix), let version = Int64(name.dropLast(suffix.count)), name == "\(version)\(suffix)" else { return nil }
                return version
            }.max()
        }
        guard let newestRoot = newest(.root), let snapshot = newest(.snapshot), let targets = newest(.targets) else {
            throw PackError(.missingFile, "this is no pack: it has no root, snapshot or targets metadata", file: files.path)
        }
        self.names = names
        func root(_ version: Int64) throws(PackError) -> RootMetadata? {
            let file = "metadata/\(version).root.json"
            guard let bytes = try files.read(file, maxBytes: Role.root.maximumBytes) else { return nil }
            return try RootMetadata(bytes, file: file)
        }
        guard let own = try root(newestRoot) else { throw PackError(.missingFile, "there is no root", file: files.path) }
        self.root = own
        previous = newestRoot > 1 ? try root(newestRoot - 1) : nil
        var versions: [Role: Int64] = [.root: newestRoot, .snapshot: snapshot, .targets: targets]
        versions[.timestamp] = try Self.metadata(.timestamp, "metadata/timestamp.json", files).version
        self.versions = versions
    }

    /// Where a role's newest metadata is.
    package func path(of role: Role) -> String {
        role == .timestamp ? "metadata/timestamp.json" : "metadata/\(versions[role] ?? 0).\(role.rawValue).json"
    }

    package func metadata(_ role: Role) throws(PackError) -> UnverifiedMetadata { try Self.metadata(role, path(of: role), files) }

    private static func metadata(_ role: Role, _ path: String, _ files: PackFolder) throws(PackError) -> UnverifiedMetadata {
        guard let bytes = try files.read(path, maxBytes: role.maximumBytes) else { throw PackError(.missingFile, "there is no such file", file: path) }
        return try UnverifiedMetadata(bytes, file: path, role: role)
    }

    func rootFiles() throws(PackError) -> [(name: String, bytes: [UInt8])] {
        var roots: [(String, [UInt8])] = []
        for name in names where name.hasSuffix(".root.json") {
            if let bytes = try files.read("metadata/\(name)", maxBytes: Role.root.maximumBytes) { roots.append((name, bytes)) }
        }
        return roots
    }

    /// Whose signatures a role has, and how many it needs.
    package struct Signed: Hashable, Sendable {
        package let role: Role
        /// As `root`, or `root, by root 1`: a root is signed by its own keys and those of the one before it.
        package let name: String
        package let version: Int64
        package let expires: Timestamp
        package let signers: [String]
        package let keys: Int
        package let threshold: Int

        package var isComplete: Bool { signers.count >= threshold }
    }

    /// Role by role in the order in which they are to be signed.
    package func signatures() throws(PackError) -> [Signed] {
        var all: [Signed] = []
        for role in [Role.root, .targets, .snapshot, .timestamp] {
            let metadata = try metadata(role)
            func add(_ keys: RoleKeys, _ name: String) {
                all.append(
                    Signed(
                        role: role, name: name, version: metadata.version, expires: metadata.expires, signers: metadata.signers(of: keys).map(\.id),
                        keys: keys.keys.count, threshold: keys.threshold))
            }
            if role == .root, let previous { add(previous.keys(of: .root), "root, by root \(previous.version)") }
            add(root.keys(of: role), role.rawValue)
        }
        return all
    }

    // MARK: Signing

    /// Adds a key's signature to a role's metadata, and brings what refers to that up to date; signatures over what changes fall away.
    package func sign(_ role: Role, with key: Ed25519PrivateKey) throws {
        let id = PackKey(key.publicKey).id
        let keys = root.keys(of: role).keys + (role == .root ? previous?.keys(of: .root).keys ?? [] : [])
        guard keys.contains(where: { $0.id == id }) else {
            throw PackError(.notAKeyOfRole, "the key \(id) is none of the \(role.rawValue) role's in root \(root.version)", file: path(of: role))
        }
        // A broken-off signing may have left them behind what they refer to.
        try refer()
        if role == .snapshot || role == .timestamp {
            for other in try signatures() where !other.isComplete && other.role != .root {
                if other.role == role { break }
                throw PackError(
                    .signOthersFirst, "the \(other.name) metadata has \(other.signers.count) of \(Counted.of(other.threshold, "signature", "signatures")): it is signed first",
                    file: path(of: role))
            }
        }
        var file = SignedFile(try metadata(role))
        try file.sign(with: key)
        try Files.write(file.bytes(), to: "\(files.path)/\(path(of: role))")
        try refer()
    }

    /// Writes into the snapshot which targets metadata there is, and into the timestamp which snapshot.
    private func refer() throws {
        for (role, other) in [(Role.snapshot, Role.targets), (.timestamp, .snapshot)] {
            let metadata = try metadata(role), named = try self.metadata(other)
            var file = SignedFile(metadata)
            let reference = MetadataReference(version: named.version, of: named.bytes).json
            guard var meta = file.signed["meta"]?.object else { throw PackError(.malformed, "it has no \"meta\"", file: metadata.file) }
            guard meta["\(other.rawValue).json"] != reference else { continue }
            meta["\(other.rawValue).json"] = reference
            file.signed["meta"] = .object(meta)
            file.signatures = []
            try Files.write(file.bytes(), to: "\(files.path)/\(metadata.file)")
        }
    }
}

extension PackMetadata {
    /// What the pack says of itself, and how many targets it has; held against the digests of metadata that need not be signed.
    package func unverifiedDescription() throws(PackError) -> (description: PackDescription, digest: SHA256Digest, targets: Int) {
        let path = path(of: .targets)
        guard let bytes = try files.read(path, maxBytes: Role.targets.maximumBytes) else { throw PackError(.missingFile, "there is no such file", file: path) }
        let targets = try TargetsMetadata(bytes, file: path)
        guard let own = targets.targets.first(where: { $0.path == PackDescription.path })?.file else {
            throw PackError(.badDescription, "the pack has no target \(PackDescription.path)", file: path)
        }
        let stored = TargetPath.stored(PackDescription.path, digest: own.sha256.hex)
        guard let description = try files.read(stored, maxBytes: min(own.length, PackDescription.maximumBytes)) else {
            throw PackError(.missingFile, "there is no such file", file: stored)
        }
        if let difference = own.difference(of: description) { throw PackError(.targetChanged, difference, file: stored) }
        return (try PackDescription(json: description), own.sha256, targets.targets.count)
    }
}
