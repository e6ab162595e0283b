import CommandSupport
import DatasetFormats
import Foundation
import Glibc

/// A folder that is there whole or not at all.
package enum OutputFolder {
    /// Lets `body` fill a folder beside `path`, which takes its place at the end. What was left of an earlier try is removed first.
    /// - Parameters:
    ///   - replacing: whether a folder that is there is to be replaced; else it is an error that it is there.
    ///   - orFind: whether one that is there and holds each of the files, with whatever others, is as good.
    /// - Returns: whether it was found so, and nothing was written.
    @discardableResult
    package static func write(to path: String, replacing: Bool = false, orFind: Bool = false, _ body: (String) throws -> Void) throws -> Bool {
        let path = trimmed(path), partial = path + ".partial", old = path + ".old"
        guard replacing || orFind || !Files.exists(path) else {
            throw PackError(.cannotWrite, "there is something already: name another folder", file: path)
        }
        // A try that was broken off between the two renames: what is there is the only copy, or one too many.
        if Files.exists(old) { throw PackError(.cannotWrite, "it was left by a try that was broken off: rename it back, or remove it", file: old) }
        try remove(partial)
        try Files.makeFolder(partial)
        do {
            try body(partial)
            if !replacing, Files.exists(path) {
                guard try holds(path, all: partial) else {
                    throw PackError(.cannotWrite, "there is something else already: name another folder, or remove it", file: path)
                }
                try remove(partial)
                return true
            }
            try sync(partial)
            if replacing { try move(path, to: old) }
            do { try move(partial, to: path) } catch {
                if replacing { try move(old, to: path) }
                throw error
            }
            try Files.sync(folder(of: path))
        } catch {
            try? remove(partial)
            throw error
        }
        if replacing { try remove(old) }
        return false
    }

    private static func holds(_ path: String, all other: String) throws -> Bool {
        let (folder, wanted) = (try PackFolder(path), try PackFolder(other))
        return try wanted.list().allSatisfy { name in
            guard let (_, one) = try wanted.digests(of: name, maxBytes: .max), let (_, two) = try folder.digests(of: name, maxBytes: .max) else { return false }
            return one.sha256 == two.sha256
        }
    }

    /// The folder that a path lies in.
    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    static func sync(_ path: String) throws {
        for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
            var isFolder: ObjCBool = false
            if FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isFolder), isFolder.boolValue { try Files.sync("\(path)/\(name)") }
        }
        try Files.sync(path)
    }

    static func move(_ path: String, to other: String) throws {
        guard rename(path, other) == 0 else {
            throw PackError(.cannotWrite, "it cannot be renamed to \(other): \(String(cString: strerror(errno)))", file: path)
        }
    }

    private static func remove(_ path: String) throws {
        guard Files.exists(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch { throw PackError(.cannotWrite, "it cannot be removed", file: path) }
    }
}

/// A new file that is written in pieces.
struct FileWriter {
    private let descriptor: Int32
    private let path: String

    /// The file is synced when `body` returns, and taken away when it throws.
    static func write(to path: String, _ body: (FileWriter) throws -> Void) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw FileError(operation: .create, path: path, reason: String(cString: strerror(errno))) }
        do {
            try body(FileWriter(descriptor: descriptor, path: path))
            guard fsync(descriptor) == 0 else { throw FileError(operation: .write, path: path, reason: String(cString: strerror(errno))) }
            close(descriptor)
        } catch {
            close(descriptor)
            unlink(path)
            throw error
        }
    }

    /// Writes what a file holds; `look` sees each piece.
    static func copy(_ file: any ByteSource, from name: String, to path: String, _ look: ([UInt8]) throws -> Void) throws {
        try write(to: path) { writer in
            var offset = 0
            while offset < file.count {
                let piece = try PackFileReading.bytes(of: file, at: offset, count: min(1 << 20, file.count - offset), path: name)
                try look(piece)
                try writer.write(piece)
                offset += piece.count
            }
        }
    }

    func write(_ bytes: [UInt8]) throws {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, bytes.count - written) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw FileError(operation: .write, path: path, reason: String(cString: strerror(errno))) }
            written += count
        }
    }
}
