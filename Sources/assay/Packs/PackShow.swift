import ArgumentParser
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackShow: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "What a pack says of itself, and whose signatures are under it; nothing is verified.",
        discussion: """
            For authors while they sign, and before a root is trusted.

            Example: assay pack show suite-1.pack
            """)

    @OptionGroup var output: PackOutput
    @Argument(help: "The pack's folder.") var pack: String

    func execute() throws {
        let metadata = try PackMetadata(try existingPack(pack))
        let (description, digest, targets) = try metadata.unverifiedDescription()
        let signatures = try PackSignatures(metadata)
        try output.show([
            "complete": .bool(signatures.isComplete), "description": description.json, "roles": signatures.json, "sha256": .string(digest.hex), "targets": .integer(Int64(targets)),
        ]) {
            let tasks = description.tasks.map { task in
                [
                    task.name, task.splits.map { "\($0.name) \($0.items)\($0.sealedTo.isEmpty ? "" : " sealed")" }.joined(separator: ", "),
                    (task.scorers + task.code.map { "by \($0.path)" }).joined(separator: ", "),
                ]
            }
            let others: [String] = [
                ("policy", description.policy), ("canaries", description.canaries), ("retired items", description.retired), ("sources", description.sources),
            ].filter { $0.1 != nil }.map(\.0)
            return """
                \(description.name) \(description.version)\(description.authors.isEmpty ? "" : ", by " + description.authors.joined(separator: ", "))
                SHA-256 of pack.json: \(digest.hex)
                Licence: \(description.licence)
                With: \(others.isEmpty ? "tasks alone" : others.joined(separator: ", "))

                \(Output.table([["task", "items", "metrics"]] + tasks))

                \(signatures.text)
                """
        }
    }
}
