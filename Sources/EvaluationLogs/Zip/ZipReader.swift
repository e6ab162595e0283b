import CanonicalEncoding
import Glibc

/// Reads an archive that `ZipWriter` wrote, and no other: every byte that is no member's content is held against what the writer would have
/// written there, so that no two readers can see different members in it.
final class ZipReader {
    /// Of an archive. A member's entry takes some hundred bytes of memory.
    static let maximumMembers: UInt64 = 10_000_000

    let path: String
    private let descriptor: Int32
    private let members: [ExactString: ZipMember]

    init(path: String) throws(EvaluationLogError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw EvaluationLogError(.file, path, "it could not be opened: \(String(cString: strerror(errno)))") }
        do {
            members = try Self.members(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        (self.path, self.descriptor) = (path, descriptor)
    }

    deinit { close(descriptor) }

    /// In no order.
    var names: some Collection<String> { members.keys.lazy.map(\.string) }

    func contains(_ name: String) -> Bool { members[ExactString(name)] != nil }

    /// What the archive says of a member's content, before it is read.
    func member(_ name: String) -> ZipMember? { members[ExactString(name)] }

    /// The member's bytes, which its checksum is right for; nil where there is no such member.
    func read(_ name: String, maximumBytes: UInt64) throws(EvaluationLogError) -> [UInt8]? {
        guard let member = members[ExactString(name)] else { return nil }
        guard member.size <= maximumBytes, member.compressed <= maximumBytes else {
            throw EvaluationLogError(.tooLarge, path, member: name, "\(member.size) bytes; at most \(maximumBytes) are read")
        }
        let compressed = try FileBytes.read(
            descriptor, path: path, at: member.offset + member.localLength, count: Int(member.compressed))
        // DEFLATE makes a byte of 1,032 at most; a wrong size takes no memory.
        guard member.size <= member.compressed * 1032, let bytes = Inflate.decompress(compressed, count: Int(member.size)), CRC32.of(bytes) == member.crc else {
            throw EvaluationLogError(.archive, path, member: name, "its bytes are damaged. Get the log again from where it was written.")
        }
        return bytes
    }

    /// Whether a member of any size is whole, with little memory.
    func isWhole(_ member: ZipMember) throws(EvaluationLogError) -> Bool {
        var position = member.offset + member.localLength
        let found = try Inflate.measure { () throws(EvaluationLogError) in
            let count = Int(min(member.end - position, 1 << 18))
            defer { position += UInt64(count) }
            return try FileBytes.read(descriptor, path: path, at: position, count: count)
        }
        guard let found else { return false }
        return found.size == member.size && found.crc == member.crc
    }

    /// The member whose local header is at `offset` and which ends before `end`.
    static func member(
        at offset: UInt64, before end: UInt64, path: String,
        _ read: (_ offset: UInt64, _ count: Int) throws(EvaluationLogError) -> [UInt8]
    ) throws(EvaluationLogError) -> ZipMember {
        let failure = EvaluationLogError(.archive, path, "at byte \(offset) there is no member's header as this program writes it")
        // Most headers come with one read.
        var head = try read(offset, Int(min(UInt64(ZipFormat.localSize + 128), end - offset)))
        guard let fields = try? LocalFields(head) else { throw failure }
        let length = ZipFormat.localSize + Int(fields.nameLength) + Int(fields.extraLength)
        guard UInt64(length) <= end - offset else { throw failure }
        if head.count < length { head = try read(offset, length) }
        let header = head[..<length]
        let name = Array(header.dropFirst(ZipFormat.localSize).prefix(Int(fields.nameLength)))
        var (size, compressed) = (UInt64(fields.size), UInt64(fields.compressed))
        if fields.extraLength > 0 {
            var extra = ByteReader(header.dropFirst(ZipFormat.localSize + name.count))
            guard (try? extra.uint32()) != nil, let large = try? (extra.uint64(), extra.uint64()) else { throw failure }
            (size, compressed) = large
        }
        let member = ZipMember(
            name: name, offset: offset, compressed: compressed, size: size, crc: fields.crc, isLocal64: fields.extraLength > 0)
        guard header.elementsEqual(member.localHeader), compressed <= end - offset - UInt64(length), String(validating: name, as: UTF8.self) != nil
        else { throw failure }
        return member
    }

    private struct LocalFields {
        let crc, compressed, size: UInt32
        let nameLength, extraLength: UInt16

        init(_ bytes: [UInt8]) throws(ByteReaderError) {
            var reader = ByteReader(bytes)
            // Signature, version, flags, method and time are held against what is written, with all else.
            _ = try reader.bytes(14)
            (crc, compressed, size) = (try reader.uint32(), try reader.uint32(), try reader.uint32())
            (nameLength, extraLength) = (try reader.uint16(), try reader.uint16())
        }
    }

    private static func members(_ descriptor: Int32, _ path: String) throws(EvaluationLogError) -> [ExactString: ZipMember] {
        let read = { (offset: UInt64, count: Int) throws(EvaluationLogError) in
            try FileBytes.read(descriptor, path: path, at: offset, count: count)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let size = UInt64(exactly: status.st_size) else {
            throw EvaluationLogError(.archive, path, "it is no file")
        }
        let end = try self.end(size: size, path, read)
        guard end.count <= maximumMembers else {
            throw EvaluationLogError(.tooLarge, path, "\(end.count) members; at most \(maximumMembers) are read")
        }
        var members: [ExactString: ZipMember] = [:]
        var (offset, position) = (UInt64(0), end.offset)
        var directory = ByteReader([])
        while offset < end.offset {
            let member = try self.member(at: offset, before: end.offset, path: path, read)
            let entry = member.entry
            if directory.remaining < entry.count {
                let count = min(UInt64(max(entry.count, 1 << 16)), end.offset + end.size - position)
                directory = ByteReader(try read(position, Int(count)))
            }
            guard let listed = try? directory.bytes(entry.count), listed.elementsEqual(entry) else {
                throw EvaluationLogError(.archive, path, member: member.shownName, "the directory says something else about it than its header")
            }
            guard members.updateValue(member, forKey: ExactString(member.shownName)) == nil else {
                throw EvaluationLogError(.archive, path, member: member.shownName, "two members have this name")
            }
            (offset, position) = (member.end, position + UInt64(entry.count))
        }
        guard members.count == end.count, position == end.offset + end.size else {
            throw EvaluationLogError(.archive, path, "the directory lists \(end.count) members; there are \(members.count)")
        }
        return members
    }

    /// The end record, the 64-bit one before it where it needs one.
    private static func end(
        size: UInt64, _ path: String, _ read: (UInt64, Int) throws(EvaluationLogError) -> [UInt8]
    ) throws(EvaluationLogError) -> ZipEnd {
        let failure = EvaluationLogError(
            .archive, path, "it does not end as a log that this program wrote. Was it cut short, or written by another program?")
        let longest = ZipFormat.endSize64 + ZipFormat.locatorSize + ZipFormat.endSize
        guard size >= UInt64(ZipFormat.endSize) else { throw failure }
        let tail = try read(size - min(size, UInt64(longest)), Int(min(size, UInt64(longest))))
        func end(_ isLarge: Bool) throws(ByteReaderError) -> ZipEnd {
            if isLarge {
                var reader = ByteReader(tail)
                _ = try reader.bytes(32)
                return ZipEnd(count: try reader.uint64(), size: try reader.uint64(), offset: try reader.uint64())
            }
            var reader = ByteReader(tail.suffix(ZipFormat.endSize))
            _ = try reader.bytes(10)
            return ZipEnd(count: UInt64(try reader.uint16()), size: UInt64(try reader.uint32()), offset: UInt64(try reader.uint32()))
        }
        for isLarge in [false, true] where !isLarge || tail.count == longest {
            guard let end = try? end(isLarge), end.needs64 == isLarge else { continue }
            let bytes = end.bytesIfPlaced(in: size)
            if let bytes, tail.suffix(bytes.count).elementsEqual(bytes) { return end }
        }
        throw failure
    }
}

extension ZipEnd {
    /// The end record of an archive of `total` bytes; nil where the directory does not lie directly before it.
    fileprivate func bytesIfPlaced(in total: UInt64) -> [UInt8]? {
        let (end, overflow) = offset.addingReportingOverflow(size)
        guard !overflow, end <= total else { return nil }
        let bytes = self.bytes
        return UInt64(bytes.count) == total - end ? bytes : nil
    }
}
