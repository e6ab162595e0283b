import AuditCrypto
import AuditSigning
import Foundation
import GRDB

/// A place in the ledger: an entry's number and its leaf hash.
package struct EntryPlace: Sendable, Hashable {
    package let index: Int64
    package let leaf: SHA256Digest

    package init(index: Int64, leaf: SHA256Digest) {
        self.index = index
        self.leaf = leaf
    }
}

/// An evaluation run: the plan that was registered before it, and its results when it has ended.
package struct StoredRun: Sendable {
    package let id: String
    package let submission: String
    /// The plan's bytes, whose digest the ledger holds.
    package let plan: [UInt8]
    package let planEntry: EntryPlace
    package let results: [UInt8]?
    package let resultsEntry: EntryPlace?

    /// A run that has just been registered.
    package init(id: String, submission: String, plan: [UInt8], planEntry: EntryPlace) {
        self.init(
            id: id, submission: submission, plan: plan, planEntry: planEntry, results: nil, resultsEntry: nil)
    }

    fileprivate init(
        id: String, submission: String, plan: [UInt8], planEntry: EntryPlace, results: [UInt8]?, resultsEntry: EntryPlace?
    ) {
        self.id = id
        self.submission = submission
        self.plan = plan
        self.planEntry = planEntry
        self.results = results
        self.resultsEntry = resultsEntry
    }
}

/// Evaluation runs and their samples' records. Records are sealed under the store's key: they hold what the model
/// said, and items of packs that must not leak.
package struct RunStore: Sendable {
    private let database: StoreDatabase
    private let key: SecretBytes

    package init(_ database: StoreDatabase, key: SecretBytes) {
        self.database = database
        self.key = key
    }

    package func add(_ run: StoredRun) throws {
        try database.write { database in
            try database.execute(
                sql: "INSERT INTO run (id, submission, plan, plan_entry, plan_leaf) VALUES (?, ?, ?, ?, ?)",
                arguments: [run.id, run.submission, Data(run.plan), run.planEntry.index, Data(run.planEntry.leaf.bytes)])
        }
    }

    /// Erases what the model said in a submission's runs; plans and results stay.
    package func eraseSamples(of submission: String) throws {
        try database.write { database in
            try database.execute(
                sql: "DELETE FROM sample WHERE run IN (SELECT id FROM run WHERE submission = ?)", arguments: [submission])
        }
        try database.scrub()
    }

    package func finish(_ id: String, results: [UInt8], entry: EntryPlace) throws {
        try database.write { database in
            try database.execute(
                sql: "UPDATE run SET results = ?, results_entry = ?, results_leaf = ? WHERE id = ?",
                arguments: [Data(results), entry.index, Data(entry.leaf.bytes), id])
        }
    }

    /// The runs, of one submission or of all, in the order in which their plans were registered.
    package func runs(submission: String? = nil) throws -> [StoredRun] {
        try database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM run WHERE ? IS NULL OR submission = ? ORDER BY plan_entry",
                arguments: [submission, submission]
            ).map(Self.run)
        }
    }

    /// The run whose name starts with `prefix`.
    package func run(_ prefix: String) throws -> StoredRun {
        let found = try runs().filter { $0.id.hasPrefix(prefix) }
        guard let run = found.first, found.count == 1, !prefix.isEmpty else {
            throw StoreError(
                .noSuchRun,
                found.count > 1 ? "\(prefix.prefix(64)) is the start of \(found.count) runs' names." : "There is no run \(prefix.prefix(64)). assay runs lists them.")
        }
        return run
    }

    private static func run(_ row: Row) throws -> StoredRun {
        StoredRun(
            id: row["id"], submission: row["submission"], plan: [UInt8](row["plan"] as Data),
            planEntry: EntryPlace(index: row["plan_entry"], leaf: try digest(row["plan_leaf"])),
            results: (row["results"] as Data?).map { [UInt8]($0) },
            resultsEntry: try (row["results_leaf"] as Data?).map { EntryPlace(index: row["results_entry"], leaf: try digest($0)) })
    }

    static func digest(_ data: Data) throws -> SHA256Digest {
        guard let digest = SHA256Digest(bytes: [UInt8](data)) else {
            throw StoreError(.damaged, "A digest in the store's database has \(data.count) bytes.")
        }
        return digest
    }

    // MARK: Samples

    /// Adds records to a run, durable when this returns. `first` is the position of the first of them; two writers
    /// of one run collide there, and the second fails.
    package func append(_ records: [[UInt8]], run: String, first: Int) throws {
        try database.write { database in
            let statement = try database.cachedStatement(sql: "INSERT INTO sample (run, position, record) VALUES (?, ?, ?)")
            for (offset, record) in records.enumerated() {
                let sealed = try withKey { try KeyWrap.wrap(record, under: $0, associatedData: Self.label(run, first + offset)) }
                try statement.execute(arguments: [run, first + offset, Data(sealed)])
            }
        }
    }

    /// A run's records, in the order they were added; or some of them, by position.
    package func records(run: String, _ range: Range<Int> = 0..<Int(Int32.max)) throws -> [[UInt8]] {
        let rows = try database.pool.read { database in
            try Data.fetchAll(
                database, sql: "SELECT record FROM sample WHERE run = ? AND position >= ? AND position < ? ORDER BY position",
                arguments: [run, range.lowerBound, range.upperBound])
        }
        return try rows.enumerated().map { offset, sealed in
            let position = range.lowerBound + offset
            do {
                return try withKey { try KeyWrap.unwrap([UInt8](sealed), under: $0, associatedData: Self.label(run, position)) }
            } catch {
                throw StoreError(
                    .damaged, "Record \(position) of run \(run) was changed in the store (\(error)).",
                    subject: .init(name: "sample", sha256: .of([UInt8](sealed))))
            }
        }
    }

    package func count(run: String) throws -> Int {
        try database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sample WHERE run = ?", arguments: [run]) ?? 0 }
    }

    /// Binds a record to its place, so that records cannot change places.
    private static func label(_ run: String, _ position: Int) -> [UInt8] {
        Array("assay sample\u{0}\(run)\u{0}\(position)".utf8)
    }

    private func withKey<Result>(_ body: ([UInt8]) throws -> Result) rethrows -> Result {
        var bytes = key.withBytes { Array(UnsafeBufferPointer(start: $0, count: key.count)) }
        defer { SecretBytes.wipe(&bytes) }
        return try body(bytes)
    }
}
