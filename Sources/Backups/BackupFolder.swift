import AuditCrypto
import CommandSupport
import Foundation

/// A folder that backups of one appliance are made in, one after the other.
///
///     origin          the ledger's name: whose backups these are
///     backup.json     the manifest of the last one that was finished
///     at-SIZE/        what it copied anew: databases, keys, documents; SIZE is the ledger's
///     segments/       the store's sealed segments, which never change: each is copied once
///     copying/        one that was not finished
///
/// The manifest takes the place of the one before when everything it names is on the disk, so that the folder holds a
/// whole backup from the first one on, whatever interrupts the next.
package struct BackupFolder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package var manifestFile: String { path + "/backup.json" }
    package var copying: String { path + "/copying" }
    private var originFile: String { path + "/origin" }

    /// Where the store's segments lie in the appliance's folder.
    package static let segments = "store/segments/"

    /// Where a file of the appliance's folder lies in this one.
    package func place(of file: String, folder: String) -> String {
        file.hasPrefix(Self.segments) ? "\(path)/segments/\(file.dropFirst(Self.segments.count))" : "\(path)/\(folder)/\(file)"
    }

    /// The manifest of the last backup that was finished.
    package func manifest() throws -> BackupManifest {
        guard Files.exists(manifestFile) else {
            throw BackupError(
                .noManifest, "\(path) holds no finished backup: there is no backup.json.",
                advice: "Name the folder that assay backup --to was given, or make the backup again.")
        }
        return try BackupManifest(json: Files.read(manifestFile, maxBytes: BackupManifest.maxBytes))
    }

    /// Reads every file and holds it against the manifest.
    ///
    /// - Parameter progress: bytes done, and in all; what it throws ends the reading.
    /// - Throws: `BackupError` for the first file that is wrong.
    package func verify(progress: (_ done: Int64, _ total: Int64) throws -> Void) throws -> BackupManifest {
        let manifest = try manifest(), total = manifest.bytes
        var done: Int64 = 0
        for file in manifest.files {
            let place = place(of: file.path, folder: manifest.folder)
            try Self.check(FileCopy.size(of: place), is: file, at: place)
            let seen = try FileCopy.look(at: place) { count in
                done += Int64(count)
                try progress(done, total)
            }
            try Self.check(seen, is: file, at: place)
        }
        return manifest
    }

    /// Holds what was seen of a file against what the manifest says.
    package static func check(_ seen: FileCopy.Seen, is file: BackupManifest.File, at place: String) throws(BackupError) {
        guard seen.size == file.size, seen.sha256 == file.sha256 else {
            throw damaged("\(place) was changed: its SHA-256 is \(seen.sha256.hex), and the manifest says \(file.sha256.hex).")
        }
    }

    package static func check(_ size: Int64?, is file: BackupManifest.File, at place: String) throws(BackupError) {
        guard let size else { throw damaged("\(place) is missing, or is no regular file.") }
        guard size == file.size else { throw damaged("\(place) has \(size) bytes, and the manifest says \(file.size).") }
    }

    private static func damaged(_ message: String) -> BackupError {
        BackupError(.damaged, message, advice: "Use another backup. While the appliance is there, make this one again.")
    }

    // MARK: Making one

    /// Makes the folder ready for the backup of the ledger `origin`.
    ///
    /// - Parameter home: the appliance's folder, which must be neither in this one nor around it.
    /// - Returns: the last backup that was finished here, if there is one.
    package func begin(origin: String, home: String) throws -> BackupManifest? {
        try Files.makeFolder(path, mode: 0o700)
        let (own, other) = (try Self.real(path) + "/", try Self.real(home) + "/")
        guard !own.hasPrefix(other), !other.hasPrefix(own) else {
            rmdir(path)
            throw BackupError(
                .notAFolderForIt, "\(path) is in the appliance's own folder, or around it.",
                advice: "Name a folder on another disk: one that burns with the original is no backup.")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        if names.contains("origin") {
            guard String(decoding: try Files.read(originFile, maxBytes: 1024), as: UTF8.self) == origin + "\n" else {
                throw BackupError(
                    .otherAppliance, "\(path) holds the backups of another ledger than \(origin).", advice: "Name a folder of its own.")
            }
        } else {
            guard names.allSatisfy({ $0 == "lost+found" || $0.hasSuffix(".partial") }) else {
                throw BackupError(
                    .notAFolderForIt, "\(path) is not empty, and holds no backup of this appliance.",
                    advice: "Name an empty folder, or one that is not there yet.")
            }
            try Files.write(Array((origin + "\n").utf8), to: originFile, mode: 0o600)
        }
        try remove(copying)
        try Files.makeFolder(copying, mode: 0o700)
        try Files.makeFolder(path + "/segments", mode: 0o700)
        return Files.exists(manifestFile) ? try manifest() : nil
    }

    /// A name that is free, for what is copied anew with a ledger of `size` entries. After a restore a ledger may come to a size
    /// for the second time.
    package func name(size: Int64) -> String {
        var (name, number) = ("at-\(size)", 1)
        while Files.exists("\(path)/\(name)") {
            number += 1
            name = "at-\(size)-\(number)"
        }
        return name
    }

    /// Puts what was copied under its name and the manifest in its place, durably. Then what the backup before had and this
    /// one has not is removed: what the appliance has purged is purged here too.
    package func finish(_ manifest: BackupManifest) throws {
        let destination = "\(path)/\(manifest.folder)"
        guard rename(copying, destination) == 0 else {
            throw FileError(operation: .write, path: destination, reason: String(cString: strerror(errno)))
        }
        try Files.sync(path)
        try Files.write(manifest.encoded(), to: manifestFile, mode: 0o600)
        let wanted = Set(manifest.files.map(\.path))
        for name in try FileManager.default.contentsOfDirectory(atPath: path) where name.hasPrefix("at-") && name != manifest.folder {
            try remove("\(path)/\(name)")
        }
        let segments = path + "/segments"
        for submission in try FileManager.default.contentsOfDirectory(atPath: segments) {
            let folder = "\(segments)/\(submission)"
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let kept = names.filter { wanted.contains("\(Self.segments)\(submission)/\($0)") }
            if kept.isEmpty { try remove(folder) } else { for name in names where !kept.contains(name) { try remove("\(folder)/\(name)") } }
        }
    }

    private func remove(_ path: String) throws {
        if Files.exists(path) { try FileManager.default.removeItem(atPath: path) }
    }

    private static func real(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw FileError(operation: .read, path: path, reason: String(cString: strerror(errno)))
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
