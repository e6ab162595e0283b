import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CommandSupport
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

/// The submissions: their sealed segments as they came, less the age header, whose file key is kept wrapped under the
/// appliance's own key. When that wrapped key is erased, so is the segment.
package struct SubmissionStore: Sendable {
    let database: StoreDatabase
    private let key: SecretBytes
    let claims = IntakeClaims()

    package init(_ database: StoreDatabase, key: SecretBytes) {
        self.database = database
        self.key = key
    }

    // MARK: Taking in

    /// Copies the catalogue (`StoreDatabase.copy`).
    package func copyCatalogue(to path: String, progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws -> [String] {
        try database.copy(to: path, progress: progress)
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
        StoredSubmission(
            id: row["id"], manifest: try manifest(row), manifestDigest: .of([UInt8](row["manifest"] as Data)), labKey: try labKey(row),
            entry: EntryPlace(index: row["entry"], leaf: try RunStore.digest(row["leaf"])), ingested: row["ingested"])
    }

    private static func labKey(_ row: Row) throws -> Ed25519PublicKey { try Ed25519PublicKey(bytes: [UInt8](row["lab_key"] as Data)) }

    static func manifest(_ row: Row) throws -> SubmissionManifest {
        let id: String = row["id"]
        let envelope = [UInt8](row["manifest"] as Data)
        // The manifest carries its own proof: what the database says of it is not simply believed.
        let payload: [UInt8]
        do {
            payload = try DSSEEnvelope(json: envelope, limits: SubmissionManifest.limits).verified(by: [labKey(row)]).payload
        } catch {
            throw changedManifest(id, ": \(error)")
        }
        guard SHA256Digest.of(payload).hex == id else { throw changedManifest(id, "") }
        return try SubmissionManifest(statement: payload)
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
        let wanted = file.segments.indices.filter { numbers?.contains($0) ?? true }.map { file.segments[$0] }
        let buffers = SegmentBuffers()
        try OrderedWork.run(wanted.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let buffer = buffers.take()
            buffer.empty()
            try decode(wanted[index], of: submission.id, fileKey: fileKey(wanted[index], of: submission.id)) { buffer.append($0) }
            return buffer
        } take: { index, plain in
            if numbers != nil { try memory.skip(to: wanted[index].plainOffset) } else { digest.update(plain.filled) }
            try memory.write(plain.filled)
            buffers.giveBack(plain)
        }
        if numbers != nil { try memory.skip(to: file.size) } else if digest.finalize() != file.digest.bytes {
            throw Self.changed(file, submission.id)
        }
        return try memory.seal()
    }

    /// The plaintext of a file of a submission that is whole and not kept yet: all of it in memory, so it is for small files.
    package func contents(of file: MediaFile, in staged: StagedSubmission) throws -> [UInt8] {
        var contents: [UInt8] = []
        for segment in file.segments {
            try decode(segment, of: staged.id, fileKey: fileKey(segment, of: staged.id)) { contents.append(contentsOf: $0) }
        }
        guard SHA256Digest.of(contents) == file.digest else { throw Self.changed(file, staged.id) }
        return contents
    }

    private static func changed(_ file: MediaFile, _ id: String) -> StoreError {
        StoreError(
            .damaged, "What the store holds of \(file.path) of submission \(id) is not what the lab signed for. Restore the store from a "
                + "backup, or ingest the medium again.", subject: .init(name: file.path, sha256: file.digest))
    }

    /// Opens one segment anew.
    func decode(_ segment: MediaSegment, of id: String, fileKey: FileKey, plain: (UnsafeRawBufferPointer) throws -> Void) throws {
        let descriptor = try openFile(of: segment.part, id)
        do {
            try SegmentDecoder.decode(payload: DescriptorSource(descriptor.number), fileKey: fileKey, segment: segment, plain: plain)
        } catch let error as MediaError {
            throw StoreError(
                .damaged,
                "Segment \(segment.path) of submission \(id) was changed in the store (\(error.code.rawValue): \(error.message)). "
                    + "Nothing of it is used. Restore the store from a backup, or ingest the medium again.",
                subject: .init(segment.part))
        }
    }

    /// The file of a segment's payload.
    func openFile(of part: MediaPart, _ id: String) throws -> Descriptor {
        let number = Glibc.open("\(folder(of: id))/\(StoreDatabase.fileName(of: part.path))", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard number >= 0 else {
            throw StoreError(
                .damaged, "Segment \(part.path) of submission \(id) cannot be read: \(String(cString: strerror(errno))).", subject: .init(part))
        }
        return Descriptor(number)
    }

    func fileKey(_ segment: MediaSegment, of id: String) throws -> FileKey {
        let wrapped = try database.pool.read { database in
            try Data.fetchOne(
                database, sql: "SELECT wrapped_key FROM segment WHERE submission = ? AND path = ?", arguments: [id, segment.path])
        }
        guard let wrapped else {
            throw StoreError(.damaged, "The store has no key for segment \(segment.path) of submission \(id).", subject: .init(segment.part))
        }
        do {
            return try FileKey(bytes: unwrap(wrapped, id, segment.path))
        } catch {
            throw StoreError(
                .damaged, "The key of segment \(segment.path) of submission \(id) was changed in the store (\(error)).", subject: .init(segment.part))
        }
    }

    func wrap(_ bytes: [UInt8], _ id: String, _ path: String) throws -> Data {
        Data(try withKey { try KeyWrap.wrap(bytes, under: $0, associatedData: Self.label(id, path)) })
    }

    func unwrap(_ wrapped: Data, _ id: String, _ path: String) throws -> [UInt8] {
        try withKey { try KeyWrap.unwrap([UInt8](wrapped), under: $0, associatedData: Self.label(id, path)) }
    }

    /// Binds a wrapped key to its segment, so that keys cannot change places.
    private static func label(_ id: String, _ path: String) -> [UInt8] { Array("assay segment\u{0}\(id)\u{0}\(path)".utf8) }

    func folder(of id: String) -> String { "\(database.segments)/\(id)" }

    private func withKey<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
        var bytes = key.withBytes { Array(UnsafeBufferPointer(start: $0, count: key.count)) }
        defer { SecretBytes.wipe(&bytes) }
        return try body(bytes)
    }
}

extension StoreError.Subject {
    /// The sealed segment, as the lab signed for it.
    fileprivate init(_ part: MediaPart) { self.init(name: "segment", sha256: part.sealedDigest) }
}
