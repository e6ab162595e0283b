import CommandSupport
import Glibc
import WeightFormats

/// A model's folder as Hugging Face lays it out, to be sealed as it is: every file under its path in the folder.
///
/// Links to regular files are followed: in the download cache every file is one. Links to folders are refused.
package struct ModelFolder {
    /// By their paths, in the order of these.
    package let files: [SealInput]
    /// Paths of what a working copy has beside the model, and of all other names that begin with a dot: they are not sealed.
    /// A folder's ends with a slash.
    package let skipped: [String]

    /// - Parameter named: files that are sealed as something else: the folder's own are left out.
    /// - Throws: for what cannot be sealed; for pickles before anything is read.
    package init(_ path: String, besides named: [String] = []) throws(MediaError) {
        let named = Set(named.compactMap { Self.status(of: $0, followingLinks: false).map(Identity.init) })
        var files: [SealInput] = [], skipped: [String] = []
        var pending = [""]
        while let folder = pending.popLast() {
            for name in try Self.names(in: folder.isEmpty ? path : "\(path)/\(folder)") {
                let child = folder.isEmpty ? name : "\(folder)/\(name)"
                let place = "\(path)/\(child)"
                let entry = Self.status(of: place, followingLinks: false), target = Self.status(of: place, followingLinks: true)
                let isFolder = target.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
                guard !name.hasPrefix(".") else {
                    skipped.append(isFolder ? child + "/" : child)
                    continue
                }
                guard let entry, let target else {
                    throw MediaError.system(.input, "examining", file: place, code: errno, advice: "Remove it if it is a link to nowhere.")
                }
                if isFolder {
                    try Self.check(folder: child, entry)
                    pending.append(child)
                } else if !named.contains(Identity(entry)) {
                    try Self.check(file: child, target)
                    files.append(SealInput(source: place, path: child, kind: Self.kind(of: child)))
                }
                guard files.count <= SubmissionManifest.maximumFiles else {
                    throw MediaError(
                        .tooManyFiles, "more than \(SubmissionManifest.maximumFiles) files", file: path,
                        advice: "Give the folder of one model.")
                }
            }
        }
        let inOrder = { (one: String, other: String) in one.utf8.lexicographicallyPrecedes(other.utf8) }
        self.files = files.sorted { inOrder($0.path, $1.path) }
        self.skipped = skipped.sorted(by: inOrder)
        guard self.files.contains(where: { $0.kind == .weights }) else {
            throw MediaError(
                .input, "it holds no file that ends with .gguf or .safetensors", file: path, advice: "Give the folder with the model's weights.")
        }
    }

    private static func kind(of path: String) -> MediaFileKind {
        WeightContainer.isNamed(path) ? .weights : path == SubmittedSignature.fileName ? .modelSignature : .other
    }

    private static func check(folder: String, _ entry: stat) throws(MediaError) {
        guard entry.st_mode & S_IFMT == S_IFDIR else {
            throw MediaError(
                .input, "a link to a folder, which is not followed", file: folder, advice: "Put a folder with the files, or with links to them, in its place.")
        }
        guard MediaPath.isValid(folder) else { throw nameRefused(folder) }
    }

    private static func check(file: String, _ target: stat) throws(MediaError) {
        guard target.st_mode & S_IFMT == S_IFREG else {
            throw MediaError(.input, "neither a regular file nor a folder", file: file, advice: "Remove it from the folder.")
        }
        guard MediaPath.isValid(file) else { throw nameRefused(file) }
        guard !ContentSniffer.refuses(name: file) else {
            throw MediaError(
                .pickle, ContentSniffer.refusal, file: file, advice: ContentSniffer.advice + " Of a folder with both, seal a copy without this file.")
        }
    }

    private static func nameRefused(_ path: String) -> MediaError {
        MediaError(
            .path, "a name that sealed media do not use (letters, digits, '.', '_', '-'; at most \(MediaPath.maximumComponents) folders deep)",
            file: MediaPath.shown(Array(path.utf8)), advice: "Rename it and seal it under that name.")
    }

    // MARK: The folder

    private struct Identity: Hashable {
        let device: dev_t
        let inode: ino_t

        init(_ status: stat) { (device, inode) = (status.st_dev, status.st_ino) }
    }

    private static func status(of path: String, followingLinks: Bool) -> stat? {
        var status = stat()
        return fstatat(AT_FDCWD, path, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    private static func names(in folder: String) throws(MediaError) -> [String] {
        do { return try Files.names(in: folder) } catch {
            throw MediaError(.input, "listing: \(error.reason)", file: folder, advice: "Give the model's folder, and check its permissions.")
        }
    }
}
