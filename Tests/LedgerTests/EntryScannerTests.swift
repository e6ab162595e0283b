import CanonicalEncoding
import Ledger
import MerkleLog
import Testing

/// The quick reader never accepts what the strict one refuses, and says the same of what both accept.
@Suite struct EntryScannerTests {
    private static let previous = String(repeating: "a0", count: 32)
    private static func entry(details: String = "{}", request: String = "", rest: String = ",\"v\":1}") -> String {
        "{\"action\":\"evaluate\",\"actor\":\"alice\",\"details\":\(details),\"previous\":\"\(previous)\"\(request),"
            + "\"sequence\":7,\"subjects\":[{\"name\":\"plan\",\"sha256\":\"\(previous)\"}],\"time\":12\(rest)"
    }

    private static func scanned(_ bytes: [UInt8]) -> EntryScanner.Entry? { bytes.withUnsafeBytes { EntryScanner.scan($0) } }

    @Test func readsOrdinaryEntries() throws {
        let armor = "-----BEGIN SSH SIGNATURE-----\\nU1NI\\n-----END SSH SIGNATURE-----\\n"
        for text in [
            Self.entry(), Self.entry(details: "{\"a\":[1,-2,0,{}],\"b\":{\"c\":\"d\",\"e\":null},\"f\":true}"),
            Self.entry(request: ",\"request\":{\"sha256\":\"\(Self.previous)\",\"sshsig\":\"\(armor)\"}"),
        ] {
            let bytes = Array(text.utf8)
            let entry = try #require(Self.scanned(bytes))
            let strict = try LedgerEntry(encoded: bytes)
            #expect((entry.sequence, entry.time, entry.request != nil) == (strict.sequence, strict.time, strict.request != nil))
            #expect(String(decoding: bytes[entry.action], as: UTF8.self) == strict.action)
            #expect(String(decoding: bytes[entry.previous], as: UTF8.self) == strict.previous.hex)
        }
    }

    @Test(arguments: [
        "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":1}", "{\"a\":01}", "{\"a\":-0}", "{\"a\":1.0}", "{\"a\": 1}", "{\"a\":1,}", "[]", "{\"a\":\"\\u0041\"}",
        "{\"a\":\"\\n\"}", "{\"a\":\"é\"}", "{\"a\":9007199254740993}", "{\"a\":}", "{\"a\"}", "{",
    ])
    func leavesTheRestToTheStrictReader(details: String) {
        #expect(Self.scanned(Array(Self.entry(details: details).utf8)) == nil)
    }

    /// A run of plain text is read eight bytes at a time: whatever ends it is found wherever it stands.
    @Test func findsWhatEndsTextAtEachPlace() {
        for length in 0..<40 {
            for (ending, isPlain) in [("", true), ("\u{7F}", false), ("\u{1F}", false), (" ~", true), ("\u{80}", false), ("\\n", false)] {
                for rest in ["", "abcdefghijk"] {
                    let text = String(repeating: "x", count: length) + ending + rest
                    #expect((Self.scanned(Array(Self.entry(details: "{\"a\":\"\(text)\"}").utf8)) != nil) == isPlain, "\(text.debugDescription)")
                }
            }
        }
    }

    @Test func readsDigestsOfLowerCaseOnly() {
        for place in [0, 7, 8, 31, 63] {
            for byte in UInt8.min...UInt8.max {
                var bytes = Array(Self.entry().utf8)
                guard let previous = Self.scanned(bytes)?.previous else {
                    Issue.record("an entry was expected")
                    return
                }
                bytes[previous.lowerBound + place] = byte
                let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
                #expect((Self.scanned(bytes) != nil) == isDigit)
            }
        }
    }

    @Test func tellsWhetherDetailsNameASession() {
        for (details, names) in [
            ("{}", false), ("{\"session\":7}", true), ("{\"a\":{\"session\":7}}", false), ("{\"a\":\"session\"}", false),
            ("{\"sessions\":7}", false), ("{\"from\":1,\"session\":7,\"z\":[]}", true),
        ] { #expect(Self.scanned(Array(Self.entry(details: details).utf8))?.namesSession == names, "\(details)") }
    }

    /// Every single byte changed, dropped or doubled, in many ways.
    @Test func isSound() throws {
        let text = Self.entry(
            details: "{\"a\":[1,-2,0,{}],\"b\":{\"c\":\"d\",\"e\":null},\"f\":true}",
            request: ",\"request\":{\"sha256\":\"\(Self.previous)\",\"sshsig\":\"-----\\nU1NI\\n\"}")
        let original = Array(text.utf8)
        var accepted = 0
        for place in original.indices {
            for replacement in Array("\"\\}],:09-az \u{0}é".utf8) {
                for length in 0...2 {
                    var bytes = original
                    bytes.replaceSubrange(place..<min(place + 1, bytes.count), with: [UInt8](repeating: replacement, count: length))
                    guard let entry = Self.scanned(bytes) else { continue }
                    accepted += 1
                    let strict = try LedgerEntry(encoded: bytes)
                    guard (entry.sequence, entry.time, entry.request != nil) != (strict.sequence, strict.time, strict.request != nil)
                    else { continue }
                    Issue.record("the readers differ on \(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
        #expect(accepted > 100)
    }
}
