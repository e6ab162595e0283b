#include <sqlite3.h>

// Swift cannot call a function of variable arguments.

/// Lets a connection close without finishing a checkpoint.
static inline int assay_sqlite_keep_log_on_close(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Writes zeros to a write-ahead log that holds nothing, in a transaction that keeps others from writing to it, so that its blocks are there before commits need them.
///
/// A log that starts with zeros is an empty one: its header is written with the first frame. What fails here is not told:
/// the commit that needs the room will.
static inline void assay_sqlite_fill_log(sqlite3 *connection, sqlite3_int64 bytes) {
    static const char zeros[1 << 16];
    sqlite3_file *log = 0;
    sqlite3_int64 size = 0;
    if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK || !log || !log->pMethods
        || log->pMethods->xFileSize(log, &size) != SQLITE_OK || size > 0) return;
    for (sqlite3_int64 at = 0; at < bytes; at += sizeof zeros)
        if (log->pMethods->xWrite(log, zeros, sizeof zeros, at) != SQLITE_OK) return;
}
