import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import LogBuilding
import MerkleLog

/// The ledger's verifier keys, as all commands take them that verify something of a ledger.
struct LedgerKeyOptions: ParsableArguments {
    @Option(name: .long, help: "The folder that assay trust wrote: its ledger.vkey and, where they are there, epoch.vkey and witnesses.")
    var trust: String?
    @Option(name: .long, help: "Instead of --trust: the file with the ledger's verifier key, ledger.vkey.") var vkey: String?
    @OptionGroup var witnesses: WitnessOptions
    @Flag(name: .long, help: "Print the result as one line of JSON.") var json = false

    static let maxBytes = 1 << 20

    func validate() throws {
        guard (trust == nil) != (vkey == nil) else {
            throw ValidationError("Name the trust folder with --trust, or the ledger's verifier key alone with --vkey.")
        }
    }

    var folder: TrustFolder? { trust.map { TrustFolder(path: $0) } }

    func text(_ path: String, _ kind: VerificationFailure.Kind) throws -> String {
        guard let text = String(validating: try Files.read(path, maxBytes: Self.maxBytes), as: UTF8.self) else {
            throw VerificationFailure(kind, "\(path): not UTF-8")
        }
        return text
    }

    func keys() throws -> [NoteVerifierKey] {
        let file = vkey ?? folder?.ledgerKeys ?? ""
        do { return try NoteVerifierKey.list(text: text(file, .trust)) } catch let error as NoteError {
            throw VerificationFailure(.trust, "\(file): \(error)")
        }
    }

    /// The one of the ledger's keys that signed a checkpoint; the newest where several did.
    func signer(of note: String) throws -> NoteVerifierKey {
        do { return try SignedNote(note: note).verified(by: keys())[0] } catch let error as NoteError {
            throw VerificationFailure(.checkpointSignature, "\(error)")
        }
    }

    func checkpoint(_ note: String) throws -> Checkpoint {
        do { return try Checkpoint.verified(note: SignedNote(note: note), by: keys()) } catch let error as NoteError {
            throw VerificationFailure(.checkpointSignature, "\(error)")
        } catch let error as MerkleError {
            throw VerificationFailure(.origin, "\(error)")
        }
    }

    /// The same, with the cosignatures that are demanded.
    func cosigned(_ note: String) throws -> (Checkpoint, [Cosignature]) {
        (try checkpoint(note), try witnesses.check(note, folder))
    }

    /// A consistency proof's hashes, in base64, a line each.
    func proof(_ path: String) throws -> [MerkleHash] {
        try text(path, .proof).split(separator: "\n").enumerated().map { index, line in
            guard let hash = MerkleHash(base64: String(line)) else {
                throw VerificationFailure(.proof, "\(path): line \(index + 1) is not base64 of 32 bytes")
            }
            return hash
        }
    }

    static func value(_ checkpoint: Checkpoint, _ cosignatures: [Cosignature]) -> JSONObject {
        [
            "cosignatures": WitnessOptions.value(cosignatures), "origin": .string(checkpoint.origin), "root": .string(checkpoint.rootHash.base64),
            "size": .integer(checkpoint.size), "status": 0, "verified": true,
        ]
    }
}

struct CheckpointCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Verify a ledger's signed checkpoint and print what it commits to.",
        discussion: "Example: assay-verify checkpoint ledger/checkpoint --trust trust")

    @Argument(help: "The checkpoint: a signed note.") var file: String
    @OptionGroup var options: LedgerKeyOptions

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let (checkpoint, cosigned) = try options.cosigned(try options.text(file, .checkpointSignature))
            guard !options.json else { return try printJSON(.object(LedgerKeyOptions.value(checkpoint, cosigned))) }
            print(
                """
                VERIFIED. The ledger \(CleanText.of(checkpoint.origin)) has \(Counted.entries(checkpoint.size)).
                Root \(checkpoint.rootHash.base64)\(PlainWords.cosigned(cosigned))
                Keep this file: a later checkpoint that does not extend it proves that the ledger was rewritten.
                """)
        }
    }
}

