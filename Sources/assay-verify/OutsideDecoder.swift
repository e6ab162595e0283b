import BundleVerifier
import Glibc

/// Reads a QR code by a program that others wrote, zbarimg. What it says is then verified like any other file.
enum OutsideDecoder {
    private static let program = "zbarimg"
    /// More than any QR code holds.
    private static let largest = 1 << 16

    /// The bytes that the QR code in the image at `path` holds.
    static func content(of path: String) throws -> [UInt8] {
        guard access(path, R_OK) == 0 else {
            throw UnusableFile(status: ExitStatus.unreadable, path: path, reason: String(cString: strerror(errno)))
        }
        let named = path.hasPrefix("-") ? "./\(path)" : path
        // Bytes as they are (binary), of one QR code, and nothing else of this or another kind.
        let (status, bytes) = try run(["--quiet", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable", "-Sbinary", named])
        guard status == 0, !bytes.isEmpty else {
            throw VerificationFailure(
                .receipt, "\(path): \(program) finds no QR code in it (status \(status)). Take the picture from straight above, with the "
                    + "white border; or type the rows in")
        }
        return bytes
    }

    private static func run(_ arguments: [String]) throws -> (status: Int32, output: [UInt8]) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw missing(errno) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        for end in ends { posix_spawn_file_actions_addclose(&actions, end) }
        let words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = [strdup("LC_ALL=C"), nil]
        defer { for word in words + environment { free(word) } }
        var child: pid_t = 0
        let failed = posix_spawnp(&child, program, &actions, nil, words, environment)
        close(ends[1])
        defer { close(ends[0]) }
        guard failed == 0 else { throw missing(failed) }
        var output: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            output += buffer[..<min(count, largest - output.count)]
        }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0 && errno == EINTR {}
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, output)
    }

    private static func missing(_ error: Int32) -> UnusableFile {
        UnusableFile(
            status: ExitStatus.unreadable, path: program,
            reason: "\(String(cString: strerror(error))). Install zbar-tools; or scan the code with a telephone, save its text to a file "
                + "and name that file; or type the receipt's rows in")
    }
}
