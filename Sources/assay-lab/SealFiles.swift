import ArgumentParser
import CommandSupport
import SealedMedia

/// What is sealed, as the command line names it.
struct SealFiles: ParsableArguments {
    @Option(name: .long, help: .init(stringLiteral: WeightArguments.help))
    var weights: [String] = []

    @Option(
        name: [.customLong("model"), .customLong("model-folder")],
        help: "A model's folder, sealed as it is, with its model.sig if there is one, in place of --weights.")
    var model: String?

    @Option(name: .long, help: "The model's own signature, an OpenSSF Model Signing bundle. Default: model.sig in the --model folder.")
    var modelSignature: String?

    @Option(name: .long, help: "The public key (PEM, P-256) of who signed the model. Default: that of the signature's certificate.")
    var modelSigningKey: String?

    @Option(name: .long, help: "A dataset's manifest (Croissant JSON-LD). May be repeated.")
    var dataset: [String] = []

    @Option(name: .long, help: "A dataset's records (JSON Lines or CSV). May be repeated.")
    var records: [String] = []

    @Option(name: .long, help: "A training log. May be repeated.")
    var log: [String] = []

    @Option(name: .long, help: "Another file, such as tokenizer.json or config.json. May be repeated.")
    var other: [String] = []

    func validate() throws {
        guard weights.isEmpty != (model == nil) else {
            throw ValidationError("Give at least one --weights FILE or folder, or a --model folder.")
        }
    }

    /// The files themselves.
    struct Chosen {
        let inputs: [SealInput]
        let weights: WeightArguments
        /// An index may be among them.
        let others: [SealInput]
        /// What of a model's folder is not sealed.
        let skipped: [String]
    }

    func chosen() throws -> Chosen {
        let signature = named([modelSignature], .modelSignature), key = named([modelSigningKey], .modelSigningKey), others = named(other, .other)
        let besides = named(dataset, .datasetManifest) + named(records, .datasetRecords) + named(log, .trainingLog)
        guard let model else {
            let weights = try WeightArguments(weights)
            return Chosen(
                inputs: weights.weights + besides + weights.indexes + others + signature + key, weights: weights, others: others, skipped: [])
        }
        let folder = try ModelFolder(model, besides: (signature + key + others + besides).map(\.source))
        let own = folder.files.map { file in
            // Another one was named: this one is a file like others.
            file.kind == .modelSignature && !signature.isEmpty ? SealInput(source: file.source, path: file.path, kind: .other) : file
        }
        return Chosen(inputs: own + besides + others + signature + key, weights: WeightArguments(folder), others: others, skipped: folder.skipped)
    }

    private func named(_ sources: [String?], _ kind: MediaFileKind) -> [SealInput] { sources.compactMap { $0 }.map { SealInput($0, kind) } }
}