struct ProofCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proof",
        abstract: "Verify that an entry is in the ledger.",
        discussion: "Example: assay-verify proof entry.json --proof proof.tlog-proof --trust trust")

    @Argument(help: "The entry, exactly as the ledger holds it.") var entry: String
    @Option(name: .long, help: "The inclusion proof with its checkpoint, proof.tlog-proof.") var proof: String
    @OptionGroup var options: LedgerKeyOptions

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let bytes = try Files.read(entry, maxBytes: LedgerEntry.maxBytes)
            let read: LedgerEntry
            do { read = try LedgerEntry(encoded: bytes) } catch {
                throw VerificationFailure(.entry, "\(entry): \(error)")
            }
            let file: TLogProof
            do { file = try TLogProof(text: options.text(proof, .proof)) } catch let error as MerkleError {
                throw VerificationFailure(.proof, "\(proof): \(error)")
            }
            let (checkpoint, cosigned) = try options.cosigned(file.checkpoint)
            guard file.index == read.sequence else {
                throw VerificationFailure(.index, "entry \(read.sequence), proof of \(file.index)")
            }
            let leaf = TreeHasher.standard.leaf(bytes)
            do {
                try InclusionProof(index: file.index, size: checkpoint.size, hashes: file.hashes)
                    .verify(leafHash: leaf, root: checkpoint.rootHash)
            } catch { throw VerificationFailure(.inclusion, "\(error)") }
            guard !options.json else {
                var value = LedgerKeyOptions.value(checkpoint, cosigned)
                (value["index"], value["leaf"]) = (.integer(file.index), .string(leaf.hex))
                return try printJSON(.object(value))
            }
            print(
                """
                VERIFIED. Entry \(file.index) of \(CleanText.of(checkpoint.origin)) (\(CleanText.of(read.action)) by \
                \(CleanText.of(read.actor))) is in its tree of \(Counted.entries(checkpoint.size)).
                Leaf \(leaf.hex)\(PlainWords.cosigned(cosigned))
                """)
        }
    }
}

struct ConsistencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consistency",
        abstract: "Verify that a ledger has only grown between two checkpoints.",
        discussion: """
            The proof comes from assay ledger consistency OLD NEW: hashes in base64, a line each (RFC 6962, section 2.1.2).
            Witnesses are demanded of the later checkpoint: what the earlier one says, it then says too.

            Example: assay-verify consistency monday/checkpoint friday/checkpoint --proof proof --trust trust
            """)

    @Argument(help: "The earlier checkpoint.") var old: String
    @Argument(help: "The later checkpoint.") var new: String
    @Option(name: .long, help: "The file with the proof's hashes.") var proof: String
    @OptionGroup var options: LedgerKeyOptions

    func run() throws {
        try ExitStatus.reporting(json: options.json) {
            let earlier = try options.checkpoint(try options.text(old, .checkpointSignature))
            let (later, cosigned) = try options.cosigned(try options.text(new, .checkpointSignature))
            let hashes = try options.proof(proof)
            do {
                try ConsistencyProof(oldSize: earlier.size, newSize: later.size, hashes: hashes)
                    .verify(oldRoot: earlier.rootHash, newRoot: later.rootHash)
            } catch { throw VerificationFailure(.consistency, "\(error)") }
            guard !options.json else {
                var value = LedgerKeyOptions.value(later, cosigned)
                value["old"] = .integer(earlier.size)
                return try printJSON(.object(value))
            }
            print(
                """
                VERIFIED. The ledger \(CleanText.of(later.origin)) only grew, from \(earlier.size) to \(Counted.entries(later.size)): nothing \
                of the earlier ones was changed, removed or reordered.\(PlainWords.cosigned(cosigned))
                """)
        }
    }
}
