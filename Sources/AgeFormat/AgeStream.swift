import AuditCrypto
import AuditSigning
import BulkCrypto

/// The payload's STREAM construction: a 16-byte nonce, then chunks of 64 KiB, each sealed with
/// ChaCha20-Poly1305 under a counter and a flag that only the last chunk has.
package enum AgeStream {
    package static let nonceBytes = 16
    package static let chunkBytes = 64 << 10
    package static let sealedChunkBytes = chunkBytes + ChaChaChunk.tagBytes

    /// How long a payload is, nonce included, that holds `count` bytes of plaintext.
    package static func sealedCount(ofPlain count: Int) -> Int? {
        guard count >= 0 else { return nil }
        let chunks = max(1, count / chunkBytes + (count.isMultiple(of: chunkBytes) ? 0 : 1))
        let (overhead, overflow) = chunks.multipliedReportingOverflow(by: ChaChaChunk.tagBytes)
        let (sum, overflow2) = count.addingReportingOverflow(overhead)
        let (total, overflow3) = sum.addingReportingOverflow(nonceBytes)
        return overflow || overflow2 || overflow3 ? nil : total
    }

    static func payloadKey(_ fileKey: FileKey, nonce: [UInt8]) throws(AgeError) -> [UInt8] {
        do {
            return try HKDFSHA256.derive(secret: fileKey.bytes, salt: nonce, info: Array("payload".utf8))
        } catch {
            throw AgeError(.payload, "the payload's key could not be derived")
        }
    }

    /// 11 bytes of counter, big-endian, and the flag.
    static func nonce(chunk: UInt64, last: Bool) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: ChaChaChunk.nonceBytes)
        for index in 0..<8 { nonce[10 - index] = UInt8(truncatingIfNeeded: chunk >> UInt64(8 * index)) }
        nonce[11] = last ? 1 : 0
        return nonce
    }
}

/// Opens a payload, a chunk at a time, in memory that does not grow with the file. Nothing is given out that
/// did not authenticate; that a file is whole is known only when `next` has returned nil.
package final class AgePayloadReader {
    private let source: any SequentialSource
    private let opener: ChaChaOpener
    private var chunk: UInt64 = 0
    private var offset: Int
    private enum State { case reading, finalChunkGiven, ended }
    private var state = State.reading

    /// - Parameters:
    ///   - source: stands at the payload's nonce.
    ///   - offset: where that is in the file, for errors.
    package init(source: any SequentialSource, fileKey: FileKey, offset: Int = 0) throws(AgeError) {
        self.source = source
        var nonce = [UInt8](repeating: 0, count: AgeStream.nonceBytes)
        let result: Result<Int, AgeError> = nonce.withUnsafeMutableBytes { space in
            do throws(AgeError) { return .success(try source.readFully(into: space)) } catch { return .failure(error) }
        }
        guard try result.get() == AgeStream.nonceBytes else {
            // The age test suite counts a missing nonce as a failure of the header's part of the file.
            throw AgeError(.header, "the file ends before its payload's 16-byte nonce", offset: offset)
        }
        self.offset = offset + AgeStream.nonceBytes
        do {
            opener = try ChaChaOpener(
                key: try AgeStream.payloadKey(fileKey, nonce: nonce), capacity: AgeStream.chunkBytes)
        } catch let error as AgeError {
            throw error
        } catch {
            throw AgeError(.payload, "the payload's key could not be used")
        }
    }

    /// The next chunk's plaintext; nil once the final chunk has been given and nothing follows it.
    package func next() throws(AgeError) -> OpenedChunk? {
        if state != .reading {
            if state == .finalChunkGiven { try refuseTrailingData() }
            state = .ended
            return nil
        }
        let count = try source.readFully(into: opener.input)
        guard count > 0 else {
            throw AgeError(.truncated, "the payload ends before its final chunk: the file was cut off", offset: offset)
        }
        guard count >= ChaChaChunk.tagBytes else {
            throw AgeError(
                .truncated, "\(count) bytes are left, fewer than a chunk's tag: the file was cut off", offset: offset)
        }
        let full = count == AgeStream.sealedChunkBytes
        var plain: OpenedChunk?
        // Only a full chunk can have others after it; one that does not open as such may be a full final chunk.
        if full { plain = try? opener.open(count: count, nonce: AgeStream.nonce(chunk: chunk, last: false)) }
        if plain == nil {
            guard let last = try? opener.open(count: count, nonce: AgeStream.nonce(chunk: chunk, last: true)) else {
                throw AgeError(
                    full ? .payload : .truncated,
                    full ? "chunk \(chunk) does not authenticate: the file was changed"
                        : "the last chunk (\(chunk), \(count) bytes) does not authenticate: the file was cut off or changed",
                    offset: offset)
            }
            guard last.count > 0 || chunk == 0 else {
                throw AgeError(.payload, "the final chunk is empty, which only an empty file's may be", offset: offset)
            }
            state = .finalChunkGiven
            plain = last
        }
        offset += count
        chunk += 1
        return plain
    }

    private func refuseTrailingData() throws(AgeError) {
        var probe: UInt8 = 0
        let result: Result<Int, AgeError> = withUnsafeMutableBytes(of: &probe) { space in
            do throws(AgeError) { return .success(try source.read(into: space)) } catch { return .failure(error) }
        }
        guard try result.get() == 0 else {
            throw AgeError(.trailingData, "bytes follow the final chunk", offset: offset)
        }
    }
}

