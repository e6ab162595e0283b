import AuditCrypto
import CanonicalEncoding

/// The field kinds that the statements share.
extension JSONField {
    /// The object `name`, with no member but those in `members`.
    package func object(_ name: String, _ members: [String]) throws(JSONFieldError) -> JSONField {
        let object = try field(name)
        try object.allow(only: members)
        return object
    }

    /// An in-toto DigestSet that holds a SHA-256 and nothing else.
    package func digestSet(_ name: String) throws(JSONFieldError) -> SHA256Digest {
        try object(name, ["sha256"]).digest("sha256")
    }

    package func digest(_ name: String) throws(JSONFieldError) -> SHA256Digest {
        let field = try field(name)
        guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
            throw field.failure("a SHA-256 was expected, 64 hexadecimal digits in lower case")
        }
        return digest
    }

    /// An identifier: 1 to 128 printable ASCII characters without spaces, so that two are equal as strings
    /// exactly where they are equal as bytes.
    package func token(_ name: String) throws(JSONFieldError) -> String {
        let text = try field(name).string(maxBytes: 128)
        guard Self.isToken(text) else { throw try field(name).failure("1 to 128 printable ASCII characters without spaces were expected") }
        return text
    }

    /// Whether a text can be an identifier in evidence.
    package static func isToken(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// One word of a closed vocabulary.
    package func word<Word: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(JSONFieldError) -> Word where Word.RawValue == String {
        let text = try token(name)
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw try field(name).failure("one of \(words) was expected")
        }
        return word
    }

    package func decimal(_ name: String) throws(JSONFieldError) -> DecimalString {
        guard let decimal = DecimalString(try token(name)) else {
            throw try field(name).failure("a decimal number in a string was expected, such as \"0.95\"")
        }
        return decimal
    }

    /// An instant, as RFC 3339.
    package func timestamp(_ name: String) throws(JSONFieldError) -> Timestamp {
        guard let time = Timestamp(rfc3339: try token(name)) else {
            throw try field(name).failure("a time was expected, such as \"2026-01-31T23:59:59Z\"")
        }
        return time
    }

    /// The field `name`, or nil where it is `null`; it may not be absent.
    package func nullable(_ name: String) throws(JSONFieldError) -> JSONField? {
        let field = try field(name)
        if case .null = field.value { return nil } else { return self }
    }

    /// At most 64 names of at most 128 bytes, with a text of at most 2,048 bytes each.
    package func facts(_ name: String) throws(JSONFieldError) -> [(name: String, value: String)] {
        let facts = try field(name)
        let names = try facts.object().keys
        guard names.count <= 64, names.allSatisfy({ $0.utf8.count <= 128 }) else {
            throw facts.failure("at most 64 names of at most 128 bytes are allowed")
        }
        return try names.map { name throws(JSONFieldError) in (name, try facts.field(name).string(maxBytes: 2048)) }
    }
}

extension SHA256Digest {
    /// An in-toto DigestSet.
    package var digestSet: JSONValue { ["sha256": .string(hex)] }
}
