import AuditCrypto
import Backups
import CommandSupport
import Foundation
import LedgerSQLite
import LocalAPI

/// Puts a backup into an appliance's empty folder.
///
/// All of it is copied into a folder of its own first, each file held against the manifest as it is read. Only then is it
/// put in place: the marker first and the sealed keys last, so that at no moment there is an appliance that could be
/// unlocked without being marked as restored.
struct Restorer: Sendable {
    let home: ApplianceHome
    let given: GivenUp

    /// - Returns: the backup's manifest, and the checkpoint restored to.
    func restore(_ folder: BackupFolder, progress: (LocalProgress) -> Void) throws -> (BackupManifest, RestoredMarker) {
        guard Files.exists(home.restored) || !Files.exists(home.ledger) else {
            throw LocalFailure(
                code: "restore.not-empty", message: "There is a ledger in \(home.path), though no keys: it is not an empty appliance.",
                advice: "Keep that folder as it is, and start assayd with another --home.")
        }
        let manifest = try folder.manifest()
        let staging = home.path + "/restoring"
        try remove(staging)
        try copy(manifest, folder, to: staging, progress)
        let marker = try RestoredMarker(note: manifest.checkpoint)
        guard try SQLiteLedgerStorage.lastCheckpoint(at: staging + "/ledger.sqlite") == manifest.checkpoint,
            marker.size == manifest.size, marker.root.hex == manifest.root, Files.exists(staging + "/keys.json")
        else {
            throw BackupError(
                .malformed, "The manifest names another checkpoint than the backup's own ledger ends with, or no keys.",
                advice: "Use another backup, or another copy of this one.")
        }
        try marker.write(home)
        for log in ["-wal", "-shm"] { try remove(home.ledger + log) }
        let names = try FileManager.default.contentsOfDirectory(atPath: staging).filter { $0 != "keys.json" }
        for name in names + ["keys.json"] {
            let destination = "\(home.path)/\(name)"
            try remove(destination)
            guard rename("\(staging)/\(name)", destination) == 0 else {
                throw FileError(operation: .write, path: destination, reason: String(cString: strerror(errno)))
            }
            if name == names.last { try Files.sync(home.path) }
        }
        try Files.sync(home.path)
        try remove(staging)
        return (manifest, marker)
    }

    private func copy(
        _ manifest: BackupManifest, _ folder: BackupFolder, to staging: String, _ progress: (LocalProgress) -> Void
    ) throws {
        let total = manifest.bytes
        var done: Int64 = 0, folders: Set<String> = [staging, staging + "/store/segments"]
        try Files.makeFolder(staging + "/store/segments", mode: 0o700)
        for file in manifest.files {
            // What says that it was restored is made here, and the logs of databases belong to others than those copied.
            guard !file.path.hasPrefix("restor"), !file.path.hasPrefix("ledger.sqlite-"), !file.path.hasPrefix("keys.json.") else {
                throw BackupError(.malformed, "The manifest lists \(file.path), which no backup has.", advice: "Use another backup.")
            }
            let place = folder.place(of: file.path, folder: manifest.folder), destination = "\(staging)/\(file.path)"
            try BackupFolder.check(FileCopy.size(of: place), is: file, at: place)
            let parent = URL(filePath: destination).deletingLastPathComponent().path
            if folders.insert(parent).inserted { try Files.makeFolder(parent, mode: 0o700) }
            let seen = try FileCopy.copy(place, to: destination) { count in
                try given.check()
                done += Int64(count)
                progress(LocalProgress(activity: "restoring", done: done, total: total, unit: "bytes"))
            }
            try BackupFolder.check(seen, is: file, at: place)
        }
        for path in folders.union([staging + "/store"]) { try Files.sync(path) }
    }

    private func remove(_ path: String) throws {
        if Files.exists(path) { try FileManager.default.removeItem(atPath: path) }
    }
}
