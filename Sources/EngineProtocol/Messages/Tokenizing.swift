import CanonicalEncoding

/// Asks for the token ids of texts.
package struct TokenizeRequest: Hashable, Sendable {
    package var texts: [String]
    /// Whether special tokens written in a text are recognised as such.
    package var recognisesSpecialTokens: Bool
    /// Whether the tokens are added that the model's files declare to open and close a text.
    package var addsSpecialTokens: Bool

    package init(texts: [String], recognisesSpecialTokens: Bool = false, addsSpecialTokens: Bool = false) {
        self.texts = texts
        self.recognisesSpecialTokens = recognisesSpecialTokens
        self.addsSpecialTokens = addsSpecialTokens
    }
}

/// Asks for what single tokens stand for.
package struct DetokenizeRequest: Hashable, Sendable {
    package var tokens: [Int]

    package init(tokens: [Int]) { self.tokens = tokens }
}

/// What a token stands for.
package struct TokenPiece: Hashable, Sendable {
    /// The bytes of text, not necessarily UTF-8 by themselves; a special token's spelling; nothing where there is no such token.
    package var bytes: [UInt8]
    /// Whether it is a mark such as `<|im_end|>`, not text.
    package var isSpecial: Bool

    package init(bytes: [UInt8], isSpecial: Bool) {
        self.bytes = bytes
        self.isSpecial = isSpecial
    }
}

/// Asks for conversations in the model's own chat template.
package struct RenderChatRequest: Hashable, Sendable {
    package var conversations: [[ChatMessage]]
    /// Whether the text ends with the opening of the assistant's turn.
    package var addsGenerationPrompt: Bool

    package init(conversations: [[ChatMessage]], addsGenerationPrompt: Bool = true) {
        self.conversations = conversations
        self.addsGenerationPrompt = addsGenerationPrompt
    }
}

extension TokenizeRequest: WireMessage {
    package var json: JSONValue {
        [
            "texts": .strings(texts), "recognisesSpecialTokens": .bool(recognisesSpecialTokens),
            "addsSpecialTokens": .bool(addsSpecialTokens),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["texts", "recognisesSpecialTokens", "addsSpecialTokens"])
        self.init(
            texts: try field.field("texts").strings(),
            recognisesSpecialTokens: try field.field("recognisesSpecialTokens").bool(),
            addsSpecialTokens: try field.optional("addsSpecialTokens")?.bool() ?? false)
    }
}

extension DetokenizeRequest: WireMessage {
    package var json: JSONValue { ["tokens": .tokens(tokens)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["tokens"])
        self.init(tokens: try field.field("tokens").tokens())
    }
}

extension TokenPiece {
    /// Bytes in hexadecimal, and the places of special tokens.
    static func json(_ pieces: [TokenPiece]) -> JSONValue {
        [
            "pieces": .strings(pieces.map { Hex.encode($0.bytes) }),
            "special": .tokens(pieces.indices.filter { pieces[$0].isSpecial }),
        ]
    }

    static func list(_ field: JSONField) throws(JSONFieldError) -> [TokenPiece] {
        try field.allow(only: ["pieces", "special"])
        let texts = try field.field("pieces"), special = try field.field("special")
        var pieces: [TokenPiece] = []
        for text in try texts.strings(maxCount: WireLimits.tokens, maxBytes: 1 << 20) {
            guard let bytes = Hex.decode(text) else { throw texts.failure("lower-case hexadecimal was expected") }
            pieces.append(TokenPiece(bytes: bytes, isSpecial: false))
        }
        for place in try special.tokens() {
            guard pieces.indices.contains(place) else { throw special.failure("there is no piece \(place)") }
            pieces[place].isSpecial = true
        }
        return pieces
    }
}

extension RenderChatRequest: WireMessage {
    package var json: JSONValue {
        [
            "conversations": .array(conversations.map { .array(of: $0) }),
            "addsGenerationPrompt": .bool(addsGenerationPrompt),
        ]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["conversations", "addsGenerationPrompt"])
        var conversations: [[ChatMessage]] = []
        for conversation in try field.field("conversations").array(maxCount: WireLimits.batch) {
            conversations.append(try ChatMessage.array(conversation))
        }
        self.init(
            conversations: conversations, addsGenerationPrompt: try field.field("addsGenerationPrompt").bool())
    }
}
