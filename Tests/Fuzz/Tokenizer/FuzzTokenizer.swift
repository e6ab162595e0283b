import FuzzSupport
import InferenceEngine
import WeightFormats

/// A tokenizer that knows every byte, so that what goes in must come out.
private let complete = mustSucceed("a tokenizer of the 256 bytes") {
    try Tokenizer(tokenizerJSON: Array(CompleteTokenizer.json.utf8))
}

// libFuzzer calls from one thread only.
nonisolated(unsafe) private let memory = MemoryFile()

/// `a`: a `tokenizer.json`, a zero byte, a `tokenizer_config.json` (may be empty), a zero byte, a text. `b`: a text.
/// `c`: a `tokenizer.model`, `d`: a GGUF file, each after its length (two bytes, the lower first) and before a text.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let tokenizer: Tokenizer?
    switch input.choice(of: 4) {
    case 0:
        let file = input.part(), configuration = input.part()
        tokenizer = try? Tokenizer(tokenizerJSON: file, configuration: configuration.isEmpty ? nil : configuration)
    case 1:
        let text = input.bytes
        for parseSpecial in [false, true] {
            let tokens = complete.encode(text, parseSpecial: parseSpecial)
            require(complete.decode(tokens) == text, "a text comes back from its tokens")
        }
        return 0
    case 2:
        tokenizer = try? Tokenizer(sentencePieceModel: input.counted())
    default:
        let bytes = input.counted()
        memory.fill(bytes)
        tokenizer = try? Tokenizer(gguf: try GGUFFile(try MappedFile(fileDescriptor: memory.descriptor)))
    }
    if let tokenizer { exercise(tokenizer, input.bytes) }
    return 0
}

private func exercise(_ tokenizer: Tokenizer, _ text: [UInt8]) {
    for parseSpecial in [false, true] {
        let tokens = tokenizer.encode(text, parseSpecial: parseSpecial, addSpecial: true)
        require(tokens.allSatisfy { tokenizer.token($0) != nil }, "every token is in the vocabulary")
        for skipSpecial in [false, true] {
            var stream = StreamingDecoder(tokenizer, skipSpecial: skipSpecial)
            let streamed = tokens.flatMap { stream.append($0) } + stream.finish()
            require(streamed == tokenizer.decode(tokens, skipSpecial: skipSpecial), "a stream gives the same text")
        }
    }
    _ = tokenizer.decode([-1, .max, 0])
}

extension FuzzInput {
    /// So many bytes as the next two say.
    fileprivate mutating func counted() -> [UInt8] {
        let count = Int(byte()) | Int(byte()) << 8
        return (0..<min(count, rest.count)).map { _ in byte() }
    }
}
