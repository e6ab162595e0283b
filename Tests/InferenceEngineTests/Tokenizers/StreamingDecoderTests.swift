import CanonicalEncoding
import InferenceEngine
import Testing

@Suite struct StreamingDecoderTests {
    /// A token for each byte: characters come when they are whole, and what never becomes one comes in the end.
    @Test func holdsBackPartsOfCharacters() throws {
        let tokenizer = try bytesAlone()
        var stream = StreamingDecoder(tokenizer)
        let text = "aé日😀"
        let steps = tokenizer.encode(text).map { String(decoding: stream.append($0), as: UTF8.self) }
        #expect(steps == ["a", "", "é", "", "", "日", "", "", "", "😀"])
        #expect(stream.finish() == [])
        for token in tokenizer.encode([0xf0, 0x9f, 0x98]) { #expect(stream.append(token) == []) }
        #expect(stream.finish() == [0xf0, 0x9f, 0x98])
        // What cannot become a character is not waited for.
        #expect(tokenizer.encode([0xff, 0x80, 0xe3, 0x41]).map { stream.append($0) } == [[0xff], [0x80], [], [0xe3, 0x41]])
    }

    /// `tokenizers` makes replacement characters of a whole run of byte tokens, so nothing of it is certain before it ends.
    @Test func holdsBackRunsOfByteTokens() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: try Family("llama2").tokenizerJSON())
        let bytes = try ["<0xE6>", "<0x97>", "<0xA5>"].map { try #require(tokenizer.id(ofSpelling: $0)) }
        let hello = try #require(tokenizer.id(ofSpelling: "▁t"))
        var stream = StreamingDecoder(tokenizer)
        #expect(stream.append(hello) == Array("t".utf8))
        for byte in bytes { #expect(stream.append(byte) == []) }
        #expect(stream.append(hello) == Array("日 t".utf8))
        #expect(stream.append(bytes[0]) == [])
        #expect(stream.append(hello) == Array("\u{fffd} t".utf8))
        #expect(stream.append(bytes[0]) == [])
        #expect(stream.finish() == Array("\u{fffd}".utf8))
    }

    @Test func leavesSpecialTokensOut() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: try Family("o200k").tokenizerJSON())
        let end = try #require(tokenizer.id(ofSpelling: "<|end|>"))
        var stream = StreamingDecoder(tokenizer, skipSpecial: true)
        #expect(stream.append(end) == [])
        #expect(stream.append(-1) == [])
        #expect(stream.append(.max) == [])
        #expect(stream.finish() == [])
    }

    private func bytesAlone() throws -> Tokenizer {
        guard let base = try StrictJSON.parse(try Family.bytes("base.json"))["vocab"]?.object else { throw BadFixture() }
        var vocabulary = JSONObject()
        for (text, id) in base.members where text.unicodeScalars.count == 1 { vocabulary[text] = id }
        let document: JSONValue = [
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false], "decoder": ["type": "ByteLevel"],
            "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": []],
        ]
        return try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
    }
}
