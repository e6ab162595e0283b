import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Ledger
import LocalAPI
import LogBuilding
import MerkleLog

/// Checkpoints that witnesses outside cosign. The appliance has no word in it but to ask, to keep and to compare.
extension OpenAppliance {
    /// A witness's clock may be this far ahead, in seconds: a day, as neither sees a time server.
    private static let clockTolerance: Int64 = 86_400

    /// What goes to a witness: the latest checkpoint, with the proof that it extends the one that the witness cosigned
    /// last, as far as is known here.
    func witnessRequest(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["old", "witness"])
        let witness = try await witness(named: parameters.field("witness").string(maxBytes: 512))
        let (size, checkpoint, _) = ledger.sealed
        let known = try await cosigned.all().last { $0.cosignatures.contains { $0.key == witness } }
        let old = try parameters.optional("old")?.integer() ?? known?.checkpoint.size ?? 0
        guard old <= size else {
            throw LocalFailure(
                code: "ledger.cut-short",
                message: "The witness cosigned \(Counted.entries(old)), and the ledger has \(size): it was cut short, or an older copy was put back.",
                advice: "Stop. What the witness holds is evidence; see the custodian's runbook.")
        }
        let proof = try reader.consistency(from: old, to: size)
        let request = WitnessRequest(oldSize: old, proof: proof.hashes, checkpoint: checkpoint)
        return ["old": .integer(old), "request": .string(request.text), "size": .integer(size), "witness": .string(witness.name)]
    }

    /// Takes a cosigned checkpoint in: keeps it, then records that it is there.
    func acceptCosigned(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["note"])
        let text = try parameters.field("note").string(maxBytes: 1 << 20)
        let new: CosignedCheckpoints.Kept
        do { new = try await cosigned.read(text) } catch {
            throw LocalFailure(
                code: "witness.bad-note", message: "This is no checkpoint of this ledger with cosignatures that hold: \(error)",
                advice: "Bring the file that assay-witness cosign wrote.")
        }
        guard !new.cosignatures.isEmpty else {
            throw LocalFailure(
                code: "witness.unknown", message: "None of the witnesses that this appliance trusts cosigned this checkpoint.",
                advice: "assay witness list names them.")
        }
        let now = await ledger.time
        if let ahead = new.cosignatures.first(where: { $0.time > now + Self.clockTolerance }) {
            throw LocalFailure(
                code: "witness.future", message: "\(ahead.key.name) cosigned at \(Moment.text(ahead.time)), more than a day after the "
                    + "appliance's time, \(Moment.text(now)).", advice: "Compare the clocks.")
        }
        let (snapshot, verifier) = await verifiable
        _ = try verifier.compare(text, with: snapshot, keys: await desk.keys())
        let added = try await cosigned.keep(new)
        var entries: [JSONValue] = []
        if !added.isEmpty {
            let subject = LedgerEntry.Subject(name: "note", sha256: .of(Array(text.utf8)))
            let recorded = try await ledger.append(
                added.map { cosignature in
                    EntryDraft(
                        .witnessCosigned, subjects: [subject],
                        details: [
                            "size": .integer(new.checkpoint.size), "timestamp": .integer(cosignature.time),
                            "witness": .string(Hex.encode(cosignature.key.keyID)),
                        ])
                })
            entries = recorded.map { .integer($0.sequence) }
            try await anchorLedger()
        }
        return [
            "entries": .array(entries), "size": .integer(new.checkpoint.size),
            "witnesses": .array(new.cosignatures.map { .string($0.key.name) }),
        ]
    }

    /// The trusted witnesses, each with the newest checkpoint that it cosigned.
    func listWitnesses() async throws -> JSONValue {
        let (cosigned, size, now) = (try await cosigned, await ledger.size, await ledger.time)
        let kept = try cosigned.all()
        return [
            "witnesses": .array(
                cosigned.witnesses.map { witness in
                    let newest = kept.last { $0.cosignatures.contains { $0.key == witness } }
                    let time = newest?.cosignatures.first { $0.key == witness }?.time
                    return [
                        "name": .string(witness.name), "vkey": .string(witness.text),
                        "size": newest.map { .integer($0.checkpoint.size) } ?? nil, "time": time.map { .integer($0) } ?? nil,
                        "moment": time.map { .string(Moment.text($0)) } ?? nil,
                        "behind": newest.map { .integer(size - $0.checkpoint.size) } ?? nil,
                        "age": time.map { .integer(max(0, now - $0)) } ?? nil,
                    ]
                })
        ]
    }

    /// Holds the ledger against every cosigned checkpoint that was kept. Null where there is none.
    func compareCosigned(now: Int64) async throws -> JSONValue {
        let kept = try await cosigned.all()
        let ((snapshot, verifier), keys) = (await verifiable, try await desk.keys())
        for one in kept { _ = try verifier.compare(one.note, with: snapshot, keys: keys) }
        guard let newest = kept.last, let time = newest.cosignatures.map(\.time).max() else { return .null }
        let size = snapshot.size
        return [
            "age": .integer(max(0, now - time)), "behind": .integer(size - newest.checkpoint.size), "count": .integer(Int64(kept.count)),
            "moment": .string(Moment.text(time)), "size": .integer(newest.checkpoint.size), "time": .integer(time),
            "witnesses": .array(newest.cosignatures.map { .string($0.key.name) }),
        ]
    }

    /// The checkpoint to prove entry `index` under: the newest that witnesses cosigned and that covers it, else the latest.
    func provingCheckpoint(for index: Int64) async throws -> (size: Int64, note: String) {
        if let newest = try await cosigned.all().last, newest.checkpoint.size > index { return (newest.checkpoint.size, newest.note) }
        let (size, note, _) = ledger.sealed
        return (size, note)
    }

    private func witness(named name: String) async throws -> CosignerKey {
        guard let witness = try await cosigned.witnesses.first(where: { ExactString($0.name) == ExactString(name) || $0.text == name }) else {
            throw LocalFailure(
                code: "witness.unknown", message: "This appliance trusts no witness of that name.",
                advice: "assay witness list names them; they are taken in at assay init.")
        }
        return witness
    }
}
