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
        bytes += "{\"action\":"
        CanonicalJSON.append(action, to: &bytes)
        bytes += ",\"actor\":"
        CanonicalJSON.append(actor, to: &bytes)
        bytes += ",\"details\":"
        try CanonicalJSON.append(.object(details), to: &bytes)
        bytes += ",\"previous\":\""
        previousAt = bytes.count
        if let request {
            bytes += "\",\"request\":{\"sha256\":\""
            request.sha256.withUnsafeBytes { Hex.append($0, to: &bytes) }
            bytes += "\",\"sshsig\":"
            CanonicalJSON.append(request.sshsig, to: &bytes)
            bytes += "},\"sequence\":"
        } else {
            bytes += "\",\"sequence\":"
        }
        sequenceAt = bytes.count
        bytes += ",\"subjects\":["
        for (index, subject) in subjects.enumerated() {
            bytes += index == 0 ? "{\"name\":" : ",{\"name\":"
            CanonicalJSON.append(subject.name, to: &bytes)
            bytes += ",\"sha256\":\""
            subject.sha256.withUnsafeBytes { Hex.append($0, to: &bytes) }
            bytes += "\"}"
        }
        bytes += "],\"time\":"
        self.bytes = bytes
    }

    private static let end: StaticString = ",\"v\":1}"
    /// The most that the place adds: 64 digits, two integers of 16, the end.
    private static let room = 64 + 2 * 16 + end.utf8CodeUnitCount

    /// No entry of it has more bytes, wherever it comes to stand.
    package var largest: Int { bytes.count + Self.room }

    /// The leaf's bytes at a place.
    ///
    /// - Parameters:
    ///   - sequence: 0 to 2⁵³.
    ///   - time: seconds since 1970-01-01 UTC; 0 to 2⁵³.
    package func entry(sequence: Int64, time: Int64, previous: MerkleHash) -> [UInt8] {
        precondition((0...1 << 53).contains(sequence) && (0...1 << 53).contains(time), "JSON's integers end at 2^53")
        return [UInt8](unsafeUninitializedCapacity: largest) { output, count in
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
        var output: UnsafeMutableBufferPointer<UInt8>
        private(set) var count = 0

        init(output: UnsafeMutableBufferPointer<UInt8>) { self.output = output }

        mutating func copy(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
            UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(output)[count..<count + range.count])
                .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
            count += range.count
        }

        mutating func hex(_ bytes: UnsafeRawBufferPointer) {
            Hex.write(bytes, to: UnsafeMutableBufferPointer(rebasing: output[count...]))
            count += 2 * bytes.count
        }

        mutating func decimal(_ value: Int64) {
            let start = count
            var rest = UInt64(value)
            repeat {
                output[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
                count += 1
            } while rest > 0
            output[start..<count].reverse()
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
