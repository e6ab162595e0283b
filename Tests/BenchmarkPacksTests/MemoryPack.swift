import BenchmarkPacks
import CanonicalEncoding
import DatasetFormats
import Foundation

/// A pack's files in memory.
struct MemoryPack: PackFiles {
    var files: [String: [UInt8]]

    init(_ files: [String: [UInt8]]) { self.files = files }

    /// What lies in a folder.
    init(folder: URL) throws {
        files = [:]
        for path in try PackFolder(folder.path).list() { files[path] = [UInt8](try Data(contentsOf: folder.appending(path: path))) }
    }

    func open(_ path: String) throws(PackError) -> (any ByteSource)? { files[path].map { ArrayByteSource($0) } }

    func list() throws(PackError) -> [String] { files.keys.sorted() }
}

/// A moment, and another.
let now = Timestamp(rfc3339: "2030-01-31T12:00:00Z")!
let later = Timestamp(rfc3339: "2031-01-31T12:00:00Z")!

/// Metadata, and everything besides.
@discardableResult
func verifyAll(
    _ files: any PackFiles, root: [UInt8], state: PackState? = nil, at time: Timestamp = now
) throws -> (pack: InstalledPack, inspected: InstalledPack.Inspected) {
    let verified = try PackVerifier.verify(files, trustedRoot: root, state: state, now: time)
    let pack = try InstalledPack(files, verified: verified)
    return (pack, try pack.inspectEverything())
}

func code(of error: (any Error)?) -> String? { (error as? PackError)?.code.rawValue }

/// The code of the refusal; nil where there is none.
func refusal(_ files: any PackFiles, root: [UInt8], state: PackState? = nil, at time: Timestamp = now) -> String? {
    do { try verifyAll(files, root: root, state: state, at: time) } catch { return code(of: error) ?? "\(error)" }
    return nil
}

/// A folder that goes with the value.
final class Scratch {
    let url = FileManager.default.temporaryDirectory.appending(path: "packs-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ path: String, _ text: String) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func path(_ path: String) -> String { url.appending(path: path).path }

    func read(_ path: String) throws -> String { try String(contentsOf: url.appending(path: path), encoding: .utf8) }
}
