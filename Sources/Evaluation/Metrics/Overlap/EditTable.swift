/// A hypothesis' edit distances from a reference, kept near the diagonal as Tercom does it: of each row (the first words
/// of the hypothesis) only the columns (the first words of the reference) up to 25 before and after the place that
/// corresponds to it.
struct EditBand {
    let hypothesisCount: Int
    let referenceCount: Int
    private let ratio: Double
    private let width: Int

    init(hypothesisCount: Int, referenceCount: Int) {
        self.hypothesisCount = hypothesisCount
        self.referenceCount = referenceCount
        ratio = hypothesisCount > 0 ? Double(referenceCount) / Double(hypothesisCount) : 1
        // With a reference so much longer the bands of neighbouring rows would not touch.
        width = ratio / 2 > 25 ? Int((ratio / 2 + 25).rounded(.up)) : 25
    }

    /// The columns that are computed. In the first row and to the end of the last they all are.
    func columns(_ row: Int) -> Range<Int> {
        guard row > 0 else { return 0..<referenceCount + 1 }
        let diagonal = Int((Double(row) * ratio).rounded(.down))
        let end = row == hypothesisCount ? referenceCount + 1 : min(referenceCount + 1, diagonal + width)
        return max(0, diagonal - width)..<end
    }

    /// How many distances a whole table has.
    var cells: Int { (0...hypothesisCount).reduce(0) { $0 + columns($1).count } }
}

/// One row of an edit table.
struct EditRow {
    private(set) var columns: Range<Int>
    private(set) var costs: [Int]

    /// Outside the band: never the least, and far from overflowing.
    private static let unreachable = Int.max / 2

    /// A row yet to be filled.
    static let empty = EditRow(columns: 0..<0, costs: [])

    private init(columns: Range<Int>, costs: [Int]) {
        self.columns = columns
        self.costs = costs
    }

    /// The first row: every word of the reference inserted.
    init(referenceCount: Int) {
        columns = 0..<referenceCount + 1
        costs = Array(columns)
    }

    subscript(column: Int) -> Int { columns.contains(column) ? costs[column - columns.lowerBound] : Self.unreachable }

    /// The cost of the whole reference.
    var last: Int { costs.last ?? 0 }

    /// Makes this the row below `above`.
    /// - Parameter word: the hypothesis' word that the row adds.
    mutating func fill(below above: EditRow, columns: Range<Int>, word: UInt32, reference: [UInt32]) {
        self.columns = columns
        costs.removeAll(keepingCapacity: true)
        costs.reserveCapacity(columns.count)
        var left = Self.unreachable
        var diagonal = above[columns.lowerBound - 1]
        for column in columns {
            let up = above[column]
            var cost = min(up, left) + 1
            if column > 0 { cost = min(cost, diagonal + (word == reference[column - 1] ? 0 : 1)) }
            costs.append(cost)
            (left, diagonal) = (cost, up)
        }
    }

    /// By how much all costs are above those of another row of the same columns; nil when they differ.
    func excess(over other: EditRow) -> Int? {
        guard let first = costs.first, let otherFirst = other.costs.first else { return nil }
        let excess = first - otherFirst
        // The ends differ most often, and are looked at first.
        guard last - other.last == excess else { return nil }
        return zip(costs, other.costs).allSatisfy { $0 - $1 == excess } ? excess : nil
    }
}

/// Which words of a hypothesis and a reference stand for each other in the cheapest edits.
struct EditAlignment {
    /// For each word of the reference, the hypothesis' word that it became, or where it was deleted the one before;
    /// -1 before the first.
    private let positions: [Int]
    /// How many of the first 0, 1, ... words are no match.
    private let hypothesisErrors: [Int]
    private let referenceErrors: [Int]

    /// - Parameter rows: the whole table.
    init(rows: [EditRow], hypothesis: [UInt32], reference: [UInt32]) {
        var hypothesisIsError = [Bool](repeating: false, count: hypothesis.count)
        var referenceIsError = [Bool](repeating: false, count: reference.count)
        var positions = [Int](repeating: -1, count: reference.count)
        var (row, column) = (hypothesis.count, reference.count)
        // Tercom prefers to keep or replace, then to leave a word of the hypothesis out, then to insert one.
        while row > 0 || column > 0 {
            let cost = rows[row][column]
            let matches = row > 0 && column > 0 && hypothesis[row - 1] == reference[column - 1]
            if row > 0, column > 0, rows[row - 1][column - 1] + (matches ? 0 : 1) == cost {
                row -= 1
                column -= 1
                positions[column] = row
                hypothesisIsError[row] = !matches
                referenceIsError[column] = !matches
            } else if row > 0, rows[row - 1][column] + 1 == cost {
                row -= 1
                hypothesisIsError[row] = true
            } else {
                column -= 1
                positions[column] = row - 1
                referenceIsError[column] = true
            }
        }
        self.positions = positions
        hypothesisErrors = Self.sums(hypothesisIsError)
        referenceErrors = Self.sums(referenceIsError)
    }

    private static func sums(_ flags: [Bool]) -> [Int] {
        var sums = [0]
        var sum = 0
        for flag in flags {
            sum += flag ? 1 : 0
            sums.append(sum)
        }
        return sums
    }

    /// How many words of a run of the hypothesis are no match; a run is cut off at the end.
    func hypothesisErrors(_ start: Int, length: Int) -> Int {
        hypothesisErrors[min(start + length, hypothesisErrors.count - 1)] - hypothesisErrors[start]
    }

    /// Whether a run of the hypothesis is worth moving to a place of the reference: neither is right where it is, and
    /// the place does not belong to the run.
    func allowsMove(from start: Int, length: Int, to place: Int) -> Bool {
        hypothesisErrors(start, length: length) > 0
            && referenceErrors[place + length] > referenceErrors[place]
            && !(start..<start + length).contains(positions[place])
    }

    /// Where in the hypothesis a run can go to stand for that of the reference at `place`: after what stands for the
    /// word before, or for one of its own.
    func targets(of place: Int, length: Int) -> [Int] {
        var targets: [Int] = []
        for word in place - 1..<place + length {
            let target = word < 0 ? 0 : positions[word] + 1
            if target != targets.last { targets.append(target) }
        }
        return targets
    }
}
