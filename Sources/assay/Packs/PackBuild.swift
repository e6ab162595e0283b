import ArgumentParser
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackBuild: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Make a pack, or a pack's next version, from a folder of tasks; what it writes is not signed.",
        discussion: """
            FOLDER holds tasks/ with task files (lm-evaluation-harness YAML) and the items that they name in \
            dataset_kwargs.data_files; and, where there are such, policy.yaml, retired.jsonl (items that must not be in \
            it) and canary.json (a GUID for each task; one is made there where there is none).

            A pack that is there already gets its next version and keeps its root, unless keys are named. The first \
            root's keys serve for each role that no keys are named for.

            Items named with --seal are encrypted (age) to the recipients, such as appliances, and their split is private \
            to them: --recipient takes NAME=age1... or an appliance's public file, whose fingerprint you have compared.

            Example: assay pack build suite --out suite-1.pack --name suite --version 1.0 --root-key alice.pub.json \
            --root-key bob.pub.json --root-threshold 2 --targets-key carol.pub.json
            """)

    @OptionGroup var output: PackOutput
    @Argument(help: "The folder with tasks/.") var folder: String
    @Option(name: .long, help: "The pack's folder, made whole or not at all.") var out: String
    @Option(name: .long, help: "The pack's name.") var name: String
    @Option(name: .long, help: "The pack's version, as people call it.") var version: String
    @Option(name: .long, help: "An author; give it once for each.") var author: [String] = []
    @Option(name: .long, help: "The licence that the pack is under.") var licence: String = "not stated"
    @Option(name: .long, help: "Days until targets, snapshot and timestamp expire.") var expiresDays = 365
    @Option(name: .long, help: "Days until a new root expires.") var rootExpiresDays = 1825
    @Option(name: .long, help: "A public key of the root role (.pub.json); give it once for each. Makes a new root.") var rootKey: [String] = []
    @Option(name: .long, help: "A public key of the targets role. Makes a new root.") var targetsKey: [String] = []
    @Option(name: .long, help: "A public key of the snapshot role. Makes a new root.") var snapshotKey: [String] = []
    @Option(name: .long, help: "A public key of the timestamp role. Makes a new root.") var timestampKey: [String] = []
    @Option(name: .long, help: "How many root keys must sign.") var rootThreshold = 1
    @Option(name: .long, help: "How many targets keys must sign.") var targetsThreshold = 1
    @Option(name: .long, help: "How many snapshot keys must sign.") var snapshotThreshold = 1
    @Option(name: .long, help: "How many timestamp keys must sign.") var timestampThreshold = 1
    @Option(name: .long, help: "Items to seal, such as tasks/a/private.jsonl; give it once for each file.") var seal: [String] = []
    @Option(name: .long, help: "Whom to seal them to: NAME=age1..., or an appliance's public file.") var recipient: [String] = []

    func execute() throws {
        var roles: [Role: RoleKeys] = [:]
        for (role, files, threshold) in [
            (Role.root, rootKey, rootThreshold), (.targets, targetsKey, targetsThreshold), (.snapshot, snapshotKey, snapshotThreshold),
            (.timestamp, timestampKey, timestampThreshold),
        ] {
            guard !files.isEmpty else {
                guard threshold == 1 else { throw ValidationError("--\(role.rawValue)-threshold goes with --\(role.rawValue)-key.") }
                continue
            }
            let keys = try files.map { try PackKeyFile.readPublic(Files.read($0, maxBytes: PackKeyFile.maximumBytes), name: $0) }
            roles[role] = try PackRoles.keys(keys, threshold: threshold, of: role)
        }
        let expires = try PackTime.after(days: expiresDays, "--expires-days")
        var plan = PackBuilder.Plan(
            name: name, version: version, authors: author, licence: licence,
            expires: [.root: try PackTime.after(days: rootExpiresDays, "--root-expires-days"), .targets: expires, .snapshot: expires, .timestamp: expires],
            roles: roles.isEmpty ? nil : PackRoles(roles))
        plan.sealed = Set(seal)
        plan.recipients = try recipient.map(Self.recipient)
        _ = try existingPack(folder)
        let built = try PackBuilder.build(folder, to: out, plan)
        for task in built.canariesNotPlaced {
            Output.note("assay: the canary of the task \(task) stands in none of its files: put its GUID from \(folder)/canary.json into a comment or a field.")
        }
        for path in built.leftOut { Output.note("assay: \(path) is left out: no task names it.") }
        try output.show([
            "leftOut": .array(built.leftOut.map { .string($0) }), "newRoot": .bool(built.hasNewRoot), "pack": .string(out),
            "tasks": .integer(Int64(built.description.tasks.count)),
            "versions": .object(Role.allCases.reduce(into: [:]) { $0[$1.rawValue] = .integer(built.versions[$1] ?? 0) }),
            "withoutCanary": .array(built.canariesNotPlaced.map { .string($0) }),
        ]) {
            let roles = (built.hasNewRoot ? ["root"] : []) + ["targets", "snapshot", "timestamp"]
            return """
                \(out): \(Counted.of(built.description.tasks.count, "task", "tasks")), \
                \(Counted.of(built.description.tasks.flatMap(\.splits).map(\.items).reduce(0, +), "item", "items")); nothing is signed yet.
                To sign, in this order: assay pack sign \(out) --key FILE \(roles.map { "--role \($0)" }.joined(separator: " "))
                """
        }
    }

    private static func recipient(_ text: String) throws -> PackDescription.Recipient {
        let parts = text.utf8Split("=", maxSplits: 1)
        if parts.count == 2, parts[1].hasPrefix("age1") {
            guard PackDescription.isLine(parts[0]) else { throw ValidationError("--recipient takes NAME=age1..., or a file.") }
            return PackDescription.Recipient(name: parts[0], recipient: parts[1])
        }
        let bytes = try Files.read(text, maxBytes: 64 << 10)
        do {
            let field = JSONField(try StrictJSON.parse(bytes))
            return PackDescription.Recipient(name: try field.field("name").string(maxBytes: 128), recipient: try field.field("recipient").string())
        } catch {
            throw PackError(.badKeyFile, "not an appliance's public file: \(error)", file: text)
        }
    }
}
