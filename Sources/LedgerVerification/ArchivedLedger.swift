import AuditCrypto
import CanonicalEncoding
import CommandSupport
import LogBuilding
import MerkleLog

/// The entries of a ledger through a closed epoch, as a tiled log that is kept by itself (C2SP tlog-tiles): with the checkpoint
/// that closed the epoch, the keys of the epochs, and what holds that ledger from outside. It is complete in itself, so that
/// it can be verified when nothing else is left.
package struct ArchivedLedger: Sendable {
    /// What `archive.json` says. Nothing is believed because it stands there: `verify` holds it against the rest.
    package struct Manifest: Sendable, Hashable {
        /// The ledger's name.
        package let origin: String
        /// The last epoch in it, which is closed.
        package let epoch: Int64
        /// The number of entries, and their root.
        package let size: Int64
        package let root: MerkleHash
        /// The entry by which the archive was asked for, after those that it holds.
        package let entry: Int64

        private static let type = "assay-ledger-archive"

        package init(origin: String, epoch: Int64, size: Int64, root: MerkleHash, entry: Int64) {
            (self.origin, self.epoch, self.size, self.root, self.entry) = (origin, epoch, size, root, entry)
        }

        package init(json: [UInt8]) throws {
            let field = JSONField(try StrictJSON.parse(json, limits: JSONLimits(maxBytes: 4096, maxDepth: 2, maxValues: 16)))
            try field.allow(only: ["entry", "epoch", "origin", "root", "size", "type", "v"])
            _ = try field.field("v").integer(in: 1...1)
            guard try field.field("type").string() == Self.type else { throw try field.field("type").failure("'\(Self.type)' was expected") }
            guard let root = MerkleHash(hex: try field.field("root").string(maxBytes: 64)) else {
                throw try field.field("root").failure("64 lower-case hexadecimal digits were expected")
            }
            self.init(
                origin: try field.field("origin").string(maxBytes: 256), epoch: try field.field("epoch").integer(),
                size: try field.field("size").integer(), root: root, entry: try field.field("entry").integer())
        }

        package func encoded() throws -> [UInt8] {
            try CanonicalJSON.encode([
                "entry": .integer(entry), "epoch": .integer(epoch), "origin": .string(origin), "root": .string(root.hex), "size": .integer(size),
                "type": .string(Self.type), "v": 1,
            ])
        }
    }

    /// The files of an archive besides those of a tiled log.
    package enum File {
        package static let manifest = "archive.json"
        package static let ledgerKeys = "keys/ledger.vkey"
        package static let epochKeys = "keys/epoch.vkey"
        package static let witnesses = "anchors/witnesses"
        package static let tpm = "anchors/tpm.json"
        package static func cosigned(_ size: Int64) -> String { "anchors/cosigned/\(size)" }
    }

    package let folder: String
    package let manifest: Manifest
    package let ledger: TiledLedger

    private static let maxBytes = 1 << 20

    package init(folder: String) throws {
        self.folder = folder
        let path = "\(folder)/\(File.manifest)"
        do { manifest = try Manifest(json: Files.read(path, maxBytes: Self.maxBytes)) } catch let error as FileError { throw error } catch {
            throw LedgerError(.badTile, "\(path) does not say of which ledger this is an archive: \(error)")
        }
        ledger = try TiledLedger(folder: folder)
    }

    /// The checkpoint that closed the archive's last epoch, a signed note.
    package var checkpoint: String { ledger.latestCheckpoint() }

    private func text(_ name: String) throws -> String {
        guard let text = String(validating: try Files.read("\(folder)/\(name)", maxBytes: Self.maxBytes), as: UTF8.self) else {
            throw LedgerError(.badTile, "\(folder)/\(name) is not UTF-8.")
        }
        return text
    }

    /// Reads all of it again: entries, tree, tiles, epochs, and the checkpoints that witnesses cosigned.
    ///
    /// The keys are the archive's own, so this says that it is whole; that it is the ledger's is for whoever has the ledger's
    /// key from elsewhere, or the present ledger.
    ///
    /// - Returns: what was verified, and how many cosigned checkpoints.
    /// - Throws: `LedgerError` for the first that does not hold, `FileError` for what is not there.
    package func verify(progress: (_ done: Int64, _ total: Int64) -> Void) throws -> (report: LedgerVerifier.Report, cosigned: Int) {
        let (keys, epochs) = try readKeys()
        let verifier = LedgerVerifier(key: keys[0], knownEpochs: epochs, hasher: .standard, personKeys: nil)
        let report = try verifier.verify(ledger, progress: progress)
        try ledger.checkFiles()
        guard report.entries == manifest.size, report.checkpoint.rootHash == manifest.root, report.checkpoint.origin == manifest.origin,
            let current = report.keys?.current, current.start == manifest.size, current.number == manifest.epoch + 1
        else {
            throw LedgerError(.badEpoch, "\(folder)/\(File.manifest) says that epoch \(manifest.epoch) was closed at \(manifest.size) entries, and what is there says otherwise.")
        }
        return (report, try verifyCosigned(verifier, report))
    }

    private func readKeys() throws -> (ledger: [NoteVerifierKey], epochs: [NoteVerifierKey]) {
        do {
            let epochs = try text(File.epochKeys).utf8Split("\n").filter { !$0.isEmpty }.map { try NoteVerifierKey(text: $0) }
            return (try NoteVerifierKey.list(text: text(File.ledgerKeys)), epochs)
        } catch let error as NoteError {
            throw LedgerError(.badCheckpoint, "The keys in \(folder)/keys cannot be read: \(error)")
        }
    }

    private func verifyCosigned(_ verifier: LedgerVerifier, _ report: LedgerVerifier.Report) throws -> Int {
        let cosigned = "\(folder)/anchors/cosigned"
        guard Files.exists(cosigned) else { return 0 }
        let witnesses: [CosignerKey]
        do { witnesses = try CosignerKey.list(text: text(File.witnesses)) } catch let error as NoteError {
            throw LedgerError(.badCheckpoint, "\(folder)/\(File.witnesses): \(error)")
        }
        let names = try Files.names(in: cosigned)
        for name in names {
            let note = try text("anchors/cosigned/\(name)")
            let checkpoint = try verifier.compare(note, with: ledger, keys: report.keys)
            guard name == "\(checkpoint.size)", (try? SignedNote(note: note).cosignatures(by: witnesses))?.isEmpty == false else {
                throw LedgerError(.badCheckpoint, "\(cosigned)/\(name) is no checkpoint of that size that one of \(File.witnesses) cosigned.")
            }
        }
        return names.count
    }
}

