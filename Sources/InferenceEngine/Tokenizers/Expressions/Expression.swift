/// A compiled expression: a program for `ExpressionMatcher`. Backtracking, first alternative first, as Oniguruma's,
/// but no state is tried twice at a place once a match proves hard, so that time stays in proportion to the text.
struct Expression: Sendable {
    enum Operation: Hashable, Sendable {
        /// One character of a set.
        case character(set: Int)
        /// As many characters of a set as there are between the two counts; fewer if what follows needs it.
        case run(set: Int, least: Int, most: Int, choice: Int)
        /// The same without giving any back.
        case possessive(set: Int, least: Int, most: Int)
        /// Goes on at the next operation, or at `other` if that fails. With `prefersOther` the other way around.
        case split(other: Int, prefersOther: Bool, choice: Int)
        case jump(Int)
        /// Whether the next character is of the set; not if there is none.
        case ahead(set: Int, negated: Bool)
        /// Whether the program of that number matches here.
        case look(program: Int, negated: Bool)
        case assert(ExpressionSyntax.Assertion)
        case accept
    }

    /// What can start a match from an operation on: of ASCII a bit each, anything else, nothing at all.
    struct First: Hashable, Sendable {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var other = false
        var nothing = false

        static let everything = First(low: .max, high: .max, other: true, nothing: true)

        mutating func formUnion(_ more: First) {
            low |= more.low
            high |= more.high
            other = other || more.other
            nothing = nothing || more.nothing
        }

        @inline(__always)
        func admits(_ byte: UInt8) -> Bool {
            nothing || (byte < 0x80 ? (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0 : other)
        }
    }

    static let maximumOperations = 8192
    static let maximumChoices = 512
    static let maximumSets = 256

    let source: String
    let operations: [Operation]
    let sets: [CharacterSet]
    /// For each operation.
    let first: [First]
    /// How many operations remember where they have been.
    let choiceCount: Int
    /// The bodies of lookaheads, without runs and lookaheads of more than a character.
    let lookaheads: [[Operation]]

    /// - Throws: `ExpressionError` for what is not in the subset, or too large.
    init(_ source: String) throws(ExpressionError) {
        self.source = source
        var compiler = ExpressionCompiler()
        try compiler.compile(try ExpressionParser.parse(source), intoLookahead: false)
        operations = try compiler.finished()
        lookaheads = compiler.lookaheads
        sets = compiler.predicates.map { CharacterSet($0) }
        choiceCount = compiler.choiceCount
        first = Self.firsts(operations, sets)
    }

    private static func firsts(_ operations: [Operation], _ sets: [CharacterSet]) -> [First] {
        var result = [First?](repeating: nil, count: operations.count)
        // Only loops and the like jump backwards, to a split before a body that takes something.
        func first(_ start: Int, depth: Int) -> First {
            if let known = result[start] { return known }
            guard depth < 256 else { return .everything }
            var value = First()
            func add(_ set: Int) {
                value.low |= sets[set].ascii.low
                value.high |= sets[set].ascii.high
                value.other = true
            }
            switch operations[start] {
            case .character(let set): add(set)
            case .run(let set, let least, _, _), .possessive(let set, let least, _):
                add(set)
                if least == 0 { value.formUnion(first(start + 1, depth: depth + 1)) }
            case .split(let other, _, _):
                value = first(start + 1, depth: depth + 1)
                value.formUnion(first(other, depth: depth + 1))
            case .jump(let target): value = first(target, depth: depth + 1)
            case .ahead, .look, .assert: value = first(start + 1, depth: depth + 1)
            case .accept: value.nothing = true
            }
            result[start] = value
            return value
        }
        return operations.indices.reversed().map { first($0, depth: 0) }.reversed()
    }
}

extension Expression: Hashable {
    static func == (one: Expression, other: Expression) -> Bool { one.source.utf8.elementsEqual(other.source.utf8) }
    func hash(into hasher: inout Hasher) { for byte in source.utf8 { hasher.combine(byte) } }
}

/// Turns syntax into operations.
struct ExpressionCompiler {
    private(set) var predicates: [CharacterPredicate] = []
    private(set) var lookaheads: [[Expression.Operation]] = []
    private(set) var choiceCount = 0
    private var numbers: [CharacterPredicate: Int] = [:]
    private var operations: [Expression.Operation] = []

    mutating func finished() throws(ExpressionError) -> [Expression.Operation] {
        try emit(.accept)
        return operations
    }

    private mutating func emit(_ operation: Expression.Operation) throws(ExpressionError) {
        guard operations.count < Expression.maximumOperations else {
            throw ExpressionError(reason: "an expression that is too large")
        }
        operations.append(operation)
    }

