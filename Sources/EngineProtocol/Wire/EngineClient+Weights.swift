/// Looking into weight files.
extension EngineClient {
    /// Every tensor said to lie within its file; checked here.
    ///
    /// - Parameter descriptors: sealed memfds in the order of `request.files`; they stay open here.
    package func openWeights(
        _ request: OpenWeightsRequest, descriptors: [Int32], within duration: Duration
    ) throws(EngineError) -> WeightTables {
        guard descriptors.count == request.files.count else {
            throw .unsendable("\(request.files.count) files are named and \(descriptors.count) descriptors given")
        }
        guard case .openWeights(let tables) = try ask(.openWeights(request), descriptors, duration),
            tables.files.count == request.files.count,
            zip(tables.files, request.files).allSatisfy({ table, file in
                zip(table.tensors, table.offsets).allSatisfy { $0.byteCount <= file.size && $1 <= file.size - $0.byteCount }
            })
        else { throw unexpected(.openWeights) }
        return tables
    }

    /// No more numbers than were asked for; checked here.
    package func tensorValues(_ request: TensorValuesRequest, within duration: Duration) throws(EngineError) -> TensorValues {
        guard case .tensorValues(let values) = try ask(.tensorValues(request), [], duration),
            values.stored.count <= request.count
        else { throw unexpected(.tensorValues) }
        return values
    }

    package func tensorSpectrum(_ request: TensorSpectrumRequest, within duration: Duration) throws(EngineError) -> TensorSpectrum {
        guard case .tensorSpectrum(let spectrum) = try ask(.tensorSpectrum(request), [], duration),
            spectrum.values.count <= request.count
        else { throw unexpected(.tensorSpectrum) }
        return spectrum
    }

    package func compareTensors(
        _ request: TensorComparisonRequest, within duration: Duration
    ) throws(EngineError) -> TensorComparison {
        guard case .compareTensors(let comparison) = try ask(.compareTensors(request), [], duration),
            comparison.spectrum?.values.count ?? 0 <= request.spectrumCount
        else { throw unexpected(.compareTensors) }
        return comparison
    }

    package func weightMetadata(_ request: WeightMetadataRequest, within duration: Duration) throws(EngineError) -> WeightMetadata {
        guard case .weightMetadata(let metadata) = try ask(.weightMetadata(request), [], duration) else {
            throw unexpected(.weightMetadata)
        }
        return metadata
    }
}
