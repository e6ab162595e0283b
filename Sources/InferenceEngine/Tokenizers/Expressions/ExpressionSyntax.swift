/// What an expression says, before it is compiled.
indirect enum ExpressionSyntax: Hashable, Sendable {
    enum Greed: Hashable, Sendable { case greedy, lazy, possessive }
    enum Assertion: Hashable, Sendable {
        /// `\A`, `\z`: the ends of the text; `\Z`: the end, or before a newline there.
        case textStart, textEnd, textEndOrNewline
        /// `^`, `$`: the ends of a line, as Oniguruma always takes them.
        case lineStart, lineEnd
        /// `\b`, `\B`
        case wordBoundary, noWordBoundary
    }

    case empty
    case set(CharacterPredicate)
    case sequence([ExpressionSyntax])
    case alternatives([ExpressionSyntax])
    case repeated(ExpressionSyntax, least: Int, most: Int?, Greed)
    case lookahead(ExpressionSyntax, negated: Bool)
    case atomic(ExpressionSyntax)
    case assertion(Assertion)

    var canBeEmpty: Bool {
        switch self {
        case .empty, .lookahead, .assertion: true
        case .set: false
        case .sequence(let parts): parts.allSatisfy(\.canBeEmpty)
        case .alternatives(let parts): parts.contains(where: \.canBeEmpty)
        case .repeated(let body, let least, _, _): least == 0 || body.canBeEmpty
        case .atomic(let body): body.canBeEmpty
        }
    }
}

/// Why an expression is not taken.
struct ExpressionError: Error, Hashable, CustomStringConvertible {
    let reason: String
    var description: String { reason }
}

/// Reads the part of Oniguruma's syntax (its `doc/RE`) that tokenizers use. Groups do not capture. What is not
/// known is refused: an expression that is taken means what it means there.
struct ExpressionParser {
    static let maximumCharacters = 16_384
    private static let maximumDepth = 64
    private static let maximumRepeats = 1024

    private let characters: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotTakesNewline = false

    static func parse(_ expression: String) throws(ExpressionError) -> ExpressionSyntax {
        guard expression.unicodeScalars.count <= maximumCharacters else {
            throw ExpressionError(reason: "an expression of more than \(maximumCharacters) characters")
        }
        var parser = ExpressionParser(characters: Array(expression.unicodeScalars))
        let result = try parser.alternatives()
        guard parser.position == parser.characters.count else { throw parser.failure("a ) without its (") }
        return result
    }

    private init(characters: [Unicode.Scalar]) { self.characters = characters }

    private func failure(_ what: String) -> ExpressionError {
        ExpressionError(reason: "\(what), at character \(position + 1)")
    }

