#include <sqlite3.h>

// Swift cannot call a function of variable arguments.

/// Lets a connection close without finishing a checkpoint.
static inline int assay_sqlite_keep_log_on_close(sqlite3 *connection) {
    return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
