import CommandSupport
import Glibc

/// The folder that a submission is sealed into. Until the manifest is there, it is not a submission; what an interrupted seal left
/// is recognised by its names, and continued or cleared away by the next.
final class SealOutput {
    static let segmentFolder = "segments"
    private static let partFolders = [segmentFolder, RepairData.folder]

    let path: String
    let root: Descriptor
    /// Whether what was written stays if this goes away: it does where the seal can go on from there, or is finished.
    var stays = false
    private let madeRoot: Bool

    init(path: String) throws(MediaError) {
        self.path = path
        madeRoot = mkdir(path, 0o755) == 0
        if !madeRoot, errno != EEXIST { throw SealedFileWriter.failure("creating the folder", path, errno) }
        let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { throw SealedFileWriter.failure("opening the folder", path, errno) }
        root = Descriptor(number)
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else {
            stays = true
            throw MediaError(
                .outputExists, "another program is sealing into this folder", file: path,
                advice: "Wait for it, or name another folder.")
        }
        do { try checkIsOurs() } catch {
            stays = true
            throw error
        }
    }

    deinit {
        // Closing alone would leave the lock with a program that is just being started, until it closes its copy.
        defer { _ = flock(root.number, LOCK_UN) }
        guard !stays else { return }
        try? clear()
        if madeRoot { rmdir(path) }
    }

    // MARK: Names

    static func segmentPath(_ index: Int) -> String { "\(segmentFolder)/\(padded(index, 6)).zst.age" }
    static func repairPath(_ index: Int) -> String { "\(RepairData.folder)/\(padded(index, 5)).rs" }

    static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// A number between `prefix` and `suffix`, or that with the marks of a file in the making.
    private static func isNumbered(_ name: String, prefix: String = "", suffix: String) -> Bool {
        var name = name
        if name.hasPrefix("."), name.hasSuffix(".partial") { name = String(name.dropFirst().dropLast(".partial".count)) }
        guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.count >= prefix.count + suffix.count + 3 else { return false }
        return name.dropFirst(prefix.count).dropLast(suffix.count).utf8.allSatisfy { (48...57).contains($0) }
    }

    private static func isManifest(_ name: String) -> Bool {
        name == SubmissionManifest.fileName || name == SealedFileWriter.partialName(of: SubmissionManifest.fileName)
    }

    private static func isPart(_ name: String, of folder: String) -> Bool {
        folder == segmentFolder ? isNumbered(name, suffix: ".zst.age") : isNumbered(name, suffix: ".rs") || isManifest(name)
    }

    // MARK: What is there

    /// Refuses a folder that holds anything but what an interrupted seal can have left.
    private func checkIsOurs() throws(MediaError) {
        let top = try names(in: ".")
        let isInterrupted = top.contains { $0.hasPrefix(SealJournal.fileName) }
        for name in top where !name.hasPrefix(SealJournal.fileName) {
            if Self.isManifest(name), isInterrupted || name != SubmissionManifest.fileName { continue }
            if Self.partFolders.contains(name) {
                try check(name) { Self.isPart($0, of: name) }
            } else if Self.isNumbered(name, prefix: "volume-", suffix: ""), isInterrupted {
                try check(name) { Self.partFolders.contains($0) || Self.isManifest($0) }
                for folder in try names(in: name) where Self.partFolders.contains(folder) {
                    try check("\(name)/\(folder)") { Self.isPart($0, of: folder) }
                }
            } else {
                throw refusal(name, in: nil)
            }
        }
    }

    private func check(_ folder: String, _ isOurs: (String) -> Bool) throws(MediaError) {
        for name in try names(in: folder) where !isOurs(name) { throw refusal(name, in: folder) }
    }

