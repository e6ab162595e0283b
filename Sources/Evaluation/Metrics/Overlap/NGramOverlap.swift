/// How many n-grams of a text its references have too.
///
/// The n-grams are numbered order by order: one of order n is the number of its first n - 1 parts and its last part, so
/// that time and memory grow with the texts and not with the orders' sum of lengths. Swift's dictionaries are seeded
/// anew in each process, so no text can be made to collide.
struct NGramOverlap {
    /// For each order, from 1, and each reference: how many of the hypothesis' n-grams the reference has, each counted
    /// at most as often as the reference has it.
    private(set) var matches: [[Int]] = []
    /// For each order: the same with the references taken together, each n-gram counted at most as often as the
    /// reference that has it most.
    private(set) var pooledMatches: [Int] = []

    /// - Parameters:
    ///   - hypothesis: the text's parts, equal ones having equal numbers.
    ///   - references: the references' parts, numbered alike.
    init(hypothesis: [UInt32], references: [[UInt32]], orders: Int) {
        // The n-gram of the order before that begins at each position. That of order 0 is the same everywhere.
        var grams = [UInt32](repeating: 0, count: hypothesis.count)
        var referenceGrams = references.map { [UInt32](repeating: 0, count: $0.count) }
        for order in 1...orders {
            var numbers: [UInt64: UInt32] = [:]
            var counts: [Int] = []
            grams.removeLast(min(grams.count, grams.count - Self.count(hypothesis, order: order)))
            for index in grams.indices {
                let key = UInt64(grams[index]) << 32 | UInt64(hypothesis[index + order - 1])
                if let number = numbers[key] {
                    grams[index] = number
                    counts[Int(number)] += 1
                } else {
                    let number = UInt32(counts.count)
                    numbers[key] = number
                    grams[index] = number
                    counts.append(1)
                }
            }
            var best = [Int](repeating: 0, count: counts.count)
            var sums: [Int] = []
            for (position, reference) in references.enumerated() {
                let found = Self.occurrences(
                    in: reference, grams: &referenceGrams[position], order: order, numbers: numbers, count: counts.count)
                var sum = 0
                for (number, occurrences) in found.enumerated() {
                    let matched = min(occurrences, counts[number])
                    best[number] = max(best[number], matched)
                    sum += matched
                }
                sums.append(sum)
            }
            matches.append(sums)
            pooledMatches.append(best.reduce(0, +))
        }
    }

    /// How many n-grams a text has.
    static func count(_ parts: [UInt32], order: Int) -> Int { max(0, parts.count - order + 1) }

    /// An n-gram that the hypothesis does not have; no longer one that begins with it can be there either.
    private static let absent = UInt32.max

    private static func occurrences(
        in reference: [UInt32], grams: inout [UInt32], order: Int, numbers: [UInt64: UInt32], count: Int
    ) -> [Int] {
        var occurrences = [Int](repeating: 0, count: count)
        grams.removeLast(min(grams.count, grams.count - Self.count(reference, order: order)))
        for index in grams.indices where grams[index] != absent {
            let number = numbers[UInt64(grams[index]) << 32 | UInt64(reference[index + order - 1])] ?? absent
            grams[index] = number
            if number != absent { occurrences[Int(number)] += 1 }
        }
        return occurrences
    }
}
