import CanonicalEncoding

/// Asks for what a file opened says besides its tensors.
package struct WeightMetadataRequest: Hashable, Sendable {
    /// Which of the files, from 0.
    package var file: Int

    package init(file: Int) { self.file = file }
}

/// A weight file's metadata. Every string was written by whoever made the file.
package struct WeightMetadata: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var key: String
        /// As the format names it: `uint32`, `string`, `array of 12 string`.
        package var type: String
        /// The value, or the elements of a short array, as text; nil for a long array.
        package var values: [String]?
        /// For a long array, where the other file opened has one too: whether the two are the same.
        package var isSameInOther: Bool?

        package init(key: String, type: String, values: [String]?, isSameInOther: Bool?) {
            self.key = key
            self.type = type
            self.values = values
            self.isSameInOther = isSameInOther
        }
    }

    package static let maximumEntries = 65_536
    package static let maximumTokens = WireLimits.tokens

    package var entries: [Entry]
    package var chatTemplate: String?
    /// The vocabulary's tokens, in the order of their numbers, as hexadecimal of their bytes.
    package var tokens: [String]

    package init(entries: [Entry], chatTemplate: String?, tokens: [String]) {
        self.entries = entries
        self.chatTemplate = chatTemplate
        self.tokens = tokens
    }
}

extension WeightMetadataRequest: WireMessage {
    package var json: JSONValue { ["file": .count(file)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["file"])
        self.init(file: try field.field("file").count(in: 0...OpenWeightsRequest.maximumFiles - 1))
    }
}

extension WeightMetadata: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = ["entries": .array(of: entries), "tokens": .strings(tokens)]
        object["chatTemplate"] = chatTemplate.map { .string($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["entries", "chatTemplate", "tokens"])
        let tokens = try field.field("tokens")
        // Without a `JSONField` for each: a vocabulary has hundreds of thousands.
        guard case .array(let values) = tokens.value, values.count <= Self.maximumTokens else {
            throw tokens.failure("at most \(Self.maximumTokens) tokens were expected")
        }
        var texts: [String] = []
        texts.reserveCapacity(values.count)
        for value in values {
            guard case .string(let text) = value, text.utf8.count % 2 == 0, text.utf8.allSatisfy(Self.isHexadecimal) else {
                throw tokens.failure("tokens as lower-case hexadecimal were expected")
            }
            texts.append(text)
        }
        self.init(
            entries: try Entry.array(field.field("entries"), maxCount: Self.maximumEntries),
            chatTemplate: try field.optional("chatTemplate")?.string(maxBytes: WireLimits.textBytes), tokens: texts)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
    }
}

extension WeightMetadata.Entry: WireMessage {
    package var json: JSONValue {
        var object: JSONObject = ["key": .string(key), "type": .string(type)]
        object["values"] = values.map { .strings($0) }
        object["isSameInOther"] = isSameInOther.map { .bool($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["key", "type", "values", "isSameInOther"])
        self.init(
            key: try field.field("key").string(maxBytes: 65_535), type: try field.field("type").string(maxBytes: 64),
            values: try field.optional("values")?.strings(), isSameInOther: try field.optional("isSameInOther")?.bool())
    }
}
