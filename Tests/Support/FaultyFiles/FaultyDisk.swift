import CFaultyFiles
import Foundation

/// A folder whose SQLite files lie on a disk that fails as it is told to. Other folders are not touched.
package final class FaultyDisk: Sendable {
    /// What can be counted and made to fail.
    package struct Operations: OptionSet, Sendable, Hashable, CustomStringConvertible {
        package let rawValue: Int32
        package init(rawValue: Int32) { self.rawValue = rawValue }

        package static let read = Self(rawValue: Int32(FAULTY_READ))
        package static let write = Self(rawValue: Int32(FAULTY_WRITE))
        package static let sync = Self(rawValue: Int32(FAULTY_SYNC))
        package static let truncate = Self(rawValue: Int32(FAULTY_TRUNCATE))
        package static let open = Self(rawValue: Int32(FAULTY_OPEN))
        package static let delete = Self(rawValue: Int32(FAULTY_DELETE))
        /// Those in whose place the power can be cut.
        package static let changes: Self = [.write, .sync, .truncate, .delete]

        package var description: String {
            [(Self.read, "read"), (.write, "write"), (.sync, "sync"), (.truncate, "truncate"), (.open, "open"), (.delete, "delete")]
                .filter { contains($0.0) }.map(\.1).joined(separator: ", ")
        }
    }

    package struct Unusable: Error { package let folder: String }

    package let folder: String
    /// Guarded by a lock of its own.
    private nonisolated(unsafe) let disk: OpaquePointer

    /// Watches `folder`, which must be there.
    package init(_ folder: String, seed: UInt64) throws {
        guard let disk = faulty_disk_attach(folder, seed) else { throw Unusable(folder: folder) }
        (self.folder, self.disk) = (folder, disk)
    }

    deinit { faulty_disk_detach(disk) }

    /// Makes operations fail with an SQLite result code: `times` of them, from the `nth` from now on.
    package func fail(_ operations: Operations, nth: Int64 = 1, times: Int64 = .max, code: Int32) {
        faulty_disk_fail(disk, operations.rawValue, nth, times, code)
    }

    /// Nothing fails from now on. A cut is final.
    package func heal() { faulty_disk_heal(disk) }

    /// Cuts the power in the place of the `nth` change from now on.
    package func cut(nth: Int64) { faulty_disk_cut(disk, nth) }

    package func operations(_ operations: Operations) -> Int64 { faulty_disk_operations(disk, operations.rawValue) }
    package var failures: Int64 { faulty_disk_failures(disk) }

    /// Writes to `folder`, which is made, what may be left after a power cut now (or when there was one).
    ///
    /// - Parameter seed: what was not synced is absent for 0, 8, 16 ..., all there for 1, 9, 17 ..., and else there in parts.
    package func image(to folder: String, seed: UInt64) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard faulty_disk_image(disk, folder, seed) else { throw Unusable(folder: folder) }
    }

    /// A folder for tests that need no real disk, in memory where that can be had.
    package static func scratch(_ name: String) throws -> String {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory
        let folder = memory.appending(path: "\(name)-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }
}
