import CanonicalEncoding
import DatasetFormats
import EngineProtocol

/// Views of the weights, as the confined engine found them. Names come from the submission and are shown without
/// anything that a terminal would act on.
package enum TensorTable {
    /// Which of several files each tensor lies in.
    package struct Files: Sendable {
        package let paths: [String]
        /// Of each tensor, a place in `paths`.
        package let places: [Int]
        /// The index that the files were held against, where there is one.
        package let index: String?

        package init(paths: [String], places: [Int], index: String?) { (self.paths, self.places, self.index) = (paths, places, index) }
    }

    /// The table of tensors; with the statistics of each where they were worked out, by its place.
    ///
    /// - Parameters:
    ///   - metadata: what the file says of its architecture, where its format does.
    ///   - files: where the weights are more than one file.
    package static func view(
        of tensors: [ModelInformation.Tensor], metadata: WeightMetadata, statistics: [Int: TensorStatistics] = [:], files: Files? = nil
    ) -> JSONValue {
        var view: JSONObject = architecture(metadata)
        if let files {
            var counts = [Int64](repeating: 0, count: files.paths.count)
            for place in files.places { counts[place] += 1 }
            view["files"] = .array(
                zip(files.paths, counts).map { ["path": .string(VisibleText.line($0)), "tensors": .integer($1)] })
            view["index"] = files.index.map { .string(VisibleText.line($0)) }
        }
        view["parameters"] = .integer(tensors.reduce(0) { sum, tensor in
            // Shapes were checked against their own overflow only.
            let count = tensor.shape.reduce(Int64(1)) { $0.multipliedReportingOverflow(by: Int64($1)).partialValue }
            return sum.addingReportingOverflow(count).partialValue
        })
        view["tensors"] = .array(
            tensors.enumerated().map { index, tensor in
                var row: JSONObject = [
                    "name": .string(VisibleText.line(tensor.name)), "type": .string(VisibleText.line(tensor.type)),
                    "shape": .array(tensor.shape.map { .integer(Int64($0)) }), "bytes": .integer(Int64(tensor.byteCount)),
                ]
                if let files { row["file"] = .string(VisibleText.line(files.paths[files.places[index]])) }
                if let statistics = statistics[index] {
                    for (name, figure) in figures(of: statistics).members { row[name] = figure }
                }
                return .object(row)
            })
        return .object(view)
    }

    /// The statistics of one tensor, and its spectrum where that was asked for.
    package static func view(of statistics: TensorStatistics, spectrum: TensorSpectrum? = nil) -> JSONValue {
        var view: JSONObject = [
            "name": .string(VisibleText.line(statistics.name)), "type": .string(VisibleText.line(statistics.type)),
            "shape": .string(statistics.shape.map(String.init).joined(separator: " × ")),
            "elements": .integer(Int64(statistics.elementCount)),
        ]
        for (name, figure) in figures(of: statistics).members { view[name] = figure }
        view["histogram"] = [
            "lower": .string("\(statistics.minimum)"), "upper": .string("\(statistics.maximum)"),
            "counts": .array(statistics.histogram.map { .integer(Int64($0)) }),
        ]
        view["spectrum"] = spectrum.map { Self.view(of: $0) }
        return .object(view)
    }

    package static func view(of spectrum: TensorSpectrum) -> JSONValue {
        [
            "values": .array(spectrum.values.map { .string("\($0)") }), "norm": .string("\(spectrum.norm)"),
            "stableRank": .string("\(spectrum.stableRank)"), "of": .integer(Int64(min(spectrum.rows, spectrum.columns))),
            "passes": .integer(Int64(spectrum.steps)), "change": .string("\(spectrum.change)"),
        ]
    }

    /// Figures as decimal strings, the shortest that read back as the same double.
    private static func figures(of statistics: TensorStatistics) -> JSONObject {
        [
            "minimum": .string("\(statistics.minimum)"), "maximum": .string("\(statistics.maximum)"),
            "mean": .string("\(statistics.mean)"), "standardDeviation": .string("\(statistics.standardDeviation)"),
            "norm": .string("\(statistics.norm)"), "zeros": .integer(Int64(statistics.zeroCount)),
            "nan": .integer(Int64(statistics.nanCount)), "infinite": .integer(Int64(statistics.infinityCount)),
        ]
    }

    /// What a GGUF file says of itself (ggml's `docs/gguf.md`); nothing for safetensors, which do not.
    private static func architecture(_ metadata: WeightMetadata) -> JSONObject {
        func value(_ key: String) -> String? {
            metadata.entries.first { ExactString($0.key) == ExactString(key) }?.values?.first
        }
        guard let name = value("general.architecture") else { return [:] }
        var view: JSONObject = ["architecture": .string(VisibleText.line(name, limit: 256))]
        for (member, key) in [("layers", "block_count"), ("width", "embedding_length"), ("context", "context_length")] {
            view[member] = value("\(name).\(key)").flatMap { Int64($0) }.map { .integer($0) }
        }
        view["vocabulary"] = .integer(Int64(metadata.tokens.count))
        return view
    }
}
