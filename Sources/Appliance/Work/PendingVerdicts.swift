import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation
import VerdictBundle

/// Evidence that was put before an adjudicator and waits for the signature over its digest, and perhaps for others' consent:
/// days may pass, and the appliance be stopped, until then.
actor PendingVerdicts {
    struct Prepared: Sendable {
        let submission: String
        let person: String
        /// The evidence statement, as it will be signed.
        let payload: [UInt8]
        let statement: Statement
        let evidence: Evidence

        init(submission: String, person: String, payload: [UInt8]) throws {
            (self.submission, self.person, self.payload) = (submission, person, payload)
            statement = try Statement(json: JSONField(CanonicalJSON.parse(payload)))
            evidence = try Evidence(json: statement.predicate)
        }
    }

    /// A file for each, named after the digest: what stands in it is believed as far as it has that.
    private let folder: String

    init(folder: String) { self.folder = folder }

    private func file(_ digest: SHA256Digest) -> String { "\(folder)/\(digest.hex).json" }

    func put(_ verdict: Prepared) throws {
        try Files.makeFolder(folder, mode: 0o700)
        try forget()
        try Files.write(
            CanonicalJSON.encode([
                "payload": .string(Base64.encode(verdict.payload)), "person": .string(verdict.person), "submission": .string(verdict.submission),
            ]), to: file(.of(verdict.payload)), mode: 0o600)
    }

    /// Whoever asked and never signed, or whom nobody agreed with in time, asks again.
    private func forget() throws {
        let oldest = Date(timeIntervalSinceNow: -TimeInterval(RequestDesk.patience + 86_400))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let made = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.modificationDate] as? Date
            if made ?? .distantPast < oldest { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }
        }
    }

    /// Nil where none with that digest was put here.
    func verdict(_ digest: SHA256Digest) throws -> Prepared? {
        guard Files.exists(file(digest)) else { return nil }
        let field = JSONField(try StrictJSON.parse(Files.read(file(digest))))
        guard let payload = Base64.decode(try field.field("payload").string(maxBytes: 16 << 20)), SHA256Digest.of(payload) == digest else { return nil }
        return try Prepared(submission: field.field("submission").string(), person: field.field("person").string(), payload: payload)
    }

    func remove(_ digest: SHA256Digest) { try? FileManager.default.removeItem(atPath: file(digest)) }
}
