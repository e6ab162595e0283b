import ArgumentParser
import CanonicalEncoding
import struct EngineProtocol.Sampling
import InferenceEngine
import PromptTemplates

struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "{\"text\":…} gives {\"tokens\":[…]}, and {\"tokens\":[…]} gives {\"text\":…}.",
        discussion: """
            Special tokens written in a text are recognised unless --no-special is given, which also leaves them out of what \
            tokens are turned into. None is added unless --add-special asks for those that open and close a text. Weights are \
            not read: --model may also name a tokenizer.json or a tokenizer.model.

            Example: echo '{"text":"Hello"}' | assay-engine tokenize --model model.gguf
            """)

    @OptionGroup var options: ModelOptions
    @Flag(inversion: .prefixedNo, help: "Recognise special tokens that are written out in the text.") var special = true
    @Flag(help: "Add the tokens that open and close a text, where the tokenizer has such.") var addSpecial = false

    func run() throws {
        let tokenizer = try options.loadTokenizer()
        try JSONLines.answer { line in
            if let given = try line.optional("tokens") {
                try line.allow(only: ["tokens"])
                let tokens = try JSONLines.tokens(given)
                if let stranger = tokens.first(where: { tokenizer.token($0) == nil }) {
                    throw given.failure("\(stranger) is no token of the vocabulary")
                }
                return ["text": .string(String(decoding: tokenizer.decode(tokens, skipSpecial: !special), as: UTF8.self))]
            }
            try line.allow(only: ["text"])
            let text = try line.field("text").string(maxBytes: JSONLines.maximumTextBytes)
            return ["tokens": JSONLines.json(tokenizer.encode(text, parseSpecial: special, addSpecial: addSpecial))]
        }
    }
}

struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "{\"messages\":[{\"role\":…,\"content\":…}]} gives {\"text\":…}.",
        discussion: """
            The model's own chat template, with the opening of the assistant's turn unless --no-generation-prompt.

            Example: echo '{"messages":[{"role":"user","content":"Hi"}]}' | assay-engine render --model model.gguf
            """)

    @OptionGroup var options: ModelOptions
    @Flag(inversion: .prefixedNo, help: "End with the opening of the assistant's turn.") var generationPrompt = true

    func run() throws {
        let model = try options.load()
        try JSONLines.answer { line in
            try line.allow(only: ["messages"])
            let messages = try line.field("messages").array(maxCount: 4096).map { message in
                try message.allow(only: ["content", "role"])
                return ChatMessage(
                    role: try message.field("role").string(maxBytes: 256),
                    content: try message.field("content").string(maxBytes: 16 << 20))
            }
            return ["text": .string(try model.render(messages, addGenerationPrompt: generationPrompt))]
        }
    }
}

struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "{\"tokens\":[…],\"max_new_tokens\":N} gives {\"tokens\":[…]}: greedy unless told otherwise.",
        discussion: """
            Also per line: "temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "presence_penalty", \
            "frequency_penalty", "seed", "stop" (strings), and "text" in place of "tokens". A model's end of turn ends it.

            Example: echo '{"tokens":[1,2,3],"max_new_tokens":8}' | assay-engine generate --model model.gguf
            """)

    @OptionGroup var options: ModelOptions

    func run() throws {
        let model = try options.load()
        try JSONLines.answer { line in
            try line.allow(only: [
                "frequency_penalty", "max_new_tokens", "min_p", "presence_penalty", "repetition_penalty", "seed", "stop", "temperature", "text",
                "tokens", "top_k", "top_p", "typical_p",
            ])
            let tokens =
                if let given = try line.optional("tokens") { try JSONLines.tokens(given) } else {
                    model.tokenizer.encode(try line.field("text").string(maxBytes: JSONLines.maximumTextBytes))
                }
            let sampling = SamplingParameters(
                temperature: try Self.number(line, "temperature", in: Sampling.temperatures) ?? 0,
                topK: Int(try line.optional("top_k")?.integer(in: 0...Int64(Int32.max)) ?? 0),
                topP: try Self.number(line, "top_p", in: Sampling.shares) ?? 1, minP: try Self.number(line, "min_p", in: 0...1) ?? 0,
                typicalP: try Self.number(line, "typical_p", in: Sampling.shares) ?? 1,
                repetitionPenalty: try Self.number(line, "repetition_penalty", in: Sampling.repetitionPenalties) ?? 1,
                presencePenalty: try Self.number(line, "presence_penalty", in: Sampling.penalties) ?? 0,
                frequencyPenalty: try Self.number(line, "frequency_penalty", in: Sampling.penalties) ?? 0,
                seed: UInt64(try line.optional("seed")?.integer() ?? 0))
            let stops = try line.optional("stop")?.array(maxCount: 64).map { try $0.string() } ?? []
            let count = try line.field("max_new_tokens").integer(in: 0...1 << 20)
            let result = try model.generate([tokens], maximumNewTokens: Int(count), sampling: sampling, stopStrings: stops)[0]
            return [
                "tokens": JSONLines.json(result.tokens), "text": .string(result.text), "finish": .string(result.finish.rawValue),
            ]
        }
    }

    private static func number(_ line: JSONField, _ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let field = try line.optional(name) else { return nil }
        guard let number = field.value.double, range.contains(number) else {
            throw field.failure("a number from \(range.lowerBound) to \(range.upperBound) was expected")
        }
        return number
    }
}
