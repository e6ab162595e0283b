import AuditCrypto
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
    /// The numbers in the pool of each content, in order; read once, and only where an item was drawn twice.
    private var places: [SHA256Digest: [Int]]?

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
        guard let item else {
            guard count <= size else { return nil }
            return sampler == .first ? Array(0..<count) : random.sample(count, of: size)
        }
        switch sampler {
        case .first:
            // Without copies of it, one of these at most is the item.
            let first = try others(Array(0..<min(count + 1, size)), than: item)
            if first.count >= count { return Array(first.prefix(count)) }
            let copies = try copies(of: item)
            return count <= size - copies.count ? (0..<count).map { Self.other($0, than: copies) } : nil
        case .drawn:
            guard count + 1 <= size else { return nil }
            let drawn = try others(random.sample(count + 1, of: size), than: item)
            if drawn.count >= count { return Array(drawn.prefix(count)) }
            // More than one copy of the item was drawn: again, from all that are no copy.
            let copies = try copies(of: item)
            guard count <= size - copies.count else { return nil }
            return random.sample(count, of: size - copies.count).map { Self.other($0, than: copies) }
        }
    }

    private func others(_ indices: [Int], than item: JSONObject) throws(TaskError) -> [Int] {
        var others: [Int] = []
        for index in indices where try example(index) != item { others.append(index) }
        return others
    }

    /// Where the pool has the item, in order.
    private mutating func copies(of item: JSONObject) throws(TaskError) -> [Int] {
        if places == nil {
            var places: [SHA256Digest: [Int]] = [:]
            for index in 0..<size { places[try Self.digest(example(index)), default: []].append(index) }
            self.places = places
        }
        return try places?[Self.digest(item)] ?? []
    }

    private static func digest(_ fields: JSONObject) throws(TaskError) -> SHA256Digest {
        do { return SHA256Digest.of(try CanonicalJSON.encode(.object(fields), numbers: .any)) } catch {
            throw TaskError(.syntax, "an example's fields: \(error.message)", file: "")
        }
    }

    /// The number at `rank` among those that are not in `copies`, which are in order.
    private static func other(_ rank: Int, than copies: [Int]) -> Int {
        var (low, high) = (0, copies.count)
        while low < high {
            let middle = (low + high) / 2
            if copies[middle] - middle > rank { high = middle } else { low = middle + 1 }
        }
        return rank + low
    }
}