/// What an entry `ledger.archive` says: that the entries up to a size were given out to be kept, and under which root.
package struct ArchivedPart: Sendable, Hashable {
    package let entry: Int64
    package let epoch: Int64
    package let size: Int64
    package let root: MerkleHash

    package init(entry: Int64, epoch: Int64, size: Int64, root: MerkleHash) {
        (self.entry, self.epoch, self.size, self.root) = (entry, epoch, size, root)
    }

    /// Holds the entry against the ledger that it is in.
    init(_ entry: LedgerEntry, in storage: any LedgerSource, _ keys: LedgerKeys?, hasher: TreeHasher) throws {
        let details = JSONField(.object(entry.details), path: "$.details")
        do {
            let size = try details.field("size").integer(in: 1...max(1, entry.sequence)), epoch = try details.field("epoch").integer()
            guard let root = MerkleHash(hex: try details.field("root").string(maxBytes: 64)) else { throw try details.field("root").failure("a hash was expected") }
            self.init(entry: entry.sequence, epoch: epoch, size: size, root: root)
        } catch {
            throw LedgerError(.malformedEntry, entry: entry.sequence, "what it says of the archive cannot be read: \(error)")
        }
        guard keys?.epochs.contains(where: { $0.number == epoch + 1 && $0.start == size }) == true,
            try LedgerReader(storage, hasher: hasher).root(size: size) == root
        else {
            throw LedgerError(.wrongRoot, entry: entry.sequence, "it says that \(size) entries of a closed epoch were archived that the ledger does not begin with.")
        }
    }

    package var details: JSONObject { ["epoch": .integer(epoch), "root": .string(root.hex), "size": .integer(size)] }
}
