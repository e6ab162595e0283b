import CanonicalEncoding
import ModelSigning
import Testing

/// Every change of a bundle is refused, whatever was changed.
struct TamperingTests {
    /// The bundle with these bytes in place of the base64 member's.
    private static func bundle(_ name: String, member: String, _ change: (inout [UInt8]) -> Void) throws -> [UInt8] {
        let text = try Fixtures.text("\(name).sig")
        let start = try #require(text.firstRange(of: "\"\(member)\":\"")).upperBound
        let end = try #require(text[start...].firstIndex(of: "\""))
        var bytes = try #require(Base64.decode(String(text[start..<end])))
        change(&bytes)
        return Array((text[..<start] + Base64.encode(bytes) + text[end...]).utf8)
    }

    @Test(arguments: ["key", "certificate"]) func everyByteOfThePayload(name: String) throws {
        let key = name == "key" ? try Fixtures.key("key") : nil
        let count = try Fixtures.statement(name).utf8.count
        for place in 0..<count {
            let bundle = try Self.bundle(name, member: "payload") { $0[place] ^= 1 << (place % 8) }
            expect(.badSignature, "byte \(place)") { _ = try ModelSignature(bundle: bundle).verify(with: key) }
        }
    }

    @Test(arguments: ["key", "certificate"]) func everyBitOfTheSignature(name: String) throws {
        let key = name == "key" ? try Fixtures.key("key") : nil
        var count = 0
        _ = try ModelSignature(bundle: Self.bundle(name, member: "sig") { count = $0.count }).verify(with: key)
        for bit in 0..<8 * count {
            let bundle = try Self.bundle(name, member: "sig") { $0[bit / 8] ^= 1 << (bit % 8) }
            expect(.badSignature, "bit \(bit)") { _ = try ModelSignature(bundle: bundle).verify(with: key) }
        }
        for change: (inout [UInt8]) -> Void in [{ $0 = [] }, { $0.append(0) }, { $0.removeLast() }, { $0 = [UInt8](repeating: 0, count: 64) }] {
            let bundle = try Self.bundle(name, member: "sig", change)
            expect(.badSignature) { _ = try ModelSignature(bundle: bundle).verify(with: key) }
        }
    }

    /// Of its key; the rest of a certificate is not judged, but must still be one.
    @Test func everyByteOfTheCertificate() throws {
        var codes: [ModelSignatureErrorCode: Int] = [:], accepted = 0
        let whole = try Fixtures.signature("certificate").verify()
        var count = 0
        _ = try Self.bundle("certificate", member: "rawBytes") { count = $0.count }
        for place in 0..<count {
            let bundle = try Self.bundle("certificate", member: "rawBytes") { $0[place] ^= 0xFF }
            do {
                let manifest = try ModelSignature(bundle: bundle).verify()
                // The signature fits only the one key; the certificate's own digest shows the change.
                #expect(manifest.signer.keyFingerprint == whole.signer.keyFingerprint && manifest.signer.origin != whole.signer.origin)
                accepted += 1
            } catch { codes[error.code, default: 0] += 1 }
        }
        #expect(Set(codes.keys).isSubset(of: [.certificateMalformed, .keyUnsupported, .badSignature]))
        #expect(accepted > 0 && codes[.certificateMalformed, default: 0] >= 65)
        for count in [0, 1, 100, count - 1] {
            let bundle = try Self.bundle("certificate", member: "rawBytes") { $0 = Array($0.prefix(count)) }
            expect(.certificateMalformed) { _ = try ModelSignature(bundle: bundle).verify() }
        }
    }

    @Test func everyBeginningIsRefused() throws {
        let whole = try Fixtures.bytes("key.sig")
        for count in stride(from: 0, to: whole.count, by: 7) {
            expect(.bundleMalformed, "\(count) bytes") { _ = try ModelSignature(bundle: Array(whole.prefix(count))) }
        }
        expect(.bundleMalformed) { _ = try ModelSignature(bundle: whole + whole) }
        expect(.tooLarge) { _ = try ModelSignature(bundle: whole + [UInt8](repeating: 0x20, count: ModelSignature.maximumBytes)) }
    }

    @Test func deepTextsAreRefused() throws {
        let nest = String(repeating: "[", count: 100_000)
        expect(.tooLarge) { _ = try ModelSignature(bundle: Array(nest.utf8)) }
        let beside = try Fixtures.text("key.sig").replacing(#""tlogEntries":[]"#, with: #""tlogEntries":\#(nest)"#)
        expect(.tooLarge) { _ = try ModelSignature(bundle: Array(beside.utf8)) }
        let inside = try Fixtures.statement("key").replacing(#""method": "files""#, with: #""method": "files", "x": \#(nest)"#)
        expect(.tooLarge) { _ = try TestSigner().verify(inside) }
    }

    /// What the specifications have in a bundle, and what they do not.
    @Test func membersOfTheBundle() throws {
        let key = try Fixtures.key("key"), text = try Fixtures.text("key.sig")
        func read(_ old: String, _ new: String) throws {
            let changed = text.replacing(old, with: new)
            try #require(changed != text)
            _ = try ModelSignature(bundle: Array(changed.utf8)).verify(with: key)
        }
        try read(#""tlogEntries":[]"#, #""tlogEntries":[{"logIndex":"1","inclusionProof":{"checkpoint":{"envelope":"x"}}}],"certificate":null"#)
        try read(#","tlogEntries":[]"#, #","timestampVerificationData":{"rfc3161Timestamps":[]}"#)
        try read(#","keyid":"""#, "")
        try read(#","keyid":"""#, #","keyid":null,"extension":{}"#)
        try read("bundle.v0.3+json", "bundle+json;version=0.3")
        expect(.bundleMalformed) { try read(#""tlogEntries""#, #""tlog_entries""#) }
        expect(.bundleMalformed) { try read(#""mediaType""#, #""more":1,"mediaType""#) }
        expect(.bundleMalformed) { try read(#""mediaType""#, #""mediatype""#) }
        expect(.bundleMalformed) { try read(#""tlogEntries":[]"#, #""certificate":{"rawBytes":""}"#) }
        expect(.bundleMalformed) { try read(#""publicKey":{"#, #""x509CertificateChain":{"certificates":[],"#) }
        expect(.bundleMalformed) { try read(#""publicKey""#, #""publicKey":{},"publicKey""#) }
        expect(.bundleMalformed) { try read(#""sig":""#, #""sig":" "#) }
        expect(.bundleUnsupported) { try read("bundle.v0.3+json", "bundle.v0.4+json") }
        expect(.bundleUnsupported) { try read("vnd.in-toto+json", "vnd.in-toto") }
        expect(.bundleUnsupported) { try read(#""dsseEnvelope""#, #""messageSignature""#) }
        expect(.bundleUnsupported) { try read(#""signatures":["#, #""signatures":[{"sig":"AA=="},"#) }
    }
}
