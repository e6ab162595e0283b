import AgeFormat
import Foundation
import SealedMedia
import Synchronization

/// Writes segments' payloads to a folder as they are verified. What it wrote counts only when the whole submission
/// was received; until then the caller may have to remove the folder.
final class SegmentSink: SubmissionSink {
    private let folder: String
    private let database: StoreDatabase
    private let found = Mutex<[(path: String, key: FileKey)]>([])

    init(folder: String, of database: StoreDatabase) throws {
        try database.checkWritable()
        (self.folder, self.database) = (folder, database)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    var keys: [(path: String, key: FileKey)] { found.withLock(\.self) }

    func keep(_ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, payload: UnsafeRawBufferPointer) throws {
        let path = "\(folder)/\(StoreDatabase.fileName(of: segment.path))"
        let number = DirectFile.create(path, in: AT_FDCWD, mode: 0o600)
        guard number >= 0 else { throw Self.failure("create \(path)") }
        let output = Descriptor(number)
        guard DirectFile.write(payload, to: output.number) else { throw Self.failure("write \(path)") }
        try database.sync(output.number, "segment \(segment.path)")
        found.withLock { $0.append((segment.path, fileKey)) }
    }

    /// Makes the names durable too.
    func finish() throws {
        for path in [folder, (folder as NSString).deletingLastPathComponent] {
            let number = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard number >= 0 else { throw Self.failure("open \(path)") }
            let descriptor = Descriptor(number)
            try database.sync(descriptor.number, path)
        }
    }

    static func failure(_ action: String) -> StoreError {
        StoreError(.io, "Could not \(action): \(String(cString: strerror(errno))). Nothing was kept.")
    }
}
