import Foundation
import GRDB

extension StoreDatabase {
    /// Copies the catalogue as it is at one moment, durably, while others go on using it.
    ///
    /// - Parameter progress: pages done, and in all; what it throws ends the copying.
    /// - Returns: the segments that it names, as their files are called below `segments`.
    package func copy(to path: String, progress: @escaping (_ done: Int, _ total: Int) throws -> Void) throws -> [String] {
        try pool.read { database in
            let segments = try Row.fetchAll(database, sql: "SELECT submission, path FROM segment ORDER BY submission, path").map { row in
                let (submission, segment): (String, String) = (row["submission"], row["path"])
                return "\(submission)/\(Self.fileName(of: segment))"
            }
            let copy = try DatabaseQueue(path: path)
            try copy.writeWithoutTransaction { destination in
                try database.backup(to: destination, pagesPerStep: 1024) { step in
                    try progress(step.completedPageCount, step.totalPageCount)
                }
            }
            try copy.close()
            return segments
        }
    }

    /// What a segment's file is called in the submission's folder.
    static func fileName(of segment: String) -> String { segment.replacing("/", with: "_") }
}
