import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Ledger
import LocalAPI
import LogBuilding
import MerkleLog

/// What anybody at the appliance may ask of the ledger: it holds digests, counts and closed vocabularies.
extension OpenAppliance {
    /// Reads every entry again, and holds the ledger against checkpoints that were kept outside or that
    /// witnesses cosigned.
    func verifyLedger(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["archives", "kept"])
        let (snapshot, verifier) = await verifiable
        let report = try verifier.verify(snapshot)
        let kept = try (parameters.optional("kept")?.array() ?? []).map { note in
            try verifier.judge(note.string(maxBytes: 64 << 10), with: snapshot, report: report)
        }
        // An archive's checkpoint closed an epoch, so it is one that was kept; the ledger says besides that it was given out.
        let archives = try (parameters.optional("archives")?.array() ?? []).map { note -> JSONValue in
            let checkpoint = try verifier.compare(note.string(maxBytes: 64 << 10), with: snapshot, keys: report.keys)
            let part = report.archives.last { $0.size == checkpoint.size && $0.root == checkpoint.rootHash }
            return ["entry": part.map { .integer($0.entry) } ?? .null, "size": .integer(checkpoint.size)]
        }
        let rebindings = report.rebindings.map { one -> JSONValue in
            let rebinding = one.rebinding
            return [
                "after": rebinding.after.json, "anchored": .integer(rebinding.anchored), "approvals": .integer(Int64(one.approvals)),
                "before": rebinding.before.json, "counter": .integer(rebinding.counter), "despite": .bool(rebinding.isDespite),
                "entry": .integer(one.entry), "moment": .string(Moment.text(one.time)), "reason": .string(rebinding.reason.rawValue),
                "said": rebinding.said.map { .integer($0) } ?? .null, "vouched": .integer(rebinding.vouched),
                "witnesses": .array(rebinding.witnesses.map { .string($0) }),
            ]
        }
        let superseded = kept.compactMap { judged in judged.supersededBy.map { (size: judged.checkpoint.size, entry: $0) } }
        return [
            "archives": .array(archives), "archived": report.archives.map(\.size).max().map { .integer($0) } ?? .null,
            "anchor": try await anchor?.status() ?? .null, "rebindings": .array(rebindings),
            "cosigned": try await compareCosigned(now: await ledger.time),
            "entries": .integer(report.entries), "epochs": .integer(Int64(report.keys?.epochs.count ?? 0)), "requests": .integer(report.requests),
            "root": .string(report.checkpoint.rootHash.hex), "kept": .array(kept.filter { $0.supersededBy == nil }.map { .integer($0.checkpoint.size) }),
            "superseded": .array(superseded.map { ["entry": .integer($0.entry), "size": .integer($0.size)] }),
        ]
    }

    /// Entries from a place on, at most `count` of those that a filter lets through. `next` is where to go on, past all
    /// that was looked at; null at the ledger's end, which then is `end`.
    func showLedger(_ parameters: JSONField) throws -> JSONValue {
        let filter = try LedgerFilter(parameters)
        let from = try parameters.field("from").integer()
        let count = Int(try parameters.field("count").integer(in: 1...1000))
        var shown: [JSONValue] = []
        var next = from
        // One question looks at so many at most: others wait meanwhile.
        let end = min(from, .max - (1 << 16)) + (1 << 16)
        while shown.count < count, next < end {
            let page = try ledger.storage.entries(next..<min(next + 1024, end))
            guard !page.isEmpty else { return ["entries": .array(shown), "next": .null, "end": .integer(next)] }
            for bytes in page where shown.count < count {
                let entry = try LedgerEntry(encoded: bytes)
                next = entry.sequence + 1
                guard filter.isWanted(entry) else { continue }
                var object = try StrictJSON.parse(bytes).object ?? [:]
                object["moment"] = .string(Moment.text(entry.time))
                shown.append(.object(object))
            }
        }
        return ["entries": .array(shown), "next": .integer(next)]
    }

    /// That an earlier ledger is the beginning of a later one.
    func proveConsistency(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["new", "old"])
        let size = await ledger.size
        let new = try parameters.optional("new")?.integer(in: 1...size) ?? size
        let old = try parameters.field("old").integer(in: 1...new)
        let proof = try reader.consistency(from: old, to: new)
        return ["old": .integer(old), "new": .integer(new), "hashes": .array(proof.hashes.map { .string($0.base64) })]
    }

    func prove(_ parameters: JSONField) async throws -> JSONValue {
        let index = try parameters.field("entry").integer()
        let (size, checkpoint, _) = ledger.sealed
        let (entry, proof) = try reader.proof(index, size: size, checkpoint: checkpoint)
        var request: JSONValue = .null
        try ledger.storage.scan(index..<index + 1) { stored in
            if let bytes = stored.request { request = .string(String(decoding: bytes, as: UTF8.self)) }
        }
        return ["entry": .string(String(decoding: entry, as: UTF8.self)), "proof": .string(proof.text), "request": request]
    }

    /// The files of the tiled log at the latest checkpoint, for `ledgerTile` to give one by one.
    func listTiles() async throws -> JSONValue {
        let (size, checkpoint, _) = ledger.sealed
        return [
            "size": .integer(size), "checkpoint": .string(checkpoint), "epochs": .object(try closings(of: await desk.keys(), upTo: size)),
            "paths": .array(try Tile.added(to: size).map { .string($0.path) }),
        ]
    }

    /// The checkpoints that closed the ledger's epochs, by the file each is exported to.
    func closings(of keys: LedgerKeys, upTo size: Int64) throws -> JSONObject {
        var files: JSONObject = [:]
        for epoch in keys.epochs.dropFirst() where epoch.start <= size {
            guard let note = try ledger.storage.checkpoint(size: epoch.start) else { continue }
            files["epochs/\(epoch.number - 1)"] = .string(Base64.encode(Array(note.utf8)))
        }
        return files
    }

    func ledgerTile(_ parameters: JSONField) async throws -> JSONValue {
        let size = try parameters.field("size").integer(in: 1...(await ledger.size))
        let tile = try Tile(path: parameters.field("path").string())
        guard tile.isWhole(in: size) else {
            throw LocalFailure(code: "ledger.no-such-tile", message: "A ledger of \(Counted.entries(size)) has no file \(tile.path).")
        }
        return ["content": .string(Base64.encode(try reader.data(of: tile)))]
    }

    /// The entries that `isWanted` picks, oldest first.
    func entries(where isWanted: (LedgerEntry) -> Bool) throws -> [LedgerEntry] {
        var found: [LedgerEntry] = []
        var next: Int64 = 0
        while case let page = try ledger.storage.entries(next..<next + 1024), !page.isEmpty {
            found += try page.map { try LedgerEntry(encoded: $0) }.filter(isWanted)
            next += Int64(page.count)
        }
        return found
    }

    func lastEntry(where isWanted: (LedgerEntry) -> Bool) throws -> LedgerEntry? { try entries(where: isWanted).last }
}

extension Tile {
    /// Whether a tree of `size` leaves has this tile, as wide as it is.
    fileprivate func isWhole(in size: Int64) -> Bool {
        let level = if case .hashes(let level) = kind { level } else { 0 }
        guard level < 8, index < 1 << 55 else { return false }
        let left = (size >> Int64(8 * level)) - index * Int64(Self.fullWidth)
        return left > 0 && Int64(width) == min(Int64(Self.fullWidth), left)
    }
}
