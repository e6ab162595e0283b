import CLinux
import CommandSupport
import Glibc

/// A directory of hostile media. Every name is resolved below the directory's own descriptor, never through a
/// symbolic link or another mount.
///
/// Hard links are let pass: a file's bytes are compared with a signed digest, so that it does not matter by what
/// other names they can be reached.
package struct MediaDirectory: Sendable {
    /// Two million segments would be 128 TiB; a tree with more entries is not one of ours.
    static let maximumEntries = 2_000_000

    /// As it was named, for messages.
    package let path: String
    let root: Descriptor

    package init(path: String) throws(MediaError) {
        // The folder itself may lie on hostile media too: a link in its place is not followed, and a slash at the
        // end, which would follow it, is dropped.
        var folder = path
        while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            var status = stat()
            let isLink = lstat(folder, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
            throw MediaError.system(
                isLink ? .symlink : code == ENOTDIR ? .notADirectory : .unreadable, "opening the medium", file: path,
                code: code, advice: "Give the folder itself that holds manifest.dsse.json.")
        }
        self.path = path
        root = Descriptor(descriptor)
    }

    /// Opens a regular file for reading.
    package func openFile(_ path: String) throws(MediaError) -> (descriptor: Descriptor, size: Int) {
        var status = stat()
        // Asked before: a device may begin something when it is opened, as a tape and a watchdog do.
        if fstatat(root.number, path, &status, AT_SYMLINK_NOFOLLOW) == 0, ![S_IFREG, S_IFLNK].contains(status.st_mode & S_IFMT) {
            throw Self.notRegular(path)
        }
        // O_NONBLOCK: opening a FIFO that was put there meanwhile must fail below, not wait for a writer.
        let number = assay_openat2_beneath(root.number, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
        guard number >= 0 else {
            let kind: MediaError.Code =
                switch -number {
                case ELOOP: .symlink
                case ENOENT: .missingFile
                case EXDEV: .path
                case ENXIO, ENODEV: .notRegular
                default: .unreadable
                }
            throw MediaError.system(kind, "opening", file: path, code: -number, advice: MediaError.recopyAdvice)
        }
        let descriptor = Descriptor(number)
        guard fstat(number, &status) == 0 else {
            throw MediaError.system(.unreadable, "examining", file: path, code: errno, advice: MediaError.recopyAdvice)
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.notRegular(path) }
        guard let size = Int(exactly: status.st_size), size >= 0 else { throw Self.notRegular(path) }
        posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
        return (descriptor, size)
    }

    /// Every regular file below the root with its size. Refuses whatever is neither that nor a directory.
    package func files() throws(MediaError) -> [String: Int] {
        var files: [String: Int] = [:]
        var folded: Set<[UInt8]> = []
        var entries = 0
        var pending: [String] = [""]
        while let folder = pending.popLast() {
            for name in try names(in: folder) {
                entries += 1
                guard entries <= Self.maximumEntries else {
                    throw MediaError(
                        .tooManyFiles, "more than \(Self.maximumEntries) files", file: path,
                        advice: "Give the folder that was sealed, not the whole disk.")
                }
                let shown = folder.isEmpty ? MediaPath.shown(name) : "\(folder)/\(MediaPath.shown(name))"
                let (mode, size) = try status(of: name, in: folder, shown: shown)
                guard mode != S_IFLNK else {
                    throw MediaError(
                        .symlink, "a symbolic link, which could point anywhere on this machine", file: shown,
                        advice: "Remove it from the medium; sealed media have none.")
                }
                let child = folder.isEmpty ? String(decoding: name, as: UTF8.self)
                    : "\(folder)/\(String(decoding: name, as: UTF8.self))"
                guard MediaPath.isValidComponent(name), MediaPath.isValid(child) else {
                    throw MediaError(
                        .path, "a name that sealed media do not use (letters, digits, '.', '_', '-'; not '.' or '-' first)",
                        file: shown, advice: "Remove it from the medium; if a seal was interrupted, seal again.")
                }
                guard folded.insert(MediaPath.folded(child)).inserted else {
                    throw MediaError(
                        .duplicate, "two names that differ in case only", file: child, advice: MediaError.resealAdvice)
                }
                switch mode {
                case S_IFDIR: pending.append(child)
                case S_IFREG: files[child] = size
                default: throw Self.notRegular(child)
                }
            }
        }
        return files
    }

    private func status(of name: [UInt8], in folder: String, shown: String) throws(MediaError) -> (mode_t, Int) {
        var status = stat()
        let relative = folder.isEmpty ? name : Array(folder.utf8) + [UInt8(ascii: "/")] + name
        let found = (relative + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                $0.baseAddress.map { fstatat(root.number, $0, &status, AT_SYMLINK_NOFOLLOW) } ?? -1
            }
        }
        guard found == 0 else {
            throw MediaError.system(.unreadable, "examining", file: shown, code: errno, advice: MediaError.recopyAdvice)
        }
        return (status.st_mode & S_IFMT, Int(exactly: status.st_size) ?? 0)
    }

    private func names(in folder: String) throws(MediaError) -> [[UInt8]] {
        let number = assay_openat2_beneath(root.number, folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        errno = number < 0 ? -number : errno
        guard let names = FolderNames.all(in: number, limit: Self.maximumEntries) else {
            throw MediaError.system(
                errno == ELOOP ? .symlink : .unreadable, "listing", file: folder.isEmpty ? path : folder, code: errno,
                advice: MediaError.recopyAdvice)
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func notRegular(_ path: String) -> MediaError {
        MediaError(
            .notRegular, "neither a regular file nor a folder", file: path,
            advice: "Remove it from the medium; sealed media have only files and folders.")
    }
}
