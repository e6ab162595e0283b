import CSQLite
import GRDB
import GRDBSQLite
import Synchronization

/// SQLite's write-ahead log under the ledger or the store: it is copied into the database now and then (a checkpoint, in
/// SQLite's words), and nothing is built on a disk that did not sync.
///
/// SQLite itself forgets a checkpoint that failed and tries again after the next commit. But an operating system reports
/// pages that it could not write once, then takes them for written: a second sync succeeds without them. A checkpoint that
/// was partly done before would be finished over the gap, and the log, the only copy of those pages, begun anew. So the
/// first sync that fails, of the log or of the database, is the last: no commit and no checkpoint comes after it, not even
/// the one that closing makes. Opening again reads all of the log and writes all of it once more.
package final class WriteAheadLog: Sendable {
    /// Frames (of a page each) after which the log is copied: SQLite's own default.
    private static let usualFrames = 1000

    /// Whose it is, as messages say it.
    private let owner: String
    private let frames: Int
    private let failure = Mutex<String?>(nil)

    /// - Parameters:
    ///   - owner: whose log it is, for messages: `ledger`, `store`.
    ///   - frames: pages after which it is copied into the database; nil for SQLite's own default.
    package init(of owner: String, frames: Int? = nil) { (self.owner, self.frames) = (owner, frames ?? Self.usualFrames) }

    /// Opens the database at `path`, or makes it, so that a commit that has returned is on the disk.
    ///
    /// - Parameter prepare: what each connection is set to.
    /// - Throws: `Unusable`, `Stopped`, or what SQLite says.
    package func open(_ path: String, prepare: @escaping @Sendable (Database) throws -> Void) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.prepareDatabase { [self] database in
            try prepare(database)
            attach(to: database)
        }
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { database in
            // After the pool has set its own, NORMAL, which in this mode syncs at checkpoints only: a power cut would take
            // the last commits.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // The pool believes that the log is on where SQLite could not turn it on. A rollback journal, as there would be
            // instead, may come back after a power cut and take the last commit with it.
            guard try Int.fetchOne(database, sql: "PRAGMA synchronous") == 2,
                try String.fetchOne(database, sql: "PRAGMA journal_mode") == "wal"
            else { throw Unusable(description: "SQLite could not set up \(path) to sync each commit: look after the disk, then try again.") }
            // What an earlier process left in the log may never have been synced, though it can be read: it is, in the
            // database, before anything is built on it.
            do { _ = try database.checkpoint(.truncate) } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
                throw Unusable(description: "Another program is using the \(owner)'s database, \(path): end it, then try again.")
            } catch {
                throw note(error, on: database)
            }
        }
        return pool
    }

    /// Throws what ended writing.
    package func check() throws {
        if let failure = failure.withLock(\.self) { throw Stopped(owner: owner, failure: failure) }
    }

    /// Runs `body` in a transaction, unless writing has ended.
    package func transaction<Result>(on database: Database, _ body: () throws -> Result) throws -> Result {
        try check()
        do {
            var result: Result?
            try database.inTransaction {
                result = try body()
                return .commit
            }
            guard let result else { preconditionFailure("a transaction that was committed has a result") }
            return result
        } catch {
            throw note(error, on: database)
        }
    }

    /// Copies all of the log into the database and empties it.
    package func empty(on database: Database) throws {
        try check()
        do { _ = try database.checkpoint(.truncate) } catch { throw note(error, on: database) }
    }

    /// Ends writing for a sync that failed elsewhere, of a file that the database speaks of.
    ///
    /// - Returns: what to throw.
    package func stop(_ failure: String, on database: Database) -> Stopped { stop(failure, database.sqliteConnection) }

    /// Notes an error of a commit, where it ends writing.
    ///
    /// - Returns: what to throw.
    private func note(_ error: any Error, on database: Database) -> any Error {
        guard let failure = error as? DatabaseError, Self.isFailedSync(failure.extendedResultCode.rawValue) else { return error }
        return stop("\(failure)", database.sqliteConnection)
    }

    /// Takes over from SQLite when the log is copied. The connection's configuration holds this log for as long.
    private func attach(to database: Database) {
        _ = sqlite3_wal_hook(
            database.sqliteConnection,
            { context, connection, name, frames in
                guard let context else { return SQLITE_MISUSE }
                let log = Unmanaged<WriteAheadLog>.fromOpaque(context).takeUnretainedValue()
                if Int(frames) >= log.frames { log.copy(connection, name) }
                // The commit is done, whatever became of the copying.
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Makes room for as many frames as there may be, in a log that was just emptied. Syncing what was written over blocks
    /// that are there takes a fifth of the time of syncing a file that grew.
    package func fill(on database: Database) throws {
        let frame = 24 + (try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4096)
        try database.inTransaction(.immediate) {
            assay_sqlite_fill_log(database.sqliteConnection, Int64((frames + frames / 4) * frame))
            return .rollback
        }
    }

    private func copy(_ connection: OpaquePointer?, _ name: UnsafePointer<CChar>?) {
        guard (try? check()) != nil else { return }
        let code = sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        let extended = code == SQLITE_OK ? code : sqlite3_extended_errcode(connection)
        // Others, such as a full disk, leave the log as it is: it is copied later.
        if Self.isFailedSync(extended) { _ = stop("\(DatabaseError(resultCode: ResultCode(rawValue: extended)))", connection) }
    }

    private func stop(_ reason: String, _ connection: OpaquePointer?) -> Stopped {
        _ = assay_sqlite_keep_log_on_close(connection)
        return Stopped(
            owner: owner,
            failure: failure.withLock { failure in
                failure = failure ?? reason
                return failure ?? reason
            })
    }

    private static func isFailedSync(_ code: Int32) -> Bool { code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8 }

    /// Why nothing is written any more.
    package struct Stopped: Error, CustomStringConvertible {
        fileprivate let owner: String
        fileprivate let failure: String

        package var description: String {
            "the disk failed while it was synced (\(failure)), and what it holds since then is not known. Nothing more is recorded "
                + "until the \(owner) has been opened again: look after the disk, then start assayd again."
        }
    }

    /// Why the database cannot be opened.
    package struct Unusable: Error, CustomStringConvertible {
        package let description: String
    }
}
