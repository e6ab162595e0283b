import AuditCrypto
import Foundation
import GRDB

/// The store's catalogue, one SQLite file: what submissions there are, the wrapped file keys of their segments,
/// evaluation runs with their sealed records, and verdicts. What it says is believed only so far as digests that
/// are in the ledger, or authenticated encryption, bear it out.
package struct StoreDatabase: Sendable {
    let pool: DatabasePool
    /// The folder of the sealed segments.
    let segments: String

    /// Opens the store in `folder`, or makes it.
    package init(folder: String) throws {
        segments = folder + "/segments"
        try FileManager.default.createDirectory(
            atPath: segments, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        var configuration = Configuration()
        configuration.prepareDatabase { database in
            // A key that is erased must not linger in a free page.
            try database.execute(sql: "PRAGMA secure_delete = ON")
            try database.execute(sql: "PRAGMA trusted_schema = OFF")
        }
        pool = try DatabasePool(path: folder + "/store.sqlite", configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // After the pool has set its own, NORMAL, under which a power cut takes the last commits. And the pool believes
            // that the write-ahead log is on where SQLite could not turn it on.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            guard try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal" else {
                throw StoreError(.io, "SQLite could not set up the store in \(folder) to sync each commit: look after the disk, then try again.")
            }
        }
        try Self.migrator.migrate(pool)
    }

    /// Takes what was erased out of the write-ahead log as well.
    func scrub() throws {
        _ = try pool.writeWithoutTransaction { database in try database.checkpoint(.truncate) }
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("store-1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE submission (
                        id TEXT PRIMARY KEY, manifest BLOB NOT NULL, lab_key BLOB NOT NULL,
                        entry INTEGER, leaf BLOB, ingested INTEGER
                    ) STRICT;
                    CREATE TABLE segment (
                        submission TEXT NOT NULL REFERENCES submission (id), path TEXT NOT NULL,
                        wrapped_key BLOB NOT NULL,
                        PRIMARY KEY (submission, path)
                    ) STRICT;
                    CREATE TABLE run (
                        id TEXT PRIMARY KEY, submission TEXT NOT NULL REFERENCES submission (id), plan BLOB NOT NULL,
                        plan_entry INTEGER NOT NULL, plan_leaf BLOB NOT NULL,
                        results BLOB, results_entry INTEGER, results_leaf BLOB
                    ) STRICT;
                    CREATE TABLE sample (
                        run TEXT NOT NULL REFERENCES run (id), position INTEGER NOT NULL, record BLOB NOT NULL,
                        PRIMARY KEY (run, position)
                    ) STRICT;
                    CREATE TABLE verdict (
                        submission TEXT PRIMARY KEY REFERENCES submission (id), entry INTEGER NOT NULL,
                        statements BLOB NOT NULL, request BLOB NOT NULL
                    ) STRICT;
                    """)
        }
        return migrator
    }
}

/// Why the store cannot give what was asked for.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case noSuchSubmission = "store.no-such-submission"
        case ambiguousSubmission = "store.ambiguous-submission"
        case noSuchFile = "store.no-such-file"
        case duplicate = "store.duplicate"
        case noSuchRun = "store.no-such-run"
        case noVerdict = "store.no-verdict"
        case purged = "store.purged"
        case damaged = "store.damaged"
        case io = "store.io"
    }

    /// What it is about, by a digest that others know it under.
    package struct Subject: Sendable, Hashable {
        package let name: String
        package let sha256: SHA256Digest
    }

    package let code: Code
    package let description: String
    /// What is damaged, where that can be said.
    package let subject: Subject?

    package init(_ code: Code, _ description: String, subject: Subject? = nil) {
        self.code = code
        self.description = description
        self.subject = subject
    }
}
