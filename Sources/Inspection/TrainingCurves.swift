import CanonicalEncoding
import ContentStore
import DatasetFormats

/// The curves of a training log: loss, learning rate and norm of the gradient by step, thinned so that no spike is lost.
package enum TrainingCurves {
    private static let kinds: [(name: String, keys: [String])] = [
        ("loss", []), ("learning rate", ["learning_rate", "lr"]), ("gradient norm", ["grad_norm", "gradient_norm", "grad-norm"]),
    ]

    package static func view(_ memory: SealedMemory, named name: String, points: Int) throws -> JSONValue {
        try view(of: TrainingLog(MemoryBytes(memory), format: RecordFormat(path: name) ?? .jsonLines), points: points)
    }

    /// - Parameter points: of each curve, at most: the range of steps is cut into half as many equal parts, and of each the
    ///   lowest and the highest value are kept. Values that are not finite are counted, and left out.
    package static func view(of log: TrainingLog<some ByteSource>, points: Int) throws -> JSONValue {
        var range: ClosedRange<Int64>?, entries: Int64 = 0
        try log.forEach { entry in
            entries += 1
            range = min(range?.lowerBound ?? entry.step, entry.step)...max(range?.upperBound ?? entry.step, entry.step)
            return true
        }
        let parts = max(1, points / 2)
        var curves = kinds.map { _ in Curve(parts: parts) }
        if let range {
            let span = Double(range.upperBound) - Double(range.lowerBound)
            try log.forEach { entry in
                let place = span > 0 ? (Double(entry.step) - Double(range.lowerBound)) / span : 0
                let part = min(parts - 1, Int(place * Double(parts)))
                for (index, kind) in kinds.enumerated() {
                    let value = kind.keys.isEmpty ? entry.loss : entry.metrics.first { kind.keys.contains($0.name) }?.value
                    if let value { curves[index].take(entry.step, value, part: part) }
                }
                return true
            }
        }
        return [
            "entries": .integer(entries),
            "curves": .array(zip(kinds, curves).filter { $0.1.count + $0.1.notFinite > 0 }.map { $0.1.view(named: $0.0.name) }),
        ]
    }

    private struct Curve {
        private struct Point {
            let step: Int64
            let value: Double
        }

        private var kept: [(low: Point, high: Point)?]
        private(set) var count = 0
        private(set) var notFinite = 0
        private var firstNotFinite: Int64?

        init(parts: Int) { kept = Array(repeating: nil, count: parts) }

        mutating func take(_ step: Int64, _ value: Double, part: Int) {
            guard value.isFinite else {
                notFinite += 1
                firstNotFinite = firstNotFinite ?? step
                return
            }
            count += 1
            let point = Point(step: step, value: value)
            guard var pair = kept[part] else {
                kept[part] = (low: point, high: point)
                return
            }
            if value < pair.low.value { pair.low = point }
            if value > pair.high.value { pair.high = point }
            kept[part] = pair
        }

        /// Values as the shortest digits that read back as the same double.
        func view(named name: String) -> JSONValue {
            let points = kept.compactMap { $0 }.flatMap { pair in
                pair.low.step == pair.high.step ? [pair.low] : [pair.low, pair.high].sorted { $0.step < $1.step }
            }
            var view: JSONObject = [
                "name": .string(name), "values": .integer(Int64(count)), "notFinite": .integer(Int64(notFinite)),
                "points": .array(points.map { [.integer($0.step), .string("\($0.value)")] }),
            ]
            view["firstNotFinite"] = firstNotFinite.map { .integer($0) }
            return .object(view)
        }
    }
}
