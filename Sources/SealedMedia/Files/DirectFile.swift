import CLinux
import Glibc

/// Files that are written once, whole, and past the page cache where the file system can do that: nobody reads them again soon,
/// and copying them into it would cost a fifth of sealing, and push out what is needed.
package enum DirectFile {
    /// Pages are what direct output is made in.
    static let page = 4096

    /// Creates a file that was not there.
    ///
    /// - Parameters:
    ///   - folder: a directory that is open, or `AT_FDCWD`.
    /// - Returns: its descriptor, or less than 0, with `errno`.
    package static func create(_ name: String, in folder: Int32, mode: mode_t) -> Int32 {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let number = openat(folder, name, flags | assay_direct_flag(), mode)
        return number < 0 && errno == EINVAL ? openat(folder, name, flags, mode) : number
    }

    /// Writes all bytes from the file's beginning: whole pages directly, if the bytes lie at a page's beginning, and what is left
    /// as usual.
    ///
    /// - Returns: false, with `errno`, where that failed.
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        let isAligned = UInt(bitPattern: bytes.baseAddress).isMultiple(of: UInt(page))
        let whole = isAligned ? bytes.count / page * page : 0
        var done = 0
        while done < bytes.count {
            if done >= whole || !done.isMultiple(of: page), !writeAsUsual(descriptor) { return false }
            let end = done < whole && isDirect(descriptor) ? whole : bytes.count
            let count = pwrite(descriptor, bytes.baseAddress.map { $0 + done }, end - done, off_t(done))
            if count < 0, errno == EINTR { continue }
            // A file system that lets itself be asked for direct output, and then has none, or in larger pages.
            if count < 0, errno == EINVAL, isDirect(descriptor), writeAsUsual(descriptor) { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private static func isDirect(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFL) & assay_direct_flag() != 0 }

    private static func writeAsUsual(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_SETFL, 0) == 0 }
}
