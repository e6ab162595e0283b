import ArgumentParser
import AuditCrypto
import Backups
import CanonicalEncoding
import CommandSupport

struct BackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the appliance to outside media, and verify such a copy.",
        discussion: """
            Examples:
              assay backup --to /media/backup/ward-3 --as dave
              assay backup verify /media/backup/ward-3
            """,
        subcommands: [BackupMake.self, BackupVerify.self], defaultSubcommand: BackupMake.self)
}

struct BackupMake: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "make", abstract: "Copy ledger, store, documents and sealed keys, while the appliance goes on.",
        discussion: """
            assayd writes the copy itself, as its own user. The request is on the ledger first, so that the copy has it. A \
            second backup to the same folder copies only what is new; an interrupted one leaves the one before as it was. \
            The copy is as precious as the appliance: keep it apart from the passphrase, and destroy old ones.

            Example: assay backup --to /media/backup/ward-3 --as dave
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Option(name: .long, help: "The folder to copy to: empty, not there yet, or with this appliance's earlier backup.") var to: String

    func execute() throws {
        let result = try signing.act("appliance.backup", ["to": .string(absolute(to))], through: connection)
        try connection.show(result) {
            """
            \(result["to"]?.string ?? ""): \(Counted.files(result["files"]?.integer ?? 0)), \(Counted.bytes(result["bytes"]?.integer ?? 0)), of which \
            \(Counted.of(result["reused"]?.integer ?? 0, "was", "were")) there already.
            It holds the ledger at \(Counted.entries(result["size"]?.integer ?? 0)), root \(result["root"]?.string ?? "").
            Write both down outside; verify the copy where it is kept: assay backup verify. Ledger entry \(result["entry"]?.integer ?? 0).
            """
        }
    }
}

struct BackupVerify: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read a backup and hold every file against its manifest. It takes no appliance.",
        discussion: """
            It says that the copy is whole, not that it is the newest, nor that nobody made it anew: compare size and root with \
            what was written down when it was made. Exit status 1 where a file is not what the manifest says, 66 where there is no \
            backup.

            Example: assay backup verify /media/backup/ward-3
            """)

    @Argument(help: "The backup's folder.") var folder: String
    @Flag(name: .long, help: "Print the result as one line of JSON.") var json = false

    func execute() throws {
        var bar = ProgressBar()
        defer { bar.finish() }
        let manifest: BackupManifest
        do {
            manifest = try BackupFolder(path: folder).verify { bar.update(activity: "verifying", done: $0, total: $1, unit: "bytes") }
        } catch let error as BackupError {
            bar.finish()
            if json { try Output.json(["error": ["advice": .string(error.advice), "code": .string(error.code.rawValue), "message": .string(error.message)]]) }
            throw CommandFailure(error.code == .noManifest ? .missingInput : .refused, "\(error) (\(error.code.rawValue))")
        }
        bar.finish()
        guard !json else {
            return try Output.json([
                "bytes": .integer(manifest.bytes), "files": .integer(Int64(manifest.files.count)), "origin": .string(manifest.origin),
                "root": .string(manifest.root), "size": .integer(manifest.size), "time": .integer(manifest.time), "verified": true,
            ])
        }
        print(
            """
            All \(Counted.files(manifest.files.count)), \(Counted.bytes(manifest.bytes)), are as they were copied.
            It holds the ledger \(manifest.origin) at \(Counted.entries(manifest.size)), root \(manifest.root).
            """)
    }
}

struct RestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Restore a backup into an empty appliance, and have two persons agree to go on from it.",
        discussion: """
            Only where the original is lost: a backup is an older ledger, and every checkpoint that was handed out since disagrees \
            with it. What two persons then sign says what was lost.

            Examples:
              assay restore --from /media/backup/ward-3
              assay restore confirm --kept cosigned --as dave --purpose "the disk failed on Tuesday"
            """,
        subcommands: [RestoreFrom.self, RestoreConfirm.self], defaultSubcommand: RestoreFrom.self)
}

struct RestoreFrom: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "from-backup", abstract: "Check a backup and copy it into an appliance that has nothing yet.",
        discussion: """
            Start assayd with an empty --home first. Afterwards the appliance is locked and marked as restored: once unlocked, \
            it does nothing until two persons have agreed (assay restore confirm).

            Example: assay restore --from /media/backup/ward-3
            """)

    @OptionGroup var connection: ConnectionOptions
    @Option(name: .long, help: "The backup's folder.") var from: String

    func execute() throws {
        let result = try connection.call("restore", ["from": .string(absolute(from))])
        try connection.show(result) {
            """
            \(Counted.files(result["files"]?.integer ?? 0)), \(Counted.bytes(result["bytes"]?.integer ?? 0)), each as the manifest says. Made \(result["made"]?.string ?? "").
            The ledger \(result["origin"]?.string ?? "") stands at \(Counted.entries(result["restored"]?["size"]?.integer ?? 0)), root \
            \(result["restored"]?["root"]?.string ?? "").
            Next: assay unlock; then assay restore confirm, with every later checkpoint that anybody kept.
            """
        }
    }
}

struct RestoreConfirm: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "confirm", abstract: "Declare that the ledger goes on from the backup, and what was lost. It takes two persons.",
        discussion: """
            Give every checkpoint that is outside: cosigned ones, receipts' notes, what the labs kept. One that the backup does \
            not begin with is refused, as that is another ledger; a later one shows how many entries were lost, and is \
            recorded, so that whoever holds it can be told.

            Example: assay restore confirm --kept tuesday/checkpoint --kept cosigned --as dave --purpose "the disk failed on Tuesday"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "A checkpoint, or a receipt's text, that was kept outside; may be given several times.")
    var kept: [String] = []
    @Option(name: .long, help: "How many entries were lost, where that is more than the checkpoints show.") var lost: Int64?

    func execute() throws {
        let status = try connection.call("status")
        guard status["state"]?.string == "restored", let size = status["restored"]?["size"], let root = status["restored"]?["root"] else {
            throw CommandFailure(
                .refused, "The appliance is not waiting for this: it was not restored from a backup, is settled, or is locked (assay unlock).")
        }
        let notes = try kept.map(KeptCheckpoint.read)
        var scope: JSONObject = [
            "kept": .array(notes.map { .string(SHA256Digest.of(Array($0.utf8)).hex) }), "root": root, "size": size,
        ]
        if let lost { scope["lost"] = .integer(lost) }
        let attachment = String(decoding: try CanonicalJSON.encode(.array(notes.map { .string($0) })), as: UTF8.self)
        let result = try signing.act("appliance.restore", .object(scope), attachment: attachment, through: connection)
        try connection.show(result) {
            """
            The ledger goes on from the backup, of \(Counted.entries(result["size"]?.integer ?? 0)); \
            \(Counted.of(result["lost"]?.integer ?? 0, "that came after it is", "that came after it are")) declared lost. Ledger entry \(result["entry"]?.integer ?? 0). The appliance is open.
            Tell everybody who holds a later checkpoint, with the proof: assay ledger prove \(result["entry"]?.integer ?? 0) --to proof.
            """
        }
    }
}

/// The path as assayd, which runs elsewhere, has to be told it.
private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(currentFolder())/\(path)" }