/// Seals a payload, in memory that does not grow with it.
package final class AgePayloadWriter {
    private let sink: any SequentialSink
    private let sealer: ChaChaSealer
    private let plain: UnsafeMutableRawBufferPointer
    private var filled = 0
    private var chunk: UInt64 = 0
    private var finished = false

    package init(sink: any SequentialSink, fileKey: FileKey) throws(AgeError) {
        self.sink = sink
        let nonce = SecureRandom.bytes(AgeStream.nonceBytes)
        do {
            sealer = try ChaChaSealer(key: try AgeStream.payloadKey(fileKey, nonce: nonce))
        } catch let error as AgeError {
            throw error
        } catch {
            throw AgeError(.payload, "the payload's key could not be used")
        }
        plain = .allocate(byteCount: AgeStream.chunkBytes, alignment: 64)
        try sink.write(all: nonce)
    }

    deinit { plain.deallocate() }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(AgeError) {
        var rest = bytes
        while !rest.isEmpty {
            // A full chunk waits until there is more, since the final chunk must be marked as such.
            if filled == AgeStream.chunkBytes { try flush(last: false) }
            if filled == 0, rest.count > AgeStream.chunkBytes {
                try seal(UnsafeRawBufferPointer(rebasing: rest[..<AgeStream.chunkBytes]), last: false)
                rest = UnsafeRawBufferPointer(rebasing: rest[AgeStream.chunkBytes...])
                continue
            }
            let count = min(rest.count, AgeStream.chunkBytes - filled)
            UnsafeMutableRawBufferPointer(rebasing: plain[filled...]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            filled += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes the final chunk. A file that was not finished does not open.
    package func finish() throws(AgeError) {
        guard !finished else { return }
        try flush(last: true)
        finished = true
    }

    private func flush(last: Bool) throws(AgeError) {
        try seal(UnsafeRawBufferPointer(rebasing: plain[..<filled]), last: last)
        filled = 0
    }

    private func seal(_ bytes: UnsafeRawBufferPointer, last: Bool) throws(AgeError) {
        let nonce = AgeStream.nonce(chunk: chunk, last: last)
        try sink.write(upTo: bytes.count + ChaChaChunk.tagBytes) { space throws(AgeError) in
            do { return try sealer.seal(bytes, nonce: nonce, into: space) } catch {
                throw AgeError(.payload, "a chunk could not be sealed (\(error))")
            }
        }
        chunk += 1
    }
}

extension SequentialSink {
    package func write(all bytes: [UInt8]) throws(AgeError) {
        let result: Result<Void, AgeError> = bytes.withUnsafeBytes { bytes in
            do throws(AgeError) { return .success(try write(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }
}
