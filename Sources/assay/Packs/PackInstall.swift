import ArgumentParser
import AuditCrypto
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport

struct PackInstall: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Have the appliance take a pack in, or a newer version of one; it takes two persons.",
        discussion: """
            The first pack of a name comes with the root that you have from its authors: its digest is in the request, for whoever \
            approves to compare. Later ones are followed from that root, and nothing older than what was seen comes in. All of the pack is \
            verified when you ask, and again when it is carried out; a refusal names what does not hold, by a code that \
            Runbooks/benchmark-packs.md explains, and is on the ledger. What is private to this appliance stays encrypted on its disk.

            Exit status 75: it waits for another person. Give the command again with --approved then, the medium still in its place.

            Examples:
              assay pack install /media/usb/suite-1.pack --root suite.root.json --as alice
              assay pack install /media/usb/suite-1.pack --root suite.root.json --as alice --approved 3fa9c1
              assay pack install /media/usb/suite-2.pack --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The pack's folder, where the appliance can read it.") var pack: String
    @Option(name: .long, help: "The root that you have from the pack's authors (JSON); for the first pack of a name.") var root: String?

    func execute() throws {
        let path = pack.hasPrefix("/") ? pack : "\(currentFolder())/\(pack)"
        let (description, digest): (PackDescription, SHA256Digest)
        do {
            let shown = try PackMetadata(existingPack(path)).unverifiedDescription()
            (description, digest) = (shown.description, shown.digest)
        } catch let error as PackError { throw CommandFailure(.refused, "\(path) is no pack that can be taken in: \(error)") }
        var scope: JSONObject = [
            "name": .string(description.name), "pack": .string(path), "sha256": .string(digest.hex), "version": .string(description.version),
        ]
        var text: String?
        if let root {
            let bytes = try Files.read(root, maxBytes: Role.root.maximumBytes)
            guard let read = String(validating: bytes, as: UTF8.self) else { throw CommandFailure(.missingInput, "\(root) is no root: it is not UTF-8.") }
            text = read
            scope["root"] = .string(SHA256Digest.of(bytes).hex)
            Output.note("\(description.name) \(description.version), SHA-256 \(digest.hex)\nTrusted root: SHA-256 \(SHA256Digest.of(bytes).hex). Compare it with the authors'.")
        } else {
            Output.note("\(description.name) \(description.version), SHA-256 \(digest.hex)")
        }
        let result = try signing.act("pack.install", .object(scope), attachment: text, through: connection)
        try connection.show(result) {
            let (sealed, opened) = (result["sealed"]?.integer ?? 0, result["opened"]?.integer ?? 0)
            let closed = sealed > opened ? " \(Counted.of(sealed - opened, "private split is", "private splits are")) for others, and cannot be asked here." : ""
            let tasks = Counted.of(result["tasks"]?.array?.count ?? 0, "task", "tasks"), items = Counted.of(result["items"]?.integer ?? 0, "item", "items")
            return """
                Installed: \(PackTable.line(result))
                \(tasks), \(items), good until \(PackTable.text(result, "expires")).\(closed)
                Ledger entry \(result["entry"]?.integer ?? 0).
                """
        }
    }
}

struct PackList: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The packs that the appliance has.",
        discussion: """
            A pack's digest is that of its pack.json, which names all else in it: plans and verdicts name packs by it. Of packs that were \
            taken out it is remembered what was seen, so that no older one comes in after them.

            Example: assay pack list --json
            """)

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("packs")
        try connection.show(result) {
            let packs = result["packs"]?.array ?? [], now = result["time"]?.string ?? ""
            guard !packs.isEmpty || result["removed"]?.array?.isEmpty == false else { return "No packs are installed." }
            let rows: [[String]] = packs.map { Self.row(of: $0, now: now) }
            let tasks: [[String]] = packs.flatMap(Self.tasks)
            let head = ["pack", "version", "sha256", "good until", "tasks", "items", "private, to be opened here"]
            var parts = rows.isEmpty ? [] : [Output.table([head] + rows, rightAligned: [4, 5])]
            if !tasks.isEmpty { parts.append(Output.table([["pack", "task", "items", "metrics"]] + tasks, rightAligned: [2])) }
            parts += packs.compactMap { $0["damaged"]?.string }
            for pack in result["removed"]?.array ?? [] { parts.append("Taken out: \(PackTable.line(pack))") }
            return parts.joined(separator: "\n\n")
        }
    }

    private static func row(of pack: JSONValue, now: String) -> [String] {
        var until = pack["expires"]?.string ?? ""
        if until <= now { until += " (expired)" }
        if pack["damaged"] != nil { until = "DAMAGED" }
        let (tasks, items) = (pack["tasks"]?.array?.count ?? 0, pack["items"]?.integer ?? 0)
        let (opened, sealed) = (pack["opened"]?.integer ?? 0, pack["sealed"]?.integer ?? 0)
        let digest = String(pack["sha256"]?.string?.prefix(16) ?? "")
        return [PackTable.text(pack, "name"), PackTable.text(pack, "version"), digest, until, "\(tasks)", "\(items)", "\(opened) of \(sealed)"]
    }

    private static func tasks(of pack: JSONValue) -> [[String]] {
        (pack["tasks"]?.array ?? []).map { task in
            let metrics = (task["metrics"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
            return [PackTable.text(pack, "name"), PackTable.text(task, "name"), "\(task["items"]?.integer ?? 0)", metrics]
        }
    }
}

struct PackRemove: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Have the appliance take a pack out; it takes two persons.",
        discussion: """
            Plans that name it are refused from then on, replays of runs on it too. What was seen of it is remembered. With --forget it is \
            not, and the next pack of that name begins anew with a root of its own: for when the authors have lost their root keys.

            Examples:
              assay pack remove suite --as dave
              assay pack remove suite --forget --as dave --approved 3fa9c1
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The pack's name.") var name: String
    @Flag(name: .long, help: "Forget its root and what was seen of it, too.") var forget = false

    func execute() throws {
        let scope: JSONObject = forget ? ["forget": true, "name": .string(name)] : ["name": .string(name)]
        let result = try signing.act("pack.remove", .object(scope), through: connection)
        try connection.show(result) {
            let forgotten = result["forgotten"]?.bool == true ? " Its root is forgotten." : ""
            return "Taken out: \(PackTable.text(result, "name")) \(PackTable.text(result, "version")).\(forgotten) Ledger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}

enum PackTable {
    static func text(_ object: JSONValue, _ member: String) -> String { object[member]?.string ?? "" }

    static func line(_ pack: JSONValue) -> String { "\(text(pack, "name")) \(text(pack, "version")), SHA-256 \(text(pack, "sha256"))" }
}
