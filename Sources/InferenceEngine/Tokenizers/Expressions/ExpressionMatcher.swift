/// Finds an expression's matches in a text, one after another.
///
/// A match that goes back often, or at all after many steps, counts as hard, and from then on each choice is tried at
/// most once at each position: there are no captures and no back references, so what failed once fails again. That
/// bounds the work by the size of the program times the length of the text, whatever the two are.
struct ExpressionMatcher: ~Copyable {
    /// A place to go back to: an operation and a position; for a run also the least position that it may end at.
    private struct Frame {
        let operation: Int32
        let isRun: Bool
        var position: Int
        let least: Int
    }

    private let expression: Expression
    private let text: UnsafeRawBufferPointer
    private let start: Int
    private let end: Int
    private var frames: [Frame] = []
    /// For each operation that is a run, the last long stretch of its characters, so that none is walked time and again.
    private var stretches: [Range<Int>]
    private var isCareful = false
    /// Once careful: which choices have been tried at which positions, a bit each.
    private var tried: [UInt64] = []
    private let wordsPerPosition: Int
    /// Where lookaheads' bodies match, a bit a position; empty until asked for.
    private var looks: [[UInt64]]

    /// How often a match may go back, and after how many steps, before it counts as hard.
    private static let patience = 400

    init(_ expression: Expression, _ text: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.expression = expression
        self.text = text
        start = range.lowerBound
        end = range.upperBound
        stretches = [Range<Int>](repeating: 0..<0, count: expression.operations.count)
        looks = [[UInt64]](repeating: [], count: expression.lookaheads.count)
        wordsPerPosition = (expression.choiceCount + 63) / 64
    }

    /// Calls `body` with each match, in order; they do not overlap. An empty match right after another is passed over,
    /// and the character there with it, as the reference's iterator does.
    mutating func forEachMatch(_ body: (Range<Int>) -> Void) {
        var position = start
        var lastEnd = -1
        while let match = search(from: position) {
            if match.isEmpty, match.lowerBound == lastEnd {
                guard lastEnd < end else { return }
                position = lastEnd + Characters.length(text, lastEnd, end)
            } else {
                position = match.upperBound
                lastEnd = position
                body(match)
            }
        }
    }

    private mutating func search(from position: Int) -> Range<Int>? {
        var place = position
        while true {
            if admits(0, place), let stop = match(at: place) { return place..<stop }
            guard place < end else { return nil }
            place += Characters.length(text, place, end)
        }
    }

    /// The end of the match that starts at `place`.
    private mutating func match(at place: Int) -> Int? {
        if !isCareful {
            var isHard = false
            let stop = run(from: place, isHard: &isHard)
            if !isHard { return stop }
            isCareful = true
            tried = [UInt64](repeating: 0, count: (end - start + 1) * wordsPerPosition)
        }
        var isHard = false
        guard let stop = run(from: place, isHard: &isHard) else { return nil }
        // What was tried beyond the match has failed; what led to it lies before its end, or there.
        for word in 0..<wordsPerPosition { tried[(stop - start) * wordsPerPosition + word] = 0 }
        return stop
    }

    /// Whether this choice has not been tried at this position; notes that it is now.
    @inline(__always)
    private mutating func isNew(_ choice: Int, _ position: Int) -> Bool {
        let index = (position - start) * wordsPerPosition + choice / 64
        let bit = UInt64(1) << UInt64(choice % 64)
        if tried[index] & bit != 0 { return false }
        tried[index] |= bit
        return true
    }

