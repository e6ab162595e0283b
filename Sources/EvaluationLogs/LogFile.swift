/// What a log is written to: it grows, can be read back and written over, and is worth something only when it is whole.
package protocol LogFile: AnyObject {
    /// For messages.
    var path: String { get }
    /// How many bytes were appended.
    var size: UInt64 { get }
    func append(_ bytes: [UInt8]) throws(EvaluationLogError)
    func append(_ bytes: UnsafeRawBufferPointer) throws(EvaluationLogError)
    /// Writes over what is there already.
    func overwrite(at offset: UInt64, _ bytes: [UInt8]) throws(EvaluationLogError)
    /// Reads back what was written.
    func read(at offset: UInt64, count: Int) throws(EvaluationLogError) -> [UInt8]
    /// All of it is there.
    func commit() throws(EvaluationLogError)
    /// Takes away what was written; nothing to do after `commit`.
    func abandon()
}

/// Where a log goes.
package enum LogDestination: Sendable {
    /// A file that is not there yet.
    case path(String)
    /// Something of the caller's own, which stays theirs.
    case file(any LogFile & Sendable)

    var path: String {
        switch self {
        case .path(let path): path
        case .file(let file): file.path
        }
    }

    func open() throws(EvaluationLogError) -> any LogFile {
        switch self {
        case .path(let path): try NewFile(path: path)
        case .file(let file): file
        }
    }
}
