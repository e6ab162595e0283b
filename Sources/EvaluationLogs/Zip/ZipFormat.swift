import CanonicalEncoding

/// The records of a ZIP archive (PKWARE, APPNOTE.TXT 6.3.10) as this module writes them: members deflated, named in UTF-8, one behind the
/// other from the first byte on, at no time of day; ZIP64 fields where the others are too small.
enum ZipFormat {
    static let localSignature: UInt32 = 0x0403_4b50
    static let entrySignature: UInt32 = 0x0201_4b50
    static let endSignature: UInt32 = 0x0605_4b50
    static let endSignature64: UInt32 = 0x0606_4b50
    static let locatorSignature: UInt32 = 0x0706_4b50
    static let localSize = 30
    static let entrySize = 46
    static let endSize = 22
    static let endSize64 = 56
    static let locatorSize = 20

    /// General purpose bit 11: the name is UTF-8.
    static let flags: UInt16 = 1 << 11
    static let deflated: UInt16 = 8
    /// 1980-01-01 00:00, the first that the format can say: the same log gives the same bytes.
    static let time: UInt32 = 0x0021_0000
    static let version: UInt16 = 20
    /// What reads ZIP64.
    static let version64: UInt16 = 45
    /// Unix made it, so that the mode below counts.
    static let madeBy: UInt16 = 3 << 8 | 45
    /// A regular file, rw-r--r--.
    static let attributes: UInt32 = 0o100644 << 16
    static let extra64: UInt16 = 1
}

/// A member: where it is and what it holds.
struct ZipMember: Equatable {
    let name: [UInt8]
    /// Of its local header.
    let offset: UInt64
    let compressed: UInt64
    let size: UInt64
    let crc: UInt32
    /// Whether its local header gives the sizes in 64 bits, as that of a member does whose size was not known when it began.
    let isLocal64: Bool

    var localLength: UInt64 { UInt64(ZipFormat.localSize + name.count + (isLocal64 ? 20 : 0)) }
    var end: UInt64 { offset + localLength + compressed }
    var shownName: String { String(decoding: name, as: UTF8.self) }

    /// APPNOTE.TXT 4.3.7, and 4.5.3 for the extra field.
    var localHeader: [UInt8] {
        var writer = ByteWriter(reserving: Int(localLength))
        writer.append(ZipFormat.localSignature)
        writer.append(isLocal64 ? ZipFormat.version64 : ZipFormat.version)
        appendCommon(to: &writer, compressed: isLocal64 ? .max : UInt32(truncatingIfNeeded: compressed), size: isLocal64 ? .max : UInt32(truncatingIfNeeded: size))
        writer.append(UInt16(isLocal64 ? 20 : 0))
        writer.append(name)
        if isLocal64 {
            writer.append(ZipFormat.extra64)
            writer.append(UInt16(16))
            writer.append(size)
            writer.append(compressed)
        }
        return writer.bytes
    }

    /// APPNOTE.TXT 4.3.12: the member's entry in the directory.
    var entry: [UInt8] {
        let small = { (value: UInt64) in value < UInt64(UInt32.max) ? UInt32(value) : .max }
        let large = [size, compressed, offset].filter { $0 >= UInt64(UInt32.max) }
        var writer = ByteWriter(reserving: ZipFormat.entrySize + name.count)
        writer.append(ZipFormat.entrySignature)
        writer.append(ZipFormat.madeBy)
        writer.append(isLocal64 || !large.isEmpty ? ZipFormat.version64 : ZipFormat.version)
        appendCommon(to: &writer, compressed: small(compressed), size: small(size))
        writer.append(UInt16(large.isEmpty ? 0 : 4 + 8 * large.count))
        // No comment, the first disk, no internal attributes.
        writer.append([UInt8](repeating: 0, count: 6))
        writer.append(ZipFormat.attributes)
        writer.append(small(offset))
        writer.append(name)
        if !large.isEmpty {
            writer.append(ZipFormat.extra64)
            writer.append(UInt16(8 * large.count))
            for value in large { writer.append(value) }
        }
        return writer.bytes
    }

    /// What the local header and the directory's entry have in common.
    private func appendCommon(to writer: inout ByteWriter, compressed: UInt32, size: UInt32) {
        writer.append(ZipFormat.flags)
        writer.append(ZipFormat.deflated)
        writer.append(ZipFormat.time)
        writer.append(crc)
        writer.append(compressed)
        writer.append(size)
        writer.append(UInt16(truncatingIfNeeded: name.count))
    }
}

/// Where the directory is (APPNOTE.TXT 4.3.14 to 4.3.16).
struct ZipEnd: Equatable {
    let count: UInt64
    let size: UInt64
    let offset: UInt64

    var needs64: Bool { count >= UInt64(UInt16.max) || size >= UInt64(UInt32.max) || offset >= UInt64(UInt32.max) }

    var bytes: [UInt8] {
        var writer = ByteWriter()
        if needs64 {
            writer.append(ZipFormat.endSignature64)
            writer.append(UInt64(ZipFormat.endSize64 - 12))
            writer.append(ZipFormat.madeBy)
            writer.append(ZipFormat.version64)
            writer.append(UInt64(0))
            for value in [count, count, size, offset] { writer.append(value) }
            writer.append(ZipFormat.locatorSignature)
            writer.append(UInt32(0))
            writer.append(offset + size)
            writer.append(UInt32(1))
        }
        writer.append(ZipFormat.endSignature)
        writer.append(UInt32(0))
        for _ in 0..<2 { writer.append(count < UInt64(UInt16.max) ? UInt16(count) : .max) }
        for value in [size, offset] { writer.append(value < UInt64(UInt32.max) ? UInt32(value) : .max) }
        writer.append(UInt16(0))
        return writer.bytes
    }
}
