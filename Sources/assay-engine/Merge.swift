import ArgumentParser
import CommandSupport
import Glibc
import InferenceEngine
import WeightFormats

struct Merge: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a model with an adapter's changes put into its weights.",
        discussion: """
            --adapter names the adapter. The output folder gets model.safetensors, and of a safetensors model the files \
            beside it (config.json, the tokenizer's). A Llama in a GGUF file is written under the published model's names; \
            its config.json has to come from there.

            Example: assay-engine merge --model folder --adapter adapter --output merged --type bf16
            """)

    enum Kind: String, CaseIterable, ExpressibleByArgument { case f32, bf16 }

    @Option(name: .long, help: "The folder to write to, made where there is none.") var output: String
    @OptionGroup var options: ModelOptions
    @Option(name: .long, help: "How numbers are stored: f32 or bf16.") var type = Kind.f32

    func run() throws {
        let (model, adapter) = try options.loadWithAdapter()
        guard let adapter else { throw ValidationError("--adapter names what is to be merged.") }
        do {
            try OutputFolder.check(output, options, own: [MergedFolder.weightsName])
            try model.merge(adapter)
            try MergedFolder.write(model, options, to: output, type: type == .f32 ? .f32 : .bf16)
        } catch let error as EngineError {
            throw Failure.badModel(try options.path(), error.message)
        } catch let error as FileError {
            throw Failure.badModel(output, error.description)
        } catch let error as SafetensorsWriter.Failure {
            throw Failure.badModel(output, error.description)
        }
    }
}

/// Where a command writes to.
enum OutputFolder {
    /// - Parameter own: weight files that the command itself writes, of which earlier ones may be there.
    /// - Throws: where it is the model's own folder, or holds other weights: nothing could tell them from the new ones.
    static func check(_ path: String, _ options: ModelOptions, own: [String]) throws {
        func fail(_ reason: String) -> FileError { FileError(operation: .write, path: path, reason: reason) }
        guard Files.exists(path) else { return }
        func whole(_ path: String) -> String? {
            guard let found = realpath(path, nil) else { return nil }
            defer { free(found) }
            return String(cString: found)
        }
        if let place = whole(path), try place == whole(options.folder()) { throw fail("it is the model's own folder; name another") }
        let others = try Files.names(in: path).filter { name in
            !own.contains(name) && (WeightContainer.isNamed(name) || name.hasSuffix(SafetensorsIndex.suffix))
        }
        if let other = others.first { throw fail("there are other weights in it already (\(other)); name another") }
    }
}

/// A model's folder, with weights of its own.
enum MergedFolder {
    static let weightsName = "model.safetensors"
    /// What stands beside safetensors weights.
    private static let sideFiles = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "special_tokens_map.json",
        "chat_template.jinja",
    ]

    static func write(_ model: LoadedModel, _ options: ModelOptions, to output: String, type: TensorType) throws {
        let merged = try MergedModel(model)
        try Files.makeFolder(output)
        try merged.write(to: "\(output)/\(weightsName)", type: type)
        guard !model.weights.isGGUF else { return }
        let folder = try options.folder()
        for name in sideFiles where Files.exists(folder + name) {
            try Files.write(try Files.read(folder + name), to: "\(output)/\(name)")
        }
    }
}
