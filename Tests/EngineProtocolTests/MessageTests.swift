import CanonicalEncoding
import EngineProtocol
import Testing

@Suite("Engine messages") struct MessageTests {
    @Test("Every request comes back as it went", arguments: Samples.requests.indices)
    func requestRoundTrip(index: Int) throws {
        let request = Samples.requests[index]
        let (id, decoded) = EngineRequest.decoded(try request.encoded(id: 7))
        #expect(id == 7)
        #expect(try decoded.get() == request)
    }

    @Test("Every reply comes back as it went", arguments: Samples.replies.indices)
    func replyRoundTrip(index: Int) throws {
        let (name, reply) = Samples.replies[index]
        #expect(try EngineReply.decoded(reply.encoded(id: 7), to: name, id: 7) == reply)
    }

    @Test("Numbers keep every bit", arguments: [
        (-0.30000000000000004, "bfd3333333333334"), (0.0, "0000000000000000"), (-0.0, "8000000000000000"),
        (-Double.infinity, "fff0000000000000"), (Double.leastNonzeroMagnitude, "0000000000000001"), (1.0, "3ff0000000000000"),
    ])
    func exactDouble(value: Double, bits: String) throws {
        // The bit patterns are IEEE 754's.
        let score = ScoreResult.Score(logprob: value, tokenCount: 0, isGreedy: false)
        #expect(score.json["logprob"]?.string == bits)
        #expect(try ScoreResult.Score(JSONField(score.json)).logprob.bitPattern == value.bitPattern)
    }

    @Test("Token logprobs keep every bit, NaN's payload too") func exactFloats() throws {
        let values: [Float] = [1, -0.1, .infinity, -0.0, Float(bitPattern: 0x7fc0_1234), .leastNonzeroMagnitude]
        let score = ScoreResult.Score(logprob: 0, tokenCount: 6, isGreedy: true, tokenLogprobs: values)
        #expect(score.json["tokenLogprobs"]?.string == "3f800000bdcccccd7f800000800000007fc0123400000001")
        let back = try ScoreResult.Score(JSONField(score.json))
        #expect(back.tokenLogprobs?.map(\.bitPattern) == values.map(\.bitPattern))
    }

    @Test("What the protocol does not know is refused", arguments: [
        #"{"id":1,"request":"score","body":{"items":[],"includesTokenLogprobs":false,"more":1}}"#,
        #"{"id":1,"request":"exec","body":{}}"#, #"{"id":-1,"request":"hello","body":{"protocol":1}}"#,
        #"{"id":1,"request":"hello","body":{"protocol":2}}"#, #"{"id":1,"request":"hello"}"#, "[]", "", "null",
        #"{"id":1,"request":"tokenize","body":{"texts":[1],"recognisesSpecialTokens":false}}"#,
        #"{"id":1,"request":"generate","body":{"prompts":[{"text":"a","tokens":[]}],"maximumNewTokens":1,"sampling":{"temperature":"0000000000000000","topK":0,"topP":"3ff0000000000000","minP":"0000000000000000","typicalP":"3ff0000000000000","repetitionPenalty":"3ff0000000000000","presencePenalty":"0000000000000000","frequencyPenalty":"0000000000000000","seed":"0000000000000000"},"stopStrings":[]}}"#,
        #"{"id":1,"request":"generate","body":{"prompts":[],"maximumNewTokens":1,"sampling":{"temperature":"7ff8000000000000","topK":0,"topP":"3ff0000000000000","minP":"0000000000000000","typicalP":"3ff0000000000000","repetitionPenalty":"3ff0000000000000","presencePenalty":"0000000000000000","frequencyPenalty":"0000000000000000","seed":"0000000000000000"},"stopStrings":[]}}"#,
        #"{"id":1,"request":"generate","body":{"prompts":[],"maximumNewTokens":1,"sampling":{"temperature":"0000000000000000","topK":0,"topP":"3ff0000000000000","minP":"0000000000000000","typicalP":"3ff0000000000000","repetitionPenalty":"3ff0000000000000","presencePenalty":"0000000000000000","frequencyPenalty":"0000000000000000","seed":"0000000000000000"},"stopStrings":[""]}}"#,
        #"{"id":1,"request":"score","body":{"items":[{"context":{"tokens":[-1]},"continuations":[]}],"includesTokenLogprobs":false}}"#,
        #"{"id":1,"request":"load","body":{"container":"pickle","files":[{"role":"weights","size":1}],"threads":1}}"#,
        #"{"id":1,"request":"load","body":{"container":"gguf","files":[{"role":"tokenizer","size":1},{"role":"tokenizer","size":1}],"threads":1}}"#,
        #"{"id":1,"id":2,"request":"information","body":{}}"#,
        #"{"id":1,"request":"score","body":{"items":[],"includesTokenLogprobs":false,"alternativeCount":129}}"#,
        #"{"id":1,"request":"continue-writing","body":{"id":1,"steps":0}}"#, #"{"id":1,"request":"end-writing","body":{}}"#,
        #"{"id":1,"request":"detokenize","body":{"tokens":[2147483648]}}"#,
    ])
    func refusals(text: String) {
        #expect(throws: EngineFailure.self) { try EngineRequest.decoded(Array(text.utf8)).request.get() }
    }

