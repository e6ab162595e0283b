import CanonicalEncoding
import InferenceEngine
import Testing

/// What becomes of every character there is, by each normalizer and pre-tokenizer that knows them by their properties.
@Suite(.timeLimit(.minutes(10))) struct CharacterTests {
    @Test func agreesOnEveryCharacter() throws {
        guard let entries = try StrictJSON.parse(try Family.bytes("characters.json")).array else { throw BadFixture() }
        #expect(entries.count > 30)
        let texts = (0..<0x110000 >> 16).map { Self.texts($0) }
        for entry in entries {
            let tokenizer = try tokenizer(entry)
            let isText = entry["normalizer"] != nil
            guard let hashes = entry["hashes"]?.string.map({ Array($0.utf8) }) else { throw BadFixture() }
            var different: [String] = []
            for block in 0..<0x110000 >> 16 {
                var hash: UInt64 = 0xcbf2_9ce4_8422_2325
                for text in texts[block] {
                    let tokens = tokenizer.encode(text)
                    let bytes = isText ? tokenizer.decode(tokens) : [UInt8(truncatingIfNeeded: tokens.count)]
                    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                }
                let expected = UInt64(String(decoding: hashes[block * 16..<block * 16 + 16], as: UTF8.self), radix: 16)
                if expected != hash { different.append("U+" + String(block << 16, radix: 16)) }
            }
            #expect(different.isEmpty, "\(entry["normalizer"] ?? entry["pre_tokenizer"] ?? .null): from \(different)")
        }
    }

    private static func texts(_ block: Int) -> [String] {
        let scalars = (UInt32(block) << 16..<UInt32(block + 1) << 16).compactMap(Unicode.Scalar.init)
        return stride(from: 0, to: scalars.count, by: 64).map { start in
            var text = String.UnicodeScalarView()
            for scalar in scalars[start..<min(start + 64, scalars.count)] {
                text.append(scalar)
                text.append("x")
            }
            return String(text)
        }
    }

    /// One whose decoded text is the normalized one; or one with a token for each piece.
    private func tokenizer(_ entry: JSONValue) throws -> Tokenizer {
        let document: JSONValue
        if let normalizer = entry["normalizer"] {
            guard let base = try StrictJSON.parse(try Family.bytes("base.json"))["vocab"]?.object else { throw BadFixture() }
            var vocabulary = JSONObject()
            for (text, id) in base.members where text.unicodeScalars.count == 1 { vocabulary[text] = id }
            document = [
                "normalizer": normalizer, "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
                "decoder": ["type": "ByteLevel"], "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": []],
            ]
        } else {
            document = [
                "pre_tokenizer": entry["pre_tokenizer"] ?? .null, "model": ["type": "WordLevel", "unk_token": "?", "vocab": ["?": 0]],
            ]
        }
        return try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
    }
}