    private var next: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private mutating func take(_ text: String) -> Bool {
        let wanted = Array(text.unicodeScalars)
        guard characters[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(ExpressionError) -> ExpressionSyntax {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw failure("groups within \(Self.maximumDepth) groups") }
        let outer = (ignoresCase, dotTakesNewline)
        defer { (ignoresCase, dotTakesNewline) = outer }
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(ExpressionError) -> ExpressionSyntax {
        var parts: [ExpressionSyntax] = []
        var lastLetter: Unicode.Scalar?
        while let character = next, character != "|", character != ")" {
            if ignoresCase, let letter = lastLetter, Self.foldTogether(letter, character) {
                throw failure("letters that a ligature may stand for, where case is ignored")
            }
            lastLetter = character
            guard let atom = try atom() else {
                // An option that holds for the rest of the group, alternatives included.
                let rest = try alternatives()
                parts.append(rest)
                break
            }
            parts.append(try quantified(atom))
        }
        return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
    }

    /// Letters that together are the folding of one character (ﬁ, ß …).
    private static func foldTogether(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        let pair = String(Character(first)).lowercased() + String(Character(second)).lowercased()
        return ["ss", "st", "ff", "fi", "fl"].contains { $0.utf8.elementsEqual(pair.utf8) }
    }

    private mutating func quantified(_ atom: ExpressionSyntax) throws(ExpressionError) -> ExpressionSyntax {
        var result = atom
        var levels = 0
        while let character = next {
            var least: Int
            var most: Int?
            var isInterval = false
            switch character {
            case "*": (least, most) = (0, nil)
            case "+": (least, most) = (1, nil)
            case "?": (least, most) = (0, 1)
            case "{":
                guard let interval = try interval() else { return result }
                (least, most) = interval
                isInterval = true
            default: return result
            }
            if !isInterval { position += 1 }
            levels += 1
            guard levels <= 8 else { throw failure("more than 8 repeats of repeats") }
            var greed = ExpressionSyntax.Greed.greedy
            if next == "?" {
                // After {n} alone a question mark makes the whole optional; nobody writes that.
                guard !(isInterval && least == most) else { throw failure("{n}?") }
                position += 1
                greed = .lazy
            } else if next == "+", !isInterval {
                // After an interval a plus is a repeat of its own.
                position += 1
                greed = .possessive
            }
            if case .assertion = result { throw failure("a repeat of an assertion") }
            if case .lookahead = result { throw failure("a repeat of a lookahead") }
            guard most != nil || !result.canBeEmpty else { throw failure("an unbounded repeat of what may be empty") }
            result = .repeated(result, least: least, most: most, greed)
        }
        return result
    }

    /// `{n}`, `{n,}`, `{,m}` or `{n,m}`; nil if the brace is a character.
    private mutating func interval() throws(ExpressionError) -> (Int, Int?)? {
        var place = position + 1
        func number() -> Int? {
            var value: Int?
            while place < characters.count, let digit = Self.digit(characters[place], below: 10) {
                value = min(Self.maximumRepeats + 1, (value ?? 0) * 10 + digit)
                place += 1
            }
            return value
        }
        let least = number()
        var most = least
        if place < characters.count, characters[place] == "," {
            place += 1
            most = number()
            guard least != nil || most != nil else { return nil }
        } else if least == nil {
            return nil
        }
        guard place < characters.count, characters[place] == "}" else { return nil }
        position = place + 1
        guard (least ?? 0) <= Self.maximumRepeats, (most ?? 0) <= Self.maximumRepeats else {
            throw failure("a repeat of more than \(Self.maximumRepeats) times")
        }
        if let most, most < least ?? 0 { throw failure("a repeat of at most less than at least") }
        return (least ?? 0, most)
    }

    private static func digit(_ character: Unicode.Scalar, below base: UInt32) -> Int? {
        let value: UInt32
        switch character {
        case "0"..."9": value = character.value - 0x30
        case "a"..."f": value = character.value - 0x61 + 10
        case "A"..."F": value = character.value - 0x41 + 10
        default: return nil
        }
        return value < base ? Int(value) : nil
    }

    /// Nil for an option such as `(?i)`, which has been taken in.
    private mutating func atom() throws(ExpressionError) -> ExpressionSyntax? {
        guard let character = next else { return .empty }
        switch character {
        case "(": return try group()
        case "[":
            position += 1
            return .set(try characterClass())
        case ".":
            position += 1
            return .set(dotTakesNewline ? .any([.range(0...0x10ffff)]) : .not(.range(0xa...0xa)))
        case "^":
            position += 1
            return .assertion(.lineStart)
        case "$":
            position += 1
            return .assertion(.lineEnd)
        case "*", "+", "?": throw failure("a repeat of nothing")
        case "\\":
            switch position + 1 < characters.count ? characters[position + 1] : nil {
            case "A": return assertion(.textStart)
            case "z": return assertion(.textEnd)
            case "Z": return assertion(.textEndOrNewline)
            case "b": return assertion(.wordBoundary)
            case "B": return assertion(.noWordBoundary)
            default: return .set(try escaped())
            }
        default:
            position += 1
            return .set(try literal(character))
        }
    }

    private mutating func assertion(_ assertion: ExpressionSyntax.Assertion) -> ExpressionSyntax {
        position += 2
        return .assertion(assertion)
    }

    private mutating func group() throws(ExpressionError) -> ExpressionSyntax? {
        let outer = (ignoresCase, dotTakesNewline)
        position += 1
        var wrap: (ExpressionSyntax) -> ExpressionSyntax = { $0 }
        if take("?:") {
        } else if take("?=") {
            wrap = { .lookahead($0, negated: false) }
        } else if take("?!") {
            wrap = { .lookahead($0, negated: true) }
        } else if take("?>") {
            wrap = { .atomic($0) }
        } else if take("?") {
            var value = true
            while let option = next, option != ":", option != ")" {
                position += 1
                switch option {
                case "-": value = false
                case "i": ignoresCase = value
                case "m": dotTakesNewline = value
                default: throw failure("the group or option (?\(option)")
                }
            }
            if take(")") { return nil }
            guard take(":") else { throw failure("an option that does not end") }
        } else if next == "*" {
            throw failure("a callout")
        }
        let body = try alternatives()
        guard take(")") else { throw failure("a ( without its )") }
        (ignoresCase, dotTakesNewline) = outer
        return wrap(body)
    }

    private func literal(_ character: Unicode.Scalar) throws(ExpressionError) -> CharacterPredicate {
        try folded(.range(character.value...character.value))
    }

    /// With the other case of its characters, where case is ignored.
    private func folded(_ predicate: CharacterPredicate) throws(ExpressionError) -> CharacterPredicate {
        guard ignoresCase else { return predicate }
        guard case .range(let range) = predicate else { return predicate }
        guard range.upperBound < 0x80 else { throw failure("a character beyond ASCII where case is ignored") }
        var parts = [predicate]
        for value in range {
            let other = value ^ 0x20
            if (0x61...0x7a).contains(value | 0x20) { parts.append(.range(other...other)) }
            // The Kelvin sign and the long s fold to these.
            if value | 0x20 == 0x6b { parts.append(.range(0x212a...0x212a)) }
            if value | 0x20 == 0x73 { parts.append(.range(0x17f...0x17f)) }
        }
        return parts.count == 1 ? predicate : .any(parts)
    }

    /// What a backslash and what follows it stand for.
    private mutating func escaped() throws(ExpressionError) -> CharacterPredicate {
        let start = position
        position += 1
        guard let character = next else { throw failure("a \\ at the end") }
        position += 1
        switch character {
        case "s": return .whitespace
        case "S": return .not(.whitespace)
        case "d": return .categories(.decimalNumber)
        case "D": return .not(.categories(.decimalNumber))
        case "w": return .word
        case "W": return .not(.word)
        case "h": return .any([.range(0x30...0x39), .range(0x41...0x46), .range(0x61...0x66)])
        case "H": return .not(.any([.range(0x30...0x39), .range(0x41...0x46), .range(0x61...0x66)]))
        case "p", "P":
            guard take("{") else { throw failure("a property without braces") }
            return try property(negated: character == "P")
        default:
            position = start
            return try literal(try escapedCharacter())
        }
    }

    /// A single character written with a backslash.
    private mutating func escapedCharacter() throws(ExpressionError) -> Unicode.Scalar {
        position += 1
        guard let character = next else { throw failure("a \\ at the end") }
        position += 1
        switch character {
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "f": return "\u{c}"
        case "v": return "\u{b}"
        case "a": return "\u{7}"
        case "e": return "\u{1b}"
        case "x":
            if take("{") {
                let value = try hexadecimal(1...8)
                guard take("}") else { throw failure("an \\x{ that does not end") }
                return value
            }
            // Two digits are a byte, not a character, from 80 on.
            let value = try hexadecimal(1...2)
            guard value.isASCII else { throw failure("a byte that is not ASCII") }
            return value
        case "u": return try hexadecimal(4...4)
        default:
            guard !character.isASCII || !character.properties.isAlphabetic && Self.digit(character, below: 10) == nil else {
                throw failure("the escape \\\(character)")
            }
            return character
        }
    }

    private mutating func hexadecimal(_ count: ClosedRange<Int>) throws(ExpressionError) -> Unicode.Scalar {
        var value: UInt32 = 0
        var taken = 0
        while taken < count.upperBound, let character = next, let digit = Self.digit(character, below: 16) {
            value = value << 4 | UInt32(digit)
            position += 1
            taken += 1
        }
        guard count.contains(taken), let scalar = Unicode.Scalar(value) else { throw failure("no character number") }
        return scalar
    }

    private mutating func property(negated: Bool) throws(ExpressionError) -> CharacterPredicate {
        var isNegated = negated
        if take("^") { isNegated.toggle() }
        var name = ""
        while let character = next, character != "}" {
            position += 1
            if character != " ", character != "_", character != "-" { name.unicodeScalars.append(character) }
        }
        guard take("}") else { throw failure("a property that does not end") }
        guard let found = ExpressionProperties.named(name) else {
            throw failure("the property \(name.prefix(64).debugDescription)")
        }
        return isNegated ? .not(found) : found
    }

    /// After the opening bracket.
    private mutating func characterClass() throws(ExpressionError) -> CharacterPredicate {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw failure("classes within \(Self.maximumDepth) classes") }
        let isNegated = take("^")
        var intersection: [CharacterPredicate] = []
        var parts: [CharacterPredicate] = []
        while true {
            guard let character = next else { throw failure("a [ without its ]") }
            if take("]") {
                guard !parts.isEmpty else { throw failure("an empty class") }
                break
            }
            if take("&&") {
                guard !parts.isEmpty else { throw failure("an intersection with nothing") }
                intersection.append(.union(parts))
                parts = []
                continue
            }
            if take("[:") {
                let isOther = take("^")
                var name = ""
                while let letter = next, letter != ":" {
                    position += 1
                    name.unicodeScalars.append(letter)
                }
                guard take(":]"), let found = ExpressionProperties.bracketed(name) else { throw failure("the class [:\(name.prefix(64)):]") }
                parts.append(isOther ? .not(found) : found)
                continue
            }
            if take("[") {
                parts.append(try characterClass())
                continue
            }
            if character == "\\", position + 1 < characters.count, "sSdDwWhHpP".unicodeScalars.contains(characters[position + 1]) {
                parts.append(try escaped())
                continue
            }
            let first = try classCharacter()
            // A hyphen is a range's only between two characters.
            if next == "-", position + 1 < characters.count, characters[position + 1] != "]" {
                position += 1
                guard next != "[", !(next == "\\" && position + 1 < characters.count && "sSdDwWhHpP".unicodeScalars.contains(characters[position + 1])) else {
                    throw failure("a range that ends in a class")
                }
                let last = try classCharacter()
                guard first.value <= last.value else { throw failure("a range that goes backwards") }
                parts.append(try folded(.range(first.value...last.value)))
            } else {
                parts.append(try literal(first))
            }
        }
        intersection.append(.union(parts))
        let result = intersection.count == 1 ? intersection[0] : .all(intersection)
        return isNegated ? .not(result) : result
    }

    private mutating func classCharacter() throws(ExpressionError) -> Unicode.Scalar {
        guard let character = next else { throw failure("a [ without its ]") }
        if character == "\\" {
            if position + 1 < characters.count, characters[position + 1] == "b" {
                position += 2
                return "\u{8}"
            }
            return try escapedCharacter()
        }
        position += 1
        return character
    }
}
