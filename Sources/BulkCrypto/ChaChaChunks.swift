import COpenSSL

/// ChaCha20-Poly1305 (RFC 8439), a chunk at a time, between buffers that are allocated once: OpenSSL's, which uses all of a
/// processor's vector units, as neither libsodium nor BoringSSL does (3.8, 1.4 and 1.9 GB/s here).
package enum ChaChaChunk {
    package static let keyBytes = 32
    package static let nonceBytes = 12
    package static let tagBytes = 16
    /// More than any chunk has, and less than OpenSSL's lengths, which are 32-bit integers.
    fileprivate static let largest = 1 << 30
}

/// A key in the state of OpenSSL's cipher, which is erased with it.
private final class ChaChaContext {
    let pointer: OpaquePointer

    /// - Parameter encrypts: 1 to seal, 0 to open.
    init(key: [UInt8], encrypts: Int32) throws(BulkCryptoError) {
        guard key.count == ChaChaChunk.keyBytes else { throw .badLength }
        guard let context = EVP_CIPHER_CTX_new() else { throw .unavailable }
        pointer = context
        guard EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), nil, key, nil, encrypts) == 1 else { throw .unavailable }
    }

    deinit { EVP_CIPHER_CTX_free(pointer) }

    /// Begins the next message.
    func start(nonce: [UInt8]) throws(BulkCryptoError) {
        guard nonce.count == ChaChaChunk.nonceBytes else { throw .badLength }
        guard EVP_CipherInit_ex(pointer, nil, nil, nil, nonce, -1) == 1 else { throw .unavailable }
    }

    /// All of the message; false where it does not authenticate.
    func run(_ input: UnsafeRawBufferPointer, to output: UnsafeMutablePointer<UInt8>) -> Bool {
        var count: Int32 = 0
        let start = input.bindMemory(to: UInt8.self).baseAddress
        guard input.isEmpty || EVP_CipherUpdate(pointer, output, &count, start, Int32(input.count)) == 1 else { return false }
        var rest: Int32 = 0
        return EVP_CipherFinal_ex(pointer, output + Int(count), &rest) == 1
    }
}

/// Seals chunks.
package final class ChaChaSealer {
    private let context: ChaChaContext

    /// - Parameter key: 32 bytes.
    package init(key: [UInt8]) throws(BulkCryptoError) { context = try ChaChaContext(key: key, encrypts: 1) }

    /// Writes ciphertext and tag to `sealed`, which may begin where `plain` does.
    ///
    /// - Parameters:
    ///   - nonce: 12 bytes, never used twice with one key.
    ///   - sealed: at least 16 bytes longer than `plain`.
    /// - Returns: the number of bytes written.
    package func seal(
        _ plain: UnsafeRawBufferPointer, nonce: [UInt8], into sealed: UnsafeMutableRawBufferPointer
    ) throws(BulkCryptoError) -> Int {
        guard sealed.count - ChaChaChunk.tagBytes >= plain.count, plain.count <= ChaChaChunk.largest,
            let output = sealed.bindMemory(to: UInt8.self).baseAddress
        else { throw .badLength }
        try context.start(nonce: nonce)
        guard context.run(plain, to: output),
            EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_GET_TAG, Int32(ChaChaChunk.tagBytes), output + plain.count) == 1
        else { throw .unavailable }
        return plain.count + ChaChaChunk.tagBytes
    }
}

/// Opens chunks. The caller reads ciphertext and tag straight into `input`, so that nothing is copied on the way in, and gets the
/// plaintext in memory that is the chunk's own.
package final class ChaChaOpener {
    private let context: ChaChaContext
    /// Where a chunk's ciphertext and tag go. Valid while the opener lives.
    package let input: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - capacity: the longest plaintext chunk, in bytes.
    package init(key: [UInt8], capacity: Int) throws(BulkCryptoError) {
        guard (0...ChaChaChunk.largest).contains(capacity) else { throw .badLength }
        context = try ChaChaContext(key: key, encrypts: 0)
        input = .allocate(byteCount: capacity + ChaChaChunk.tagBytes, alignment: 64)
    }

    deinit { input.deallocate() }

    /// Opens the first `count` bytes of `input` (which stay as they are, for another attempt).
    package func open(count: Int, nonce: [UInt8]) throws(BulkCryptoError) -> OpenedChunk {
        let plainCount = count - ChaChaChunk.tagBytes
        guard plainCount >= 0, count <= input.count, let start = input.baseAddress else { throw .badLength }
        try context.start(nonce: nonce)
        guard EVP_CIPHER_CTX_ctrl(context.pointer, EVP_CTRL_AEAD_SET_TAG, Int32(ChaChaChunk.tagBytes), start + plainCount) == 1 else {
            throw .unavailable
        }
        var isAuthentic = false
        let plain = [UInt8](unsafeUninitializedCapacity: plainCount) { plain, filled in
            // An empty message has nothing to write to.
            var nothing: UInt8 = 0
            isAuthentic = withUnsafeMutablePointer(to: &nothing) { nothing in
                context.run(UnsafeRawBufferPointer(rebasing: input[..<plainCount]), to: plain.baseAddress ?? nothing)
            }
            filled = isAuthentic ? plainCount : 0
        }
        guard isAuthentic else { throw .notAuthentic }
        return OpenedChunk(plain: plain)
    }
}

/// One chunk's authentic plaintext.
package struct OpenedChunk: Sendable {
    fileprivate let plain: [UInt8]

    package var count: Int { plain.count }

    /// Lends the bytes; the pointer is not to leave `body`.
    package func withBytes<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result: Result<Value, Failure> = plain.withUnsafeBytes { bytes in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}

/// One message under ChaCha20-Poly1305, for what is small (a wrapped file key).
package enum ChaChaMessage {
    package static func seal(_ plain: [UInt8], key: [UInt8], nonce: [UInt8]) throws(BulkCryptoError) -> [UInt8] {
        let sealer = try ChaChaSealer(key: key)
        var sealed = [UInt8](repeating: 0, count: plain.count + ChaChaChunk.tagBytes)
        let result: Result<Int, BulkCryptoError> = plain.withUnsafeBytes { plain in
            sealed.withUnsafeMutableBytes { sealed in
                do throws(BulkCryptoError) {
                    return .success(try sealer.seal(plain, nonce: nonce, into: sealed))
                } catch { return .failure(error) }
            }
        }
        return Array(sealed.prefix(try result.get()))
    }

    package static func open(_ sealed: [UInt8], key: [UInt8], nonce: [UInt8]) throws(BulkCryptoError) -> [UInt8] {
        guard sealed.count >= ChaChaChunk.tagBytes else { throw .badLength }
        let opener = try ChaChaOpener(key: key, capacity: sealed.count - ChaChaChunk.tagBytes)
        opener.input.copyBytes(from: sealed)
        return try opener.open(count: sealed.count, nonce: nonce).withBytes { Array($0) }
    }
}
