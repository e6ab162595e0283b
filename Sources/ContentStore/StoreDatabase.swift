import AuditCrypto
import DurableSQLite
import Foundation
import GRDB

/// The store's catalogue, one SQLite file: what submissions there are, the wrapped file keys of their segments,
/// evaluation runs with their sealed records, and verdicts. What it says is believed only so far as digests that
/// are in the ledger, or authenticated encryption, bear it out.
///
/// The first sync that fails, of the catalogue or of a segment, is the last (`WriteAheadLog`): what was written so far can be
/// read, and everything that would write more is refused until the store is opened again.
package struct StoreDatabase: Sendable {
    let pool: DatabasePool
    /// The folder of the sealed segments.
    let segments: String
    private let log: WriteAheadLog
    private let syncFile: @Sendable (_ descriptor: Int32) -> Int32

    /// Opens the store in `folder`, or makes it.
    ///
    /// - Parameters:
    ///   - frames: pages in the catalogue's write-ahead log after which it is copied into the database.
    ///   - syncFile: `fsync`, of segments and their folders; another in tests of a disk that fails.
    package init(
        folder: String, checkpointingAfter frames: Int? = nil, syncFile: @escaping @Sendable (_ descriptor: Int32) -> Int32 = { fsync($0) }
    ) throws {
        self.syncFile = syncFile
        log = WriteAheadLog(of: "store", frames: frames)
        segments = folder + "/segments"
        try FileManager.default.createDirectory(
            atPath: segments, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        do {
            pool = try log.open(folder + "/store.sqlite") { database in
                // A key that is erased must not linger in a free page.
                try database.execute(sql: "PRAGMA secure_delete = ON")
                try database.execute(sql: "PRAGMA trusted_schema = OFF")
            }
            try Self.migrator.migrate(pool)
        } catch let error as WriteAheadLog.Unusable {
            throw StoreError(.io, error.description)
        } catch let error as WriteAheadLog.Stopped {
            throw Self.failure(error)
        } catch let error as DatabaseError {
            throw StoreError(.io, "The store in \(folder) could not be opened: \(error)")
        }
    }

    /// One transaction, on the disk when this returns.
    ///
    /// - Throws: `StoreError` where it could not be written, and for good where a sync failed; or what `body` throws.
    func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
        do {
            return try pool.writeWithoutTransaction { database in try log.transaction(on: database) { try body(database) } }
        } catch {
            throw Self.failure(error)
        }
    }

    /// Takes what was erased out of the write-ahead log as well.
    func scrub() throws {
        do { try pool.writeWithoutTransaction { try log.empty(on: $0) } } catch { throw Self.failure(error) }
    }

    /// Throws where a sync has failed: nothing more is written.
    func checkWritable() throws {
        do { try log.check() } catch { throw Self.failure(error) }
    }

    /// Syncs a segment, or a folder of segments.
    func sync(_ descriptor: Int32, _ path: String) throws {
        try checkWritable()
        guard syncFile(descriptor) != 0 else { return }
        let reason = "\(path): \(String(cString: strerror(errno)))"
        throw Self.failure(pool.writeWithoutTransaction { log.stop(reason, on: $0) })
    }

    private static func failure(_ error: any Error) -> any Error {
        error is WriteAheadLog.Stopped || error is DatabaseError
            ? StoreError(.io, "The store could not be written, so nothing was kept: \(error)") : error
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
        migrator.registerMigration("store-2") { database in
            try database.execute(
                sql: """
                    -- Of a submission that is not all there yet: whether it is, the segments' age headers (wrapped as their keys are),
                    -- and what there is of its repair data.
                    ALTER TABLE submission ADD COLUMN whole INTEGER NOT NULL DEFAULT 1;
                    ALTER TABLE segment ADD COLUMN wrapped_header BLOB;
                    CREATE TABLE piece (
                        submission TEXT NOT NULL REFERENCES submission (id), path TEXT NOT NULL,
                        PRIMARY KEY (submission, path)
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
        case busy = "store.busy"
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
