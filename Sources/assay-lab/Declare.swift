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
            The declaration is part of what the lab signs, and the verdict repeats it. Read it before you seal.

            Example:
              assay-lab declare --weights smollm2.gguf \\
                --model SmolLM2-135M-Instruct --model-version 1 \\
                --base SmolLM2-135M --release open-weights \\
                --licence Apache-2.0 --contact audits@example.org
            """)

    @OptionGroup var options: LabOptions

    @Option(name: .long, help: .init(stringLiteral: WeightArguments.help))
    var weights: [String]

    @Option(name: .long, help: "The model's name.")
    var model: String

    @Option(name: .long, help: "The model's version.")
    var modelVersion: String

    @Option(name: .long, help: "The model that this one was made from. Leave out if it was trained from scratch.")
    var base: String?

    @Option(name: .long, help: "SHA-256 of the base model's weight file, where known.")
    var baseSha256: String?

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

    @Option(name: .long, help: "The architecture's name, for safetensors. Default: model_type in config.json beside the weights.")
    var architecture: String?

    @Option(name: .shortAndLong, help: "Where to write it.")
    var out = "declaration.json"

    func validate() throws {
        guard !weights.isEmpty else { throw ValidationError("Give at least one --weights FILE or folder.") }
        guard supersedes.map({ SHA256Digest(hex: $0) != nil }) ?? true else {
            throw ValidationError("--supersedes takes 64 lower-case hexadecimal digits: a submission's whole id.")
        }
        guard baseSha256 == nil || base != nil else { throw ValidationError("--base-sha256 needs --base.") }
    }

    func execute() throws {
        let arguments = try WeightArguments(weights)
        let containers = try arguments.open()
        let summary = try ArchitectureSummary(
            containers, family: try architecture ?? familyFromConfiguration(beside: arguments.weights.first))
        let declaration = try Declaration(
            name: model, version: modelVersion, base: base.map { .init(name: $0, sha256: baseSha256) }, release: release,
            licence: licence, contact: contact, notes: notes, supersedes: supersedes.flatMap { SHA256Digest(hex: $0) }, architecture: summary
        ).validated()
        try Files.write(try CanonicalJSON.encode(declaration.json) + [UInt8(ascii: "\n")], to: out)
        try options.show(["declaration": declaration.json, "file": .string(out)]) {
            let types = summary.types.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }.joined(separator: ", ")
            return """
                \(out): \(model) \(modelVersion), to be released as \(release.rawValue)
                \(summary.format), \(summary.family), \(Counted.of(summary.parameters, "parameter", "parameters")) in \(Counted.of(summary.tensors, "tensor", "tensors")) (\(types))
                """
        }
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
