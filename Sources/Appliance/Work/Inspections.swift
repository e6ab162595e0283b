import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import EngineProtocol
import Inspection
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia

/// Looks into a submission. What was asked for is checked and computed, then metered and recorded, and only then shown.
extension OpenAppliance {
    func inspectTensors(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["submission"])
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        let weights = try submission.weights()
        return try await disclose(authorized, .weights, of: [submission], subjects: [.init(weights)]) {
            TensorTable.view(of: try await withWorker(submission) { $0.model })
        }
    }

    func inspectTensor(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["submission", "tensor"])
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        let name = try scope.field("tensor").string(maxBytes: 1024)
        // The name is the submission's own text, so the ledger holds its digest.
        let subjects: [LedgerEntry.Subject] = [.init(try submission.weights()), .init(name: "tensor", sha256: .of(Array(name.utf8)))]
        return try await disclose(authorized, .weights, of: [submission], subjects: subjects) {
            TensorTable.view(
                of: try await withWorker(submission) { session in
                    try session.client.tensorStatistics(.init(name: name, histogramBins: 32), within: .seconds(600))
                })
        }
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
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["count", "file", "from", "submission"])
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        let from = Int(try scope.field("from").integer(in: 0...1 << 40))
        let count = Int(try scope.field("count").integer(in: 1...1000))
        let file = try submission.file(kind, named: scope.optional("file")?.string(maxBytes: 1100))
        let isDataset = kind == .datasetRecords
        if isDataset { try await checkQuota(authorized, submission, rows: Int64(count)) }
        return try await disclose(
            authorized, isDataset ? .datasets : .logs, of: [submission], subjects: [.init(file)],
            details: ["from": .integer(Int64(from)), "count": .integer(Int64(count))],
            rows: { isDataset ? Int64($0["rows"]?.array?.count ?? 0) : 0 }
        ) {
            try await Blocking.run { [submissions] in
                try read(submissions.open(file, of: submission), file.path, from, count)
            }
        }
    }

    /// Where the terms' quota of rows is used up, the look needs the lab's consent.
    func checkQuota(_ authorized: AuthorizedRequest, _ submission: StoredSubmission, rows: Int64) async throws {
        let exceeds = try await refusing(authorized) {
            try await desk.exceedsQuota(submission.labKey.keyID, rows: rows, person: authorized.person.name)
        }
        if exceeds { try await requireConsent(authorized, to: .rowsAboveQuota, on: submission) }
    }

    private func withWorker<Value: Sendable>(
        _ submission: StoredSubmission, _ body: @escaping @Sendable (Workbench.Session) throws -> Value
    ) async throws -> Value {
        let session = try await workbench.open(submission, in: submissions, threads: 2)
        return try await Blocking.run {
            defer { session.close() }
            return try body(session)
        }
    }
}

extension LedgerEntry.Subject {
    /// A submitted file, under its kind's name.
    init(_ file: MediaFile) { self.init(name: file.kind.rawValue, sha256: file.digest) }
}

extension StoredSubmission {
    /// The one file of a kind, or the one of that name.
    fileprivate func file(_ kind: MediaFileKind, named name: String?) throws -> MediaFile {
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
