import BulkCrypto
import CanonicalEncoding
import TPM
import Testing

/// One attestation as tpm2_nvcertify wrote it, of a counter at 0x018a1234, with its key and signature, which OpenSSL
/// verified.
@Suite struct CertifiedCountTests {
    static let attestation = "ff54434780140022000bedb777f25f80740fc9a7f18debc7b548658088b75d5c5b3cb02e8a049a75ddb80010001122334455"
        + "66778899aabbccddeeff000000000003d24d2c0b3a63319ef86401147a3f9d8a2adaa60022000b546eeada3737711886f0c12c5e5d2e17d129546f838b8f"
        + "29622c2a0f0dccb273000000080000000000000001"
    static let signature = "30460221008953a9dc724c24ae38c3763b813a85ce008e1953115e615fd7d72f390f99082d022100bb6e94c22aa3cf61f916898c33592814"
        + "3865e1ea62bd07694436dc0e018dd831"
    static let key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmNPkvTIKUNHecreyciELo/EjGASP
        qcbwSjTlQ3rGfc1dHbGym5Vhv2ylLuZGjCBwgU1VTtBF7CXzRbonyrOoBg==
        -----END PUBLIC KEY-----

        """

    @Test func read() throws {
        let bytes = try #require(Hex.decode(Self.attestation)), signature = try #require(Hex.decode(Self.signature))
        let certified = try CertifiedCount(attestation: bytes)
        #expect(certified.count == 1)
        #expect(Hex.encode(certified.nonce) == "00112233445566778899aabbccddeeff")
        #expect(Hex.encode(certified.indexName) == "000b546eeada3737711886f0c12c5e5d2e17d129546f838b8f29622c2a0f0dccb273")
        let key = try P256VerifierKey(pem: Self.key)
        #expect(key.isValidSignature(signature, for: bytes))
        #expect(!key.isValidSignature(signature, for: bytes.dropLast() + [2]))
        #expect(!key.isValidSignature([], for: bytes))
        #expect(throws: BulkCryptoError.badLength) { try P256VerifierKey(pem: "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n") }
    }

    @Test func refusesWhatIsCutOrLonger() throws {
        let bytes = try #require(Hex.decode(Self.attestation))
        for length in 0..<bytes.count { #expect(throws: TPMError.self) { try CertifiedCount(attestation: Array(bytes[..<length])) } }
        #expect(throws: TPMError.self) { try CertifiedCount(attestation: bytes + [0]) }
        // Another kind of attestation: a quote.
        var quote = bytes
        quote[5] = 0x18
        #expect(throws: TPMError.self) { try CertifiedCount(attestation: quote) }
    }
}