    private func refusal(_ name: String, in folder: String?) -> MediaError {
        let isSubmission = name == SubmissionManifest.fileName || Self.isNumbered(name, prefix: "volume-", suffix: "")
        let shown = MediaPath.shown(Array(name.utf8))
        return MediaError(
            .outputExists, isSubmission && folder == nil ? "the folder already holds a sealed submission"
                : "the folder is not empty: \(folder.map { "\($0) holds" } ?? "it holds") \"\(shown)\"", file: path,
            advice: "Name a new or empty folder.")
    }

    /// Makes ready for sealing.
    ///
    /// - Parameter continuing: what an interrupted seal left stays, all of it together; else it is removed.
    func prepare(continuing: Bool, repair: Bool) throws(MediaError) {
        if continuing { try gather() } else { try clear() }
        for folder in repair ? Self.partFolders : [Self.segmentFolder] {
            try make(folder)
        }
    }

    /// Moves what lies in folders of volumes back to where it was made, and removes what was written last.
    private func gather() throws(MediaError) {
        let top = try names(in: ".")
        for volume in top where Self.isNumbered(volume, prefix: "volume-", suffix: "") {
            for folder in try names(in: volume) where Self.partFolders.contains(folder) {
                try make(folder)
                // A copy of the manifest stays behind and goes with the folder.
                for name in try names(in: "\(volume)/\(folder)") where !Self.isManifest(name) {
                    try move("\(volume)/\(folder)/\(name)", to: "\(folder)/\(name)")
                }
                try empty("\(volume)/\(folder)")
            }
            try empty(volume)
        }
        for name in top where Self.isManifest(name) { try remove(name) }
    }

    private func clear() throws(MediaError) {
        try gather()
        let top = try names(in: ".")
        for folder in Self.partFolders where top.contains(folder) { try empty(folder) }
        for name in top where name.hasPrefix(SealJournal.fileName) { try remove(name) }
    }

    /// Removes a folder with the files in it.
    private func empty(_ folder: String) throws(MediaError) {
        for name in try names(in: folder) { try remove("\(folder)/\(name)") }
        try removeFolder(folder)
    }

    func removeFolder(_ folder: String) throws(MediaError) {
        guard unlinkat(root.number, folder, AT_REMOVEDIR) == 0 else {
            throw SealedFileWriter.failure("removing an interrupted seal's \(folder)", path, errno)
        }
    }

    func remove(_ name: String) throws(MediaError) {
        guard unlinkat(root.number, name, 0) == 0 || errno == ENOENT else {
            throw SealedFileWriter.failure("removing an interrupted seal's \(name)", path, errno)
        }
    }

    func make(_ folder: String) throws(MediaError) {
        guard mkdirat(root.number, folder, 0o755) == 0 || errno == EEXIST else {
            throw SealedFileWriter.failure("creating the folder \(folder)", path, errno)
        }
    }

    func move(_ old: String, to new: String) throws(MediaError) {
        guard renameat(root.number, old, root.number, new) == 0 else {
            throw SealedFileWriter.failure("moving \(old)", path, errno)
        }
    }

    func open(_ folder: String) throws(MediaError) -> Descriptor {
        let number = openat(root.number, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard number >= 0 else { throw SealedFileWriter.failure("opening \(folder)", path, errno) }
        return Descriptor(number)
    }

    /// Makes the folder's entries durable.
    func sync(_ folder: String) throws(MediaError) {
        let descriptor = try open(folder)
        guard fsync(descriptor.number) == 0 else { throw SealedFileWriter.failure("syncing the folder \(folder)", path, errno) }
    }

    private func names(in folder: String) throws(MediaError) -> [String] {
        let number = openat(root.number, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard let names = FolderNames.all(in: number) else { throw SealedFileWriter.failure("listing the folder", path, errno) }
        return names.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a seal or a repair writes under such a name before the file has its own.
    static func isPartial(_ name: String) -> Bool {
        name.hasPrefix(".") && (isNumbered(name, suffix: ".zst.age") || isNumbered(name, suffix: ".rs") || isManifest(name))
    }
}
