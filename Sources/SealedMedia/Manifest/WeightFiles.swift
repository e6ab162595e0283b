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
            var parsed: WeightShards.Index?
            if let index { parsed = try WeightShards.Index(path: index.path, json: index.bytes) }
            _ = try WeightShards(files, index: parsed)
        } catch {
            throw MediaError(
                .weightsFormat, error.message + (error.tensor.map { " [tensor \($0)]" } ?? "") + " (\(error.code.rawValue))",
                file: error.file, advice: "Give all files of one model, and the index that belongs to them.")
        }
        return containers
    }
}
