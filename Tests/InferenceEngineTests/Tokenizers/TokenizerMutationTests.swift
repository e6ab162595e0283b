import InferenceEngine
import Testing
import WeightFormats

/// Sound tokenizers, damaged at random but always in the same way: nothing may crash, and whatever is still
/// accepted must encode and decode.
@Suite(.timeLimit(.minutes(10))) struct TokenizerMutationTests {
    private static let text = Array("The </s> samples' 1234567 metal: größe, äb 日本語 <mask> as\n\n\t assay-office 😀".utf8)

    @Test func damagedGGUFIsRefusedOrWorks() throws {
        let original = try TokenFixtures.bytes("small-default.gguf")
        try repeatedly(original) { bytes in
            try Tokenizer(gguf: try GGUFFile(try TokenFixtures.mapped(bytes)))
        }
    }

    @Test func damagedJSONIsRefusedOrWorks() throws {
        let original = try TokenFixtures.bytes("small-tokenizer.json")
        try repeatedly(original) { bytes in try Tokenizer(tokenizerJSON: bytes) }
    }

    private func repeatedly(_ original: [UInt8], make: ([UInt8]) throws -> Tokenizer) throws {
        var random = Xorshift(state: 0x70726f6f66)
        var refused = 0
        let rounds = 600
        for _ in 0..<rounds {
            var bytes = original
            let position = Int(random.next() % UInt64(bytes.count))
            switch random.next() % 4 {
            case 0: bytes[position] ^= UInt8(1) << UInt8(random.next() % 8)
            // A digit for a digit, a letter for a letter: the file stays well-formed, and its sense changes.
            case 1: bytes[position] = bytes[position] ^ UInt8(random.next() % 4)
            case 2: bytes.swapAt(position, Int(random.next() % UInt64(bytes.count)))
            default: bytes.removeSubrange(position..<min(bytes.count, position + Int(random.next() % 8)))
            }
            do {
                let tokenizer = try make(bytes)
                for parseSpecial in [true, false] {
                    let tokens = tokenizer.encode(Self.text, parseSpecial: parseSpecial, addSpecial: true)
                    #expect(tokens.allSatisfy { tokenizer.token($0) != nil })
                    _ = tokenizer.decode(tokens)
                }
            } catch is TokenizerError {
                refused += 1
            } catch is WeightError {
                refused += 1
            }
        }
        #expect(refused > rounds / 10 && refused < rounds)
    }
}

/// Marsaglia's generator: the same numbers on every machine.
struct Xorshift {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
