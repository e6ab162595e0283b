import CanonicalEncoding

extension PreTokenizer {
    /// Reads a `tokenizer.json`'s pre-tokenizer.
    /// - Returns: its steps. If the last is that each byte becomes a character of `ByteAlphabet`, that is left out where
    ///   the model can do it, and `endsInBytes` is true.
    static func read(_ field: JSONField?, modelTakesBytes: Bool) throws -> (PreTokenizer, endsInBytes: Bool) {
        guard let field else { return (PreTokenizer(steps: []), false) }
        var steps: [Step] = []
        for part in try field.parts("pretokenizers") { steps += try Self.steps(part) }
        guard steps.count(where: { $0 == .byteAlphabet }) <= 1 else { throw field.unsupported("ByteLevel more than once") }
        guard modelTakesBytes, steps.last == .byteAlphabet else { return (PreTokenizer(steps: steps), false) }
        return (PreTokenizer(steps: steps.dropLast()), true)
    }

    private static func steps(_ field: JSONField) throws -> [Step] {
        switch try field.type() {
        case "ByteLevel":
            let prefix: [Step] = try field.flag("add_prefix_space", default: true) ? [.prefixSpace] : []
            return prefix + (try field.flag("use_regex", default: true) ? [.gpt2] : []) + [.byteAlphabet]
        case "Split":
            let inverted = try field.flag("invert", default: false)
            let behavior = try self.behavior(field.field("behavior"))
            switch try field.pattern() {
            case .string(let string): return [.string(string, behavior, inverted: inverted)]
            case .expression(let expression):
                if behavior == .isolated, gpt2.contains(where: { $0.utf8.elementsEqual(expression.source.utf8) }) { return [.gpt2] }
                return [.expression(expression, behavior, inverted: inverted)]
            }
        case "Digits": return [.digits(individual: try field.flag("individual_digits", default: false))]
        case "Punctuation": return [.punctuation(try field.present("behavior").map { try behavior($0) } ?? .isolated)]
        case "BertPreTokenizer": return [.bert]
        case "Whitespace": return [.whitespace]
        case "WhitespaceSplit": return [.whitespaceSplit]
        case "CharDelimiterSplit":
            let delimiter = try field.field("delimiter")
            guard let scalar = try delimiter.string(maxBytes: 4).singleScalar else { throw delimiter.failure("one character was expected") }
            return [.delimiter(scalar)]
        case "FixedLength": return [.fixedLength(Int(try field.present("length")?.integer(in: 1...1 << 20) ?? 5))]
        case "Metaspace": return [.metaspace(try metaspace(field))]
        case let other: throw field.unsupported("the pre-tokenizer \(other)")
        }
    }

    /// Reads `Metaspace`, as pre-tokenizer or decoder.
    static func metaspace(_ field: JSONField) throws -> Metaspace {
        let replacement = try field.field("replacement")
        guard try replacement.string(maxBytes: 4).singleScalar != nil else { throw replacement.failure("one character was expected") }
        var prepend = Metaspace.Prepend.always
        if let scheme = try field.present("prepend_scheme") {
            guard let known = Metaspace.Prepend(rawValue: try scheme.name()) else { throw scheme.failure("first, never or always was expected") }
            prepend = known
        }
        if let prefix = try field.present("add_prefix_space"), try !prefix.bool() {
            let scheme = try field.present("prepend_scheme")
            guard prepend == .never || scheme == nil else {
                throw TokenizerError(.inconsistent, "contradicts prepend_scheme", at: prefix.path)
            }
            prepend = .never
        }
        return Metaspace(
            replacement: Array(try replacement.string().utf8), prepend: prepend, splits: try field.flag("split", default: true))
    }

    private static func behavior(_ field: JSONField) throws -> SplitBehavior {
        guard let behavior = SplitBehavior(rawValue: try field.name()) else { throw field.failure("a split behaviour was expected") }
        return behavior
    }

    /// GPT-2's expression in the two spellings in which it is published.
    static let gpt2 = [
        #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
        #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
    ]
}

extension String {
    /// The character, if there is just one.
    var singleScalar: Unicode.Scalar? { unicodeScalars.count == 1 ? unicodeScalars.first : nil }
}
