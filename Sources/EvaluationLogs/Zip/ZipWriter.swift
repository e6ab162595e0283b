import CanonicalEncoding

/// Writes an archive member by member. What it keeps in memory does not grow with their number: the directory at the end is made from the
/// members' headers, read back.
final class ZipWriter {
    private let file: any LogFile
    private let deflate = Deflate()
    private var buffer: [UInt8] = []
    /// The member whose bytes come in parts.
    private var open: (name: [UInt8], offset: UInt64, size: UInt64, crc: CRC32)?
    private(set) var count: UInt64 = 0

    init(_ destination: LogDestination) throws(EvaluationLogError) { file = try destination.open() }

    /// A member whose bytes are there.
    /// - Precondition: a name of at most 65,535 bytes, not written before; less than 2 GiB.
    func add(_ name: String, _ bytes: [UInt8]) throws(EvaluationLogError) -> ZipMember {
        buffer.removeAll(keepingCapacity: true)
        try compress(bytes, isLast: true) { (part) throws(EvaluationLogError) in buffer += part }
        let member = ZipMember(
            name: Array(name.utf8), offset: file.size, compressed: UInt64(buffer.count), size: UInt64(bytes.count), crc: CRC32.of(bytes),
            isLocal64: false)
        try file.append(member.localHeader)
        try file.append(buffer)
        // A large member's room is not kept for the small ones that follow.
        if buffer.capacity > 1 << 20 { buffer = [] }
        count += 1
        return member
    }

    /// Begins a member whose bytes come in parts, up to any size.
    func begin(_ name: String) throws(EvaluationLogError) {
        precondition(open == nil, "one member at a time")
        let name = Array(name.utf8)
        open = (name, file.size, 0, CRC32())
        try file.append(ZipMember(name: name, offset: file.size, compressed: 0, size: 0, crc: 0, isLocal64: true).localHeader)
    }

    func append(_ bytes: [UInt8]) throws(EvaluationLogError) {
        bytes.withUnsafeBytes { open?.crc.update($0) }
        open?.size += UInt64(bytes.count)
        try compress(bytes, isLast: false) { (part) throws(EvaluationLogError) in try file.append(part) }
    }

    func end() throws(EvaluationLogError) {
        guard let begun = open else { return }
        try compress([], isLast: true) { (part) throws(EvaluationLogError) in try file.append(part) }
        let head = ZipMember(name: begun.name, offset: begun.offset, compressed: 0, size: begun.size, crc: begun.crc.value, isLocal64: true)
        let member = ZipMember(
            name: begun.name, offset: begun.offset, compressed: file.size - head.offset - head.localLength, size: begun.size,
            crc: begun.crc.value, isLocal64: true)
        try file.overwrite(at: member.offset, member.localHeader)
        open = nil
        count += 1
    }

    /// The bytes of a member that was added.
    func readBack(_ member: ZipMember) throws(EvaluationLogError) -> [UInt8] {
        let compressed = try file.read(at: member.offset + member.localLength, count: Int(member.compressed))
        guard let bytes = Inflate.decompress(compressed, count: Int(member.size)), CRC32.of(bytes) == member.crc else {
            throw EvaluationLogError(.file, file.path, member: member.shownName, "what was written reads otherwise. Check the disk.")
        }
        return bytes
    }

    /// Writes the directory and gives the file its name.
    func commit() throws(EvaluationLogError) {
        let start = file.size
        var (offset, found) = (UInt64(0), UInt64(0))
        var entries: [UInt8] = []
        while offset < start {
            let member = try ZipReader.member(at: offset, before: start, path: file.path) { (offset, count) throws(EvaluationLogError) in
                try file.read(at: offset, count: count)
            }
            entries += member.entry
            if entries.count >= 1 << 16 {
                try file.append(entries)
                entries.removeAll(keepingCapacity: true)
            }
            (offset, found) = (member.end, found + 1)
        }
        guard offset == start, found == count else {
            throw EvaluationLogError(.file, file.path, "the members that were written read otherwise. Check the disk.")
        }
        try file.append(entries)
        try file.append(ZipEnd(count: count, size: file.size - start, offset: start).bytes)
        try file.commit()
    }

    func abandon() { file.abandon() }

    private func compress(
        _ bytes: [UInt8], isLast: Bool, _ emit: (UnsafeRawBufferPointer) throws(EvaluationLogError) -> Void
    ) throws(EvaluationLogError) {
        let outcome = bytes.withUnsafeBytes { bytes in
            Result { () throws(EvaluationLogError) in try deflate.compress(bytes, isLast: isLast, emit) }
        }
        try outcome.get()
    }
}
