import CanonicalEncoding
import DatasetFormats
import EngineProtocol

/// Two submissions' tensors held against each other: B against A.
package struct WeightComparison: Sendable {
    package typealias Tensor = ModelInformation.Tensor

    /// In A's order.
    package let onlyInFirst: [Tensor]
    package let onlyInSecond: [Tensor]
    /// One name, two shapes.
    package let reshaped: [(first: Tensor, second: Tensor)]
    /// One name, one shape: what the worker is asked about.
    package let comparable: [(first: Tensor, second: Tensor)]
    /// Of each of `comparable`, its place in A's table and in B's.
    package let places: [[Int]]

    package init(_ first: [Tensor], _ second: [Tensor]) {
        let theirs = Dictionary(second.enumerated().map { (ExactString($0.element.name), $0.offset) }) { one, _ in one }
        let ours = Set(first.map { ExactString($0.name) })
        let pairs = first.enumerated().compactMap { place, tensor in theirs[ExactString(tensor.name)].map { [place, $0] } }
        func tensors(_ pair: [Int]) -> (first: Tensor, second: Tensor) { (first: first[pair[0]], second: second[pair[1]]) }
        onlyInFirst = first.filter { theirs[ExactString($0.name)] == nil }
        onlyInSecond = second.filter { !ours.contains(ExactString($0.name)) }
        reshaped = pairs.map(tensors).filter { $0.first.shape != $0.second.shape }
        places = pairs.filter { first[$0[0]].shape == second[$0[1]].shape }
        comparable = places.map(tensors)
    }

    /// How the rank of a difference is judged.
    package struct LowRank: Sendable {
        /// The rank up to which a difference is low, 1 to 63.
        package let limit: Int
        /// Singular values up to this part of the largest are taken for zero.
        package let tolerance: Double

        package init(limit: Int, tolerance: Double) { (self.limit, self.tolerance) = (limit, tolerance) }

        /// One more than the limit: the next value shows whether the rank ends there.
        package var values: Int { limit + 1 }
    }

    /// - Parameter results: of `comparable`, in its order.
    package func view(_ results: [TensorComparison], lowRank: LowRank?) -> JSONValue {
        let compared = zip(comparable, results).filter { !$0.1.isIdentical }
        var view: JSONObject = [
            "identical": .integer(Int64(results.count - compared.count)), "onlyInFirst": Self.table(onlyInFirst),
            "onlyInSecond": Self.table(onlyInSecond),
            "reshaped": .array(
                reshaped.map { pair in
                    [
                        "name": .string(VisibleText.line(pair.first.name)), "first": .string(Self.shape(pair.first)),
                        "second": .string(Self.shape(pair.second)),
                    ]
                }),
            "differing": .array(compared.map { Self.row($0.0, $0.1, lowRank) }),
        ]
        if let lowRank { view["lowRank"] = summary(compared.map { $0.1 }, lowRank) }
        return .object(view)
    }

    private static func row(_ pair: (first: Tensor, second: Tensor), _ result: TensorComparison, _ lowRank: LowRank?) -> JSONValue {
        var row: JSONObject = [
            "name": .string(VisibleText.line(pair.first.name)), "shape": .string(shape(pair.first)),
            "type": .string(VisibleText.line(pair.first.type)), "elements": .integer(Int64(result.elementCount)),
            "differing": .integer(Int64(result.differingCount)), "notFinite": .integer(Int64(result.notFiniteCount)),
            "largest": .string("\(result.largest)"), "norm": .string("\(result.norm)"),
            // Of a tensor of zeros nothing is a part.
            "relative": .string(result.firstNorm > 0 ? "\(result.norm / result.firstNorm)" : "inf"),
            "cosine": .string("\(result.cosine)"),
        ]
        if pair.first.type != pair.second.type { row["secondType"] = .string(VisibleText.line(pair.second.type)) }
        if let lowRank, let rank = DeltaRank(result, tolerance: lowRank.tolerance) { row["delta"] = rank.view }
        return .object(row)
    }

    /// Whether B is A plus a difference of low rank in each matrix that differs.
    private func summary(_ results: [TensorComparison], _ lowRank: LowRank) -> JSONValue {
        let ranks = results.compactMap { DeltaRank($0, tolerance: lowRank.tolerance) }
        let low = ranks.filter { $0.isLow(limit: lowRank.limit) }
        let others = results.count - ranks.count
        let isWhole = onlyInFirst.isEmpty && onlyInSecond.isEmpty && reshaped.isEmpty
        return [
            "limit": .integer(Int64(lowRank.limit)), "tolerance": .string("\(lowRank.tolerance)"),
            "matrices": .integer(Int64(ranks.count)), "low": .integer(Int64(low.count)),
            "roundingOnly": .integer(Int64(ranks.filter { $0.rank == 0 }.count)),
            "largestRank": .integer(Int64(low.map(\.rank).max() ?? 0)), "otherTensors": .integer(Int64(others)),
            "holds": .bool(isWhole && others == 0 && low.count == ranks.count && low.contains { $0.rank > 0 }),
        ]
    }

    private static func table(_ tensors: [Tensor]) -> JSONValue {
        .array(
            tensors.map { tensor in
                [
                    "name": .string(VisibleText.line(tensor.name)), "shape": .string(shape(tensor)), "type": .string(VisibleText.line(tensor.type)),
                ]
            })
    }

    private static func shape(_ tensor: Tensor) -> String { tensor.shape.map(String.init).joined(separator: " × ") }
}

/// The numerical rank of a difference, from its largest singular values.
package struct DeltaRank: Hashable, Sendable {
    /// Singular values above `threshold`.
    package let rank: Int
    /// All that were worked out are above it, and there are more: the rank is at least this.
    package let isLowerBound: Bool
    /// The larger of the tolerance's part of the largest value and of what rounding alone would give.
    package let threshold: Double
    /// The part of ‖Δ‖_F² in the first `rank` values.
    package let energy: Double
    private let spectrum: TensorSpectrum

    /// Nil where there is no spectrum: no matrix, or not finite.
    package init?(_ comparison: TensorComparison, tolerance: Double) {
        guard let spectrum = comparison.spectrum, let largest = spectrum.values.first else { return nil }
        self.spectrum = spectrum
        let threshold = max(tolerance * largest, comparison.roundingFloor)
        let above = spectrum.values.prefix { $0 > threshold }
        (rank, self.threshold) = (above.count, threshold)
        isLowerBound = above.count == spectrum.values.count && above.count < min(spectrum.rows, spectrum.columns)
        let whole = spectrum.norm * spectrum.norm
        energy = whole > 0 ? min(1, above.reduce(0) { $0 + $1 * $1 } / whole) : 1
    }

    /// Low: known, within the limit, and no more than half of what a matrix of this shape can have.
    package func isLow(limit: Int) -> Bool {
        !isLowerBound && rank <= limit && 2 * rank <= min(spectrum.rows, spectrum.columns)
    }

    var view: JSONValue {
        [
            "rank": .integer(Int64(rank)), "atLeast": .bool(isLowerBound), "threshold": .string("\(threshold)"),
            "energy": .string("\(energy)"), "stableRank": .string("\(spectrum.stableRank)"),
            "values": .array(spectrum.values.prefix(8).map { .string("\($0)") }),
            "change": .string("\(spectrum.change)"),
        ]
    }
}
