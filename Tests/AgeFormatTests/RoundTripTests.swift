import AgeFormat
import BulkCrypto
import CanonicalEncoding
import Foundation
import Testing

@Suite("age round trips")
struct RoundTripTests {
    /// Around the chunk's edges.
    static let sizes = [0, 1, 100, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 300_001]

    static func plain(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 >> 3) } }

    static func seal(_ plain: [UInt8], to recipients: [any AgeRecipient], fileKey: FileKey = .random()) throws -> [UInt8] {
        let sink = MemorySink()
        let writer = try AgeWriter(sink: sink, recipients: recipients, fileKey: fileKey)
        // Odd pieces, so that chunks are filled from several writes.
        for start in stride(from: 0, to: plain.count, by: 40_001) {
            try writer.write(Array(plain[start..<min(start + 40_001, plain.count)]))
        }
        try writer.finish()
        return sink.bytes
    }

    static func open(_ file: [UInt8], with identity: any AgeIdentity) throws(AgeError) -> [UInt8] {
        let reader = try AgeReader(source: MemorySource(file), identities: [identity])
        var plain: [UInt8] = []
        while let chunk = try reader.next() { chunk.withBytes { plain.append(contentsOf: $0) } }
        return plain
    }

    @Test(arguments: sizes)
    func x25519(_ size: Int) throws {
        let identity = try X25519Identity.generate()
        let plain = Self.plain(size)
        let file = try Self.seal(plain, to: [identity.recipient])
        #expect(try Self.open(file, with: identity) == plain)
        let (_, offset) = try AgeReader.readHeader(source: MemorySource(file))
        #expect(AgeStream.sealedCount(ofPlain: size) == file.count - offset)
    }

    @Test func hybridAndPassphrase() throws {
        let identity = try HybridIdentity.generate()
        let plain = Self.plain(70_000)
        #expect(try Self.open(Self.seal(plain, to: [identity.recipient]), with: identity) == plain)
        let passphrase = try ScryptPassphrase("correct horse battery staple", workFactor: 8)
        #expect(try Self.open(Self.seal(plain, to: [passphrase]), with: passphrase) == plain)
        #expect(throws: AgeError.self) { try Self.seal(plain, to: [passphrase, identity.recipient]) }
    }

    @Test func aGivenFileKeyIsUsed() throws {
        let identity = try X25519Identity.generate()
        let key = try FileKey(bytes: Array(0..<16))
        let file = try Self.seal([1, 2, 3], to: [identity.recipient, try X25519Identity.generate().recipient], fileKey: key)
        let opened = try AgeReader.openHeader(source: MemorySource(file), identities: [identity])
        #expect(opened.fileKey == key)
        #expect(opened.header.stanzas.count == 2)
    }

    @Test func keysHaveOneSpelling() throws {
        let identity = try X25519Identity.generate()
        #expect(try X25519Identity(text: identity.text).secret == identity.secret)
        #expect(try X25519Recipient(text: identity.recipient.text) == identity.recipient)
        let hybrid = try HybridIdentity.generate()
        #expect(try HybridIdentity(text: hybrid.text).seed == hybrid.seed)
        #expect(throws: AgeError.self) { try Self.seal([], to: [hybrid.recipient, X25519Identity.generate().recipient]) }
        #expect(try HybridRecipient(text: hybrid.recipient.text) == hybrid.recipient)
        #expect(hybrid.recipient.text.hasPrefix("age1pq1"))
        for bad in [
            identity.recipient.text.uppercased(), String(identity.recipient.text.dropLast()), identity.text,
            identity.recipient.text + "q", "", "age1", "1qqqqqqq",
            // A point of low order (all zeros): the shared secret would be known to everybody.
            "age1" + String(repeating: "q", count: 52) + "5cu47z",
        ] {
            #expect(throws: AgeError.self, "\(bad)") { try X25519Recipient(text: bad) }
        }
    }

    @Test func wrongKeyIsNoMatch() throws {
        let file = try Self.seal([1], to: [try X25519Identity.generate().recipient])
        let other = try X25519Identity.generate()
        #expect { try Self.open(file, with: other) } throws: { ($0 as? AgeError)?.code == .noMatch }
    }

    /// Every truncation and every changed byte of a short file is refused.
    @Test func everyTruncationAndEveryFlipIsRefused() throws {
        let identity = try X25519Identity.generate()
        let file = try Self.seal(Self.plain(100), to: [identity.recipient])
        for count in 0..<file.count {
            #expect(throws: AgeError.self) { try Self.open(Array(file[..<count]), with: identity) }
        }
        for index in file.indices {
            for bit in [UInt8(1), 0x20, 0x80] {
                var changed = file
                changed[index] ^= bit
                #expect(throws: AgeError.self, "byte \(index)") { try Self.open(changed, with: identity) }
            }
        }
        #expect { try Self.open(file + [0], with: identity) } throws: { ($0 as? AgeError) != nil }
    }

    /// Mutations that keep the grammar in reach: bytes and lines moved, doubled and removed.
    @Test func mutatedHeadersNeverTrap() throws {
        let identity = try X25519Identity.generate()
        let hybrid = try HybridIdentity.generate()
        let files = [
            try Self.seal(Self.plain(70_000), to: [hybrid.recipient]),
            try Self.seal([], to: [identity.recipient, X25519Identity.generate().recipient]),
        ]
        var random = SystemRandomNumberGenerator()
        let deadline = Date(timeIntervalSinceNow: 2)
        var runs = 0
        while Date() < deadline {
            var file = files[runs % 2]
            let front = min(file.count, 2200)
            for _ in 0..<Int.random(in: 1...3, using: &random) where file.count > 2 {
                let index = Int.random(in: 0..<min(front, file.count), using: &random)
                let other = Int.random(in: 0..<min(front, file.count), using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: file[index] = UInt8.random(in: .min ... .max, using: &random)
                case 1: file.remove(at: index)
                case 2: file.insert(contentsOf: file[min(index, other)..<max(index, other)], at: index)
                case 3: file.removeSubrange(min(index, other)..<max(index, other))
                default: file.insert([10, 13, 32, 45, 62, 61, 0, 255][Int.random(in: 0..<8, using: &random)], at: index)
                }
            }
            if file == files[0] || file == files[1] { continue }
            for source: any SequentialSource in [MemorySource(file), ArmoredSource(MemorySource(file))] {
                do throws(AgeError) {
                    let reader = try AgeReader(source: source, identities: [identity, hybrid])
                    var count = 0
                    while let chunk = try reader.next() { count += chunk.count }
                    Issue.record("a changed file was opened")
                } catch {}
            }
            runs += 1
        }
        #expect(runs > 100)
    }
}
