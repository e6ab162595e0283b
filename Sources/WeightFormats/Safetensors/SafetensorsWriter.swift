import CanonicalEncoding
import Glibc

/// Writes safetensors files of plain numbers, tensor by tensor, so that a file may be larger than memory.
package enum SafetensorsWriter {
    package struct Entry: Sendable {
        package let name: String
        package let type: TensorType
        package let shape: [Int]

        /// - Precondition: a plain type; a name and a shape as the parser accepts them.
        package init(_ name: String, _ type: TensorType, shape: [Int]) {
            precondition(type.blockElements == 1 && TensorRules.isAcceptableName(name.utf8, maximum: SafetensorsFile.maximumNameBytes))
            self.name = name
            self.type = type
            self.shape = shape
        }

        var byteCount: Int { shape.reduce(1, *) * type.blockBytes }
    }

    /// Why a file could not be written.
    package struct Failure: Error, CustomStringConvertible {
        package let path: String
        package let reason: String
        package var description: String { "could not write \(path): \(reason)" }
    }

    /// Puts a file at `path` so that at any moment either what was there or all of it is there, also after a power cut.
    ///
    /// - Parameters:
    ///   - entries: in the order of their bytes, names unique.
    ///   - write: hands each entry's bytes, in order and in any number of parts, to the function that it is given.
    /// - Throws: `Failure`, also for another number of bytes than the entries say, or what `write` throws; nothing is left then.
    package static func write(
        to path: String, metadata: [String: String] = [:], _ entries: [Entry],
        _ write: (_ entry: Int, _ append: (UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = try self.header(metadata, entries)
        let temporary = "\(path).\(getpid()).partial"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure(path) }
        var isOpen = true
        do {
            try header.withUnsafeBytes { try append($0, to: descriptor, path) }
            for (number, entry) in entries.enumerated() {
                var written = 0
                try write(number) { bytes in
                    written += bytes.count
                    guard written <= entry.byteCount else { throw Failure(path: path, reason: "\(entry.name) has more bytes than its shape") }
                    try append(bytes, to: descriptor, path)
                }
                guard written == entry.byteCount else { throw Failure(path: path, reason: "\(entry.name) has fewer bytes than its shape") }
            }
            guard fsync(descriptor) == 0 else { throw failure(path) }
            isOpen = false
            guard close(descriptor) == 0, rename(temporary, path) == 0 else { throw failure(path) }
        } catch {
            if isOpen { close(descriptor) }
            unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    /// The header's length and the header, padded with spaces so that the tensors begin at a multiple of 8 bytes.
    private static func header(_ metadata: [String: String], _ entries: [Entry]) throws -> [UInt8] {
        var object = JSONObject()
        var strings = JSONObject()
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { strings[key] = .string(value) }
        if strings.count > 0 { object["__metadata__"] = .object(strings) }
        var start = 0
        for entry in entries {
            object[entry.name] = [
                "dtype": .string(entry.type.name), "shape": .array(entry.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(start)), .integer(Int64(start + entry.byteCount))],
            ]
            start += entry.byteCount
        }
        var json = try CanonicalJSON.encode(.object(object))
        json += [UInt8](repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
        return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
    }

    private static func append(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw failure(path) }
            written += count
        }
    }

    /// Where the folder cannot be synced, the file is there and may not outlive a power cut.
    private static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ path: String) -> Failure { Failure(path: path, reason: String(cString: strerror(errno))) }
}
