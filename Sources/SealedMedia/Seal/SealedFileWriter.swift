import Glibc

/// Files that appear under their names only when they are whole: written as `.NAME.partial`, synced, renamed.
enum SealedFileWriter {
    static func partialName(of name: String) -> String { ".\(name).partial" }

    /// - Parameters:
    ///   - folder: an open directory, kept open by the caller.
    ///   - shown: the file's name in messages.
    static func write(_ bytes: UnsafeRawBufferPointer, folder: Int32, name: String, shown: String) throws(MediaError) {
        let partial = partialName(of: name)
        // Of a seal that was killed.
        unlinkat(folder, partial, 0)
        let number = DirectFile.create(partial, in: folder, mode: 0o644)
        guard number >= 0 else { throw failure("creating", shown, errno) }
        let descriptor = Descriptor(number)
        guard DirectFile.write(bytes, to: descriptor.number) else { throw failure("writing", shown, errno) }
        guard fsync(descriptor.number) == 0 else { throw failure("syncing", shown, errno) }
        guard renameat(folder, partial, folder, name) == 0 else { throw failure("renaming", shown, errno) }
    }

    static func failure(_ action: String, _ file: String, _ code: Int32) -> MediaError {
        MediaError.system(
            .output, action, file: file, code: code,
            advice: code == ENOSPC ? "Free some space or use a larger medium." : "Check the medium and its permissions.")
    }
}
