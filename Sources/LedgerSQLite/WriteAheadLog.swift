import CSQLite
import GRDB
import GRDBSQLite
import Synchronization

/// SQLite's write-ahead log under the ledger: it is copied into the database now and then (a checkpoint, in SQLite's words),
/// and nothing is built on a disk that did not sync.
///
/// SQLite itself forgets a checkpoint that failed and tries again after the next commit. But an operating system reports
/// pages that it could not write once, then takes them for written: a second sync succeeds without them. A checkpoint that
/// was partly done before would be finished over the gap, and the log, the only copy of those pages, begun anew. So the
/// first sync that fails, of the log or of the database, is the last: no commit and no checkpoint comes after it, not even
/// the one that closing makes. Opening again reads all of the log and writes all of it once more.
final class WriteAheadLog: Sendable {
    /// Frames (of a page each) after which the log is copied: SQLite's own default.
    static let usualFrames = 1000

    private let frames: Int
    private let failure = Mutex<DatabaseError?>(nil)

    init(frames: Int) { self.frames = frames }

    /// Throws what ended writing.
    func check() throws {
        if let failure = failure.withLock(\.self) { throw Stopped(failure: failure) }
    }

    /// Notes an error of a commit, where it ends writing.
    ///
    /// - Returns: what to throw.
    func note(_ error: any Error, on database: Database) -> any Error {
        guard let failure = error as? DatabaseError, Self.isFailedSync(failure.extendedResultCode.rawValue) else { return error }
        return stop(failure, database.sqliteConnection)
    }

    /// Takes over from SQLite when the log is copied. The connection's configuration holds this log for as long.
    func attach(to database: Database) {
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
    func fill(on database: Database) {
        let frame = 24 + 4096
        assay_sqlite_fill_log(database.sqliteConnection, Int64((frames + frames / 4) * frame))
    }

    private func copy(_ connection: OpaquePointer?, _ name: UnsafePointer<CChar>?) {
        guard (try? check()) != nil else { return }
        let code = sqlite3_wal_checkpoint_v2(connection, name, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
        let extended = code == SQLITE_OK ? code : sqlite3_extended_errcode(connection)
        // Others, such as a full disk, leave the log as it is: it is copied later.
        if Self.isFailedSync(extended) { _ = stop(DatabaseError(resultCode: ResultCode(rawValue: extended)), connection) }
    }

    private func stop(_ error: DatabaseError, _ connection: OpaquePointer?) -> Stopped {
        _ = assay_sqlite_keep_log_on_close(connection)
        return Stopped(
            failure: failure.withLock { failure in
                failure = failure ?? error
                return failure ?? error
            })
    }

    private static func isFailedSync(_ code: Int32) -> Bool { code == SQLITE_IOERR | 4 << 8 || code == SQLITE_IOERR | 5 << 8 }

    /// Why nothing is written any more.
    struct Stopped: Error, CustomStringConvertible {
        let failure: DatabaseError

        var description: String {
            "the disk failed while it was synced (\(failure)), and what it holds since then is not known. Nothing more is recorded "
                + "until the ledger has been opened again: look after the disk, then start assayd again."
        }
    }
}
