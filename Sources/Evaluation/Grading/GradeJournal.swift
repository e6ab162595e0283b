import CanonicalEncoding

/// Keeps grades as they come, so that grading that was stopped can be taken up again: what all have in common, then a line
/// for each.
package protocol GradeJournal: Sendable {
    /// Begins or takes up the grading that `header` describes.
    /// - Returns: how many grades are kept already.
    /// - Throws: where the journal is of another grading.
    func open(_ header: JSONValue) async throws -> Int
    /// A line that is kept, without its newline.
    func line(_ number: Int) async throws -> [UInt8]
    /// Adds lines. When this returns they are kept.
    func append(_ lines: [[UInt8]]) async throws
}

/// Grades in memory, for grading that need not survive the process.
package actor MemoryGradeJournal: GradeJournal {
    private var header: JSONValue?
    private var lines: [[UInt8]] = []

    package init() {}

    package func open(_ header: JSONValue) throws -> Int {
        guard self.header == nil || self.header == header else { throw EvaluationError.store("they are of another grading") }
        self.header = header
        return lines.count
    }

    package func line(_ number: Int) -> [UInt8] { lines[number] }

    package func append(_ lines: [[UInt8]]) { self.lines += lines }
}
