import Foundation
import GRDB

extension StoreDatabase {
    /// Copies the catalogue as it is at one moment, durably, while others go on using it.
    ///
    /// - Parameter progress: pages done, and in all; what it throws ends the copying.
    /// - Returns: the segments that it names, as their files are called below `segments`.
    package func copy(to path: String, progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws -> [String] {
        try pool.read { database in
            let segments = try Row.fetchAll(
                database, sql: "SELECT submission, path FROM segment WHERE submission NOT IN (\(Self.incoming)) ORDER BY submission, path"
            ).map { row in
                let (submission, segment): (String, String) = (row["submission"], row["path"])
                return "\(submission)/\(Self.fileName(of: segment))"
            }
            let copy = try DatabaseQueue(path: path)
            try copy.writeWithoutTransaction { destination in
                try database.backup(to: destination, pagesPerStep: 1024) { step in
                    try progress(step.completedPageCount, step.totalPageCount)
                }
            }
            // What is still being taken in changes, and its media are at hand.
            try copy.write { copy in
                for table in ["segment", "piece"] { try copy.execute(sql: "DELETE FROM \(table) WHERE submission IN (\(Self.incoming))") }
                try copy.execute(sql: "DELETE FROM submission WHERE id IN (\(Self.incoming))")
            }
            try copy.close()
            return segments
        }
    }

    /// Submissions that are not all there yet.
    static let incoming = "SELECT id FROM submission WHERE whole = 0"

    /// What a segment's file is called in the submission's folder.
    static func fileName(of segment: String) -> String { segment.replacing("/", with: "_") }
}
