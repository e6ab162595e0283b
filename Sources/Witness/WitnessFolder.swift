import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport
import Glibc
import LogBuilding
import MerkleLog

/// A witness's folder: its sealed key, its verifier key, a file for each log that it watches, and evidence.
///
///     witness.key              the private key, in a passphrase box
///     witness.vkey             the verifier key
///     logs/<digest>.json       a log (`WitnessedLog`); the digest is the SHA-256 of its origin
///     superseded/<tree>/       what was cosigned of a log that then went on from a backup, and the entry that says so
///     evidence/<digest>/       request, and the two checkpoints `cosigned` and `presented`; the digest is the request's
package struct WitnessFolder: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    package static let keyPurpose = "assay-witness cosigning key v1"

    package var keyFile: String { path + "/witness.key" }
    package var verifierKeyFile: String { path + "/witness.vkey" }
    private var logsFolder: String { path + "/logs" }
    private var evidenceFolder: String { path + "/evidence" }

    func file(of origin: String) -> String { "\(logsFolder)/\(SHA256Digest.of(Array(origin.utf8)).hex).json" }

    /// What a refused request left.
    package struct Refused: Error, Sendable {
        package let refusal: WitnessRefusal
        /// The folder with both signed checkpoints, where there is something to keep.
        package let evidence: String?
    }

    // MARK: Logs

    package func log(origin: String) throws -> WitnessedLog? {
        let file = file(of: origin)
        guard Files.exists(file) else { return nil }
        return try WitnessedLog(json: Files.read(file, maxBytes: 2 << 20))
    }

    /// All logs, by origin.
    package func logs() throws -> [WitnessedLog] {
        try names(in: logsFolder).filter { $0.hasSuffix(".json") }
            .map { try WitnessedLog(json: Files.read("\(logsFolder)/\($0)", maxBytes: 2 << 20)) }
            .sorted { ExactString($0.key.name) < ExactString($1.key.name) }
    }

    package func evidence() throws -> [String] { try names(in: evidenceFolder).map { "\(evidenceFolder)/\($0)" } }

    /// - Parameter succession: where the log has changed its key, a checkpoint that both keys signed.
    /// - Returns: false where the log is there already, under the same key.
    package func add(_ key: NoteVerifierKey, succession: String? = nil) throws -> Bool {
        try locked {
            if let log = try log(origin: key.name) {
                guard log.key != key else { return false }
                guard let succession else {
                    throw WitnessRefusal(
                        .badSignature, "The log \(key.name) is watched already, with another key. If its keepers say that they "
                            + "changed it, ask them for the checkpoint that both keys signed, and name it with --succession.")
                }
                try Files.write(log.succeeded(by: key, note: succession).encoded(), to: file(of: key.name), mode: 0o600)
                return true
            }
            try Files.write(WitnessedLog(key: key).encoded(), to: file(of: key.name), mode: 0o600)
            return true
        }
    }

    // MARK: Cosigning

    /// Cosigns what `text` (`WitnessRequest`) asks for. The tree is recorded as cosigned, durably, before this returns.
    ///
    /// - Parameter time: seconds since 1970-01-01 UTC.
    /// - Returns: the checkpoint with the log's signature and the witness's.
    /// - Throws: `Refused`; or whatever keeps the folder from being used.
    package func cosign(_ text: String, by cosigner: Cosigner, time: Int64) throws -> (checkpoint: Checkpoint, note: String) {
        try locked {
            let request: WitnessRequest, origin: String
            do {
                request = try WitnessRequest(text: text)
                origin = try Checkpoint(text: SignedNote(note: request.checkpoint).text).origin
            } catch {
                throw Refused(refusal: WitnessRefusal(.malformed, "This is no request to a witness: \(error)"), evidence: nil)
            }
            guard let log = try log(origin: origin) else {
                throw Refused(
                    refusal: WitnessRefusal(
                        .unknownLog, "This witness does not watch that log. Take it in with assay-witness add-log, by a key that "
                            + "you have from its keepers."), evidence: nil)
            }
            let checkpoint: Checkpoint
            do throws(WitnessRefusal) {
                checkpoint = try log.judge(request)
            } catch {
                throw Refused(refusal: error, evidence: error.kind.isEvidence ? try keep(text, request, log) : nil)
            }
            let note = try SignedNote(note: request.checkpoint)
            // Time never goes back in what this witness says of a log.
            let time = max(time, log.time)
            let cosigned = note.note { $0.keyHash == log.key.keyHash && ExactString($0.name) == ExactString(log.key.name) }
                + cosigner.line(text: note.text, time: time)
            try Files.write(log.cosigned(checkpoint, note: cosigned, time: time).encoded(), to: file(of: origin), mode: 0o600)
            return (checkpoint, cosigned)
        }
    }

    private func keep(_ text: String, _ request: WitnessRequest, _ log: WitnessedLog) throws -> String {
        let folder = "\(evidenceFolder)/\(SHA256Digest.of(Array(text.utf8)).hex.prefix(16))"
        try Files.makeFolder(folder, mode: 0o700)
        try Files.write(Array(text.utf8), to: folder + "/request")
        try Files.write(Array(request.checkpoint.utf8), to: folder + "/presented")
        try Files.write(Array(log.note.utf8), to: folder + "/cosigned")
        return folder
    }

    // MARK: The folder

    /// One at a time: two programs must not both believe the same last size.
    func locked<Result>(_ body: () throws -> Result) throws -> Result {
        try Files.makeFolder(logsFolder, mode: 0o700)
        let lock = path + "/lock"
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw FileError(operation: .create, path: lock, reason: String(cString: strerror(errno)))
        }
        defer {
            // Closing alone would leave the lock with a program that is just being started, until it closes its copy.
            _ = flock(descriptor, LOCK_UN)
            close(descriptor)
        }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw FileError(operation: .write, path: lock, reason: String(cString: strerror(errno))) }
        }
        return try body()
    }

    private func names(in folder: String) throws -> [String] {
        guard Files.exists(folder) else { return [] }
        return try Files.names(in: folder).filter { !$0.hasPrefix(".") }
    }
}
