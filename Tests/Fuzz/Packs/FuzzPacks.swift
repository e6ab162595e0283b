import AuditCrypto
import AuditSigning
import BenchmarkPacks
import CanonicalEncoding
import DatasetFormats
import FuzzSupport

/// What a pack's verifier reads, from whoever made the pack: `a` a root; `b` a timestamp; `c` a snapshot; `d` targets metadata; `e` a
/// description; `f` retired items; `g` canaries; `h` a remembered state; `i` a task file; `j` a whole pack, path and file in turn with zero
/// bytes between; `k` metadata of a pack that is otherwise good, signed with its keys, role by role.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 11) {
    case 0:
        guard let root = try? RootMetadata(input.bytes, file: "root") else { return 0 }
        for role in Role.allCases {
            let keys = root.keys(of: role)
            require((1...keys.keys.count).contains(keys.threshold), "a threshold can be met")
            require(Set(keys.keys.map(\.publicKey)).count == keys.keys.count, "each key counts once")
            for key in keys.keys { require(PackKey(key.publicKey).id == key.id || key.object != PackKey(key.publicKey).object, "an id is its key's") }
        }
        _ = try? root.verifyItself()
        canonicalTwice(root.metadata)
    case 1: if let timestamp = try? TimestampMetadata(input.bytes, file: "timestamp") { canonicalTwice(timestamp.metadata) }
    case 2: if let snapshot = try? SnapshotMetadata(input.bytes, file: "snapshot") { canonicalTwice(snapshot.metadata) }
    case 3:
        guard let targets = try? TargetsMetadata(input.bytes, file: "targets") else { return 0 }
        for (path, _) in targets.targets {
            require(TargetPath.fault(in: path) == nil, "a path is plain")
            for delegation in targets.delegations { _ = delegation.mayName(path) }
        }
        canonicalTwice(targets.metadata)
    case 4:
        guard let description = try? PackDescription(json: input.bytes) else { return 0 }
        let again = mustSucceed("a description that was written can be read") { try PackDescription(json: CanonicalJSON.encode(description.json)) }
        require(again == description, "a description survives being written")
    case 5:
        guard let retired = try? RetiredItems(jsonLines: input.bytes) else { return 0 }
        for item in retired.items {
            let same = PackItem(id: item.id, line: 1, fields: [:])
            require((try? retired.check(same, task: item.task)) == nil, "a retired item is refused")
        }
    case 6:
        guard let canaries = try? Canaries(json: input.bytes) else { return 0 }
        let again = mustSucceed("canaries that were written can be read") { try Canaries(json: CanonicalJSON.encode(canaries.json)) }
        require(again == canaries, "canaries survive being written")
    case 7:
        guard let state = try? PackState(json: input.bytes, file: "state") else { return 0 }
        let again = mustSucceed("a state that was written can be read") { try PackState(json: CanonicalJSON.encode(state.json), file: "state") }
        require(again == state, "a state survives being written")
    case 8:
        let bytes = input.bytes
        _ = try? TaskOutline(file: "tasks/a/a.yaml") { _ in bytes }
    case 9:
        let root = input.part()
        var files: [String: [UInt8]] = [:]
        while !input.rest.isEmpty, files.count < 16 { files[String(decoding: input.part(), as: UTF8.self)] = input.part() }
        verifyFiles(files, root)
    default:
        var parts: [[UInt8]] = []
        for _ in 0..<4 { parts.append(input.part()) }
        SignedPack.shared.verify(root: parts[0], timestamp: parts[1], snapshot: parts[2], targets: parts[3])
    }
    return 0
}

/// What is signed has one form: read again, it is the same.
private func canonicalTwice(_ metadata: UnverifiedMetadata) {
    let again = mustSucceed("what was read has a canonical form") { try OLPCCanonicalJSON.encode(metadata.signed.value) }
    require(again == metadata.signedBytes, "there is one canonical form")
}

private struct MemoryFiles: PackFiles {
    let files: [String: [UInt8]]

    func open(_ path: String) throws(PackError) -> (any ByteSource)? { files[path].map { ArrayByteSource($0) } }

    func list() throws(PackError) -> [String] { files.keys.sorted() }
}

private func verifyFiles(_ files: [String: [UInt8]], _ root: [UInt8]) {
    guard let now = Timestamp(unixSeconds: 1_896_000_000) else { return }
    let files = MemoryFiles(files: files)
    guard let verified = try? PackVerifier.verify(files, trustedRoot: root, now: now) else { return }
    for role in verified.accepted { require(role.signers.count >= role.threshold, "what is accepted is signed") }
    _ = try? InstalledPack(files, verified: verified).inspectEverything()
    let again = mustSucceed("what was accepted is accepted with what is remembered of it") {
        try PackVerifier.verify(files, trustedRoot: root, state: verified.state, now: now)
    }
    require(again.state == verified.state, "and nothing else is remembered")
}

/// Signs whatever it is given, so that what lies behind a signature is reached.
private struct SignedPack {
    static let shared = SignedPack()

    private let key = mustSucceed("32 bytes are a seed") { try Ed25519PrivateKey(seed: [UInt8](repeating: 7, count: 32)) }
    private let expires = "2999-01-01T00:00:00Z"

    /// Each part is the `signed` member's own members as JSON; where it is no object, a good one stands there.
    func verify(root: [UInt8], timestamp: [UInt8], snapshot: [UInt8], targets: [UInt8]) {
        let own = PackKey(key.publicKey)
        let role: JSONValue = ["keyids": [.string(own.id)], "threshold": 1]
        var keys = JSONObject()
        keys[own.id] = own.object
        let first = signed(
            [], "root", ["consistent_snapshot": true, "keys": .object(keys), "roles": ["root": role, "snapshot": role, "targets": role, "timestamp": role]])
        var files: [String: [UInt8]] = ["metadata/1.root.json": first]
        if !root.isEmpty { files["metadata/2.root.json"] = signed(root, "root", [:]) }
        let targets = signed(targets, "targets", ["targets": [:]])
        let snapshot = signed(snapshot, "snapshot", ["meta": ["targets.json": reference(targets)]])
        files["metadata/1.targets.json"] = targets
        files["metadata/1.snapshot.json"] = snapshot
        files["metadata/timestamp.json"] = signed(timestamp, "timestamp", ["meta": ["snapshot.json": reference(snapshot)]])
        verifyFiles(files, first)
    }

    private func reference(_ bytes: [UInt8]) -> JSONValue { MetadataReference(version: 1, of: bytes).json }

    private func signed(_ members: [UInt8], _ type: String, _ usual: JSONObject) -> [UInt8] {
        var object = (try? StrictJSON.parse(members))?.object ?? [:]
        for (name, value) in usual.members where object[name] == nil { object[name] = value }
        let common: [(String, JSONValue)] = [("_type", .string(type)), ("expires", .string(expires)), ("spec_version", "1.0.31"), ("version", 1)]
        for (name, value) in common where object[name] == nil { object[name] = value }
        guard let bytes = try? OLPCCanonicalJSON.encode(.object(object)) else { return [] }
        let signature: JSONValue = ["keyid": .string(PackKey(key.publicKey).id), "sig": .string(Hex.encode(key.signature(for: bytes)))]
        return (try? CanonicalJSON.encode(["signatures": [signature], "signed": .object(object)])) ?? []
    }
}
