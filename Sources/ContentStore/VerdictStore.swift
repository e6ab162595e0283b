import Foundation
import GRDB

/// The latest verdict on each submission: what a bundle is made of beside the ledger's part.
package struct VerdictStore: Sendable {
    package struct Stored: Sendable {
        /// The ledger entry that records the verdict.
        package let entry: Int64
        /// `verdict.intoto.jsonl`.
        package let statements: [UInt8]
        /// The adjudicator's signed request.
        package let request: [UInt8]
    }

    private let database: StoreDatabase

    package init(_ database: StoreDatabase) { self.database = database }

    package func put(submission: String, entry: Int64, statements: [UInt8], request: [UInt8]) throws {
        try database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO verdict (submission, entry, statements, request) VALUES (?, ?, ?, ?)",
                arguments: [submission, entry, Data(statements), Data(request)])
        }
    }

    package func verdict(on submission: String) throws -> Stored {
        let row = try database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM verdict WHERE submission = ?", arguments: [submission])
        }
        guard let row else {
            throw StoreError(.noVerdict, "There is no verdict on submission \(submission) yet. Decide with assay verdict.")
        }
        return Stored(
            entry: row["entry"], statements: [UInt8](row["statements"] as Data), request: [UInt8](row["request"] as Data))
    }
}
