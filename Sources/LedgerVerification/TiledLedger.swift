import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Glibc
import LogBuilding
import MerkleLog

/// An exported ledger: a folder with a checkpoint and the files of a tiled log (C2SP tlog-tiles). It has no requests, so
/// that what persons signed cannot be verified from it.
package struct TiledLedger: LedgerSource {
    package let folder: String
    private let checkpoint: String
    /// What the checkpoint says; whether somebody signed it is for the verifier.
    package let size: Int64

    /// 256 entries of the largest size with their lengths.
    private static let maxTileBytes = Tile.fullWidth * (2 + LedgerEntry.maxBytes)

    /// - Throws: `FileError` where there is no checkpoint to read, `LedgerError` where it is none.
    package init(folder: String) throws {
        self.folder = folder
        let path = folder + "/checkpoint"
        guard let note = String(validating: try Files.read(path, maxBytes: 1 << 20), as: UTF8.self) else {
            throw LedgerError(.badCheckpoint, "\(path) is no signed checkpoint: it is not UTF-8.")
        }
        checkpoint = note
        do { size = try Checkpoint(text: SignedNote(note: note).text).size } catch {
            throw LedgerError(.badCheckpoint, "\(path) is no signed checkpoint: \(error)")
        }
    }

    package func latestCheckpoint() -> String { checkpoint }

    /// One of those that closed the ledger's epochs.
    package func checkpoint(size: Int64) throws -> String? {
        var number = 0
        while Files.exists("\(folder)/epochs/\(number)") {
            let path = "\(folder)/epochs/\(number)"
            guard let note = String(validating: try Files.read(path, maxBytes: 1 << 20), as: UTF8.self),
                let closing = try? Checkpoint(text: SignedNote(note: note).text)
            else { throw LedgerError(.badCheckpoint, "\(path) is no signed checkpoint.") }
            if closing.size == size { return note }
            number += 1
        }
        return nil
    }

    /// The entries alone: the hashes that are stored beside them are not looked at.
    package func entries(_ range: Range<Int64>) throws -> [[UInt8]] {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return [] }
        var entries: [[UInt8]] = []
        for index in range.lowerBound / 256...(range.upperBound - 1) / 256 {
            let bundle = try bundle(index), first = index * 256
            let wanted = range.clamped(to: first..<first + Int64(bundle.count))
            entries += bundle[Int(wanted.lowerBound - first)..<Int(wanted.upperBound - first)]
        }
        return entries
    }

    package func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return }
        for index in range.lowerBound / 256...(range.upperBound - 1) / 256 {
            let first = index * 256
            let entries = try bundle(index), leaves = try hashes(level: 0, first..<first + Int64(entries.count))
            for sequence in range.clamped(to: first..<first + Int64(entries.count)) {
                try entries[Int(sequence - first)].withUnsafeBytes { bytes in
                    try leaves[Int(sequence - first)].withUnsafeBytes { leaf in
                        try body(StoredEntry(sequence: sequence, bytes: bytes, leaf: leaf, request: nil))
                    }
                }
            }
        }
    }

    package func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash] {
        let level = level / 8, range = range.clamped(to: 0..<count(atLevel: level))
        guard !range.isEmpty else { return [] }
        var hashes: [MerkleHash] = []
        for index in range.lowerBound / 256...(range.upperBound - 1) / 256 {
            let tile = try Tile(kind: .hashes(level: level), index: index, width: width(index, atLevel: level))
            let first = index * 256, all: [MerkleHash]
            do { all = try tile.hashes(data: read(tile)) } catch let error as MerkleError {
                throw LedgerError(.badTile, "\(folder): \(error.message)")
            }
            let wanted = range.clamped(to: first..<first + Int64(all.count))
            hashes += all[Int(wanted.lowerBound - first)..<Int(wanted.upperBound - first)]
        }
        return hashes
    }

    /// The entries of a bundle, whole.
    private func bundle(_ index: Int64) throws -> [[UInt8]] {
        let tile = try Tile(kind: .entries, index: index, width: width(index, atLevel: 0))
        do { return try tile.entries(data: read(tile)) } catch let error as MerkleError {
            throw LedgerError(.badTile, "\(folder): \(error.message)")
        }
    }

    private func count(atLevel level: Int) -> Int64 { level < 8 ? size >> Int64(8 * level) : 0 }

    private func width(_ index: Int64, atLevel level: Int) -> Int { Int(min(256, count(atLevel: level) - index * 256)) }

    private func read(_ tile: Tile) throws -> [UInt8] {
        let path = "\(folder)/\(tile.path)"
        guard Files.exists(path) else {
            if case .entries = tile.kind {
                throw LedgerError(.missingEntry, entry: tile.index * 256, "\(path) is missing, and the checkpoint signs \(Counted.entries(size)).")
            }
            throw LedgerError(.badTile, "\(path) is missing, and the checkpoint signs \(Counted.entries(size)).")
        }
        return try Files.read(path, maxBytes: Self.maxTileBytes)
    }
}

extension TiledLedger {
    /// Looks at the names of all files under `tile`, after what the checkpoint signs was verified: each is a tile of this
    /// ledger. A narrower tile that an earlier export left must be the beginning of today's.
    ///
    /// - Throws: `LedgerError` for the first, in the order in which the folders list them, that is not.
    package func checkFiles() throws {
        try Self.walk("\(folder)/tile", "tile") { path in
            let tile: Tile
            do { tile = try Tile(path: path) } catch { throw LedgerError(.badTile, "\(folder)/\(path) is no file of a ledger: remove it.") }
            let level = if case .hashes(let level) = tile.kind { level } else { 0 }
            let (start, overflows) = tile.index.multipliedReportingOverflow(by: 256)
            guard !overflows, start <= count(atLevel: level) - Int64(tile.width) else {
                throw LedgerError(
                    .unsealed, entry: level == 0 && !overflows ? max(size, start) : nil,
                    "\(folder)/\(path) is not part of the \(Counted.entries(size)) that the checkpoint signs, so nothing signs it.")
            }
            guard tile.width < width(tile.index, atLevel: level) else { return }
            let whole = try Tile(kind: tile.kind, index: tile.index, width: width(tile.index, atLevel: level))
            let expected =
                tile.kind == .entries
                ? try Tile.entryData(Array(bundle(tile.index).prefix(tile.width))) : Array(try read(whole).prefix(tile.width * 32))
            guard try read(tile) == expected else {
                throw LedgerError(.badTile, "\(folder)/\(path), from an earlier export, is not the beginning of \(whole.path).")
            }
        }
    }

    /// Depth is bounded: the longest path of a tile has nine parts.
    private static func walk(_ folder: String, _ path: String, depth: Int = 0, _ visit: (String) throws -> Void) throws {
        if depth == 0, !Files.exists(folder) { return }
        for name in try Files.names(in: folder) {
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFDIR, depth < 10 else {
                try visit("\(path)/\(name)")
                continue
            }
            try walk("\(folder)/\(name)", "\(path)/\(name)", depth: depth + 1, visit)
        }
    }
}