    private mutating func run(from place: Int, isHard: inout Bool) -> Int? {
        frames.removeAll(keepingCapacity: true)
        var operation = 0
        var position = place
        var returns = 0
        var steps = 0
        while true {
            var isAlive = true
            steps += 1
            switch expression.operations[operation] {
            case .character(let set):
                if let length = length(of: set, at: position) {
                    position += length
                    operation += 1
                } else {
                    isAlive = false
                }
            case .run(let set, let least, let most, let choice):
                isAlive = enterRun(&operation, &position, set, least, most, choice)
            case .possessive(let set, let least, let most):
                if let stretch = stretch(operation, set, position, least, most) {
                    position = stretch.furthest
                    operation += 1
                } else {
                    isAlive = false
                }
            case .split(let other, let prefersOther, let choice):
                if isCareful, !isNew(choice, position) {
                    isAlive = false
                    break
                }
                let one = admits(operation + 1, position), two = admits(other, position)
                if one, two {
                    let second = prefersOther ? operation + 1 : other
                    frames.append(Frame(operation: Int32(truncatingIfNeeded: second), isRun: false, position: position, least: 0))
                    operation = prefersOther ? other : operation + 1
                } else if one {
                    operation += 1
                } else if two {
                    operation = other
                } else {
                    isAlive = false
                }
            case .jump(let target): operation = target
            case .ahead(let set, let negated):
                if (length(of: set, at: position) != nil) != negated { operation += 1 } else { isAlive = false }
            case .look(let program, let negated):
                if look(program, position) != negated { operation += 1 } else { isAlive = false }
            case .assert(let assertion):
                if holds(assertion, position) { operation += 1 } else { isAlive = false }
            case .accept: return position
            }
            if isAlive { continue }
            returns += 1
            // It went back often, or far for nothing: the next match must not go there again.
            if !isCareful, returns > Self.patience || steps > Self.patience {
                isHard = true
                return nil
            }
            guard resume(&operation, &position) else { return nil }
        }
    }

    @inline(__always)
    private func admits(_ operation: Int, _ position: Int) -> Bool {
        let first = expression.first[operation]
        return position < end ? first.admits(text[position]) : first.nothing
    }

    /// Takes up the last place to go back to.
    private mutating func resume(_ operation: inout Int, _ position: inout Int) -> Bool {
        while let last = frames.indices.last {
            let frame = frames[last]
            operation = Int(frame.operation)
            guard frame.isRun else {
                frames.removeLast()
                position = frame.position
                return true
            }
            guard frame.position > frame.least, let shorter = Characters.start(text, start, endingAt: frame.position) else {
                frames.removeLast()
                continue
            }
            frames[last].position = shorter
            if isCareful, case .run(_, _, let most, let choice) = expression.operations[operation], most != .max,
                !isNew(choice, shorter)
            {
                continue
            }
            position = shorter
            operation += 1
            return true
        }
        return false
    }

    /// The length of the character at `position` if it is in the set.
    @inline(__always)
    private func length(of set: Int, at position: Int) -> Int? {
        guard position < end else { return nil }
        let lead = text[position]
        if lead < 0x80 { return expression.sets[set].contains(ascii: lead) ? 1 : nil }
        let (scalar, length) = Characters.at(text, position, end)
        return expression.sets[set].contains(scalar) ? length : nil
    }

    /// The furthest end of a run from `position`, and the nearest; nil if there are too few characters.
    @inline(__always)
    private mutating func stretch(
        _ operation: Int, _ set: Int, _ position: Int, _ least: Int, _ most: Int
    ) -> (furthest: Int, nearest: Int)? {
        let isUnbounded = most == .max
        if isUnbounded, stretches[operation].contains(position) {
            let furthest = stretches[operation].upperBound
            var nearest = position
            for _ in 0..<least {
                guard nearest < furthest else { return nil }
                nearest += Characters.length(text, nearest, end)
            }
            return (furthest, nearest)
        }
        var stop = position
        var nearest = position
        var count = 0
        while count < most, let length = length(of: set, at: stop) {
            stop += length
            count += 1
            if count == least { nearest = stop }
        }
        if isUnbounded, count > 64 { stretches[operation] = position..<stop }
        return count < least ? nil : (stop, nearest)
    }

