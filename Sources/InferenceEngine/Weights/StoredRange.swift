import WeightFormats

/// Some numbers of a tensor, in row-major order, as they are stored and as they are meant.
package struct StoredRange: Sendable {
    /// What numbers of a quantised type have in common, with the first of them.
    package struct Scale: Sendable {
        package let start: Int
        package let scale: BlockScale
    }

    package let from: Int
    package let stored: [UInt32]
    /// Dequantised; of an integer, what is nearest to it in single precision.
    package let values: [Float]
    /// For quantised types, of all that a number here belongs to.
    package let scales: [Scale]

    /// The numbers of `range`, cut where the tensor ends.
    /// - Throws: `unsupportedTensorType` for numbers of more than 32 bits.
    package init(_ range: Range<Int>, of tensor: TensorInfo, in container: WeightContainer) throws(WeightError) {
        let range = range.clamped(to: 0..<tensor.elementCount)
        let bytes = container.bytes(of: tensor), type = tensor.type
        guard type.numberBits <= 32 else {
            throw WeightError(.unsupportedTensorType, "numbers of type \(type.name) are not shown one by one; see their statistics", tensor: tensor.name)
        }
        from = range.lowerBound
        guard !range.isEmpty else {
            (stored, values, scales) = ([], [], [])
            return
        }
        stored = range.map { StoredValues.stored($0, of: bytes, type: type) }
        let blocks = range.lowerBound / type.blockElements..<(range.upperBound - 1) / type.blockElements + 1
        scales = StoredValues.numbersPerScale(type).map { count in
            (range.lowerBound / count..<(range.upperBound - 1) / count + 1).compactMap { place in
                StoredValues.scale(place * count, of: bytes, type: type).map { Scale(start: place * count, scale: $0) }
            }
        } ?? []
        var floats = [Float](repeating: 0, count: blocks.count * type.blockElements)
        var doubles = [Double](repeating: 0, count: floats.count)
        let source = UnsafeRawBufferPointer(rebasing: bytes[blocks.lowerBound * type.blockBytes..<blocks.upperBound * type.blockBytes])
        let result = floats.withUnsafeMutableBufferPointer { floats in
            doubles.withUnsafeMutableBufferPointer { doubles in
                Result { () throws(WeightError) in try StoredValues.doubles(source, type: type, into: doubles, scratch: floats) }
            }
        }
        try result.get()
        let skipped = range.lowerBound - blocks.lowerBound * type.blockElements
        // Single precision as it was read: a NaN keeps its bits.
        values = type.holdsWeights ? Array(floats[skipped..<skipped + range.count]) : doubles[skipped..<skipped + range.count].map { Float($0) }
    }
}
