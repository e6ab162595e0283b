import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import SealedMedia
import WeightFormats

extension Declaration.Release: ExpressibleByArgument {}

struct Declare: LabCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the declaration of a model; its architecture is read from the weights.",
        discussion: """
            The declaration is part of what the lab signs. Inspectors are shown all of it; the verdict repeats name, version, \
            lineage, licence, release and architecture, and the digest of the rest. Read it before you seal.

            Examples:
              assay-lab declare --weights smollm2.gguf \\
                --model SmolLM2-135M-Instruct --model-version 1 \\
                --base SmolLM2-135M --release open-weights \\
                --licence Apache-2.0 --contact audits@example.org
              assay-lab declare --weights tuned.gguf \\
                --model "Example 1 tools" --model-version 1.1 \\
                --base "Example 1" --adapter tools-lora=SHA256 \\
                --release gated --licence Apache-2.0 \\
                --contact audits@example.org --terms terms.dsse.json \\
                --training-flop 3.2e21 --accelerators "64 x H100" \\
                --dataset croissant.json \\
                --other-dataset "Example corpus=CC-BY-4.0" \\
                --language en --intended-use "Calls to tools."
            """)

    @OptionGroup var options: LabOptions

    @Option(name: .long, help: .init(stringLiteral: WeightArguments.help))
    var weights: [String] = []

    @Option(name: .long, help: "A model's folder, as assay-lab seal --model takes it, in place of --weights.")
    var modelFolder: String?

    @Option(name: .long, help: "The model's name.")
    var model: String

    @Option(name: .long, help: "The model's version.")
    var modelVersion: String

    @Option(name: .long, help: "The model that this one was made from. Leave out if it was trained from scratch.")
    var base: String?

    @Option(name: .long, help: "SHA-256 of the base model's weight file, where known.")
    var baseSha256: String?

    @Option(
        name: .long,
        help: "An adapter that changed the base model, merged or beside it, as NAME or NAME=SHA256 of its file; repeat in the order applied.")
    var adapter: [String] = []

    @Option(name: .long, help: "How the weights are meant to be released.")
    var release: Declaration.Release

    @Option(name: .long, help: "The licence: an SPDX identifier, or its name.")
    var licence: String

    @Option(name: .long, help: "Whom to ask about the submission.")
    var contact: String

    @Option(name: .long, help: "Anything that an auditor should know.")
    var notes: String?

    @Option(
        name: .long,
        help: "Your own earlier submission that this one takes the place of: its id, as the receipt has it, or the SHA-256 of its manifest.")
    var supersedes: String?

    @Option(name: .long, help: "The engagement's terms that you submit under, as assay-lab sign-terms wrote them.")
    var terms: String?

    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Datasets") var datasets: DatasetOptions
    @OptionGroup(title: "Model card") var card: CardOptions

    @Option(name: .long, help: "The architecture's name, for safetensors. Default: model_type in config.json beside the weights.")
    var architecture: String?

    @Option(name: .shortAndLong, help: "Where to write it.")
    var out = "declaration.json"

    func validate() throws {
        guard weights.isEmpty != (modelFolder == nil) else {
            throw ValidationError("Give at least one --weights FILE or folder, or a --model-folder.")
        }
        guard supersedes.map({ SHA256Digest(hex: $0) != nil }) ?? true else {
            throw ValidationError("--supersedes takes 64 lower-case hexadecimal digits: a submission's whole id.")
        }
        guard baseSha256 == nil || base != nil else { throw ValidationError("--base-sha256 needs --base.") }
        guard adapter.isEmpty || base != nil else { throw ValidationError("--adapter needs --base: the model that the adapter changes.") }
        for text in adapter where Self.adapter(text) == nil {
            throw ValidationError("--adapter \(text): NAME or NAME=SHA256 was expected, with 64 lower-case hexadecimal digits.")
        }
    }

    func execute() throws {
        let arguments = try modelFolder.map { try WeightArguments(ModelFolder($0)) } ?? WeightArguments(weights)
        let containers = try arguments.open()
        let first = modelFolder.map { $0 + "/" } ?? arguments.weights.first?.source
        let summary = try ArchitectureSummary(containers, family: try architecture ?? familyFromConfiguration(beside: first))
        var stated = Declaration(
            name: model, version: modelVersion, base: base.map { .init(name: $0, sha256: baseSha256) }, release: release,
            licence: licence, contact: contact, notes: notes, supersedes: supersedes.flatMap { SHA256Digest(hex: $0) }, architecture: summary)
        stated.adapters = adapter.compactMap(Self.adapter)
        (stated.training, stated.datasets, stated.card) = (training.training, try datasets.datasets(), card.card)
        stated.terms = try terms.map { try TermsFile.read($0, home: LabHome(options)) }
        let declaration = try stated.validated()
        try Files.write(try CanonicalJSON.encode(declaration.json) + [UInt8(ascii: "\n")], to: out)
        try options.show(["declaration": declaration.json, "file": .string(out)]) {
            let types = summary.types.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            return """
                \(out): \(model) \(modelVersion), to be released as \(release.rawValue)
                \(summary.format), \(summary.family), \(Counted.of(summary.parameters, "parameter", "parameters")) in \(Counted.of(summary.tensors, "tensor", "tensors")) (\(types))

                \(Output.table(Outline.rows(of: declaration.json, except: ["architecture", "v"])))
                """
        }
    }

    /// Nil where it is neither a name nor a name with a digest.
    private static func adapter(_ text: String) -> Declaration.Adapter? {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        let digest = parts.count == 2 ? SHA256Digest(hex: parts[1]) : nil
        guard parts.count == 1 || digest != nil else { return nil }
        return .init(name: parts[0], sha256: digest)
    }

    /// `model_type` of the configuration that model hubs keep beside safetensors files.
    private func familyFromConfiguration(beside weights: String?) throws -> String? {
        guard let first = weights else { return nil }
        let folder = first.lastIndex(of: "/").map { String(first[...$0]) } ?? ""
        let file = folder + "config.json"
        guard Files.exists(file) else { return nil }
        do {
            return try JSONField(StrictJSON.parse(Files.read(file, maxBytes: 1 << 20))).field("model_type").string(maxBytes: 64)
        } catch let error as FileError {
            throw error
        } catch {
            throw LabFailure(
                .badData, "config.malformed", "\(file): \(error)", advice: "Name the architecture with --architecture.")
        }
    }
}
