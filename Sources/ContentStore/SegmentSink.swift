import AgeFormat
import Foundation
import GRDB
import SealedMedia
import Synchronization

/// Keeps segments of one submission as they are verified: each is on the disk before the catalogue says so, a few at a time.
final class SegmentSink: SubmissionSink {
    /// How many segments a transaction takes, and a crash may cost.
    private static let atATime = 16

    private struct Kept {
        let path: String
        let key: FileKey
        let header: [UInt8]
    }

    private let id: String
    private let store: SubmissionStore
    private let keepsHeaders: Bool
    private let held: Mutex<Set<String>>
    private let pending = Mutex<[Kept]>([])

    /// - Parameter keepsHeaders: whether segments can be read again as they were on their medium.
    init(_ id: String, of store: SubmissionStore, keepsHeaders: Bool) throws {
        try store.database.checkWritable()
        (self.id, self.store, self.keepsHeaders) = (id, store, keepsHeaders)
        try FileManager.default.createDirectory(
            atPath: store.folder(of: id), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let paths = try store.database.pool.read { database in
            try String.fetchSet(database, sql: "SELECT path FROM segment WHERE submission = ?", arguments: [id])
        }
        held = Mutex(paths)
    }

    func holds(_ segment: MediaSegment) -> Bool { held.withLock { $0.contains(segment.path) } }

    /// A segment that no longer opens is not held from here on: its medium is asked for again.
    func reopen(_ segment: MediaSegment, plain: (UnsafeRawBufferPointer) throws -> Void) throws {
        do {
            try store.decode(segment, of: id, fileKey: store.fileKey(segment, of: id), plain: plain)
        } catch let error as StoreError where error.code == .damaged {
            try store.database.write { database in
                try database.execute(sql: "DELETE FROM segment WHERE submission = ? AND path = ?", arguments: [id, segment.path])
            }
            throw error
        }
    }

    func keep(
        _ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer
    ) throws {
        try write(payload, as: segment.path)
        let kept = Kept(path: segment.path, key: fileKey, header: keepsHeaders ? Array(header) : [])
        let batch = pending.withLock { pending -> [Kept] in
            pending.append(kept)
            guard pending.count >= Self.atATime else { return [] }
            defer { pending = [] }
            return pending
        }
        try commit(batch)
    }

    func write(_ bytes: UnsafeRawBufferPointer, as path: String) throws {
        let name = "\(store.folder(of: id))/\(StoreDatabase.fileName(of: path))"
        // Of a run that was killed before the catalogue knew of it.
        unlink(name)
        let number = DirectFile.create(name, in: AT_FDCWD, mode: 0o600)
        guard number >= 0 else { throw Self.failure("create \(name)") }
        let output = Descriptor(number)
        guard DirectFile.write(bytes, to: output.number) else { throw Self.failure("write \(name)") }
        try store.database.sync(output.number, "segment \(path)")
    }

    /// All that was kept is in the catalogue, and on the disk.
    func flush() throws {
        try commit(pending.withLock { pending in
            defer { pending = [] }
            return pending
        })
    }

    private func commit(_ batch: [Kept]) throws {
        guard !batch.isEmpty else { return }
        try syncFolders()
        try store.database.write { database in
            for kept in batch {
                try database.execute(
                    sql: "INSERT OR REPLACE INTO segment (submission, path, wrapped_key, wrapped_header) VALUES (?, ?, ?, ?)",
                    arguments: [
                        id, kept.path, store.wrap(kept.key.bytes, id, kept.path),
                        kept.header.isEmpty ? nil : store.wrap(kept.header, id, kept.path),
                    ])
            }
        }
        held.withLock { $0.formUnion(batch.map(\.path)) }
    }

    /// Makes the files' names durable.
    func syncFolders() throws {
        for path in [store.folder(of: id), store.database.segments] {
            let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard number >= 0 else { throw Self.failure("open \(path)") }
            let descriptor = Descriptor(number)
            try store.database.sync(descriptor.number, path)
        }
    }

    static func failure(_ action: String) -> StoreError {
        StoreError(.io, "Could not \(action): \(String(cString: strerror(errno))). Nothing was kept.")
    }
}
