import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import Foundation
import GRDB
import SealedMedia

/// A submission in the store.
package struct StoredSubmission: Sendable {
    /// Lower-case SHA-256 of the lab's signed statement.
    package let id: String
    package let manifest: SubmissionManifest
    /// SHA-256 of the signed manifest as it came.
    package let manifestDigest: SHA256Digest
    package let labKey: Ed25519PublicKey
    /// The ledger entry that accepted it.
    package let entry: EntryPlace
    /// The entry's time.
    package let ingested: Int64
}

/// A submission whose every byte is verified and stored, and which no ledger entry names yet.
package struct StagedSubmission: Sendable {
    package let submission: VerifiedSubmission
    package var id: String { submission.submissionID }
    package var manifestDigest: SHA256Digest { .of(submission.envelope) }
}

/// The submissions: their sealed segments as they came, less the age header, whose file key is kept wrapped under the
/// appliance's own key. When that wrapped key is erased, so is the segment.
package struct SubmissionStore: Sendable {
    private let database: StoreDatabase
    private let key: SecretBytes

    package init(_ database: StoreDatabase, key: SecretBytes) {
        self.database = database
        self.key = key
    }

    // MARK: Taking in

    /// Copies the catalogue (`StoreDatabase.copy`).
    package func copyCatalogue(to path: String, progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws -> [String] {
        try database.copy(to: path, progress: progress)
    }

    /// Verifies the medium at `path` completely and stores it, to be kept when the ledger has accepted it.
    ///
    /// - Parameter progress: sealed bytes done, and in all.
    /// - Throws: `MediaError` for the first thing that is wrong; then nothing of it is in the store.
    package func stage(
        media path: String, labs: [Ed25519PublicKey], identity: X25519Identity, progress: @escaping (Int, Int) -> Void
    ) throws -> StagedSubmission {
        let verified = try VerifiedSubmission(at: path, labKeys: labs)
        try verified.checkRecipient(identity.recipient.text)
        if try submissions().contains(where: { $0.id == verified.submissionID }) {
            throw StoreError(.duplicate, "Submission \(verified.submissionID) is in the store already.")
        }
        try discard(verified.submissionID)
        do {
            let sink = try SegmentSink(folder: folder(of: verified.submissionID), of: database)
            try SubmissionReceiver(verified, identities: [identity]).receiveAll(into: sink) {
                progress($0.bytesDone, $0.bytesTotal)
            }
            try sink.finish()
            try insert(verified, keys: sink.keys)
        } catch {
            try? discard(verified.submissionID)
            throw error
        }
        return StagedSubmission(submission: verified)
    }

    private func insert(_ verified: VerifiedSubmission, keys: [(path: String, key: FileKey)]) throws {
        try database.write { database in
            try database.execute(
                sql: "INSERT INTO submission (id, manifest, lab_key) VALUES (?, ?, ?)",
                arguments: [verified.submissionID, Data(verified.envelope), Data(verified.signer.bytes)])
            for (path, fileKey) in keys {
                let wrapped = try withKey {
                    try KeyWrap.wrap(fileKey.bytes, under: $0, associatedData: Self.label(verified.submissionID, path))
                }
                try database.execute(
                    sql: "INSERT INTO segment (submission, path, wrapped_key) VALUES (?, ?, ?)",
                    arguments: [verified.submissionID, path, Data(wrapped)])
            }
        }
    }

    /// Keeps what was staged under the ledger entry that accepted it.
    package func keep(_ id: String, entry: EntryPlace, time: Int64) throws -> StoredSubmission {
        try database.write { database in
            try database.execute(
                sql: "UPDATE submission SET entry = ?, leaf = ?, ingested = ? WHERE id = ?",
                arguments: [entry.index, Data(entry.leaf.bytes), time, id])
        }
        return try submission(id)
    }

    /// Removes what was staged and not kept.
    package func discard(_ id: String) throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM segment WHERE submission IN (SELECT id FROM submission WHERE id = ? AND entry IS NULL)",
                arguments: [id])
            try database.execute(sql: "DELETE FROM submission WHERE id = ? AND entry IS NULL", arguments: [id])
        }
        let folder = folder(of: id)
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }

    /// Erases an accepted submission's keys, and then its segments. What it was called and consisted of stays.
    package func purge(_ id: String) throws {
        try database.write { database in
            try database.execute(sql: "DELETE FROM segment WHERE submission = ?", arguments: [id])
        }
        try database.scrub()
        let folder = folder(of: id)
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }

    /// Whether its keys were erased.
    package func isPurged(_ id: String) throws -> Bool {
        try database.pool.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM segment WHERE submission = ?", arguments: [id]) == 0
        }
    }

    /// How many bytes its sealed segments take on the disk; 0 where they were purged.
    package func heldBytes(_ id: String) throws -> Int64 {
        let folder = folder(of: id)
        guard FileManager.default.fileExists(atPath: folder) else { return 0 }
        return try FileManager.default.contentsOfDirectory(atPath: folder).reduce(0) { sum, name in
            sum + ((try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size] as? NSNumber)?.int64Value ?? 0)
        }
    }

    /// What a crash left staged: whether the ledger accepted each is for the caller to look up.
    package func staged() throws -> [String] {
        try database.pool.read { try String.fetchAll($0, sql: "SELECT id FROM submission WHERE entry IS NULL") }
    }

    // MARK: Giving out

    /// The submissions that were accepted, oldest first.
    package func submissions() throws -> [StoredSubmission] {
        let rows = try database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM submission WHERE entry IS NOT NULL ORDER BY entry")
        }
        return try rows.map(Self.submission)
    }

    /// The submission whose id starts with `prefix`.
    package func submission(_ prefix: String) throws -> StoredSubmission {
        let found = try submissions().filter { $0.id.hasPrefix(prefix) }
        guard let submission = found.first, !prefix.isEmpty else {
            throw StoreError(.noSuchSubmission, "There is no submission \(prefix.prefix(64)). assay submissions lists them.")
        }
        guard found.count == 1 else {
            throw StoreError(.ambiguousSubmission, "\(prefix.prefix(64)) is the start of \(found.count) submissions' names.")
        }
        return submission
    }

    private static func submission(_ row: Row) throws -> StoredSubmission {
        let id: String = row["id"]
        let envelope = [UInt8](row["manifest"] as Data)
        let labKey = try Ed25519PublicKey(bytes: [UInt8](row["lab_key"] as Data))
        // The manifest carries its own proof: what the database says of it is not simply believed.
        let payload: [UInt8]
        do {
            payload = try DSSEEnvelope(json: envelope, limits: SubmissionManifest.limits).verified(by: [labKey]).payload
        } catch {
            throw changedManifest(id, ": \(error)")
        }
        guard SHA256Digest.of(payload).hex == id else { throw changedManifest(id, "") }
        return StoredSubmission(
            id: id, manifest: try SubmissionManifest(statement: payload), manifestDigest: .of(envelope), labKey: labKey,
            entry: EntryPlace(index: row["entry"], leaf: try RunStore.digest(row["leaf"])), ingested: row["ingested"])
    }

    private static func changedManifest(_ id: String, _ reason: String) -> StoreError {
        StoreError(
            .damaged, "The manifest of submission \(id) was changed in the store\(reason).",
            subject: SHA256Digest(hex: id).map { .init(name: "submission", sha256: $0) })
    }

    /// The plaintext of one file, in a sealed memfd: every segment is opened anew, and of a whole file the digest is checked again.
    ///
    /// - Parameter numbers: only these segments of the file. The memory has the file's size, with holes where the others
    ///   would be.
    package func open(_ file: MediaFile, of submission: StoredSubmission, segments numbers: Set<Int>? = nil) throws -> SealedMemory {
        guard try !isPurged(submission.id) else {
            throw StoreError(.purged, "Submission \(submission.id) was purged: its keys are erased, and nothing of it can be opened.")
        }
        let memory = try SealedMemory.Writer(name: "assay-\(file.kind.rawValue)")
        var digest = BulkSHA256()
        for (number, segment) in file.segments.enumerated() where numbers?.contains(number) ?? true {
            if numbers != nil { try memory.skip(to: segment.plainOffset) }
            let fileKey = try fileKey(segment, of: submission.id)
            let path = "\(folder(of: submission.id))/\(StoreDatabase.fileName(of: segment.path))"
            let number = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
            guard number >= 0 else {
                throw StoreError(
                    .damaged, "Segment \(segment.path) of submission \(submission.id) cannot be read: \(String(cString: strerror(errno))).",
                    subject: .init(segment))
            }
            let descriptor = Descriptor(number)
            do {
                try SegmentDecoder.decode(
                    payload: DescriptorSource(descriptor.number), fileKey: fileKey, segment: segment
                ) { bytes in
                    if numbers == nil { digest.update(bytes) }
                    try memory.write(bytes)
                }
            } catch let error as MediaError {
                throw StoreError(
                    .damaged,
                    "Segment \(segment.path) of submission \(submission.id) was changed in the store (\(error.code.rawValue): \(error.message)). "
                        + "Nothing of it is used. Restore the store from a backup, or ingest the medium again.",
                    subject: .init(segment))
            }
        }
        if numbers != nil { try memory.skip(to: file.size) } else if digest.finalize() != file.digest.bytes {
            throw StoreError(
                .damaged, "What the store holds of \(file.path) of submission \(submission.id) is not what the lab signed for. Restore the store from a "
                    + "backup, or ingest the medium again.", subject: .init(name: file.path, sha256: file.digest))
        }
        return try memory.seal()
    }

    private func fileKey(_ segment: MediaSegment, of id: String) throws -> FileKey {
        let path = segment.path
        let wrapped = try database.pool.read { database in
            try Data.fetchOne(
                database, sql: "SELECT wrapped_key FROM segment WHERE submission = ? AND path = ?", arguments: [id, path])
        }
        guard let wrapped else {
            throw StoreError(.damaged, "The store has no key for segment \(path) of submission \(id).", subject: .init(segment))
        }
        do {
            return try FileKey(bytes: withKey { try KeyWrap.unwrap([UInt8](wrapped), under: $0, associatedData: Self.label(id, path)) })
        } catch {
            throw StoreError(
                .damaged, "The key of segment \(path) of submission \(id) was changed in the store (\(error)).", subject: .init(segment))
        }
    }

    /// Binds a wrapped key to its segment, so that keys cannot change places.
    private static func label(_ id: String, _ path: String) -> [UInt8] { Array("assay segment\u{0}\(id)\u{0}\(path)".utf8) }

    private func folder(of id: String) -> String { "\(database.segments)/\(id)" }

    private func withKey<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
        var bytes = key.withBytes { Array(UnsafeBufferPointer(start: $0, count: key.count)) }
        defer { SecretBytes.wipe(&bytes) }
        return try body(bytes)
    }
}

extension StoreError.Subject {
    /// The sealed segment, as the lab signed for it.
    fileprivate init(_ segment: MediaSegment) { self.init(name: "segment", sha256: segment.sealedDigest) }
}
