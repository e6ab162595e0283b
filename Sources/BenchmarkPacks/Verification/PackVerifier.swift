import AuditCrypto
import CanonicalEncoding

/// The client workflow of The Update Framework (specification 1.0.34, section 5) on a pack's metadata. It has no clock, and
/// changes nothing: what is to be remembered is in the result.
package struct PackVerifier {
    /// Roots after the trusted one that are read at most.
    static let longestChain = 1024
    /// Each target's path is held against each of them.
    static let mostDelegations = 64

    private let files: any PackFiles
    private let now: Timestamp

    /// - Parameters:
    ///   - trustedRoot: a root that is known to be the authors', whatever its version; it may have expired.
    ///   - state: what the last look at this pack came to; nil for the first.
    ///   - now: judges expiry. An appliance takes the later of its clock and its ledger's last entry.
    /// - Throws: `PackError`; the state that was given stays the one to keep.
    package static func verify(
        _ files: any PackFiles, trustedRoot: [UInt8], state: PackState? = nil, now: Timestamp
    ) throws(PackError) -> VerifiedPack {
        try PackVerifier(files: files, now: now).verify(trustedRoot, state)
    }

    private func verify(_ trustedRoot: [UInt8], _ state: PackState?) throws(PackError) -> VerifiedPack {
        let first = try Self.trusted(trustedRoot, state)
        var state = state ?? PackState(root: trustedRoot)
        let root = try newestRoot(after: first, &state)
        let timestamp = try timestamp(root, &state)
        let snapshot = try snapshot(root, timestamp, &state)
        let (targets, roles) = try targets(root, snapshot, &state)
        let top: [(Role, UnverifiedMetadata)] = [(.root, root.metadata), (.timestamp, timestamp.metadata), (.snapshot, snapshot.metadata)]
        return VerifiedPack(
            root: root, firstRoot: first,
            accepted: top.map { Self.accepted($0.rawValue, $1, by: root.keys(of: $0)) } + roles, targets: targets, state: state)
    }

    private static func accepted(_ role: String, _ metadata: UnverifiedMetadata, by keys: RoleKeys) -> VerifiedPack.Accepted {
        VerifiedPack.Accepted(
            role: role, file: metadata.file, version: metadata.version, expires: metadata.expires,
            signers: metadata.signers(of: keys).map(\.id), threshold: keys.threshold)
    }

    // MARK: Root (5.2, 5.3)

    /// The newer of the root that was given and the one that was remembered.
    private static func trusted(_ given: [UInt8], _ state: PackState?) throws(PackError) -> RootMetadata {
        let root = try RootMetadata(given, file: "the trusted root")
        try root.verifyItself()
        guard let state else { return root }
        let remembered = try RootMetadata(state.root, file: "the remembered root")
        try remembered.verifyItself()
        guard root.version != remembered.version || root.metadata.contentDigest == remembered.metadata.contentDigest else {
            throw PackError(
                .equivocation, "the trusted root and the remembered one are both version \(root.version) and differ: they are not of one pack")
        }
        return root.version > remembered.version ? root : remembered
    }

    private func newestRoot(after first: RootMetadata, _ state: inout PackState) throws(PackError) -> RootMetadata {
        var root = first
        let before = try RootMetadata(state.root, file: "the remembered root")
        var isRecovered = Self.recovers(from: before, to: root)
        for _ in 0..<Self.longestChain {
            let file = "metadata/\(root.version + 1).root.json"
            guard let bytes = try files.read(file, maxBytes: Role.root.maximumBytes) else { break }
            let next = try RootMetadata(bytes, file: file)
            try next.verify(after: root)
            if Self.recovers(from: root, to: next) { isRecovered = true }
            root = next
        }
        try check(root.metadata, "root")
        state.root = root.metadata.bytes
        // 5.3.11: whoever had the keys may have run the version numbers far ahead.
        if isRecovered { (state.timestamp, state.snapshot, state.named) = (nil, nil, [:]) }
        return root
    }

    private static func recovers(from root: RootMetadata, to next: RootMetadata) -> Bool {
        next.hasOtherKeys(than: root, for: .timestamp) || next.hasOtherKeys(than: root, for: .snapshot)
    }

    // MARK: Timestamp (5.4)

    private func timestamp(_ root: RootMetadata, _ state: inout PackState) throws(PackError) -> TimestampMetadata {
        let file = "metadata/timestamp.json"
        let timestamp = try TimestampMetadata(try required(file, Role.timestamp.maximumBytes), file: file)
        try timestamp.metadata.verify(by: root.keys(of: .timestamp), of: root.name(of: .timestamp))
        try refuseOlder(timestamp.metadata, than: state.timestamp, "timestamp")
        if let snapshot = state.snapshot, timestamp.snapshot.version < snapshot.version {
            throw PackError(
                .rollback, "it names version \(timestamp.snapshot.version) of the snapshot; version \(snapshot.version) has been seen", file: file)
        }
        try check(timestamp.metadata, "timestamp")
        state.timestamp = Self.seen(timestamp.metadata)
        return timestamp
    }

    // MARK: Snapshot (5.5)

    private func snapshot(_ root: RootMetadata, _ timestamp: TimestampMetadata, _ state: inout PackState) throws(PackError) -> SnapshotMetadata {
        let reference = timestamp.snapshot
        let file = "metadata/\(reference.version).snapshot.json"
        let snapshot = try SnapshotMetadata(try matching(file, reference, "the timestamp"), file: file)
        try snapshot.metadata.verify(by: root.keys(of: .snapshot), of: root.name(of: .snapshot))
        try checkVersion(snapshot.metadata, reference, "the timestamp")
        for (name, seen) in state.named.sorted(by: { $0.key < $1.key }) {
            guard let now = snapshot.files[name] else {
                throw PackError(.vanished, "it no longer names \(shown(name.string)), which an earlier snapshot named", file: file)
            }
            guard now.version >= seen.version else {
                throw PackError(.rollback, "it names version \(now.version) of \(shown(name.string)); version \(seen.version) has been seen", file: file)
            }
        }
        try refuseOlder(snapshot.metadata, than: state.snapshot, "snapshot")
        try check(snapshot.metadata, "snapshot")
        state.snapshot = Self.seen(snapshot.metadata)
        return snapshot
    }

    // MARK: Targets (5.6)

    /// A targets role that has been verified, and who delegates to it.
    private struct Node {
        let metadata: TargetsMetadata
        let targets: [ExactString: FileReference]
        var children: [Int] = []
    }

    private func targets(
        _ root: RootMetadata, _ snapshot: SnapshotMetadata, _ state: inout PackState
    ) throws(PackError) -> (targets: [(path: String, file: FileReference)], roles: [VerifiedPack.Accepted]) {
        var nodes: [Node] = [], roles: [VerifiedPack.Accepted] = [], places: [ExactString: Int] = [:]
        var named: [ExactString: PackState.Seen] = [:], delegations = 0
        // Each role is read once, by the keys of whoever delegates to it first; whoever delegates later must name the same.
        var waiting: [(name: String, keys: RoleKeys, whose: String, parent: Int?)] = [
            ("targets", root.keys(of: .targets), root.name(of: .targets), nil)
        ]
        while let (name, keys, whose, parent) = waiting.popLast() {
            let place: Int
            if let known = places[ExactString(name)] {
                place = known
                try nodes[known].metadata.metadata.verify(by: keys, of: whose)
            } else {
                guard nodes.count <= TargetsMetadata.maximumDelegations else {
                    throw PackError(.limit, "more than \(TargetsMetadata.maximumDelegations) roles are delegated to", file: snapshot.metadata.file)
                }
                let metadata = try targets(name, keys, whose, snapshot, state.named[ExactString("\(name).json")])
                place = nodes.count
                places[ExactString(name)] = place
                var files: [ExactString: FileReference] = [:]
                for target in metadata.targets { files[ExactString(target.path)] = target.file }
                nodes.append(Node(metadata: metadata, targets: files))
                roles.append(Self.accepted(name, metadata.metadata, by: keys))
                named[ExactString("\(name).json")] = Self.seen(metadata.metadata)
                delegations += metadata.delegations.count
                guard delegations <= Self.mostDelegations else {
                    throw PackError(.limit, "more than \(Self.mostDelegations) delegations in all", file: metadata.metadata.file)
                }
                for delegation in metadata.delegations.reversed() {
                    waiting.append((delegation.name, delegation.keys, "the role \(delegation.name) of \(metadata.metadata.file)", place))
                }
            }
            if let parent { nodes[parent].children.append(place) }
        }
        // A role that is no longer delegated to stays named (5.5.5), and is not read: no key vouches for it.
        for (name, reference) in snapshot.files where named[name] == nil { named[name] = PackState.Seen(version: reference.version, digest: nil) }
        state.named = named

        var found: [(path: String, file: FileReference)] = [], asked: Set<ExactString> = []
        for node in nodes {
            for target in node.metadata.targets where asked.insert(ExactString(target.path)).inserted {
                var visited: Set<Int> = []
                if case .found(let file) = Self.search(target.path, 0, nodes, places, &visited) { found.append((target.path, file)) }
            }
        }
        let file = nodes[0].metadata.metadata.file
        guard found.count <= TargetsMetadata.maximumTargets else { throw PackError(.limit, "more than \(TargetsMetadata.maximumTargets) targets", file: file) }
        try TargetPath.checkCollisions(found.map(\.path), file: file)
        return (found, roles)
    }

    private func targets(
        _ name: String, _ keys: RoleKeys, _ whose: String, _ snapshot: SnapshotMetadata, _ seen: PackState.Seen?
    ) throws(PackError) -> TargetsMetadata {
        let reference = try snapshot.reference("\(name).json")
        let file = "metadata/\(reference.version).\(name).json"
        let targets = try TargetsMetadata(try matching(file, reference, "the snapshot"), file: file)
        try targets.metadata.verify(by: keys, of: whose)
        try checkVersion(targets.metadata, reference, "the snapshot")
        try refuseOlder(targets.metadata, than: seen, name)
        try check(targets.metadata, name)
        return targets
    }

    private enum Outcome {
        case found(FileReference)
        /// A terminating delegation ended the search.
        case ended
        case notHere
    }

    /// The search of 5.6.7: a role's own targets, then the roles that it delegates the path to, in order.
    private static func search(
        _ path: String, _ place: Int, _ nodes: [Node], _ places: [ExactString: Int], _ visited: inout Set<Int>
    ) -> Outcome {
        guard visited.insert(place).inserted else { return .notHere }
        if let file = nodes[place].targets[ExactString(path)] { return .found(file) }
        for delegation in nodes[place].metadata.delegations where delegation.mayName(path) {
            guard let child = places[ExactString(delegation.name)] else { continue }
            let outcome = search(path, child, nodes, places, &visited)
            if case .notHere = outcome, !delegation.isTerminating { continue }
            if case .notHere = outcome { return .ended }
            return outcome
        }
        return .notHere
    }

    // MARK: Checks

    private func required(_ file: String, _ maxBytes: Int) throws(PackError) -> [UInt8] {
        guard let bytes = try files.read(file, maxBytes: maxBytes) else { throw PackError(.missingFile, "there is no such file", file: file) }
        return bytes
    }

    /// A file's bytes, which must be those that `whose` metadata states.
    private func matching(_ file: String, _ reference: MetadataReference, _ whose: String) throws(PackError) -> [UInt8] {
        let bytes = try required(file, reference.file.length)
        if let difference = reference.file.difference(of: bytes) {
            throw PackError(.mixAndMatch, "not the file that \(whose) names: \(difference)", file: file)
        }
        return bytes
    }

    private func checkVersion(_ metadata: UnverifiedMetadata, _ reference: MetadataReference, _ whose: String) throws(PackError) {
        guard metadata.version == reference.version else {
            throw PackError(.mixAndMatch, "it is version \(metadata.version), and \(whose) names version \(reference.version)", file: metadata.file)
        }
    }

    private func check(_ metadata: UnverifiedMetadata, _ role: String) throws(PackError) {
        guard metadata.expires.unixSeconds > now.unixSeconds else {
            throw PackError(
                .expired, "the \(role) metadata expired at \(metadata.expires.rfc3339), and it is \(now.rfc3339): ask for a newer pack", file: metadata.file)
        }
    }

    private func refuseOlder(_ metadata: UnverifiedMetadata, than seen: PackState.Seen?, _ role: String) throws(PackError) {
        guard let seen else { return }
        guard metadata.version >= seen.version else {
            throw PackError(.rollback, "version \(metadata.version) of the \(role) metadata; version \(seen.version) has been seen", file: metadata.file)
        }
        guard metadata.version > seen.version || seen.digest == nil || metadata.contentDigest == seen.digest else {
            throw PackError(.equivocation, "other \(role) metadata than was seen before, with the same version \(metadata.version)", file: metadata.file)
        }
    }

    private static func seen(_ metadata: UnverifiedMetadata) -> PackState.Seen {
        PackState.Seen(version: metadata.version, digest: metadata.contentDigest)
    }
}
