/// Why a log could not be written or read: which, where in it, and what to do.
package struct EvaluationLogError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        /// The file system refused something.
        case file
        /// There is a file of that name, or another writer at work on it.
        case exists
        /// The archive is not as this module writes it.
        case archive
        /// A member is not JSON, or not of the schema.
        case schema
        /// No such sample.
        case missing
        /// A sample's id and epoch came a second time.
        case sampleTwice
        /// An id that no member of an archive can be named after.
        case unnameable
        /// Values inside one another too deep, or more bytes than a member may have.
        case tooLarge
        /// The log was finished or given up already.
        case closed
    }

    package let code: Code
    /// The log's path.
    package let path: String
    /// The member concerned, where it is one.
    package let member: String?
    package let message: String

    package init(_ code: Code, _ path: String, member: String? = nil, _ message: String) {
        (self.code, self.path, self.member, self.message) = (code, path, member, message)
    }

    package var description: String { "\(path)\(member.map { ", \($0)" } ?? ""): \(message)" }
}
