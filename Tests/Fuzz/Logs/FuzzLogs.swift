import CZlib
import EvaluationLogs
import FuzzSupport

/// What reads `.eval` logs back: `a` a sample's JSON; `b` a whole file; `c` an archive's members, name and content in turn with zero
/// bytes between, laid out and summed as they should be, so that what lies behind the checksums is reached.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 3) {
    case 0: _ = try? InspectLogReader.sample(json: input.bytes)
    case 1: read(input.bytes)
    default:
        var members: [(name: [UInt8], content: [UInt8])] = []
        while !input.rest.isEmpty, members.count < 64 { members.append((input.part(), input.part())) }
        read(archive(members))
    }
    return 0
}

private func read(_ bytes: [UInt8]) {
    let file = MemoryFile()
    file.fill(bytes)
    guard let log = try? InspectLogReader(path: "/proc/self/fd/\(file.descriptor)") else { return }
    var summaries = 0
    do {
        try log.forEachSummary { summary in
            summaries += 1
            _ = try? log.sample(summary.id, epoch: summary.epoch)
        }
        require(summaries == log.samples, "each sample of a log that is read has one summary")
    } catch {}
}

/// APPNOTE.TXT 4.3, with blocks of DEFLATE that compress nothing.
private func archive(_ members: [(name: [UInt8], content: [UInt8])]) -> [UInt8] {
    var bytes = LittleEndian(), directory = LittleEndian()
    for (name, content) in members {
        // One last block that is stored: its length, and that inverted.
        var stream = LittleEndian(bytes: [1])
        let length = UInt16(truncatingIfNeeded: content.count)
        stream.append(length)
        stream.append(~length)
        stream.bytes += content
        var common = LittleEndian()
        common.append(UInt16(1 << 11))
        common.append(UInt16(8))
        common.append(UInt32(0x0021_0000))
        common.append(UInt32(truncatingIfNeeded: content.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }))
        common.append(UInt32(stream.bytes.count))
        common.append(UInt32(content.count))
        common.append(UInt16(truncatingIfNeeded: name.count))
        common.append(UInt16(0))
        let offset = UInt32(bytes.bytes.count)
        bytes.append(UInt32(0x0403_4b50))
        bytes.append(UInt16(20))
        bytes.bytes += common.bytes
        bytes.bytes += name
        bytes.bytes += stream.bytes
        directory.append(UInt32(0x0201_4b50))
        directory.append(UInt16(3 << 8 | 45))
        directory.append(UInt16(20))
        directory.bytes += common.bytes
        directory.bytes += [UInt8](repeating: 0, count: 6)
        directory.append(UInt32(0o100644 << 16))
        directory.append(offset)
        directory.bytes += name
    }
    let place = UInt32(bytes.bytes.count)
    bytes.bytes += directory.bytes
    bytes.append(UInt32(0x0605_4b50))
    bytes.append(UInt32(0))
    for _ in 0..<2 { bytes.append(UInt16(members.count)) }
    bytes.append(UInt32(directory.bytes.count))
    bytes.append(place)
    bytes.append(UInt16(0))
    return bytes.bytes
}

private struct LittleEndian {
    var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
}
