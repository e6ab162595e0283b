import CLinux
import Glibc

/// Files that appear under their names only when they are whole: written as `.NAME.partial`, synced, renamed.
enum SealedFileWriter {
    static func partialName(of name: String) -> String { ".\(name).partial" }

    /// Writes a buffer's content. Past the page cache, where the file system can do that: nobody reads it again soon, and the copy
    /// would cost a fifth of sealing.
    ///
    /// - Parameters:
    ///   - folder: an open directory, kept open by the caller.
    ///   - shown: the file's name in messages.
    static func write(_ buffer: SegmentBuffer, folder: Int32, name: String, shown: String) throws(MediaError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let partial = partialName(of: name)
        var number = openat(folder, partial, flags | assay_direct_flag(), 0o644)
        if number < 0, errno == EINVAL { number = openat(folder, partial, flags, 0o644) }
        guard number >= 0 else { throw failure("creating", shown, errno) }
        let descriptor = Descriptor(number)
        buffer.padToPage()
        var written = 0
        while written < buffer.count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer.memory[written..<buffer.paddedCount])
            let count = pwrite(descriptor.number, rest.baseAddress, rest.count, off_t(written))
            if count < 0, errno == EINTR { continue }
            // Opened for direct writing by a file system that then does not write so, or only in other units.
            if count < 0, errno == EINVAL, fcntl(descriptor.number, F_GETFL) & assay_direct_flag() != 0 {
                guard fcntl(descriptor.number, F_SETFL, 0) == 0 else { throw failure("writing", shown, errno) }
                continue
            }
            guard count > 0 else { throw failure("writing", shown, errno) }
            written += count
            if !written.isMultiple(of: SegmentBuffer.page) { _ = fcntl(descriptor.number, F_SETFL, 0) }
        }
        guard ftruncate(descriptor.number, off_t(buffer.count)) == 0 else { throw failure("writing", shown, errno) }
        guard fsync(descriptor.number) == 0 else { throw failure("syncing", shown, errno) }
        guard renameat(folder, partial, folder, name) == 0 else { throw failure("renaming", shown, errno) }
    }

    static func failure(_ action: String, _ file: String, _ code: Int32) -> MediaError {
        MediaError.system(
            .output, action, file: file, code: code,
            advice: code == ENOSPC ? "Free some space or use a larger medium." : "Check the medium and its permissions.")
    }
}
