import CanonicalEncoding
import InferenceEngine
import Testing

/// A small `tokenizer.json` with added tokens of every kind, against the `tokenizers` library.
@Suite struct JSONTokenizerTests {
    @Test func makesTheSameTokens() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: try TokenFixtures.bytes("small-tokenizer.json"))
        let begin = try #require(tokenizer.id(ofSpelling: "<s>"))
        let end = try #require(tokenizer.id(ofSpelling: "</s>"))
        for text in try TokenFixtures.texts("small-tokens.jsonl") {
            let tokens = tokenizer.encode(text.text)
            #expect(text.tokens.match(tokens), "\(text.text.debugDescription) \(tokens) \(text.tokens)")
            #expect(text.plain.match(tokenizer.encode(text.text, parseSpecial: false)), "plain \(text.text.debugDescription)")
            #expect(tokenizer.encode(text.text, addSpecial: true) == [begin] + tokens + [end])
        }
    }

    @Test func readsWhichTokensOpenAndClose() throws {
        let bytes = try TokenFixtures.bytes("small-tokenizer.json")
        let alone = try Tokenizer(tokenizerJSON: bytes)
        #expect(alone.beginOfText == nil)
        #expect(alone.endOfTurn == [try #require(alone.id(ofSpelling: "</s>"))])
        let configuration = #"{"bos_token": "<s>", "eos_token": {"content": "<sep>", "lstrip": true}, "pad_token": null}"#
        let configured = try Tokenizer(tokenizerJSON: bytes, configuration: Array(configuration.utf8))
        #expect(configured.beginOfText == alone.id(ofSpelling: "<s>"))
        #expect(configured.endOfText == alone.id(ofSpelling: "<sep>"))
    }

    @Test func decodesAddedTokensToTheirText() throws {
        let tokenizer = try Tokenizer(tokenizerJSON: try TokenFixtures.bytes("small-tokenizer.json"))
        let text = "größe as <s>s é"
        #expect(tokenizer.decode(tokenizer.encode(text)) == Array(text.utf8))
    }

    /// Edits of a sound file, each with the error's code and the place that it must name.
    @Test(arguments: [
        Edit(["normalizer"], #"{"type":"Reverse"}"#, .unsupported, "$.normalizer"),
        Edit(["normalizer"], #"{"type":"Precompiled","precompiled_charsmap":"AAAA"}"#, .badValue, "$.normalizer.precompiled_charsmap"),
        Edit(["normalizer"], #"{"type":"Precompiled","precompiled_charsmap":"!"}"#, .badValue, "$.normalizer.precompiled_charsmap"),
        Edit(["normalizer"], Self.nested("normalizers", 10), .tooLarge, "$.normalizer" + String(repeating: ".normalizers[0]", count: 8)),
        Edit(["normalizer"], Self.doubling("normalizers", 40), .tooLarge, "$.normalizer"),
        Edit(["decoder"], Self.doubling("decoders", 40), .tooLarge, "$.decoder"),
        Edit(["pre_tokenizer"], #"{"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"ByteLevel"}]}"#, .unsupported, "$.pre_tokenizer"),
        Edit(["pre_tokenizer"], Self.expression("a" + String(repeating: "{1}", count: 9)), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["decoder"], #"{"type":"Telepathy"}"#, .unsupported, "$.decoder"),
        Edit(["decoder"], #"{"type":"Strip","content":" ","start":1000,"stop":0}"#, .badJSON, "$.decoder.start"),
        Edit(["pre_tokenizer"], #"{"type":"UnicodeScripts"}"#, .unsupported, "$.pre_tokenizer"),
        Edit(["pre_tokenizer"], #"{"type":"Metaspace","replacement":"ab"}"#, .badJSON, "$.pre_tokenizer.replacement"),
        Edit(["pre_tokenizer"], #"{"type":"Metaspace","replacement":"_","add_prefix_space":false,"prepend_scheme":"always"}"#, .inconsistent, "$.pre_tokenizer.add_prefix_space"),
        Edit(["pre_tokenizer"], Self.expression(#"(?<=a)b"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(#"(a*)*"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(#"(a)\\1"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(#"a{99999}"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(#"((((a{99}){99}){99}){99})"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(String(repeating: "(", count: 9000)), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression(#"\\p{Klingon}"#), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["pre_tokenizer"], Self.expression("[b-a]"), .unsupported, "$.pre_tokenizer.pattern"),
        Edit(["post_processor"], #"{"type":"BertProcessing","sep":["x",99999],"cls":["y",0]}"#, .inconsistent, "$.post_processor.sep[1]"),
        Edit(["post_processor"], #"{"type":"Gift wrapping"}"#, .badJSON, "$.post_processor.type"),
        Edit(["model"], #"{"type":"Unigram","vocab":[["a",0]],"unk_id":null}"#, .missing, "$.model.unk_id"),
        Edit(["model"], #"{"type":"Unigram","vocab":[["a",0]],"unk_id":7}"#, .inconsistent, "$.model.unk_id"),
        Edit(["model"], #"{"type":"WordPiece","vocab":{"a":0},"unk_token":"b"}"#, .inconsistent, "$.model.unk_token"),
        Edit(["model"], #"{"type":"Oracle"}"#, .unsupported, "$.model.type"),
        Edit(["model", "dropout"], "0.1", .unsupported, "$.model.dropout"),
        Edit(["model", "merges"], #"["a b c"]"#, .badValue, "$.model.merges[0]"),
        Edit(["model", "merges"], #"[["a","zzz"]]"#, .inconsistent, "$.model.merges[0]"),
        Edit(["model", "merges"], #"[["h","e"],["h","e"]]"#, .inconsistent, "$.model.merges[1]"),
        Edit(["model", "merges"], "7", .badValue, "$.model.merges"),
        Edit(["model", "vocab"], #"{"a":0,"b":0}"#, .inconsistent, "$.model.vocab"),
        Edit(["model", "vocab"], #"{"a":-1}"#, .badValue, "$.model.vocab"),
        Edit(["model", "vocab"], #"{"a":2000000000}"#, .tooLarge, "$.model.vocab"),
        Edit(["added_tokens"], #"[{"id":900,"content":"X"},{"id":900,"content":"X","special":true}]"#, .inconsistent, "$.added_tokens"),
        Edit(["added_tokens"], #"[{"id":900,"content":"X","regex":true}]"#, .badJSON, "$.added_tokens[0]"),
    ])
    func refusesWhatItCannotDo(edit: Edit) throws {
        var document = try StrictJSON.parse(try TokenFixtures.bytes("small-tokenizer.json"))
        try edit.apply(to: &document)
        let bytes = try CanonicalJSON.encode(document, numbers: .any)
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: bytes) }
        #expect(error?.code == edit.code)
        #expect(error?.place == edit.place)
    }

    @Test(arguments: ["", "{", "[]", "null", #"{"model":1}"#])
    func refusesWhatIsNoTokenizer(text: String) {
        #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(text.utf8)) }
    }

    private static func expression(_ expression: String) -> String {
        #"{"type":"Split","pattern":{"Regex":""# + expression + #""},"behavior":"Isolated","invert":false}"#
    }

    private static func doubling(_ member: String, _ count: Int) -> String {
        let step = #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#
        return #"{"type":"Sequence",""# + member + #"":["# + [String](repeating: step, count: count / 2).joined(separator: ",")
            + #",{"type":"Sequence",""# + member + #"":["# + [String](repeating: step, count: count / 2).joined(separator: ",") + "]}]}"
    }

    private static func nested(_ member: String, _ depth: Int) -> String {
        String(repeating: #"{"type":"Sequence",""# + member + #"":["#, count: depth) + String(repeating: "]}", count: depth)
    }

    /// As the reference does: an empty added token, and one that stands there twice, are passed over.
    @Test func passesOverWhatAddsNothing() throws {
        var document = try StrictJSON.parse(try TokenFixtures.bytes("small-tokenizer.json"))
        try Edit(["added_tokens"], #"[{"id":900,"content":"Xyzzy"},{"id":901,"content":""},{"id":900,"content":"Xyzzy"}]"#, .badJSON, "").apply(to: &document)
        try Edit(["post_processor"], "null", .badJSON, "").apply(to: &document)
        let tokenizer = try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
        let x = try #require(tokenizer.id(ofSpelling: "Xyzzy"))
        #expect(tokenizer.encode("Xyzzy") == [x] && tokenizer.vocabularySize == Int(x) + 1)
    }

    /// A Harmony reply is several messages, each of which `<|end|>` closes.
    @Test func repliesOfSeveralMessagesGoOn() throws {
        func ends(_ names: [String]) throws -> Set<String> {
            var document = try StrictJSON.parse(try TokenFixtures.bytes("small-tokenizer.json"))
            let tokens = names.map { #"{"id":900,"special":true,"content":"\#($0)"}"# }.joined(separator: ",")
            try Edit(["added_tokens"], "[\(tokens)]", .badJSON, "").apply(to: &document)
            try Edit(["post_processor"], "null", .badJSON, "").apply(to: &document)
            let tokenizer = try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
            return Set(tokenizer.endOfTurn.compactMap { tokenizer.token($0).map { String(decoding: $0.spelling, as: UTF8.self) } })
        }
        #expect(try ends(["<|end|>", "<|return|>", "<|call|>"]) == ["<|return|>", "<|call|>"])
        #expect(try ends(["<|end|>", "<|user|>"]) == ["<|end|>"])
    }

    /// DeepSeek's files have no template for the token that opens a text, but say that it is added.
    @Test func addsWhatTheConfigurationSays() throws {
        var document = try StrictJSON.parse(try TokenFixtures.bytes("small-tokenizer.json"))
        try Edit(["post_processor"], #"{"type":"ByteLevel"}"#, .badJSON, "").apply(to: &document)
        let bytes = try CanonicalJSON.encode(document, numbers: .any)
        let configuration = #"{"add_bos_token": true, "add_eos_token": false, "bos_token": "<s>", "eos_token": ""}"#
        let tokenizer = try Tokenizer(tokenizerJSON: bytes, configuration: Array(configuration.utf8))
        #expect(tokenizer.encode("a", addSpecial: true) == [try #require(tokenizer.id(ofSpelling: "<s>"))] + tokenizer.encode("a"))
        #expect(tokenizer.endOfText == nil)
    }

    /// How a tokenizer was last used is not what it is.
    @Test func ignoresTruncationAndPadding() throws {
        var document = try StrictJSON.parse(try TokenFixtures.bytes("small-tokenizer.json"))
        let plain = try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
        try Edit(["truncation"], #"{"direction":"Right","max_length":2,"strategy":"LongestFirst","stride":0}"#, .badJSON, "").apply(to: &document)
        try Edit(["padding"], #"{"strategy":{"Fixed":20},"pad_id":0}"#, .badJSON, "").apply(to: &document)
        let other = try Tokenizer(tokenizerJSON: try CanonicalJSON.encode(document, numbers: .any))
        #expect(other.encode("The assay office tests") == plain.encode("The assay office tests"))
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        let path: [String]
        let value: String
        let code: TokenizerError.Code
        let place: String

        init(_ path: [String], _ value: String, _ code: TokenizerError.Code, _ place: String) {
            (self.path, self.value, self.code, self.place) = (path, value, code, place)
        }

        var testDescription: String { path.joined(separator: ".") + " = " + value }

        func apply(to document: inout JSONValue) throws { document = try edited(document, path[...]) }

        private func edited(_ value: JSONValue, _ path: ArraySlice<String>) throws -> JSONValue {
            guard let name = path.first else { return try StrictJSON.parse(Array(self.value.utf8)) }
            guard var object = value.object else { throw BadFixture() }
            object[name] = try edited(object[name] ?? .null, path.dropFirst())
            return .object(object)
        }
    }
}
