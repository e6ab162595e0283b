import AuditCrypto
import CanonicalEncoding
import Clearance
import Ledger
import LocalAPI
import LogBuilding
import MerkleLog
import TPM

/// Archives: the entries through a closed epoch, to be kept elsewhere. The ledger keeps them too.
extension OpenAppliance {
    /// The listing that `assay ledger archive` then fetches file by file, and what holds that part of the ledger from outside.
    func archiveLedger(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let keys = try await desk.keys()
        let (part, note) = try await refusing(authorized) { try closedPart(authorized.request.scope, keys) }
        let entry = try await record(authorized, details: part.details)
        try await anchorLedger()
        var files = try closings(of: keys, upTo: part.size)
        let through = keys.through(epoch: part.epoch + 1)
        files[ArchivedLedger.File.ledgerKeys] = Self.file(through.ledgerKeys.map { $0.text + "\n" }.joined())
        files[ArchivedLedger.File.epochKeys] = Self.file(through.epochs.map { $0.key.text + "\n" }.joined())
        if !witnesses.isEmpty { files[ArchivedLedger.File.witnesses] = Self.file(witnesses.map { $0.text + "\n" }.joined()) }
        for kept in try await cosigned.all() where kept.checkpoint.size <= part.size {
            files[ArchivedLedger.File.cosigned(kept.checkpoint.size)] = Self.file(kept.note)
        }
        if let anchor {
            let binding = await anchor.binding, status = try await anchor.status()
            files[ArchivedLedger.File.tpm] = .string(
                Base64.encode(
                    try CanonicalJSON.encode([
                        "anchored": status["anchored"] ?? nil, "counter": status["counter"] ?? nil, "key": .string(binding.key.pem),
                        "name": .string(Hex.encode(binding.name)),
                    ])))
        }
        files[ArchivedLedger.File.manifest] = .string(
            Base64.encode(
                try ArchivedLedger.Manifest(
                    origin: ledger.origin, epoch: part.epoch, size: part.size, root: part.root, entry: entry.sequence
                ).encoded()))
        return [
            "checkpoint": .string(note), "entry": .integer(entry.sequence), "epoch": .integer(part.epoch), "files": .object(files),
            "paths": .array(try Tile.added(to: part.size).map { .string($0.path) }), "root": .string(part.root.hex), "size": .integer(part.size),
        ]
    }

    private static func file(_ text: String) -> JSONValue { .string(Base64.encode(Array(text.utf8))) }

    /// The part of the ledger up to the end of a closed epoch, the newest where none is named, with the checkpoint that closed it.
    private func closedPart(_ scope: JSONObject, _ keys: LedgerKeys) throws -> (ArchivedPart, String) {
        let scope = JSONField(.object(scope), path: "$.scope")
        try scope.allow(only: ["epoch"])
        let newest = Int64(keys.epochs.count) - 2
        let wanted = try scope.optional("epoch")?.integer() ?? newest
        guard newest >= 0, (0...newest).contains(wanted) else {
            throw LocalFailure(
                code: "ledger.epoch-open",
                message: newest < 0 ? "No epoch of the ledger is closed yet." : "Epoch \(wanted) is not closed: the newest closed one is \(newest).",
                advice: "Name an earlier one with --epoch, or close the present one: assay ledger rotate.")
        }
        let size = keys.epochs[Int(wanted) + 1].start
        guard let note = try ledger.storage.checkpoint(size: size) else {
            throw LedgerError(.badEpoch, entry: size - 1, "the checkpoint that closed epoch \(wanted) is missing.")
        }
        return (ArchivedPart(entry: -1, epoch: wanted, size: size, root: try reader.root(size: size)), note)
    }
}
