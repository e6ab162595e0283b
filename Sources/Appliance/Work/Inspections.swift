import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Inspection
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia

/// Looks into a submission. What was asked for is checked and computed, then metered and recorded, and only then shown.
extension OpenAppliance {
    func inspectFiles(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["submission"])
        let submission = try self.submission(scope)
        // The list belongs to the submission as a whole, and that is charged with its weights.
        return try await disclose(
            authorized, .weights, of: [submission], subjects: [.init(name: "manifest", sha256: submission.manifestDigest)]
        ) { FileTree.view(of: submission.manifest) }
    }

    func inspectRecords(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        try await inspectPage(authorized, of: .datasetRecords) { try RecordPages.records($0, named: $1, from: $2, count: $3) }
    }

    func inspectLog(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        try await inspectPage(authorized, of: .trainingLog) { try RecordPages.trainingLog($0, named: $1, from: $2, count: $3) }
    }

    private func inspectPage(
        _ authorized: AuthorizedRequest, of kind: MediaFileKind,
        _ read: @escaping @Sendable (SealedMemory, String, Int, Int) throws -> JSONValue
    ) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["count", "file", "from", "submission"])
        let submission = try self.submission(scope)
        let from = Int(try scope.field("from").integer(in: 0...1 << 40))
        let count = Int(try scope.field("count").integer(in: 1...1000))
        let file = try submission.file(kind, named: scope.optional("file")?.string(maxBytes: 1100))
        let isDataset = kind == .datasetRecords
        if isDataset { try await checkQuota(authorized, submission, rows: Int64(count)) }
        return try await disclose(
            authorized, isDataset ? .datasets : .logs, of: [submission], subjects: [.init(file)],
            details: ["from": .integer(Int64(from)), "count": .integer(Int64(count))],
            rows: { isDataset ? Int64($0["rows"]?.array?.count ?? 0) : 0 }
        ) { try await reading(file, of: submission) { try read($0, file.path, from, count) } }
    }

    func inspectCurves(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["file", "points", "submission"])
        let submission = try self.submission(scope)
        let points = Int(try scope.field("points").integer(in: 2...4096))
        let file = try submission.file(.trainingLog, named: scope.optional("file")?.string(maxBytes: 1100))
        return try await disclose(
            authorized, .logs, of: [submission], subjects: [.init(file)], details: ["points": .integer(Int64(points))]
        ) { try await reading(file, of: submission) { try TrainingCurves.view($0, named: file.path, points: points) } }
    }

    /// What the model was asked in a run, and what it said.
    func inspectTranscripts(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        // Under a session the appliance itself names the run's submission, which the session is held against.
        let scope = try scope(of: authorized, ["count", "from", "run", "submission"])
        let run = try runs.run(scope.field("run").string(maxBytes: 64))
        let submission = try submissions.submission(run.submission)
        if let named = try scope.optional("submission"), try submissions.submission(named.string(maxBytes: 128)).id != submission.id {
            throw named.failure("run \(run.id) is of submission \(submission.id)")
        }
        let from = Int(try scope.field("from").integer(in: 0...1 << 31))
        let count = Int(try scope.field("count").integer(in: 1...200))
        return try await disclose(
            authorized, .transcripts, of: [submission], subjects: [.init(name: "plan", sha256: .of(run.plan))],
            details: ["count": .integer(Int64(count)), "from": .integer(Int64(from)), "run": .string(run.id)]
        ) {
            try await Blocking.run { [runs] in
                // The first record is the run's header.
                let total = max(0, try runs.count(run: run.id) - 1)
                guard total > 0 else { throw RecordedRun.nothingLeft(run.id) }
                let records = try runs.records(run: run.id, from + 1..<from + 1 + count)
                return try TranscriptPages.view(records, from: from, total: total)
            }
        }
    }

    // MARK: What looks share

    func scope(of authorized: AuthorizedRequest, _ names: [String]) throws -> JSONField {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: names)
        return scope
    }

    func submission(_ scope: JSONField, _ name: String = "submission") throws -> StoredSubmission {
        try submissions.submission(scope.field(name).string(maxBytes: 128))
    }

    /// Opens a file of a submission, away from the threads that answer.
    func reading<Value: Sendable>(
        _ file: MediaFile, of submission: StoredSubmission, _ body: @escaping @Sendable (SealedMemory) throws -> Value
    ) async throws -> Value {
        try await Blocking.run { [submissions] in try body(submissions.open(file, of: submission)) }
    }

    /// Where the terms' quota of rows is used up, the look needs the lab's consent.
    func checkQuota(_ authorized: AuthorizedRequest, _ submission: StoredSubmission, rows: Int64) async throws {
        let exceeds = try await refusing(authorized) {
            try await desk.exceedsQuota(submission.labKey.keyID, rows: rows, person: authorized.person.name)
        }
        if exceeds { try await requireConsent(authorized, to: .rowsAboveQuota, on: submission) }
    }
}

extension LedgerEntry.Subject {
    /// A submitted file, under its kind's name.
    init(_ file: MediaFile) { self.init(name: file.kind.rawValue, sha256: file.digest) }

    /// A text of the submission's or the inspector's own, of which the ledger holds the digest.
    init(_ name: String, digestOf text: String) { self.init(name: name, sha256: .of(Array(text.utf8))) }
}

extension StoredSubmission {
    /// The one file of a kind, or the one of that name.
    func file(_ kind: MediaFileKind, named name: String?) throws -> MediaFile {
        let files = manifest.files.filter { file in
            file.kind == kind && (name.map { ExactString(file.path) == ExactString($0) } ?? true)
        }
        guard let file = files.first else {
            throw StoreError(.noSuchFile, "The submission has no such file of kind \(kind.rawValue). assay submissions --json lists its files.")
        }
        guard files.count == 1 else {
            let names = files.map(\.path).joined(separator: ", ")
            throw StoreError(.noSuchFile, "The submission has \(files.count) files of kind \(kind.rawValue): name one with --file (\(names)).")
        }
        return file
    }
}
