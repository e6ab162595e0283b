import ArgumentParser
import CanonicalEncoding
import CommandSupport
import LedgerVerification
import Receipts

struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger", abstract: "The ledger: verify, show, watch, checkpoint, prove, export, archive, take home, rotate its keys, bind it to another TPM.",
        discussion: """
            Who asked for what and when, and what the appliance did: digests, counts and closed words, nothing of a submission. \
            Everybody who may use the socket may read it; to export it and to take a receipt home takes a signature.

            Examples:
              assay ledger verify --kept checkpoint-2030-01-30
              assay ledger show --actor alice --since 2030-01-30T18:00:00Z
              assay ledger checkpoint --out checkpoint-2030-01-31
            """,
        subcommands: [
            LedgerVerify.self, LedgerShow.self, LedgerWatch.self, LedgerCheckpoint.self, LedgerProve.self, LedgerConsistency.self,
            LedgerExport.self, LedgerArchive.self, LedgerReceiptCommand.self, LedgerRotate.self, LedgerRebindTPM.self,
        ])
}

struct LedgerVerify: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Read every entry again: chain, tree, signatures, checkpoint.",
        discussion: """
            Names the first entry that is wrong, and how. With checkpoints that you kept outside, it also finds a ledger \
            that was cut short, put back or rewritten and then signed again. One that was declared lost when the ledger was \
            restored from a backup is called superseded, by which entry. Exit status 1 where anything does not hold.

            Example: assay ledger verify --kept monday/checkpoint --kept tuesday/checkpoint
            """)
    @OptionGroup var connection: ConnectionOptions
    @Option(name: .long, help: "A checkpoint, or a receipt's text, that was kept outside; may be given several times.")
    var kept: [String] = []
    @Option(name: .long, help: "A folder that assay ledger archive wrote: it is read again, and the ledger must go on from it; may be given several times.")
    var archive: [String] = []

    func execute() throws {
        let notes = try kept.map(KeptCheckpoint.read)
        let archives = try archive.map { folder in
            _ = try LedgerArchive.verified(folder, "verifying the archive")
            return JSONValue.string(try ArchivedLedger(folder: folder).checkpoint)
        }
        let result = try connection.call("ledger.verify", ["archives": .array(archives), "kept": .array(notes.map { .string($0) })])
        try connection.show(result) {
            """
            \(Counted.of(result["entries"]?.integer ?? 0, "entry holds", "entries hold")): each names the one before, the tree's root is the \
            checkpoint's, and its signature and \(Counted.of(result["requests"]?.integer ?? 0, "personal signature is", "personal signatures are")) \
            valid. \(Self.epochs(result["epochs"]?.integer ?? 0))\
            \(Self.grown(result))\(Self.archives(result))\(Self.anchors(result))
            """
        }
    }
}

extension LedgerVerify {
    private static func epochs(_ count: Int64) -> String {
        switch count {
        case ...1: "It is in its first epoch."
        case 2: "The epoch before the present one was closed by its own key."
        default: "Each of the \(count - 1) epochs before the present one was closed by its own key."
        }
    }

    private static func archives(_ result: JSONValue) -> String {
        (result["archives"]?.array ?? []).map { one in
            let size = Counted.entries(one["size"]?.integer ?? 0)
            guard let entry = one["entry"]?.integer else {
                return "\nAn archive of \(size) is whole, and the ledger goes on from it; no entry says that this one was made."
            }
            return "\nThe archive of \(size) is whole, and the ledger goes on from it. Entry \(entry) says that it was made."
        }.joined()
    }

