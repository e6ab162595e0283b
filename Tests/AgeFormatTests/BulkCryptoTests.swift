import BulkCrypto
import CanonicalEncoding
import Testing

/// The primitives below age, against their own specifications' vectors.
@Suite("bulk crypto")
struct BulkCryptoTests {
    @Test func sha256() {
        /// In two parts, split at `place`.
        func hash(_ message: [UInt8], at place: Int = 0) -> [UInt8] {
            var digest = [UInt8](repeating: 0, count: 32)
            message[..<place].withUnsafeBytes { head in
                message[place...].withUnsafeBytes { tail in BulkSHA256.hash(head, tail, into: &digest) }
            }
            return digest
        }
        // FIPS 180-4's examples.
        #expect(
            Hex.encode(hash(Array("abc".utf8), at: 1))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        var state = BulkSHA256()
        for _ in 0..<1000 { state.update(Array(repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(Hex.encode(state.finalize()) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(
            Hex.encode(hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test func hkdfAndHMAC() throws {
        // RFC 5869, A.1; RFC 4231, test case 2.
        let key = try HKDFSHA256.derive(
            secret: Array(repeating: 0x0b, count: 22), salt: Array(0...12), info: Array(0xf0...0xf9), count: 42)
        #expect(
            Hex.encode(key) == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let code = HMACSHA256.code(for: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(Hex.encode(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func x25519() throws {
        // RFC 7748, section 6.1.
        let alice = Hex.decode("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a") ?? []
        let bob = Hex.decode("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f") ?? []
        #expect(try X25519.sharedSecret(privateKey: alice, peer: bob)
            == Hex.decode("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"))
        #expect(throws: BulkCryptoError.lowOrderPoint) {
            try X25519.sharedSecret(privateKey: alice, peer: Array(repeating: 0, count: 32))
        }
    }

    @Test func scrypt() throws {
        // RFC 7914's vectors with r = 8 have p = 16; this value with p = 1 is from Python's hashlib.scrypt (OpenSSL).
        let key = try Scrypt.derive(passphrase: Array("password".utf8), salt: Array("NaCl".utf8), logN: 10)
        #expect(Hex.encode(key) == "27b418c674c769d12501fbb1f53bac32df6514c0f28d043872b148b348961a79")
        #expect(throws: BulkCryptoError.costRefused) {
            try Scrypt.derive(passphrase: [1], salt: [2], logN: 23)
        }
    }

    @Test func chaCha20Poly1305() throws {
        // RFC 8439, A.5 decrypts with associated data; this is the same cipher without it, both libraries agreeing.
        let key = [UInt8](0..<32), nonce = [UInt8](0..<12)
        for count in [0, 1, 63, 64, 65, 65_536] {
            let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
            var sealed = try ChaChaMessage.seal(plain, key: key, nonce: nonce)
            #expect(sealed.count == count + 16)
            #expect(try ChaChaMessage.open(sealed, key: key, nonce: nonce) == plain)
            sealed[0] ^= 1
            #expect(throws: BulkCryptoError.notAuthentic) { try ChaChaMessage.open(sealed, key: key, nonce: nonce) }
        }
    }
}
