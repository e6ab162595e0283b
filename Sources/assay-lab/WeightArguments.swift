import CommandSupport
import Foundation
import SealedMedia
import WeightFormats

/// The weight files of one model: those that `--weights` names, one by one or by their folder, or those in a model's folder.
struct WeightArguments {
    static let help = "A weight file, GGUF or safetensors; repeat for shards, or name the folder that holds them and their index."

    private(set) var weights: [SealInput] = []
    /// Indexes of safetensors shards that lie in the folders named.
    private(set) var indexes: [SealInput] = []

    init(_ folder: ModelFolder) {
        weights = folder.files.filter { $0.kind == .weights }
        indexes = folder.files.filter(Self.isIndex)
    }

    /// Files are sealed under their last names, all in one folder.
    init(_ arguments: [String]) throws {
        for argument in arguments {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: argument, isDirectory: &isFolder), isFolder.boolValue else {
                weights.append(SealInput(argument, .weights))
                continue
            }
            let folder = argument.hasSuffix("/") ? argument : argument + "/"
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: argument).sorted() else {
                throw FileError(operation: .read, path: argument, reason: "the folder cannot be listed")
            }
            let found = names.filter(WeightContainer.isNamed)
            guard !found.isEmpty else {
                throw LabFailure(
                    .badData, MediaError.Code.input.rawValue, "\(argument) holds no file that ends with .gguf or .safetensors",
                    advice: "Name the folder with the model's weights, or the files one by one.")
            }
            weights += found.map { SealInput(folder + $0, .weights) }
            indexes += names.map { SealInput(folder + $0, .other) }.filter(Self.isIndex)
        }
    }

    /// Parses the files and holds them against each other and their index.
    ///
    /// - Parameter others: the files that are submitted besides; an index among them counts.
    func open(others: [SealInput] = []) throws -> [WeightContainer] {
        let indexes = self.indexes + others.filter(Self.isIndex)
        guard indexes.count <= 1 else {
            throw LabFailure(
                .badData, MediaError.Code.weightsFormat.rawValue,
                "there are \(indexes.count) indexes of weight files: \(indexes.map(\.source).joined(separator: ", "))",
                advice: "Submit one model, with one index.")
        }
        let index = try indexes.first.map { (path: $0.path, bytes: try Files.read($0.source, maxBytes: SafetensorsIndex.maximumBytes)) }
        return try WeightFiles.open(weights, index: index)
    }

    private static func isIndex(_ input: SealInput) -> Bool { input.kind == .other && input.path.hasSuffix(SafetensorsIndex.suffix) }
}
