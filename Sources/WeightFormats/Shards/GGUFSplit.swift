/// Where a GGUF file stands among those that a model was split into: the keys `split.no`, `split.count` and
/// `split.tensors.count`, which llama.cpp's `gguf-split` writes into each.
package struct GGUFSplit: Hashable, Sendable {
    package static let keys = ["split.no", "split.count", "split.tensors.count"]
    /// `gguf-split` writes 16 bits.
    static let maximumCount = 65_535

    /// From 0.
    package let number: Int
    /// How many files there are. What was merged again says 0.
    package let count: Int
    /// Tensors over all the files.
    package let tensors: Int

    package init(number: Int, count: Int, tensors: Int) { (self.number, self.count, self.tensors) = (number, count, tensors) }

    /// Nil where the file says nothing of it.
    init?(_ metadata: [String: GGUFValue]) throws(WeightError) {
        guard Self.keys.contains(where: { metadata[$0] != nil }) else { return nil }
        number = try Self.integer(metadata, "split.no", maximum: Self.maximumCount)
        count = try Self.integer(metadata, "split.count", maximum: Self.maximumCount)
        tensors = try Self.integer(metadata, "split.tensors.count", maximum: Int(Int32.max))
    }

    private static func integer(_ metadata: [String: GGUFValue], _ key: String, maximum: Int) throws(WeightError) -> Int {
        guard let value = metadata[key]?.integer, let integer = Int(exactly: value), (0...maximum).contains(integer) else {
            throw WeightError(
                .badValue, "a file that was split has \(keys.joined(separator: ", ")), whole numbers of at most \(maximum); split it again",
                key: key)
        }
        return integer
    }
}
