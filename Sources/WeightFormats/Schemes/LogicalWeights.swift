/// A model's weights by the names that the model knows them by, over the tensors that its files hold: a tensor without a scheme is
/// itself, and a quantised weight is those that it is stored as.
///
/// Everything that is said of the weights is held against the tensors here, once; what is read later cannot fail for what a file holds.
package struct LogicalWeights: Sendable {
    /// A tensor that no weight is made of, and nothing is lost without.
    package struct Ignored: Sendable {
        package let tensor: TensorInfo
        package let reason: String
    }

    /// In the order of the files' tables.
    package let weights: [LogicalWeight]
    package let ignored: [Ignored]
    private let places: [String: Int]
    private let table: WeightTable

    /// - Parameters:
    ///   - configuration: config.json, where there is one. What GGUF files hold needs none, and none is asked.
    ///   - quantizeConfig: AutoGPTQ's quantize_config.json; only read where config.json says nothing of quantisation.
    ///   - quantConfig: AutoAWQ's quant_config.json; likewise.
    /// - Throws: `badConfiguration`, `unsupportedScheme`, or `badScheme` with the tensor that does not belong to the others.
    package init(
        _ table: WeightTable, configuration: [UInt8]?, quantizeConfig: [UInt8]? = nil, quantConfig: [UInt8]? = nil
    ) throws(WeightError) {
        var collector = SchemeCollector(table)
        if !table.isGGUF {
            switch try QuantizationSettings.read(configuration: configuration, quantizeConfig: quantizeConfig, quantConfig: quantConfig) {
            case .float8(let settings): try collector.float8(settings)
            case .gptq(let settings): try collector.gptq(settings)
            case .awq(let settings): try collector.awq(settings)
            case .mxfp4: try collector.mxfp4()
            case nil: break
            }
        }
        (weights, ignored) = (collector.weights, collector.ignored)
        places = Dictionary(weights.enumerated().map { ($0.element.name, $0.offset) }) { first, _ in first }
        self.table = table
    }

    package func weight(_ name: String) -> LogicalWeight? { places[name].map { weights[$0] } }

    /// As `LogicalWeight.dequantise`.
    /// - Throws: `badScheme` also for a weight that is not there.
    package func dequantise(_ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws(WeightError) {
        guard let weight = weight(name) else { throw WeightError(.badScheme, "there is no such weight", tensor: name) }
        try weight.dequantise(rows: rows, into: destination)
    }

    /// The tensors of the files that none of these weights is stored as and that nothing says may be ignored.
    package func tensors(besides names: Set<String>) -> [TensorInfo] {
        var known = Set(ignored.map(\.tensor.name))
        for name in names { known.formUnion(weight(name)?.parts.map(\.name) ?? []) }
        return table.tensors.filter { !known.contains($0.name) }
    }
}
