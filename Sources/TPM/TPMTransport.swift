import Glibc
import Isolation

/// Where a TPM is, as tpm2-tools take it (their TCTI), and how it is asked: by those programs, one at a time.
package struct TPMTransport: Hashable, Sendable {
    /// `device:/dev/tpmrm0`, or `swtpm:…` for a software TPM.
    package let text: String

    /// A TPM answers in milliseconds, makes a key in seconds, and may be asked to wait its turn.
    private static let patience = Duration.seconds(30)
    private static let folders = ["/usr/bin", "/usr/local/bin"]

    /// Only devices and software TPMs: other transports load libraries and start programs of anybody's choice.
    package init(_ text: String) throws(TPMError) {
        guard text.utf8.count <= 256, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            ["device:/", "swtpm:path=/", "swtpm:host=127.0.0.1,port="].contains(where: text.hasPrefix)
        else {
            throw TPMError(
                .badTransport, "a TPM is at device:/dev/tpmrm0, or, for trials, at swtpm:path=/SOCKET or "
                    + "swtpm:host=127.0.0.1,port=PORT; not at '\(text.prefix(64))'")
        }
        self.text = text
    }

    /// Runs a program of tpm2-tools.
    ///
    /// - Parameter input: standard input, for secrets.
    func run(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws(TPMError) -> CommandOutput {
        let paths = Self.folders.map { folder -> String in "\(folder)/tpm2_\(tool)" }
        guard let path = paths.first(where: { access($0, X_OK) == 0 }) else {
            throw TPMError(.unavailable, "tpm2_\(tool) is not there: install the package tpm2-tools")
        }
        do throws(SandboxError) {
            return try CommandOutput.of(path, ["--tcti=\(text)"] + arguments, input: input, within: Self.patience)
        } catch {
            throw TPMError(.unavailable, "the TPM at \(text) could not be asked: \(error.message)")
        }
    }

    /// The same, for what must succeed.
    func require(_ tool: String, _ arguments: [String], input: [UInt8] = []) throws(TPMError) -> String {
        let output = try run(tool, arguments, input: input)
        guard output.code == 0 else { throw failure(tool, output) }
        return output.text
    }

    func failure(_ tool: String, _ output: CommandOutput) -> TPMError {
        let lines = output.text.split(separator: "\n").filter { $0.hasPrefix("ERROR: ") && !$0.contains("Unable to run") }
        let words = lines.isEmpty ? output.excerpt : lines.map { $0.dropFirst(7) }.joined(separator: "; ")
        return TPMError(.unavailable, "the TPM at \(text) did not do tpm2_\(tool) (status \(output.code)): \(words)")
    }

    /// The handles in what tpm2_getcap printed, a line `- 0x1234` each.
    package static func handles(in text: String) -> [UInt32] {
        text.split(separator: "\n").compactMap { line in line.hasPrefix("- 0x") ? UInt32(line.dropFirst(4), radix: 16) : nil }
    }

    /// The handles of one kind that the TPM has: `handles-nv-index`, `handles-persistent`.
    func handles(_ kind: String) throws(TPMError) -> [UInt32] {
        Self.handles(in: try require("getcap", [kind]))
    }
}

extension UInt32 {
    /// As tpm2-tools write a handle.
    package var handleText: String { "0x" + String(self, radix: 16) }
}
