import CommandSupport
import Foundation
import SealedMedia
import WeightFormats

/// The files that `--weights` names: one by one, or a folder with all of a model's.
struct WeightArguments {
    static let help = "A weight file, GGUF or safetensors; repeat for shards, or name the folder that holds them and their index."

    private(set) var weights: [String] = []
    /// Indexes of safetensors shards that lie in the folders named.
    private(set) var indexes: [String] = []

    init(_ arguments: [String]) throws {
        for argument in arguments {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue else {
                weights.append(argument)
                continue
            }
            let folder = argument.hasSuffix("/") ? argument : argument + "/"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: argument).sorted() else {
                throw FileError(operation: .read, path: argument, reason: "the folder cannot be listed")
            }
            let found = names.filter { $0.hasSuffix(".gguf") || $0.hasSuffix(".safetensors") }
            guard !found.isEmpty else {
                throw LabFailure(
                    .badData, MediaError.Code.input.rawValue, "\(argument) holds no file that ends with .gguf or .safetensors",
                    advice: "Name the folder with the model's weights, or the files one by one.")
            }
            weights += found.map { folder + $0 }
            indexes += names.filter { $0.hasSuffix(SafetensorsIndex.suffix) }.map { folder + $0 }
        }
    }

    /// Parses the files and holds them against each other and their index.
    ///
    /// - Parameter others: the files that are submitted besides; an index among them counts.
    func open(others: [String] = []) throws -> [WeightContainer] {
        let indexes = self.indexes + others.filter { $0.hasSuffix(SafetensorsIndex.suffix) }
        guard indexes.count <= 1 else {
            throw LabFailure(
                .badData, MediaError.Code.weightsFormat.rawValue,
                "there are \(indexes.count) indexes of weight files: \(indexes.joined(separator: ", "))",
                advice: "Submit one model, with one index.")
        }
        let index = try indexes.first.map { (path: $0, bytes: try Files.read($0, maxBytes: SafetensorsIndex.maximumBytes)) }
        return try WeightFiles.open(weights, index: index)
    }
}
