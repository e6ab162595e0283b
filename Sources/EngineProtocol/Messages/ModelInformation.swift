import CanonicalEncoding

/// What the engine found in the weights. Every string here was written by whoever made the model.
package struct ModelInformation: Hashable, Sendable {
    /// One tensor as stored.
    package struct Tensor: Hashable, Sendable {
        package var name: String
        /// The storage type as its format names it: `F32`, `BF16`, `Q8_0` …
        package var type: String
        /// Outermost dimension first (row-major), whatever order the file uses.
        package var shape: [Int]
        /// Bytes in the file.
        package var byteCount: Int

        package init(name: String, type: String, shape: [Int], byteCount: Int) {
            self.name = name
            self.type = type
            self.shape = shape
            self.byteCount = byteCount
        }
    }

    /// `llama`, …
    package var architecture: String
    /// Elements over all tensors.
    package var parameterCount: Int
    package var vocabularySize: Int
    /// Tokens the model was made for.
    package var contextLength: Int
    package var layerCount: Int
    package var embeddingLength: Int
    package var headCount: Int
    package var keyValueHeadCount: Int
    package var feedForwardLength: Int
    package var beginOfTextToken: Int?
    package var endOfTextToken: Int?
    package var hasChatTemplate: Bool
    /// The template's source.
    package var chatTemplate: String?
    package var tensors: [Tensor]

    package init(
        architecture: String, parameterCount: Int, vocabularySize: Int, contextLength: Int, layerCount: Int,
        embeddingLength: Int, headCount: Int, keyValueHeadCount: Int, feedForwardLength: Int, beginOfTextToken: Int?,
        endOfTextToken: Int?, hasChatTemplate: Bool, chatTemplate: String? = nil, tensors: [Tensor]
    ) {
        self.architecture = architecture
        self.parameterCount = parameterCount
        self.vocabularySize = vocabularySize
        self.contextLength = contextLength
        self.layerCount = layerCount
        self.embeddingLength = embeddingLength
        self.headCount = headCount
        self.keyValueHeadCount = keyValueHeadCount
        self.feedForwardLength = feedForwardLength
        self.beginOfTextToken = beginOfTextToken
        self.endOfTextToken = endOfTextToken
        self.hasChatTemplate = hasChatTemplate
        self.chatTemplate = chatTemplate
        self.tensors = tensors
    }
}

extension ModelInformation: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = [
            "architecture": .string(architecture), "parameterCount": .count(parameterCount),
            "vocabularySize": .count(vocabularySize), "contextLength": .count(contextLength),
            "layerCount": .count(layerCount), "embeddingLength": .count(embeddingLength),
            "headCount": .count(headCount), "keyValueHeadCount": .count(keyValueHeadCount),
            "feedForwardLength": .count(feedForwardLength), "hasChatTemplate": .bool(hasChatTemplate),
            "tensors": .array(of: tensors),
        ]
        object["beginOfTextToken"] = beginOfTextToken.map { .count($0) }
        object["endOfTextToken"] = endOfTextToken.map { .count($0) }
        object["chatTemplate"] = chatTemplate.map { .string($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "architecture", "parameterCount", "vocabularySize", "contextLength", "layerCount", "embeddingLength",
            "headCount", "keyValueHeadCount", "feedForwardLength", "beginOfTextToken", "endOfTextToken",
            "hasChatTemplate", "chatTemplate", "tensors",
        ])
        func count(_ name: String) throws(JSONFieldError) -> Int {
            try field.field(name).count(in: 0...WireLimits.integer)
        }
        let token = 0...WireLimits.tokenID
        self.init(
            architecture: try field.field("architecture").string(maxBytes: 256),
            parameterCount: try count("parameterCount"), vocabularySize: try count("vocabularySize"),
            contextLength: try count("contextLength"), layerCount: try count("layerCount"),
            embeddingLength: try count("embeddingLength"), headCount: try count("headCount"),
            keyValueHeadCount: try count("keyValueHeadCount"), feedForwardLength: try count("feedForwardLength"),
            beginOfTextToken: try field.optional("beginOfTextToken")?.count(in: token),
            endOfTextToken: try field.optional("endOfTextToken")?.count(in: token),
            hasChatTemplate: try field.field("hasChatTemplate").bool(),
            chatTemplate: try field.optional("chatTemplate")?.string(maxBytes: WireLimits.textBytes),
            tensors: try Tensor.array(field.field("tensors"), maxCount: 65_536))
    }
}

extension ModelInformation.Tensor: WireMessage {
    package var json: JSONValue {
        ["name": .string(name), "type": .string(type), "shape": .tokens(shape), "byteCount": .count(byteCount)]
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "type", "shape", "byteCount"])
        var shape: [Int] = []
        for dimension in try field.field("shape").array(maxCount: 8) {
            shape.append(try dimension.count(in: 0...WireLimits.integer))
        }
        self.init(
            name: try field.field("name").string(maxBytes: 1024), type: try field.field("type").string(maxBytes: 32),
            shape: shape, byteCount: try field.field("byteCount").count(in: 0...WireLimits.integer))
    }
}
