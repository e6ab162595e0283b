import Foundation
import GRDB
import Ledger

extension SQLiteLedgerStorage {
    /// Copies the database at `path` as it is at one moment, while the ledger's one writer goes on.
    ///
    /// - Parameter progress: pages done, and in all; what it throws ends the copying.
    /// - Returns: the last signed checkpoint in the copy, a note; empty before the first entry.
    package static func copy(
        of path: String, to destination: String, progress: @escaping (_ done: Int, _ total: Int) throws -> Void
    ) throws -> String {
        var configuration = Configuration()
        configuration.readonly = true
        let source = try DatabaseQueue(path: path, configuration: configuration)
        let checkpoint = try source.read { database in
            // The first read fixes what all others see.
            let checkpoint = try lastCheckpoint(database)
            let copy = try DatabaseQueue(path: destination)
            try copy.writeWithoutTransaction { target in
                try database.backup(to: target, pagesPerStep: 1024) { step in
                    try progress(step.completedPageCount, step.totalPageCount)
                }
            }
            try copy.close()
            return checkpoint
        }
        try source.close()
        return checkpoint
    }

    /// The last signed checkpoint in a database that nobody has open.
    package static func lastCheckpoint(at path: String) throws -> String {
        let database = try DatabaseQueue(path: path)
        let checkpoint = try database.read { try lastCheckpoint($0) }
        try database.close()
        return checkpoint
    }

    private static func lastCheckpoint(_ database: Database) throws -> String {
        try String.fetchOne(database, sql: "SELECT note FROM checkpoint ORDER BY size DESC LIMIT 1") ?? ""
    }
}
