import ArgumentParser
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackVerify: PackSubcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Verify a pack with a root that you trust, and everything in it.",
        discussion: """
            The root comes from people, not with the pack: its authors' 1.root.json, or any later one, that you have from \
            them. With --state, what was seen is remembered there, and nothing older is accepted the next time. A refusal \
            names what does not hold, by a code that Runbooks/benchmark-packs.md explains, and changes nothing.

            Example: assay pack verify suite-1.pack --root suite.root.json --state suite.state
            """)

    @OptionGroup var output: PackOutput
    @Argument(help: "The pack's folder.") var pack: String
    @Option(name: .long, help: "The root that you trust (JSON).") var root: String
    @Option(name: .long, help: "A file that remembers what was seen; made where there is none.") var state: String?
    @Option(name: .long, help: "The time to judge by, such as 2030-01-31T12:00:00Z. Default: the machine's clock.") var at: String?

    func execute() throws {
        var now = try PackTime.now()
        if let at {
            guard let time = Timestamp(rfc3339: at) else { throw ValidationError("--at takes a time such as 2030-01-31T12:00:00Z.") }
            now = time
        }
        let trusted = try Files.read(root, maxBytes: Role.root.maximumBytes)
        let before = try state.flatMap { path in
            Files.exists(path) ? try PackState(json: Files.read(path, maxBytes: 2 << 20), file: path) : nil
        }
        let folder = try existingPack(pack)
        let verified = try PackVerifier.verify(folder, trustedRoot: trusted, state: before, now: now)
        let installed = try InstalledPack(folder, verified: verified)
        let inspected = try installed.inspectEverything()
        if let state { try Files.write(CanonicalJSON.encode(verified.state.json), to: state, mode: 0o600) }
        let description = installed.description
        try output.show([
            "bytes": .integer(Int64(inspected.bytes)), "expires": verified.expires.map { .string($0.rfc3339) } ?? nil,
            "items": .integer(Int64(inspected.items)), "name": .string(description.name),
            "roles": .array(
                verified.accepted.map { role in
                    [
                        "expires": .string(role.expires.rfc3339), "role": .string(role.role), "signers": .array(role.signers.map { .string($0) }),
                        "threshold": .integer(Int64(role.threshold)), "version": .integer(role.version),
                    ]
                }),
            "sealedSplits": .integer(Int64(inspected.sealed)), "targets": .integer(Int64(inspected.targets)),
            "tasks": .array(description.tasks.map { .string($0.name) }), "version": .string(description.version),
        ]) {
            let roles = [["role", "version", "expires", "signatures"]]
                + verified.accepted.map { [$0.role, "\($0.version)", $0.expires.rfc3339, "\($0.signers.count) of \($0.threshold)"] }
            return """
                \(description.name) \(description.version): verified at \(now.rfc3339).
                \(Output.table(roles, rightAligned: [1]))
                \(Counted.of(description.tasks.count, "task", "tasks")), \(Counted.of(inspected.items, "item", "items")), \
                \(Counted.of(inspected.targets, "target", "targets")) of \(Counted.bytes(inspected.bytes)) in all\
                \(inspected.sealed == 0 ? "." : "; \(Counted.of(inspected.sealed, "split is", "splits are")) sealed, and could not be read here.")
                """
        }
    }
}
