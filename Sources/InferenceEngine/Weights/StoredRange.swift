import WeightFormats

/// Some numbers of a tensor, in row-major order, as they are stored and as they are meant.
package struct StoredRange: Sendable {
    /// A quantised block's scale, with the number that the block starts with.
    package struct Scale: Sendable {
        package let start: Int
        package let scale: StoredValues.BlockScale
    }

    package let from: Int
    package let stored: [StoredValues.Stored]
    /// Dequantised.
    package let values: [Float]
    /// For quantised types, of each block that a number here belongs to.
    package let scales: [Scale]

    /// The numbers of `range`, cut where the tensor ends.
    package init(_ range: Range<Int>, of tensor: TensorInfo, in container: WeightContainer) throws(WeightError) {
        let range = range.clamped(to: 0..<tensor.elementCount)
        let bytes = container.bytes(of: tensor), type = tensor.type
        from = range.lowerBound
        guard !range.isEmpty else {
            (stored, values, scales) = ([], [], [])
            return
        }
        stored = range.map { StoredValues.stored($0, of: bytes, type: type) }
        let blocks = range.lowerBound / type.blockElements..<(range.upperBound - 1) / type.blockElements + 1
        scales = blocks.compactMap { block in
            StoredValues.blockScale(block, of: bytes, type: type).map { Scale(start: block * type.blockElements, scale: $0) }
        }
        var floats = [Float](repeating: 0, count: blocks.count * type.blockElements)
        let source = UnsafeRawBufferPointer(rebasing: bytes[blocks.lowerBound * type.blockBytes..<blocks.upperBound * type.blockBytes])
        let result = floats.withUnsafeMutableBufferPointer { floats in
            Result { () throws(WeightError) in try Dequantize.floats(source, type: type, into: floats) }
        }
        try result.get()
        let skipped = range.lowerBound - blocks.lowerBound * type.blockElements
        values = Array(floats[skipped..<skipped + range.count])
    }
}
