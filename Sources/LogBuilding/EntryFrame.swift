import AuditCrypto
import CanonicalEncoding
import MerkleLog

/// An entry's canonical bytes but for what its place decides: `previous`, `sequence` and `time`. It is encoded on any
/// thread before the place is known, so that what must happen in order is short.
package struct EntryFrame: Sendable {
    /// Everything else, without a gap.
    private let bytes: [UInt8]
    private let previousAt: Int
    private let sequenceAt: Int

    package init(
        actor: String, action: String, subjects: [LedgerEntry.Subject], details: JSONObject, request: LedgerEntry.Request?
    ) throws(JSONError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512 + (request?.sshsig.utf8.count ?? 0))
        bytes += "{\"action\":".utf8
        CanonicalJSON.append(action, to: &bytes)
        bytes += ",\"actor\":".utf8
        CanonicalJSON.append(actor, to: &bytes)
        bytes += ",\"details\":".utf8
        try CanonicalJSON.append(.object(details), to: &bytes)
        bytes += ",\"previous\":\"".utf8
        previousAt = bytes.count
        if let request {
            bytes += "\",\"request\":{\"sha256\":\"".utf8
            request.sha256.withUnsafeBytes { Hex.append($0, to: &bytes) }
            bytes += "\",\"sshsig\":".utf8
            CanonicalJSON.append(request.sshsig, to: &bytes)
            bytes += "},\"sequence\":".utf8
        } else {
            bytes += "\",\"sequence\":".utf8
        }
        sequenceAt = bytes.count
        bytes += ",\"subjects\":[".utf8
        for (index, subject) in subjects.enumerated() {
            bytes += (index == 0 ? "{\"name\":" : ",{\"name\":").utf8
            CanonicalJSON.append(subject.name, to: &bytes)
            bytes += ",\"sha256\":\"".utf8
            subject.sha256.withUnsafeBytes { Hex.append($0, to: &bytes) }
            bytes += "\"}".utf8
        }
        bytes += "],\"time\":".utf8
        self.bytes = bytes
    }

    private static let end: StaticString = ",\"v\":1}"
    /// The most that the place adds: 64 digits, two integers of 16, the end.
    private static let room = 64 + 2 * 16 + end.utf8CodeUnitCount

    /// The leaf's bytes at a place.
    ///
    /// - Parameters:
    ///   - sequence: 0 to 2⁵³.
    ///   - time: seconds since 1970-01-01 UTC; 0 to 2⁵³.
    package func entry(sequence: Int64, time: Int64, previous: MerkleHash) -> [UInt8] {
        precondition((0...1 << 53).contains(sequence) && (0...1 << 53).contains(time), "JSON's integers end at 2^53")
        return [UInt8](unsafeUninitializedCapacity: bytes.count + Self.room) { output, count in
            var writer = Writer(output: output)
            bytes.withUnsafeBytes { frame in
                writer.copy(frame, 0..<previousAt)
                previous.withUnsafeBytes { writer.hex($0) }
                writer.copy(frame, previousAt..<sequenceAt)
                writer.decimal(sequence)
                writer.copy(frame, sequenceAt..<frame.count)
                writer.decimal(time)
            }
            let end = UnsafeRawBufferPointer(start: Self.end.utf8Start, count: Self.end.utf8CodeUnitCount)
            writer.copy(end, 0..<end.count)
            count = writer.count
        }
    }

    private struct Writer {
        let output: UnsafeMutableBufferPointer<UInt8>
        private(set) var count = 0

        init(output: UnsafeMutableBufferPointer<UInt8>) { self.output = output }

        mutating func copy(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[count..<count + range.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
            count += range.count
        }

        mutating func hex(_ bytes: UnsafeRawBufferPointer) {
            for byte in bytes {
                put(digit(byte >> 4))
                put(digit(byte & 15))
            }
        }

        mutating func decimal(_ value: Int64) {
            var (power, rest): (Int64, Int64) = (1, value)
            while value / power >= 10 { power *= 10 }
            while power > 0 {
                put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / power))
                rest %= power
                power /= 10
            }
        }

        private func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value }

        private mutating func put(_ byte: UInt8) {
            output[count] = byte
            count += 1
        }
    }
}

extension LedgerEntry {
    /// The leaf's bytes: canonical JSON (RFC 8785).
    package func encoded() throws(JSONError) -> [UInt8] {
        try EntryFrame(actor: actor, action: action, subjects: subjects, details: details, request: request)
            .entry(sequence: sequence, time: time, previous: previous)
    }
}
