import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Inspection
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia

/// Looks into datasets. Each row that is shown is charged as a row.
extension OpenAppliance {
    func inspectSearch(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["count", "file", "ignoreCase", "pattern", "submission"])
        let (submission, file) = try dataset(scope)
        let pattern = try scope.field("pattern").string(maxBytes: 1024)
        guard !pattern.isEmpty else { throw try scope.field("pattern").failure("a text to look for was expected") }
        let ignoresCase = try scope.optional("ignoreCase")?.bool() ?? false
        let count = try scope.field("count").integer(in: 0...1000)
        if count > 0 { try await checkQuota(authorized, submission, rows: count) }
        return try await disclose(
            authorized, .datasets, of: [submission], subjects: [.init(file), .init("pattern", digestOf: pattern)],
            details: ["count": .integer(count)], rows: Self.rows
        ) {
            try await reading(file, of: submission) { memory in
                try RecordSearch.view(memory, named: file.path, pattern: pattern, ignoresCase: ignoresCase, count: Int(count))
            }
        }
    }

    func inspectSample(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["count", "file", "seed", "submission"])
        let (submission, file) = try dataset(scope)
        let count = try scope.field("count").integer(in: 1...1000)
        let seed = try scope.optional("seed")?.integer(in: 0...1 << 53).magnitude ?? RecordSample.seed(of: submission.id)
        try await checkQuota(authorized, submission, rows: count)
        return try await disclose(
            authorized, .datasets, of: [submission], subjects: [.init(file)],
            details: ["count": .integer(count), "seed": .integer(Int64(seed))], rows: Self.rows
        ) {
            try await reading(file, of: submission) { memory in
                try RecordSample.view(memory, named: file.path, count: Int(count), seed: seed)
            }
        }
    }

    func inspectDataset(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["file", "submission"])
        let (submission, file) = try dataset(scope)
        return try await disclose(authorized, .datasets, of: [submission], subjects: [.init(file)]) {
            try await reading(file, of: submission) { try DatasetSummary.view($0, named: file.path) }
        }
    }

    private static func rows(_ view: JSONValue) -> Int64 { Int64(view["rows"]?.array?.count ?? 0) }

    private func dataset(_ scope: JSONField) throws -> (StoredSubmission, MediaFile) {
        let submission = try self.submission(scope)
        return (submission, try submission.file(.datasetRecords, named: scope.optional("file")?.string(maxBytes: 1100)))
    }
}