    /// What is said of the TPM, and of those before it.
    private static func anchors(_ result: JSONValue) -> String {
        let rebindings = (result["rebindings"]?.array ?? []).map { one in
            let (vouched, witnesses) = (one["vouched"]?.integer ?? 0, one["witnesses"]?.array?.count ?? 0)
            let outside =
                vouched == 0 ? "Nothing from outside vouches for what was before."
                : "Its first \(Counted.of(vouched, "entry was", "entries were")) held against what was outside; witnesses that looked at it then: \(witnesses)."
            let despite = one["despite"] == true ? " THEY AGREED THOUGH WHAT WAS WANTED COULD NOT BE HAD." : ""
            return "\nREBOUND at entry \(one["entry"]?.integer ?? 0), \(one["moment"]?.string ?? ""): from there on another TPM's counter, from "
                + "\(one["counter"]?.integer ?? 0); the one before was last at \(one["anchored"]?.integer ?? 0) (\(one["reason"]?.string ?? "")). Signed for, and "
                + "approved by \(one["approvals"]?.integer ?? 0). \(outside)\(despite)"
        }
        guard let anchor = result["anchor"], anchor != .null else { return rebindings.joined() }
        let (anchored, counter) = (anchor["anchored"]?.integer ?? 0, anchor["counter"]?.integer)
        let now =
            counter == anchored ? "\nThe TPM certifies that its counter stands at \(anchored), as the last anchor says."
            : "\nNOT HELD AGAINST THE TPM: the last anchor is \(anchored), and the counter \(counter.map { "stands at \($0)" } ?? "does not answer")."
        return rebindings.joined() + now
    }

    /// What is said of the checkpoints that were kept.
    private static func grown(_ result: JSONValue) -> String {
        let count = result["kept"]?.array?.count ?? 0
        let superseded = (result["superseded"]?.array ?? []).map { one in
            "\nSUPERSEDED: the checkpoint of \(Counted.entries(one["size"]?.integer ?? 0)) is of a part that was lost. Entry \(one["entry"]?.integer ?? 0) "
                + "declares exactly that one lost, when the ledger was restored from a backup (assay ledger prove \(one["entry"]?.integer ?? 0))."
        }
        return (count == 0 ? "" : " It has grown from \(count == 1 ? "the checkpoint that was" : "each of the \(count) checkpoints that were") kept.") + superseded.joined()
    }
}

/// A checkpoint that somebody kept: the note as a file, or the text of a receipt.
enum KeptCheckpoint {
    static func read(_ path: String) throws -> String {
        let bytes = try Files.read(path, maxBytes: 1 << 20)
        do { return try ReceiptRows.note(in: bytes) } catch {
            throw CommandFailure(.missingInput, "\(path) is no checkpoint: \(error)")
        }
    }
}

struct LedgerCheckpoint: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "The latest signed checkpoint (C2SP tlog-checkpoint).",
        discussion: """
            Keep it outside: with it, a ledger that was cut short or rewritten is found out.

            Example: assay ledger checkpoint --out checkpoint
            """)
    @OptionGroup var connection: ConnectionOptions
    @Option(name: .long, help: "Write it here.") var out: String?

    func execute() throws {
        let result = try connection.call("ledger.checkpoint")
        let note = result["checkpoint"]?.string ?? ""
        if let out { try Files.write(Array(note.utf8), to: out) }
        try connection.show(result) { note.hasSuffix("\n") ? String(note.dropLast()) : note }
    }
}

struct LedgerProve: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "A proof that an entry is in the ledger (C2SP tlog-proof), with the entry.",
        discussion: """
            Away from the appliance assay-verify proof verifies it, and ssh-keygen -Y verify holds request.sig against request.json.

            Example: assay ledger prove 12 --to proof
            """)
    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The entry's number.") var entry: Int64
    @Option(name: .long, help: "Write entry.json, proof.tlog-proof and, where a person asked, request.json and request.sig here.")
    var to: String?

    func execute() throws {
        let result = try connection.call("ledger.prove", ["entry": .integer(entry)])
        if let to {
            try Files.makeFolder(to)
            try Files.write(Array((result["entry"]?.string ?? "").utf8), to: "\(to)/entry.json")
            try Files.write(Array((result["proof"]?.string ?? "").utf8), to: "\(to)/proof.tlog-proof")
            if let request = result["request"]?.string,
                let signature = try? StrictJSON.parse(Array((result["entry"]?.string ?? "").utf8))["request"]?["sshsig"]?.string {
                try Files.write(Array(request.utf8), to: "\(to)/request.json")
                try Files.write(Array(signature.utf8), to: "\(to)/request.sig")
            }
        }
        try connection.show(result) { (result["entry"]?.string ?? "") + "\n\n" + (result["proof"]?.string ?? "") }
    }
}

