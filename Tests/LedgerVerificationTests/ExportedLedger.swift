import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import TestTools
import LogBuilding
import MerkleLog

/// An exported ledger in a folder of its own, made by whoever has the key: so nothing but the verifier's own checks stands
/// in the way of what it says.
final class ExportedLedger: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "export-\(UUID().uuidString)").path
    let signer: NoteSigner
    var export: String { folder + "/export" }
    var key: String { folder + "/ledger.vkey" }

    init(signer: NoteSigner? = nil) throws {
        self.signer = try signer ?? NoteSigner(name: "assay.test/ledger", key: .generate())
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data((self.signer.verifierKey.text + "\n").utf8).write(to: URL(filePath: key))
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Entries that are linked as they should be. `change` may spoil one before those after it are linked to it.
    static func entries(_ count: Int, change: (Int, inout Draft) -> Void = { _, _ in }) throws -> [[UInt8]] {
        var previous = MerkleHash { _ in }
        return try (0..<count).map { index in
            var draft = Draft(sequence: Int64(index), time: 1_000 + Int64(index / 10), previous: previous)
            change(index, &draft)
            let bytes = try draft.bytes ?? LedgerEntry(
                sequence: draft.sequence, time: draft.time, previous: draft.previous, actor: "appliance", action: draft.action,
                details: ["count": .integer(Int64(index))], request: draft.request
            ).encoded()
            previous = TreeHasher.standard.leaf(bytes)
            return bytes
        }
    }

    struct Draft {
        var sequence: Int64
        var time: Int64
        var previous: MerkleHash
        var action = "appliance.unlocked"
        var request: LedgerEntry.Request?
        /// Instead of all that.
        var bytes: [UInt8]?
    }

    func note(_ entries: [[UInt8]], by other: NoteSigner? = nil) -> String {
        let tree = MerkleTree(leafHashes: entries.map { TreeHasher.standard.leaf($0) })
        let signer = other ?? signer
        return signer.sign(text: Checkpoint(origin: signer.verifierKey.name, size: tree.size, rootHash: tree.root).text)
    }

    /// Writes the checkpoint and all tiles of these entries.
    func write(_ entries: [[UInt8]], checkpoint: String? = nil, tiles: [Tile]? = nil) throws {
        let tree = MerkleTree(leafHashes: entries.map { TreeHasher.standard.leaf($0) })
        for tile in try tiles ?? Tile.added(to: tree.size) {
            switch tile.kind {
            case .entries:
                let first = Int(tile.index) * 256
                try put(Tile.entryData(Array(entries[first..<first + tile.width])), tile.path)
            case .hashes: try put(tile.hashData { level, index throws(MerkleError) in try tree.node(level: level, index: index) }, tile.path)
            }
        }
        try put(Array((checkpoint ?? note(entries)).utf8), "checkpoint")
    }

    func put(_ bytes: [UInt8], _ path: String) throws {
        let file = URL(filePath: "\(export)/\(path)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    func get(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: "\(export)/\(path)"))) }

    func remove(_ path: String) throws { try FileManager.default.removeItem(atPath: "\(export)/\(path)") }

    /// Keeps a checkpoint outside; its path.
    func keep(_ note: String, _ name: String) throws -> String {
        try Data(note.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    /// What `assay-verify ledger` says.
    ///
    /// - Parameter keys: how the ledger's keys are named, instead of by `--vkey`.
    func verify(kept: [String] = [], json: Bool = true, keys: [String]? = nil) throws -> (status: Int32, output: String, error: String) {
        let outcome = try BuiltProgram("assay-verify").run(
            ["ledger", export] + (keys ?? ["--vkey", key]) + kept.flatMap { ["--kept", $0] } + (json ? ["--json"] : []))
        return (outcome.status, outcome.text, outcome.errors)
    }
}
