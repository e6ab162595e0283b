import AuditCrypto
import Foundation
import GRDB
import SealedMedia

/// A submission whose every byte is verified and stored, and which no ledger entry names yet.
package struct StagedSubmission: Sendable {
    package let submission: VerifiedSubmission
    /// What was wrong with the medium that was read last, and is made good.
    package let damage: [MediaDamage]
    /// How many segments repair data gave back.
    package let rebuilt: Int
    /// Nobody else takes it in, or drops it, while this is held.
    package let claim: IntakeClaim
    package var id: String { submission.submissionID }
    package var manifestDigest: SHA256Digest { .of(submission.envelope) }
}

/// A submission of which volumes are missing yet. Nobody can look at it.
package struct IncomingSubmission: Sendable {
    /// How many parts of a volume are held, of how many.
    package struct Volume: Hashable, Sendable {
        package let number: Int
        package let held: Int
        package let parts: Int
    }

    /// Lower-case SHA-256 of the lab's signed statement.
    package let id: String
    package let manifest: SubmissionManifest
    /// SHA-256 of the signed manifest as it came.
    package let manifestDigest: SHA256Digest
    package let volumes: [Volume]
    /// What was wrong with the medium that was read last.
    package let damage: [MediaDamage]
}

package enum Staging: Sendable {
    case whole(StagedSubmission)
    case partly(IncomingSubmission)
}

extension SubmissionStore {
    /// What was begun to be taken in: by several volumes, or until the appliance was stopped.
    package func incoming() throws -> [IncomingSubmission] {
        let rows = try database.pool.read { try Row.fetchAll($0, sql: "SELECT * FROM submission WHERE entry IS NULL ORDER BY id") }
        return try rows.map { try incoming($0["id"], Self.manifest($0), .of([UInt8]($0["manifest"] as Data)), damage: []) }
    }

    func incoming(
        _ id: String, _ manifest: SubmissionManifest, _ digest: SHA256Digest, damage: [MediaDamage]
    ) throws -> IncomingSubmission {
        let held = try heldParts(id)
        var counts: [Int: (held: Int, parts: Int)] = [:]
        for part in manifest.parts {
            counts[part.volume ?? 1, default: (0, 0)].parts += 1
            if held.contains(part.path) { counts[part.volume ?? 1, default: (0, 0)].held += 1 }
        }
        let volumes = counts.sorted { $0.key < $1.key }.map { IncomingSubmission.Volume(number: $0.key, held: $0.value.held, parts: $0.value.parts) }
        return IncomingSubmission(id: id, manifest: manifest, manifestDigest: digest, volumes: volumes, damage: damage)
    }

    /// Paths of segments and of repair data.
    func heldParts(_ id: String) throws -> Set<String> {
        try database.pool.read { database in
            try String.fetchSet(
                database, sql: "SELECT path FROM segment WHERE submission = ? UNION SELECT path FROM piece WHERE submission = ?", arguments: [id, id])
        }
    }

    /// Keeps what was staged under the ledger entry that accepted it.
    package func keep(_ id: String, entry: EntryPlace, time: Int64) throws -> StoredSubmission {
        let pieces = try database.write { database in
            try database.execute(
                sql: "UPDATE submission SET entry = ?, leaf = ?, ingested = ? WHERE id = ?",
                arguments: [entry.index, Data(entry.leaf.bytes), time, id])
            // What repairing would have taken: nothing is left to repair from here on.
            try database.execute(
                sql: "UPDATE segment SET wrapped_header = NULL WHERE submission = ? AND wrapped_header IS NOT NULL", arguments: [id])
            let pieces = try String.fetchAll(database, sql: "SELECT path FROM piece WHERE submission = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM piece WHERE submission = ?", arguments: [id])
            return pieces
        }
        for piece in pieces { unlink("\(folder(of: id))/\(StoreDatabase.fileName(of: piece))") }
        return try submission(id)
    }

    /// Removes what came of a submission that is not whole.
    ///
    /// - Throws: `StoreError` (`busy`) where more of it is being taken in.
    package func drop(_ id: String) throws {
        try withExtendedLifetime(claims.claim(id)) { _ in try discard(id) }
    }

    /// Removes what was begun to be taken in, or staged and not kept. The caller has claimed it, or is alone.
    package func discard(_ id: String) throws {
        try database.write { database in
            for table in ["segment", "piece"] {
                try database.execute(
                    sql: "DELETE FROM \(table) WHERE submission IN (SELECT id FROM submission WHERE id = ? AND entry IS NULL)", arguments: [id])
            }
            try database.execute(sql: "DELETE FROM submission WHERE id = ? AND entry IS NULL", arguments: [id])
        }
        let folder = folder(of: id)
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }
}
