/// Tercom's greedy search: as long as moving some run of words lowers the edit distance, the move that lowers it most
/// is made. With the limits that Tercom and sacrebleu set, and two of our own.
struct ShiftSearch {
    /// What Tercom tries: runs of up to 10 words, to places in the reference up to 50 words from the run's.
    private static let longestRun = 10
    private static let farthest = 50
    /// sacrebleu stops after so many trials for a pair of texts, and does not make the best move of that round.
    private static let mostTrials = 1_000
    /// Our own bound for a pair of texts: distances computed and places compared. Two to three seconds; two texts
    /// of 10,000 words stay below it.
    static let workLimit = 1 << 29
    /// Distances kept in memory (32 MiB); texts with a larger table, from 80,000 words, are compared without moves.
    static let tableLimit = 1 << 22

    private var words: [UInt32]
    private let reference: [UInt32]
    private let band: EditBand
    private var rows: [EditRow]
    private var trials = 0
    private var work = 0
    /// Whether one of our own bounds ended the search.
    private(set) var isCutShort = false

    init(hypothesis: [UInt32], reference: [UInt32]) {
        words = hypothesis
        self.reference = reference
        band = EditBand(hypothesisCount: hypothesis.count, referenceCount: reference.count)
        rows = [EditRow(referenceCount: reference.count)]
    }

    /// How many moves and edits there are together.
    mutating func edits() -> Int {
        guard !reference.isEmpty else { return words.count }
        guard band.cells <= Self.tableLimit else {
            isCutShort = true
            return distance(of: words, from: 0, unchangedFrom: words.count)
        }
        rows += [EditRow](repeating: .empty, count: words.count)
        var moves = 0
        var firstChanged = 0
        while true {
            fillRows(from: firstChanged)
            guard let move = bestMove(), move.gain > 0 else { return moves + rows[words.count].last }
            words = move.made(in: words)
            firstChanged = move.changes(of: words.count).lowerBound
            moves += 1
        }
    }

    private mutating func fillRows(from first: Int) {
        for row in first..<words.count {
            let above = rows[row]
            rows[row + 1].fill(below: above, columns: band.columns(row + 1), word: words[row], reference: reference)
            work += rows[row + 1].columns.count
        }
    }

    /// The best move of a round; nil when there is none, or a limit was reached.
    private mutating func bestMove() -> ShiftMove? {
        let alignment = EditAlignment(rows: rows, hypothesis: words, reference: reference)
        var best: ShiftMove?
        for start in words.indices {
            // Nothing is gained by moving words that are right.
            guard alignment.hypothesisErrors(start, length: Self.longestRun) > 0 else { continue }
            let from = max(0, start - Self.farthest)
            let to = min(reference.count, start + Self.farthest + 1)
            guard from < to else { break }
            work += to - from
            for place in from..<to where words[start] == reference[place] {
                for length in 1...Self.longestRun {
                    guard start + length <= words.count, place + length <= reference.count,
                        words[start + length - 1] == reference[place + length - 1]
                    else { break }
                    work += 1
                    guard alignment.allowsMove(from: start, length: length, to: place) else { continue }
                    for target in alignment.targets(of: place, length: length) {
                        let move = trial(ShiftMove(start: start, length: length, target: target))
                        if let known = best { best = move.isBetter(than: known) ? move : known } else { best = move }
                        trials += 1
                    }
                    if trials >= Self.mostTrials { return nil }
                    if work >= Self.workLimit {
                        isCutShort = true
                        return nil
                    }
                }
            }
        }
        return best
    }

    /// The move with what it gains.
    private mutating func trial(_ move: ShiftMove) -> ShiftMove {
        let changes = move.changes(of: words.count)
        let distance = distance(of: move.made(in: words), from: changes.lowerBound, unchangedFrom: changes.upperBound)
        var move = move
        move.gain = rows[words.count].last - distance
        return move
    }

    /// The edit distance of other words than those of the table.
    /// - Parameters:
    ///   - first: how many words at the beginning are the same.
    ///   - end: from where on they are the same again.
    private mutating func distance(of words: [UInt32], from first: Int, unchangedFrom end: Int) -> Int {
        var above = rows[first]
        var row = EditRow.empty
        for index in first..<words.count {
            row.fill(below: above, columns: band.columns(index + 1), word: words[index], reference: reference)
            work += row.columns.count
            // Once a row is the table's but for a constant, so are all that follow.
            if index + 1 >= end, index + 1 < rows.count, let excess = row.excess(over: rows[index + 1]) {
                return rows[words.count].last + excess
            }
            swap(&above, &row)
        }
        return above.last
    }
}

/// A run of words that is moved.
struct ShiftMove {
    let start: Int
    let length: Int
    /// Where to: before this word, or when it is within the run, so many words after the run's start.
    let target: Int
    /// By how much the edit distance falls.
    var gain = 0

    init(start: Int, length: Int, target: Int) {
        self.start = start
        self.length = length
        self.target = target
    }

    /// What Tercom prefers: what gains more, then the longer run, then the one further left, then the target further
    /// left.
    func isBetter(than other: ShiftMove) -> Bool {
        (gain, length, other.start, other.target) > (other.gain, other.length, start, target)
    }

    /// The words with the run moved.
    func made(in words: [UInt32]) -> [UInt32] {
        let changes = changes(of: words.count)
        let run = words[start..<start + length]
        var moved = words
        let others = target < start ? words[target..<start] : words[start + length..<changes.upperBound]
        moved.replaceSubrange(changes, with: target < start ? run + others : others + run)
        return moved
    }

    /// The words that can be others afterwards, of so many.
    func changes(of count: Int) -> Range<Int> {
        if target < start { return target..<start + length }
        return start..<(target > start + length ? target : min(count, target + length))
    }
}