    @Test("Alternatives that do not fit together are refused", arguments: [
        #"{"counts":[1],"tokens":[],"logprobs":""}"#, #"{"counts":[129],"tokens":[1],"logprobs":"00000000"}"#,
        #"{"counts":[2,-1],"tokens":[1],"logprobs":"00000000"}"#, #"{"counts":[1],"tokens":[1],"logprobs":"0000000000000000"}"#,
    ])
    func alternatives(text: String) throws {
        let part = #"{"tokens":[1],"logprobs":"00000000","text":"","alternatives":\#(text)}"#
        let reply = #"{"id":1,"reply":"continue-writing","body":{"parts":[\#(part)]}}"#
        #expect(throws: JSONFieldError.self) { try EngineReply.decoded(Array(reply.utf8), to: .continueWriting, id: 1) }
    }

    @Test("A reply to another request is refused") func wrongReply() throws {
        let payload = try EngineReply.shutdown.encoded(id: 3)
        #expect(throws: JSONFieldError.self) { try EngineReply.decoded(payload, to: .shutdown, id: 4) }
        #expect(throws: JSONFieldError.self) { try EngineReply.decoded(payload, to: .information, id: 3) }
    }

    @Test("A failure's message cannot move a cursor or reorder a line") func plainFailure() throws {
        let hostile = EngineReply.failure(EngineFailure(.malformedModel, "\u{1b}[2Jgone\u{202e}txet\r\u{7}\u{9b}1m\n\tok"))
        let back = try EngineReply.decoded(hostile.encoded(id: 1), to: .load, id: 1)
        #expect(back == .failure(EngineFailure(.malformedModel, "?[2Jgone?txet???1m\n\tok")))
    }

    @Test("Changed bytes never crash a decoder", arguments: 0..<8)
    func fuzzed(seed: UInt64) throws {
        var generator = SplitMix(state: seed)
        let requests = try Samples.requests.map { try $0.encoded(id: 1) }
        let replies = try Samples.replies.map { ($0.0, try $0.1.encoded(id: 1)) }
        for _ in 0..<2000 {
            _ = EngineRequest.decoded(generator.damaged(requests.randomElement(using: &generator) ?? []))
            if let (name, reply) = replies.randomElement(using: &generator) {
                _ = try? EngineReply.decoded(generator.damaged(reply), to: name, id: 1)
            }
        }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014), so that a failure can be repeated from its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    /// One to four small changes: a byte changed, removed, doubled, a digit made large, the end cut.
    mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0..<5, using: &self) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &self)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[place], at: place)
            case 3: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
