import BundleVerifier
import CommandSupport
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
        let arguments = ["--quiet", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable", "-Sbinary", named]
        let said: OutsideProgram
        do throws(OutsideProgram.Failure) {
            said = try OutsideProgram.run(program, arguments, maxOutput: largest)
        } catch {
            let reason = if case .notStarted(let number) = error { String(cString: strerror(number)) } else { "it did not end in a minute" }
            throw UnusableFile(
                status: ExitStatus.unreadable, path: program,
                reason: "\(reason). Install zbar-tools; or scan the code with a telephone, save its text to a file and name that file; or "
                    + "type the receipt's rows in")
        }
        guard said.code == 0, !said.output.isEmpty else {
            throw VerificationFailure(
                .receipt, "\(path): \(program) finds no QR code in it (status \(said.code)). Take the picture from straight above, with the "
                    + "white border; or type the rows in")
        }
        return said.output
    }
}
