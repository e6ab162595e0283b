import CanonicalEncoding
import DurableSQLite
import Foundation
import GRDB
import GRDBSQLite
import Ledger
import LogBuilding
import MerkleLog

/// The ledger in one SQLite file: write-ahead log, `synchronous=FULL`, so that a commit that has returned is on
/// the disk. Triggers refuse every change of what is there; they stop accidents, the hashes find the rest.
package struct SQLiteLedgerStorage: LedgerStorage {
    private let database: DatabasePool
    private let log: WriteAheadLog

    /// Opens the file at `path`, or makes it.
    ///
    /// - Parameter frames: pages in the write-ahead log after which it is copied into the database.
    package init(path: String, checkpointingAfter frames: Int? = nil) throws {
        log = WriteAheadLog(of: "ledger", frames: frames)
        do {
            database = try log.open(path) { database in
                // Twice SQLite's usual page: of many entries half as many pages are written and found, which a sixth more entries
                // a second come from. A commit of one entry writes two pages either way, and larger ones would cost it more.
                try database.execute(sql: "PRAGMA page_size = 8192; PRAGMA trusted_schema = OFF")
            }
        } catch let error as WriteAheadLog.Unusable {
            throw LedgerError(.storage, error.description)
        }
        try database.writeWithoutTransaction { [log] in try log.fill(on: $0) }
        try Self.migrator.migrate(database)
    }

    private static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("ledger-1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE entry (
                        sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL, leaf BLOB NOT NULL, request BLOB
                    ) STRICT;
                    CREATE TABLE tile_root (
                        level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL,
                        PRIMARY KEY (level, position)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE checkpoint (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;
                    """)
            for table in ["entry", "tile_root", "checkpoint"] {
                for change in ["UPDATE", "DELETE"] {
                    try database.execute(
                        sql: """
                            CREATE TRIGGER \(table)_no_\(change.lowercased()) BEFORE \(change) ON \(table)
                            BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
                            """)
                }
            }
        }
        return migrator
    }

    package func edge() throws -> LedgerEdge {
        try database.read { database in
            guard let last = try Row.fetchOne(database, sql: "SELECT sequence, bytes, leaf FROM entry ORDER BY sequence DESC LIMIT 1")
            else { return LedgerEdge(tree: CompactRange(), previous: .zero, time: 0, checkpoint: "") }
            let sequence: Int64 = last["sequence"]
            let checkpoint = try String.fetchOne(database, sql: "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1")
            var tree = CompactRange()
            // Only the leaves after the last full tile are hashed again; below, tile roots stand for them.
            guard let rebuilt = try Self.tree(size: sequence + 1, database) else {
                throw LedgerError(.missingEntry, "The ledger's database lacks entries or hashes before entry \(sequence).")
            }
            tree = rebuilt
            let entry = try LedgerEntry(encoded: [UInt8](last["bytes"] as Data))
            return LedgerEdge(tree: tree, previous: try Self.hash(last["leaf"] as Data), time: entry.time, checkpoint: checkpoint ?? "")
        }
    }

    /// The right edge of the tree of `size` leaves: one complete subtree for each bit of `size`.
    private static func tree(size: Int64, _ database: Database) throws -> CompactRange? {
        var hashes: [MerkleHash] = []
        var start: Int64 = 0
        for level in stride(from: 62, through: 0, by: -1) where size & (1 << Int64(level)) != 0 {
            let stored = level - level % 8
            let first = start >> Int64(stored)
            let row = try self.hashes(level: stored, first..<first + 1 << Int64(level % 8), database)
            guard row.count == 1 << (level % 8) else { return nil }
            hashes.append(TreeHasher.bulk.root(overRow: row))
            start += 1 << Int64(level)
        }
        return CompactRange(size: size, hashes: hashes)
    }

    package func commit(_ batch: LedgerBatch) throws {
        try database.writeWithoutTransaction { [log] database in
            try log.transaction(on: database) { try Self.insert(batch, database) }
        }
    }

    private static func insert(_ batch: LedgerBatch, _ database: Database) throws {
        let insert = try database.cachedStatement(
            sql: "INSERT INTO entry (sequence, bytes, leaf, request) VALUES (?, ?, ?, ?)")
        for row in batch.rows { try Self.insert(row, insert) }
        for root in batch.tileRoots {
            try database.cachedStatement(sql: "INSERT INTO tile_root (level, position, hash) VALUES (?, ?, ?)")
                .execute(arguments: [root.level, root.index, Data(root.hash.bytes)])
        }
        try database.cachedStatement(sql: "INSERT INTO checkpoint (size, note) VALUES (?, ?)")
            .execute(arguments: [batch.edge.tree.size, batch.edge.checkpoint])
    }

    /// Binds SQLite's own way, for speed: the bytes stay where they are until the row is in.
    private static func insert(_ row: LedgerBatch.Row, _ statement: Statement) throws {
        let handle = statement.sqliteStatement
        let code = row.bytes.withUnsafeBytes { bytes in
            row.leaf.withUnsafeBytes { leaf in
                (row.request ?? []).withUnsafeBytes { request in
                    sqlite3_bind_int64(handle, 1, row.sequence)
                    sqlite3_bind_blob(handle, 2, bytes.baseAddress, Int32(bytes.count), nil)
                    sqlite3_bind_blob(handle, 3, leaf.baseAddress, Int32(leaf.count), nil)
                    if row.request == nil { sqlite3_bind_null(handle, 4) } else {
                        sqlite3_bind_blob(handle, 4, request.baseAddress, Int32(request.count), nil)
                    }
                    let code = sqlite3_step(handle)
                    sqlite3_reset(handle)
                    sqlite3_clear_bindings(handle)
                    return code
                }
            }
        }
        guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql) }
    }

    package func entries(_ range: Range<Int64>) throws -> [[UInt8]] {
        try database.read { database in
            try Data.fetchAll(
                database, sql: "SELECT bytes FROM entry WHERE sequence >= ? AND sequence < ? ORDER BY sequence",
                arguments: [range.lowerBound, range.upperBound]
            ).map { [UInt8]($0) }
        }
    }

    package func scan(_ range: Range<Int64>, _ body: (StoredEntry) throws -> Void) throws {
        try database.read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT sequence, bytes, leaf, request FROM entry WHERE sequence >= ? AND sequence < ? ORDER BY sequence")
            statement.arguments = [range.lowerBound, range.upperBound]
            let row = statement.sqliteStatement
            // SQLite's own pointers: copying each row would cost as much as verifying it.
            func blob(_ column: Int32) -> UnsafeRawBufferPointer {
                UnsafeRawBufferPointer(start: sqlite3_column_blob(row, column), count: Int(sqlite3_column_bytes(row, column)))
            }
            defer { sqlite3_reset(row) }
            while true {
                switch sqlite3_step(row) {
                case SQLITE_ROW:
                    let isRequested = sqlite3_column_type(row, 3) != SQLITE_NULL
                    try body(
                        StoredEntry(
                            sequence: sqlite3_column_int64(row, 0), bytes: blob(1), leaf: blob(2),
                            request: isRequested ? blob(3) : nil))
                case SQLITE_DONE: return
                case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code), sql: statement.sql)
                }
            }
        }
    }

    package func hashes(level: Int, _ range: Range<Int64>) throws -> [MerkleHash] {
        try database.read { try Self.hashes(level: level, range, $0) }
    }

    private static func hashes(level: Int, _ range: Range<Int64>, _ database: Database) throws -> [MerkleHash] {
        let rows =
            level == 0
            ? try Data.fetchAll(
                database, sql: "SELECT leaf FROM entry WHERE sequence >= ? AND sequence < ? ORDER BY sequence",
                arguments: [range.lowerBound, range.upperBound])
            : try Data.fetchAll(
                database, sql: "SELECT hash FROM tile_root WHERE level = ? AND position >= ? AND position < ? ORDER BY position",
                arguments: [level, range.lowerBound, range.upperBound])
        return try rows.map { try hash($0) }
    }

    private static func hash(_ data: Data) throws -> MerkleHash {
        guard let hash = MerkleHash(bytes: [UInt8](data)) else {
            throw LedgerError(.wrongHash, "A stored hash has \(data.count) bytes; 32 were expected.")
        }
        return hash
    }

    package func latestCheckpoint() throws -> String {
        try database.read { try String.fetchOne($0, sql: "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1") ?? "" }
    }

    package func checkpoint(size: Int64) throws -> String? {
        try database.read { database in
            try String.fetchOne(database, sql: "SELECT note FROM checkpoint WHERE size = ?", arguments: [size])
        }
    }
}
