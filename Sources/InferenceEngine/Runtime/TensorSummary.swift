import WeightFormats

/// Figures over one tensor's dequantised values. Those that are not finite are counted and left out of the rest.
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
            let value = Double(value)
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
            let value = Double(value)
            squares += (value - mean) * (value - mean)
            if bins > 0 { histogram[width > 0 ? min(bins - 1, Int((value - minimum) / width)) : 0] += 1 }
        }
        standardDeviation = (squares / Double(finite)).squareRoot()
    }

    /// Dequantises whole blocks, about a million values at a time, so that memory does not grow with the tensor.
    private static func forEach(
        _ tensor: TensorInfo, _ container: WeightContainer, _ body: (Float) -> Void
    ) throws(WeightError) {
        let bytes = container.bytes(of: tensor)
        let blocks = tensor.elementCount / tensor.type.blockElements
        let step = (1 << 20) / tensor.type.blockElements
        let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: step * tensor.type.blockElements)
        defer { buffer.deallocate() }
        var block = 0
        while block < blocks {
            let taken = min(step, blocks - block)
            let target = UnsafeMutableBufferPointer(rebasing: buffer[..<(taken * tensor.type.blockElements)])
            let source = bytes[(block * tensor.type.blockBytes)..<((block + taken) * tensor.type.blockBytes)]
            try Dequantize.floats(UnsafeRawBufferPointer(rebasing: source), type: tensor.type, into: target)
            for value in target { body(value) }
            block += taken
        }
    }
}
