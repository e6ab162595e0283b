import WeightFormats

/// Opening a lab's own weight files.
package enum WeightFiles {
    /// Parses the file and checks it throughout; refusals say what to do.
    package static func open(_ path: String) throws(MediaError) -> WeightContainer {
        do {
            return try WeightContainer.open(MappedFile(path: path))
        } catch {
            let code: MediaError.Code =
                switch error.code {
                case .pickleRefused: .pickle
                case .unreadable, .emptyFile: .input
                default: .weightsFormat
                }
            throw MediaError(
                code, "\(error.message) (\(error.code.rawValue))", file: path, offset: error.offset,
                advice: code == .input ? "Check the name and its permissions." : "Correct the file before it is sealed.")
        }
    }

    /// Parses one model's files, one or many, and holds them against each other, as the appliance will.
    ///
    /// - Parameters:
    ///   - inputs: where each lies, and what it is called in the submission.
    ///   - index: the index of safetensors shards that is submitted with them, by its name in the submission.
    package static func open(_ inputs: [SealInput], index: (path: String, bytes: [UInt8])? = nil) throws(MediaError) -> [WeightContainer] {
        var containers: [WeightContainer] = []
        for input in inputs { containers.append(try open(input.source)) }
        let files = zip(inputs, containers).map { WeightShards.File(path: $0.path, $1) }
        do throws(ShardError) {
            try check(files, index: index)
        } catch {
            throw MediaError(
                .weightsFormat, error.message + (error.tensor.map { " [tensor \($0)]" } ?? "") + " (\(error.code.rawValue))",
                file: error.file, advice: "Give all files of one model, and the index that belongs to them.")
        }
        return containers
    }

    private static func check(_ files: [WeightShards.File], index: (path: String, bytes: [UInt8])?) throws(ShardError) {
        guard let index else {
            _ = try WeightShards(files)
            return
        }
        let parsed: SafetensorsIndex
        do throws(ShardError) { parsed = try SafetensorsIndex(json: index.bytes) } catch { throw error.of(file: index.path) }
        _ = try WeightShards(files, index: .init(path: index.path, parsed))
    }
}