    private mutating func set(_ predicate: CharacterPredicate) throws(ExpressionError) -> Int {
        if let number = numbers[predicate] { return number }
        guard predicates.count < Expression.maximumSets else {
            throw ExpressionError(reason: "an expression of more than \(Expression.maximumSets) classes")
        }
        numbers[predicate] = predicates.count
        predicates.append(predicate)
        return predicates.count - 1
    }

    private mutating func choice() throws(ExpressionError) -> Int {
        guard choiceCount < Expression.maximumChoices else {
            throw ExpressionError(reason: "an expression of more than \(Expression.maximumChoices) choices")
        }
        defer { choiceCount += 1 }
        return choiceCount
    }

    mutating func compile(_ syntax: ExpressionSyntax, intoLookahead: Bool) throws(ExpressionError) {
        switch syntax {
        case .empty: break
        case .set(let predicate): try emit(.character(set: try set(predicate)))
        case .sequence(let parts): for part in parts { try compile(part, intoLookahead: intoLookahead) }
        case .alternatives(let parts): try alternatives(parts, intoLookahead)
        case .repeated(let body, let least, let most, let greed): try repeated(body, least, most, greed, intoLookahead)
        case .assertion(let assertion): try emit(.assert(assertion))
        case .lookahead(.set(let predicate), let negated): try emit(.ahead(set: try set(predicate), negated: negated))
        case .lookahead(let body, let negated):
            guard !intoLookahead else { throw ExpressionError(reason: "a lookahead within a lookahead") }
            let outer = operations
            operations = []
            try compile(body, intoLookahead: true)
            let program = try finished()
            guard program.count <= 1024, lookaheads.count < 16 else { throw ExpressionError(reason: "lookaheads that are too large") }
            lookaheads.append(program)
            operations = outer
            try emit(.look(program: lookaheads.count - 1, negated: negated))
        case .atomic(.repeated(let body, let least, let most, .greedy)):
            try repeated(body, least, most, .possessive, intoLookahead)
        case .atomic(.set(let predicate)): try emit(.character(set: try set(predicate)))
        case .atomic: throw ExpressionError(reason: "an atomic group of more than a repeated character")
        }
    }

    private mutating func alternatives(_ parts: [ExpressionSyntax], _ intoLookahead: Bool) throws(ExpressionError) {
        var jumps: [Int] = []
        for (index, part) in parts.enumerated() {
            let split = operations.count
            if index < parts.count - 1 { try emit(.split(other: 0, prefersOther: false, choice: try choice())) }
            try compile(part, intoLookahead: intoLookahead)
            if index < parts.count - 1 {
                jumps.append(operations.count)
                try emit(.jump(0))
                setOther(of: split, to: operations.count)
            }
        }
        for jump in jumps { operations[jump] = .jump(operations.count) }
    }

    private mutating func setOther(of split: Int, to target: Int) {
        guard case .split(_, let prefersOther, let choice) = operations[split] else { return }
        operations[split] = .split(other: target, prefersOther: prefersOther, choice: choice)
    }

    private mutating func repeated(
        _ body: ExpressionSyntax, _ least: Int, _ most: Int?, _ greed: ExpressionSyntax.Greed, _ intoLookahead: Bool
    ) throws(ExpressionError) {
        if case .set(let predicate) = body, greed != .lazy, !intoLookahead {
            let set = try set(predicate)
            if least == 1, most == 1 { return try emit(.character(set: set)) }
            if greed == .possessive { return try emit(.possessive(set: set, least: least, most: most ?? .max)) }
            return try emit(.run(set: set, least: least, most: most ?? .max, choice: try choice()))
        }
        guard greed != .possessive else {
            throw ExpressionError(reason: "a possessive repeat of more than a character")
        }
        for _ in 0..<least {
            let count = operations.count
            try compile(body, intoLookahead: intoLookahead)
            // What is nothing is nothing however often: repeats of repeats of it would take forever.
            if operations.count == count { break }
        }
        let isLazy = greed == .lazy
        guard let most else {
            let split = operations.count
            try emit(.split(other: 0, prefersOther: isLazy, choice: try choice()))
            try compile(body, intoLookahead: intoLookahead)
            try emit(.jump(split))
            setOther(of: split, to: operations.count)
            return
        }
        var splits: [Int] = []
        for _ in least..<max(least, most) {
            splits.append(operations.count)
            try emit(.split(other: 0, prefersOther: isLazy, choice: try choice()))
            try compile(body, intoLookahead: intoLookahead)
        }
        for split in splits { setOther(of: split, to: operations.count) }
    }
}
