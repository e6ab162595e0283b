import CanonicalEncoding

/// Draws each item's examples from a pool as the harness does: in the items' order, from one generator seeded with 1234
/// (`--seed`'s default for examples), or always the first ones.
struct FewShotSampler {
    static let seed: UInt64 = 1234

    let count: Int
    private let sampler: TaskDefinition.FewShot.Sampler
    private let size: Int
    private let example: (Int) throws(TaskError) -> JSONObject
    private var random = PythonRandom(seed: Self.seed)

    /// - Parameters:
    ///   - size: of the pool.
    ///   - example: the fields of one of its items, which only an item that must not serve for itself is compared with.
    init(
        count: Int, sampler: TaskDefinition.FewShot.Sampler, size: Int, example: @escaping (Int) throws(TaskError) -> JSONObject
    ) {
        self.count = count
        self.sampler = sampler
        self.size = size
        self.example = example
    }

    /// The examples for the next item, by their numbers in the pool.
    /// - Parameter item: its fields where it must not serve as an example for itself; nil where it may.
    /// - Returns: nil where the pool has too few.
    mutating func next(excluding item: JSONObject?) throws(TaskError) -> [Int]? {
        guard count > 0 else { return [] }
        switch sampler {
        case .first:
            var chosen: [Int] = []
            for index in 0..<size where chosen.count < count {
                if try item.map({ fields throws(TaskError) in try example(index) == fields }) ?? false { continue }
                chosen.append(index)
            }
            return chosen.count == count ? chosen : nil
        case .drawn:
            guard let item else { return count <= size ? random.sample(count, of: size) : nil }
            guard count + 1 <= size else { return nil }
            let drawn = try others(random.sample(count + 1, of: size), than: item)
            if drawn.count >= count { return Array(drawn.prefix(count)) }
            // More than one copy of the item was drawn: again, from all that are no copy.
            let rest = try others(Array(0..<size), than: item)
            guard rest.count >= count else { return nil }
            return random.sample(count, of: rest.count).map { rest[$0] }
        }
    }

    private func others(_ indices: [Int], than item: JSONObject) throws(TaskError) -> [Int] {
        var others: [Int] = []
        for index in indices where try example(index) != item { others.append(index) }
        return others
    }
}
