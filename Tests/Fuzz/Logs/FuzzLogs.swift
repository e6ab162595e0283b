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
    var bytes: [UInt8] = [], directory: [UInt8] = []
    for (name, content) in members {
        let sum = UInt32(truncatingIfNeeded: content.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) })
        // One last block that is stored: its length, and that inverted.
        let length = UInt16(truncatingIfNeeded: content.count)
        let stream = [1] + little(length) + little(~length) + content
        let common = little(UInt16(1 << 11)) + little(UInt16(8)) + little(UInt32(0x0021_0000)) + little(sum)
            + little(UInt32(stream.count)) + little(UInt32(content.count)) + little(UInt16(truncatingIfNeeded: name.count)) + little(UInt16(0))
        let offset = UInt32(bytes.count)
        bytes += little(UInt32(0x0403_4b50)) + little(UInt16(20)) + common + name + stream
        directory += little(UInt32(0x0201_4b50)) + little(UInt16(3 << 8 | 45)) + little(UInt16(20)) + common + [UInt8](repeating: 0, count: 6)
        directory += little(UInt32(0o100644 << 16)) + little(offset) + name
    }
    let place = UInt32(bytes.count), entries = UInt16(members.count)
    bytes += directory + little(UInt32(0x0605_4b50)) + little(UInt32(0)) + little(entries) + little(entries)
    return bytes + little(UInt32(directory.count)) + little(place) + little(UInt16(0))
}

private func little(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
