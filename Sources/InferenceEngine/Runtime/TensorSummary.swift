import WeightFormats

/// Figures over one tensor's values: dequantised, or as the integers that they are stored as. Those that are not finite are counted and left out of the rest.
package struct TensorSummary: Hashable, Sendable {
    package private(set) var count = 0
    package private(set) var minimum = 0.0
    package private(set) var maximum = 0.0
    package private(set) var mean = 0.0
    /// The population's: divided by n.
    package private(set) var standardDeviation = 0.0
    /// √Σx²: of a matrix, the Frobenius norm.
    package private(set) var norm = 0.0
    package private(set) var zeroCount = 0
    package private(set) var nanCount = 0
    package private(set) var infinityCount = 0
    /// Counts in equal bins from minimum to maximum, the last one closed.
    package private(set) var histogram: [Int]

    /// Reads the tensor twice, a stretch at a time: range, mean and norm, then deviations and the histogram.
    package init(_ tensor: TensorInfo, in container: WeightContainer, bins: Int) throws(WeightError) {
        histogram = [Int](repeating: 0, count: bins)
        count = tensor.elementCount
        var sum = 0.0, squared = 0.0
        var finite = 0
        try Self.forEach(tensor, container) { value in
            if value.isNaN { nanCount += 1; return }
            if value.isInfinite { infinityCount += 1; return }
            if finite == 0 { (minimum, maximum) = (value, value) }
            minimum = min(minimum, value)
            maximum = max(maximum, value)
            if value == 0 { zeroCount += 1 }
            sum += value
            squared += value * value
            finite += 1
        }
        guard finite > 0 else { return }
        norm = squared.squareRoot()
        mean = sum / Double(finite)
        var squares = 0.0
        let width = (maximum - minimum) / Double(max(1, bins))
        try Self.forEach(tensor, container) { value in
            guard value.isFinite else { return }
            squares += (value - mean) * (value - mean)
            guard bins > 0 else { return }
            // Double precision may span more than it can say: then there is nothing to divide by.
            let place = width > 0 ? (value - minimum) / width : 0
            histogram[place.isFinite ? min(bins - 1, Int(place)) : bins - 1] += 1
        }
        standardDeviation = (squares / Double(finite)).squareRoot()
    }

    /// Reads whole blocks, about a million values at a time, so that memory does not grow with the tensor.
    private static func forEach(
        _ tensor: TensorInfo, _ container: WeightContainer, _ body: (Double) -> Void
    ) throws(WeightError) {
        let bytes = container.bytes(of: tensor)
        let blocks = tensor.elementCount / tensor.type.blockElements
        let step = (1 << 20) / tensor.type.blockElements
        let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: step * tensor.type.blockElements)
        let scratch = UnsafeMutableBufferPointer<Float>.allocate(capacity: buffer.count)
        defer {
            buffer.deallocate()
            scratch.deallocate()
        }
        var block = 0
        while block < blocks {
            let taken = min(step, blocks - block)
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<(taken * tensor.type.blockElements)])
            let source = bytes[(block * tensor.type.blockBytes)..<((block + taken) * tensor.type.blockBytes)]
            try StoredValues.doubles(UnsafeRawBufferPointer(rebasing: source), type: tensor.type, into: target, scratch: scratch)
            for value in target { body(value) }
            block += taken
        }
    }
}
