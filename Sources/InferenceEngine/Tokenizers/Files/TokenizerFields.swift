import CanonicalEncoding

/// What the readers of a `tokenizer.json`'s parts have in common.
extension JSONField {
    /// A short name in printable ASCII, so that `==` on it compares bytes and it may stand in a message.
    func name() throws(JSONFieldError) -> String {
        let name = try string(maxBytes: 64)
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw failure("a name in printable ASCII was expected")
        }
        return name
    }

    /// The member `type`.
    func type() throws(JSONFieldError) -> String { try field("type").name() }

    /// The member, if it is there and not null.
    func present(_ name: String) throws(JSONFieldError) -> JSONField? {
        guard let member = try optional(name), member.value != .null else { return nil }
        return member
    }

    /// A boolean member; `value` if it is not there.
    func flag(_ name: String, default value: Bool) throws(JSONFieldError) -> Bool { try present(name)?.bool() ?? value }

    /// A string member in UTF-8.
    func bytes(_ name: String) throws(JSONFieldError) -> [UInt8] { Array(try field(name).string().utf8) }

    func unsupported(_ what: String) -> TokenizerError { TokenizerError(.unsupported, "\(what) is not supported", at: path) }

    /// The parts of a component: those of a `Sequence`, and of those within it; else itself.
    /// - Parameter members: the sequence's member that lists its parts.
    func parts(_ members: String, depth: Int = 0) throws -> [JSONField] {
        guard try type() == "Sequence" else { return [self] }
        guard depth < 8 else { throw TokenizerError(.tooLarge, "sequences within 8 sequences", at: path) }
        var parts: [JSONField] = []
        for part in try field(members).array(maxCount: 32) { parts += try part.parts(members, depth: depth + 1) }
        guard parts.count <= 64 else { throw TokenizerError(.tooLarge, "a sequence of more than 64 parts", at: path) }
        return parts
    }

    /// The member `pattern`: a string or an expression.
    func pattern() throws -> TokenizerPattern {
        let pattern = try field("pattern")
        if let string = try pattern.optional("String") {
            let bytes = Array(try string.string().utf8)
            guard !bytes.isEmpty else { throw pattern.unsupported("an empty pattern") }
            return .string(bytes)
        }
        let expression = try pattern.field("Regex").string(maxBytes: 65_536)
        do { return .expression(try Expression(expression)) } catch {
            throw TokenizerError(.unsupported, "the expression \(expression.prefix(200).debugDescription): \(error)", at: pattern.path)
        }
    }
}

enum TokenizerPattern {
    case string([UInt8])
    case expression(Expression)
}
