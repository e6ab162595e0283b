import ArgumentParser
import CommandSupport
import EngineProtocol
import Glibc
import InferenceEngine
import WeightFormats

/// Which model, and how to compute.
struct ModelOptions: ParsableArguments {
    static let demonstrationModel = ".cache/SmolLM2-135M-Instruct.Q4_1.gguf"

    @Option(
        name: .long,
        help: """
            A GGUF file, or a safetensors file with config.json and tokenizer.json beside it; or the folder of a model in \
            one file or several. \
            Default: what the environment variable ASSAY_MODEL names, or else \(demonstrationModel), \
            where `make model` puts it.
            """)
    var model: String?

    @Option(name: .long, help: "Threads to compute with. They do not change a result.")
    var threads = 2

    @Option(name: .long, help: "The longest sequence in tokens. Default: the model's own.")
    var context: Int?

    @Option(name: .long, help: "Memory for weights, buffers and caches, in MiB.")
    var memory = 16 << 10

    @Option(name: .long, help: "The folder of an adapter as PEFT saves it (LoRA) that changes what the model computes.")
    var adapter: String?

    func validate() throws {
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256.") }
        if let context, context < 1 { throw ValidationError("--context is at least 1.") }
        guard (1...1 << 24).contains(memory) else { throw ValidationError("--memory is 1 to 16777216 MiB.") }
    }

    /// Loads the model, or ends the program with status 65 and the reason.
    ///
    /// - Parameter decodeRows: sequences that are continued together.
    func load(decodeRows: Int = 1) throws -> LoadedModel { try loadWithAdapter(decodeRows: decodeRows).model }

    /// As `load`, with the adapter that is beside it, where one is named.
    func loadWithAdapter(decodeRows: Int = 1) throws -> (model: LoadedModel, adapter: Adapter?) {
        let configuration = EngineConfiguration(
            threads: threads, decodeRows: decodeRows, maximumContextTokens: context, maximumMemoryBytes: memory << 20)
        let model = try Self.reading(path()) { path in
            try LoadedModel(Self.weights(path), sideFiles: Self.sideFiles(of: path), configuration: configuration)
        }
        guard let adapter else { return (model, nil) }
        return try Self.reading(adapter) { folder in
            let configuration = try Files.read("\(folder)/\(AdapterConfiguration.fileName)", maxBytes: AdapterConfiguration.maximumBytes)
            return (model, try model.attach(MappedFile(path: "\(folder)/\(Adapter.fileName)"), configuration: configuration))
        }
    }

    /// The model's tokenizer, without its weights; or the tokenizer in a file of its own.
    func loadTokenizer() throws -> Tokenizer {
        try Self.reading(path()) { path in
            if path.hasSuffix(".model") { return try Tokenizer(sentencePieceModel: Files.read(path)) }
            var sides = try Self.sideFiles(of: path)
            if path.hasSuffix(".json") {
                sides.tokenizer = try Files.read(path)
            } else if case .gguf(let file)? = try Self.weights(path).containers.first {
                return try Tokenizer(gguf: file)
            }
            guard let tokenizer = try sides.readTokenizer() else {
                throw FileError(operation: .read, path: path, reason: "no tokenizer.json or tokenizer.model is in the folder")
            }
            return tokenizer
        }
    }

    /// Ends the program with status 65 where the file or folder at `path` is at fault.
    private static func reading<Value>(_ path: String, _ body: (String) throws -> Value) throws -> Value {
        do {
            return try body(path)
        } catch let error as InferenceEngine.EngineError {
            throw Failure.badModel(path, error.message)
        } catch let error as FileError {
            throw Failure.badModel(path, error.reason)
        } catch where error is WeightError || error is ShardError || error is TokenizerError {
            throw Failure.badModel(path, "\(error)")
        }
    }

    func path() throws -> String {
        if let model { return model }
        if let named = getenv("ASSAY_MODEL").map({ String(cString: $0) }), !named.isEmpty { return named }
        guard access(Self.demonstrationModel, R_OK) == 0 else {
            throw ValidationError("No model: give --model PATH, or set ASSAY_MODEL.")
        }
        return Self.demonstrationModel
    }

    /// One file; or of a folder all weight files, held against the index where there is one.
    private static func weights(_ path: String) throws -> WeightTable {
        guard isFolder(path) else { return try WeightTable(WeightContainer.open(MappedFile(path: path))) }
        let names = try Files.names(in: path)
        let files = try names.filter(WeightContainer.isNamed).map { name in
            (path: name, container: try WeightContainer.open(MappedFile(path: "\(path)/\(name)")))
        }
        guard !files.isEmpty else { throw FileError(operation: .read, path: path, reason: "no .gguf or .safetensors file is in the folder") }
        let index = try names.first { $0.hasSuffix(SafetensorsIndex.suffix) }.map { name in
            try WeightShards.Index(path: name, json: Files.read("\(path)/\(name)", maxBytes: SafetensorsIndex.maximumBytes))
        }
        return try WeightTable(files, index: index)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The folder that the model is or lies in, with a slash at the end.
    func folder() throws -> String { Self.folder(of: try path()) }

    private static func folder(of path: String) -> String {
        isFolder(path) ? path + "/" : path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
    }

    private static func sideFiles(of path: String) throws -> LoadedModel.SideFiles {
        let folder = folder(of: path)
        var files = LoadedModel.SideFiles()
        for name in try Files.names(in: folder) {
            if let role = LoadRequest.Role(fileName: name), role != .weightsIndex { files[role] = try MappedFile(path: folder + name).copy() }
        }
        return files
    }
}

/// Ends of the program with a documented status.
enum Failure {
    static func badModel(_ path: String, _ reason: String) -> ExitCode {
        say("assay-engine: \(path): \(reason)")
        return ExitCode(65)
    }

    static func say(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
