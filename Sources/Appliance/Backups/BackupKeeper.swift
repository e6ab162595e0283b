import AuditCrypto
import Backups
import CanonicalEncoding
import Clearance
import CommandSupport
import ContentStore
import Foundation
import Ledger
import LedgerSQLite
import LocalAPI
import MerkleLog
import Synchronization

/// Makes backups, one at a time, while the appliance goes on working.
///
/// The store's catalogue is copied first and the ledger after it: like after a crash, the ledger may know of more than the
/// store, never the reverse. Keys and ledger are copied while no epoch can begin, so that they are of one time.
actor BackupKeeper {
    private let home: ApplianceHome
    private var isBusy = false

    init(home: ApplianceHome) { self.home = home }

    /// Does what must not happen while files are copied; not at all where a backup is being made.
    func whenIdle(_ body: @Sendable () throws -> Void) rethrows {
        if !isBusy { try body() }
    }

    /// What was copied.
    struct Copied {
        let manifest: BackupManifest
        /// Of segments that an earlier backup had copied already.
        let reused: Int64
    }

    func make(
        in folder: BackupFolder, origin: String, time: Int64, store: SubmissionStore, epochs: EpochKeeper,
        progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> Copied {
        guard !isBusy else {
            throw LocalFailure(code: "backup.busy", message: "Another backup is being made.", advice: "Try again when it is done.")
        }
        isBusy = true
        defer { isBusy = false }
        let home = home
        return try await Interruptible.run { given in
            let last = try folder.begin(origin: origin, home: home.path)
            let copy = BackupCopy(home: home, folder: folder, given: given, progress: progress)
            let segments = try copy.catalogue(store)
            return (last, copy, segments)
        } then: { (last: BackupManifest?, copy: BackupCopy, segments: [String]) in
            let (keys, checkpoint) = try await epochs.whileNoneBegins { try await Blocking.run { try copy.keysAndLedger() } }
            return try await Blocking.run { try copy.finish(keys, checkpoint, segments, last, time: time) }
        }
    }
}

/// Whether whoever asked has hung up meanwhile.
final class GivenUp: Sendable {
    private let flag = Atomic(false)

    func set() { flag.store(true, ordering: .relaxed) }

    func check() throws(CancellationError) {
        if flag.load(ordering: .relaxed) { throw CancellationError() }
    }
}

/// Long work on other threads that ends when the client hangs up.
enum Interruptible {
    static func run<First: Sendable, Value: Sendable>(
        _ first: @escaping @Sendable (GivenUp) throws -> First, then: @Sendable (First) async throws -> Value
    ) async throws -> Value {
        let given = GivenUp()
        return try await withTaskCancellationHandler {
            try await then(Blocking.run { try first(given) })
        } onCancel: {
            given.set()
        }
    }
}

/// The steps of one backup.
struct BackupCopy: Sendable {
    let home: ApplianceHome
    let folder: BackupFolder
    let given: GivenUp
    let progress: @Sendable (LocalProgress) -> Void

    /// The store's catalogue.
    ///
    /// - Returns: the segments that it names, below the folder of segments.
    func catalogue(_ store: SubmissionStore) throws -> [String] {
        try Files.makeFolder(folder.copying + "/store", mode: 0o700)
        return try store.copyCatalogue(to: folder.copying + "/store/store.sqlite") { try pages("the store's catalogue", $0, $1) }
    }

    /// - Returns: the file of the sealed keys, and the checkpoint of the ledger that was copied.
    func keysAndLedger() throws -> (keys: BackupManifest.File, checkpoint: String) {
        let keys = try copy("keys.json")
        let checkpoint = try SQLiteLedgerStorage.copy(of: home.ledger, to: folder.copying + "/ledger.sqlite") {
            try pages("the ledger", $0, $1)
        }
        return (keys, checkpoint)
    }

    private func pages(_ name: String, _ done: Int, _ total: Int) throws {
        try given.check()
        progress(LocalProgress(activity: "copying \(name)", done: Int64(done), total: Int64(total), unit: "pages"))
    }

    /// Everything else, and the manifest.
    func finish(
        _ keys: BackupManifest.File, _ note: String, _ segments: [String], _ last: BackupManifest?, time: Int64
    ) throws -> BackupKeeper.Copied {
        var files = [keys]
        for path in ["ledger.sqlite", "store/store.sqlite"] {
            let place = "\(folder.copying)/\(path)"
            try Files.sync(place, isFolder: false)
            let seen = try FileCopy.look(at: place) { _ in try given.check() }
            files.append(.init(path: path, size: seen.size, sha256: seen.sha256))
        }
        let checkpoint = try Checkpoint(text: SignedNote(note: note).text)
        for path in try others() where !Self.isAhead(path, of: checkpoint.size) { files.append(try copy(path)) }
        let (copied, reused) = try copySegments(segments, last)
        for path in Set((files + copied).map { URL(filePath: folder.place(of: $0.path, folder: "copying")).deletingLastPathComponent().path }) {
            try Files.sync(path)
        }
        try Files.sync(folder.path + "/segments")
        let manifest = BackupManifest(
            folder: folder.name(size: checkpoint.size), checkpoint: note, origin: checkpoint.origin, size: checkpoint.size,
            root: checkpoint.rootHash.hex, time: time, files: (files + copied).sorted { $0.path < $1.path })
        try given.check()
        try folder.finish(manifest)
        return .init(manifest: manifest, reused: reused)
    }

    private func copy(_ path: String) throws -> BackupManifest.File {
        let destination = "\(folder.copying)/\(path)"
        try Files.makeFolder(URL(filePath: destination).deletingLastPathComponent().path, mode: 0o700)
        let seen = try FileCopy.copy("\(home.path)/\(path)", to: destination) { _ in try given.check() }
        return .init(path: path, size: seen.size, sha256: seen.sha256)
    }

    /// Whatever else lies in the appliance's folder and is meant to stay: public files, documents, cosigned checkpoints.
    private func others() throws -> [String] {
        var found: [String] = []
        func look(_ folder: String) throws {
            for name in try FileManager.default.contentsOfDirectory(atPath: "\(home.path)/\(folder)") {
                let path = folder + name
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: "\(home.path)/\(path)", isDirectory: &isFolder) else { continue }
                if isFolder.boolValue {
                    // A pack that is on its way in is there for a moment only: its folder gets another name while it is looked at.
                    if path != "store", path != "packs/staging" { try look(path + "/") }
                } else if !Self.isPassing(path), FileCopy.size(of: "\(home.path)/\(path)") != nil {
                    found.append(path)
                }
            }
        }
        try look("")
        return found
    }

    /// Files that are copied otherwise, or that are there for a moment only.
    private static func isPassing(_ path: String) -> Bool {
        path.hasPrefix("keys.json") || path.hasPrefix("ledger.sqlite") || path.hasPrefix("tpm-") || path.hasPrefix("evidence")
            || path == "lock" || path.hasSuffix(".partial")
    }

    /// Whether it is a checkpoint that was cosigned after the ledger was copied: one that the copy would contradict.
    private static func isAhead(_ path: String, of size: Int64) -> Bool {
        path.hasPrefix("cosigned/") && (Int64(path.dropFirst("cosigned/".count)).map { $0 > size } ?? false)
    }

    /// The segments that no earlier backup has here. A segment never changes, and one that stands under its name is whole.
    private func copySegments(_ segments: [String], _ last: BackupManifest?) throws -> (files: [BackupManifest.File], reused: Int64) {
        let known = Dictionary((last?.files ?? []).map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let sizes = try segments.map { segment in
            guard let size = FileCopy.size(of: "\(home.store)/segments/\(segment)") else { throw missing(segment) }
            return size
        }
        let total = sizes.reduce(0, +)
        var (files, reused, done): ([BackupManifest.File], Int64, Int64) = ([], 0, 0)
        for (segment, size) in zip(segments, sizes) {
            let path = BackupFolder.segments + segment, destination = folder.place(of: path, folder: "")
            let there = FileCopy.size(of: destination) == size
            func count(_ bytes: Int) throws {
                try given.check()
                done += Int64(bytes)
                progress(LocalProgress(activity: "copying segments", done: done, total: total, unit: "bytes"))
            }
            if there, let file = known[path], file.size == size {
                files.append(file)
                reused += size
                done += size
                continue
            }
            let seen: FileCopy.Seen
            if there {
                seen = try FileCopy.look(at: destination, each: count)
                reused += size
            } else {
                try Files.makeFolder(URL(filePath: destination).deletingLastPathComponent().path, mode: 0o700)
                do { seen = try FileCopy.copy("\(home.store)/segments/\(segment)", to: destination, each: count) } catch let error as FileError
                where error.operation == .read { throw missing(segment) }
            }
            guard seen.size == size else { throw missing(segment) }
            files.append(.init(path: path, size: seen.size, sha256: seen.sha256))
        }
        return (files, reused)
    }

    private func missing(_ segment: String) -> BackupError {
        BackupError(
            .changed, "The store's segment \(segment) cannot be read any more as its catalogue says: a submission was purged meanwhile, or the store is damaged.",
            advice: "Make the backup again. If it stays so, look at the submission: assay inspect files.")
    }
}

extension OpenAppliance {
    /// Copies the appliance to outside media. The request is on the ledger first, and so in the copy.
    func backup(_ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["to"])
        let path = try scope.field("to").string()
        guard path.hasPrefix("/") else { throw try scope.field("to").failure("a path from the root was expected") }
        let entry = try await record(authorized)
        let copied = try await backups.make(
            in: BackupFolder(path: path), origin: ledger.origin, time: await ledger.time, store: submissions, epochs: epochs,
            progress: progress)
        return [
            "bytes": .integer(copied.manifest.bytes), "entry": .integer(entry.sequence),
            "files": .integer(Int64(copied.manifest.files.count)), "reused": .integer(copied.reused),
            "root": .string(copied.manifest.root), "size": .integer(copied.manifest.size), "to": .string(path),
        ]
    }
}