struct LedgerConsistency: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency", abstract: "A proof that the ledger at one size is the beginning of it at another (RFC 6962).",
        discussion: """
            Prints the proof's hashes in base64, a line each; assay-verify consistency checks it against two checkpoints.

            Example: assay ledger consistency 40 --out consistency
            """)
    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The number of entries then.") var old: Int64
    @Argument(help: "The number of entries later; without it, now.") var new: Int64?
    @Option(name: .long, help: "Write the hashes here.") var out: String?

    func execute() throws {
        var parameters: JSONObject = ["old": .integer(old)]
        if let new { parameters["new"] = .integer(new) }
        let result = try connection.call("ledger.consistency", .object(parameters))
        let lines = (result["hashes"]?.array ?? []).compactMap(\.string).map { $0 + "\n" }.joined()
        if let out { try Files.write(Array(lines.utf8), to: out) }
        try connection.show(result) { String(lines.dropLast()) }
    }
}

struct LedgerExport: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the ledger as a tlog-tiles log (C2SP), for programs that others wrote.",
        discussion: """
            Writes checkpoint, tile/, tile/entries/ and, where epochs were closed, epochs/. assay-verify ledger verifies all of it. A \
            folder with an earlier export of this ledger may be named again.

            Example: assay ledger export --to ledger --as bob
            """)
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Option(name: .long, help: "The folder to write to.") var to: String

    func execute() throws {
        let listing = try signing.act("ledger.export", [:], through: connection)
        let size = listing["size"] ?? nil
        let paths = (listing["paths"]?.array ?? []).compactMap(\.string)
        var bar = ProgressBar()
        defer { bar.finish() }
        for (done, path) in paths.enumerated() {
            let file = try connection.call("ledger.tile", ["path": .string(path), "size": size])
            try writeFiles(["\(path)": file["content"] ?? nil], to: to)
            bar.update(activity: "exporting", done: Int64(done + 1), total: Int64(paths.count), unit: "files")
        }
        try writeFiles(listing["epochs"] ?? nil, to: to)
        // Last, so that a checkpoint never stands before the tiles that it speaks of.
        try Files.write(Array((listing["checkpoint"]?.string ?? "").utf8), to: "\(to)/checkpoint")
        bar.finish()
        let closed = listing["epochs"]?.object?.count ?? 0
        try connection.show(["size": size, "files": .integer(Int64(paths.count + 1 + closed))]) {
            "\(Counted.entries(size.integer ?? 0)) in \(paths.count + 1 + closed) files below \(to)."
        }
    }
}

struct LedgerRotate: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Begin an epoch of the ledger; with --new-key or --compromised, another key too.",
        discussion: """
            An epoch's key closes the epoch and is then erased, so that nobody who comes later can write the epoch again. A new \
            one begins by itself at the first unlocking of a day. Another key for the ledger takes two persons; the key before \
            signs it. Afterwards hand out assay trust and assay identity again, and tell the witnesses.

            Examples:
              assay ledger rotate --as dave
              assay ledger rotate --compromised --as dave --purpose "the old disk was stolen"
            """)
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Flag(name: .long, help: "Give the ledger another key.") var newKey = false
    @Flag(name: .long, help: "The same, and declare that others may have the key before.") var compromised = false
    @Option(name: .long, help: "A file whose first line is the passphrase of the keys. Default: ask at the terminal.")
    var passphraseFile: String?

    func execute() throws {
        let reason = compromised ? "compromised" : newKey ? "rotated" : "scheduled"
        let passphrase = try Passphrase.read(file: passphraseFile, prompt: "Passphrase of the appliance's keys")
        let result = try signing.act(
            "ledger.rotate", ["reason": .string(reason)], attachment: Base64.encode(passphrase), through: connection)
        try connection.show(result) {
            """
            Epoch \(result["epoch"]?.integer ?? 0) begins at entry \(result["begins"]?.integer ?? 0). The key of the one before is erased.
            The ledger's key: \(result["vkey"]?.string ?? "")
            """
        }
    }
}