    @inline(__always)
    private mutating func enterRun(
        _ operation: inout Int, _ position: inout Int, _ set: Int, _ least: Int, _ most: Int, _ choice: Int
    ) -> Bool {
        var furthest: Int
        let nearest: Int
        if !isCareful {
            guard let stretch = stretch(operation, set, position, least, most) else { return false }
            (furthest, nearest) = stretch
            if furthest > nearest {
                frames.append(Frame(operation: Int32(truncatingIfNeeded: operation), isRun: true, position: furthest, least: nearest))
            }
        } else if most == .max {
            var stop = position
            for _ in 0..<least {
                guard let length = length(of: set, at: stop) else { return false }
                stop += length
            }
            // Where the run has been before, both ending it and going on have been tried.
            nearest = stop
            guard isNew(choice, stop) else { return false }
            furthest = stop
            while let length = length(of: set, at: furthest), isNew(choice, furthest + length) { furthest += length }
            frames.append(Frame(operation: Int32(truncatingIfNeeded: operation), isRun: true, position: furthest, least: nearest))
        } else {
            guard let stretch = stretch(operation, set, position, least, most) else { return false }
            (furthest, nearest) = stretch
            frames.append(Frame(operation: Int32(truncatingIfNeeded: operation), isRun: true, position: furthest, least: nearest))
            guard isNew(choice, furthest) else { return false }
        }
        position = furthest
        operation += 1
        return true
    }

    private func isWord(_ position: Int) -> Bool {
        position < end && CharacterPredicate.isWord(Characters.at(text, position, end).scalar)
    }

    private func holds(_ assertion: ExpressionSyntax.Assertion, _ position: Int) -> Bool {
        switch assertion {
        case .textStart: return position == start
        case .textEnd: return position == end
        case .textEndOrNewline: return position == end || position == end - 1 && text[position] == 0x0a
        case .lineStart: return position == start || text[position - 1] == 0x0a && position < end
        case .lineEnd: return position == end || text[position] == 0x0a
        case .wordBoundary, .noWordBoundary:
            let before = Characters.start(text, start, endingAt: position).map { isWord($0) } ?? false
            return (before != isWord(position)) == (assertion == .wordBoundary)
        }
    }

    /// Whether a lookahead's body matches at `position`: worked out once for all positions, from the end of the text.
    private mutating func look(_ program: Int, _ position: Int) -> Bool {
        if looks[program].isEmpty { looks[program] = workOut(expression.lookaheads[program]) }
        let index = position - start
        return looks[program][index / 64] >> UInt64(index % 64) & 1 != 0
    }

    private func workOut(_ body: [Expression.Operation]) -> [UInt64] {
        var result = [UInt64](repeating: 0, count: (end - start) / 64 + 1)
        // From which operations the body can still match, for the last few positions: a character has four bytes at most.
        var reach = [[Bool]](repeating: [Bool](repeating: false, count: body.count), count: 5)
        var known = [Int8](repeating: -1, count: body.count)
        var position = end
        while true {
            for index in known.indices { known[index] = -1 }
            for index in body.indices { reach[position % 5][index] = reaches(index, position, body, reach, &known) }
            if reach[position % 5][0] { result[(position - start) / 64] |= 1 << UInt64((position - start) % 64) }
            guard let before = Characters.start(text, start, endingAt: position) else { return result }
            // The positions in between are no character's: nothing is asked of them.
            position = before
        }
    }

    private func reaches(
        _ operation: Int, _ position: Int, _ body: [Expression.Operation], _ reach: [[Bool]], _ known: inout [Int8]
    ) -> Bool {
        if known[operation] >= 0 { return known[operation] == 1 }
        let result: Bool
        switch body[operation] {
        case .character(let set):
            if let length = length(of: set, at: position) { result = reach[(position + length) % 5][operation + 1] } else { result = false }
        case .split(let other, _, _):
            result = reaches(operation + 1, position, body, reach, &known) || reaches(other, position, body, reach, &known)
        case .jump(let target): result = reaches(target, position, body, reach, &known)
        case .ahead(let set, let negated):
            result = (length(of: set, at: position) != nil) != negated && reaches(operation + 1, position, body, reach, &known)
        case .assert(let assertion): result = holds(assertion, position) && reaches(operation + 1, position, body, reach, &known)
        case .accept: result = true
        case .run, .possessive, .look: result = false
        }
        known[operation] = result ? 1 : 0
        return result
    }
}
