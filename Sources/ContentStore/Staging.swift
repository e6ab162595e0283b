import AgeFormat
import AuditCrypto
import Foundation
import GRDB
import SealedMedia

extension SubmissionStore {
    /// Verifies the medium at `path` completely and takes it in, to be kept when the ledger has accepted it. What an earlier run, or
    /// another volume, brought in is not asked of this one again; it is opened again all the same before the submission is whole.
    ///
    /// - Parameters:
    ///   - repairing: whether parts that are lost are given back by repair data.
    ///   - progress: throwing from it stops.
    /// - Throws: `MediaError` for the first thing that is wrong. Then nothing of this submission is in the store any more, unless
    ///   only this copy of one of several volumes is bad. `StoreError` where it is in the store already, or another run is at it.
    package func stage(
        media path: String, labs: [Ed25519PublicKey], identity: X25519Identity, repairing: Bool = false,
        progress: (MediaProgress) throws -> Void
    ) throws -> Staging {
        let verified = try VerifiedSubmission(at: path, labKeys: labs, toleratesDamage: repairing)
        try verified.checkRecipient(identity.recipient.text)
        let id = verified.submissionID
        let claim = try claims.claim(id)
        defer { withExtendedLifetime(claim) {} }
        if try submissions().contains(where: { $0.id == id }) {
            throw StoreError(.duplicate, "Submission \(id) is in the store already.")
        }
        do {
            try begin(verified)
            let intake = Intake(
                verified, SubmissionReceiver(verified, identities: [identity]),
                try SegmentSink(id, of: self, keepsHeaders: verified.manifest.volumes != nil && verified.manifest.repair != nil), self)
            let (isWhole, rebuilt) = try intake.run(repairing: repairing, progress)
            guard isWhole else { return .partly(try incoming(id, verified.manifest, .of(verified.envelope), damage: intake.damage)) }
            try database.write { try $0.execute(sql: "UPDATE submission SET whole = 1 WHERE id = ?", arguments: [id]) }
            return .whole(StagedSubmission(submission: verified, damage: intake.damage, rebuilt: rebuilt, claim: claim))
        } catch {
            let isOfCopy = (error as? MediaError).map { $0.isOfCopy || $0.code == .beyondRepair || $0.code == .cancelled } ?? (error is StoreError)
            if !(isOfCopy && verified.manifest.volumes != nil) { try? discard(id) }
            throw error
        }
    }

    private func begin(_ verified: VerifiedSubmission) throws {
        try database.write { database in
            try database.execute(
                sql: """
                    INSERT INTO submission (id, manifest, lab_key, whole) VALUES (?, ?, ?, 0)
                    ON CONFLICT (id) DO UPDATE SET whole = 0
                    """,
                arguments: [verified.submissionID, Data(verified.envelope), Data(verified.signer.bytes)])
        }
    }
}

/// One run of taking in a medium.
private final class Intake {
    private let submission: VerifiedSubmission
    private let receiver: SubmissionReceiver
    private let sink: SegmentSink
    private let store: SubmissionStore
    private(set) var damage: [MediaDamage] = []

    init(_ submission: VerifiedSubmission, _ receiver: SubmissionReceiver, _ sink: SegmentSink, _ store: SubmissionStore) {
        (self.submission, self.receiver, self.sink, self.store) = (submission, receiver, sink, store)
    }

    private var manifest: SubmissionManifest { submission.manifest }
    private var id: String { submission.submissionID }

    /// - Returns: whether every file is whole, and how many segments were rebuilt.
    func run(repairing: Bool, _ progress: (MediaProgress) throws -> Void) throws -> (isWhole: Bool, rebuilt: Int) {
        let files = Set(manifest.files.indices)
        var reception = try receiver.receive(into: sink, toleratesDamage: repairing, progress: progress)
        try sink.flush()
        damage = reception.damage
        if manifest.volumes != nil { try keepPieces(repairing) }
        if reception.whole.count == files.count { return (true, 0) }
        let rebuilt = repairing ? try rebuild(progress) : 0
        let left = files.subtracting(reception.whole).filter { manifest.files[$0].segments.allSatisfy(sink.holds) }
        // They were all verified when they came; what they make together was not.
        reception = try receiver.receive(files: left, into: sink, progress: progress)
        return (reception.whole == left && manifest.segments.allSatisfy(sink.holds), rebuilt)
    }

    /// Keeps this volume's repair data until the submission is whole: another volume may be lost.
    private func keepPieces(_ repairing: Bool) throws {
        let held = try store.heldParts(id)
        let buffer = SegmentBuffer()
        for (number, piece) in (manifest.repair?.pieces ?? []).enumerated() where submission.volumes.contains(piece.volume ?? 1) {
            guard !held.contains(piece.path), !damage.contains(where: { $0.place == .piece(number) }) else { continue }
            do throws(MediaError) { try submission.directory.read(piece, into: buffer) } catch {
                guard repairing, error.isOfCopy else { throw error }
                damage.append(MediaDamage(place: .piece(number), error: error))
                continue
            }
            try sink.write(buffer.filled, as: piece.path)
            try sink.syncFolders()
            try store.database.write { database in
                try database.execute(sql: "INSERT OR IGNORE INTO piece (submission, path) VALUES (?, ?)", arguments: [id, piece.path])
            }
        }
    }

    /// Gives back what is lost of this medium, and of volumes that are not here, if what is left is enough.
    private func rebuild(_ progress: (MediaProgress) throws -> Void) throws -> Int {
        let lost = Set(manifest.segments.indices.filter { !sink.holds(manifest.segments[$0]) })
        guard !lost.isEmpty else { return 0 }
        let isSpread = manifest.volumes != nil
        if !isSpread { damage += try submission.examine(progress: progress) { if case .piece = $0 { true } else { false } } }
        let held = try store.heldParts(id), broken = Set(damage.map(\.place))
        let pieces = (manifest.repair?.pieces ?? []).enumerated().filter { number, piece in
            isSpread ? !held.contains(piece.path) : broken.contains(.piece(number))
        }
        let rebuilder = SegmentRebuilder(manifest, segments: lost, pieces: Set(pieces.map(\.offset)))
        do throws(MediaError) { try rebuilder.check() } catch {
            // Another volume may still come.
            if isSpread, try store.incoming(id, manifest, .of(submission.envelope), damage: []).volumes.contains(where: { $0.held == 0 }) { return 0 }
            throw error
        }
        let (submission, store, id) = (submission, store, id)
        try rebuilder.rebuildSegments(reading: { part, buffer in
            if isSpread { try store.readAsSealed(part, of: id, into: buffer) } else { try submission.directory.read(part, into: buffer) }
        }, progress: progress) { number, sealed in
            try receiver.take(number, sealed, into: sink)
        }
        try sink.flush()
        return lost.count
    }
}

extension SubmissionStore {
    /// A part as it was on its medium, of a submission that is not whole yet.
    fileprivate func readAsSealed(_ part: MediaPart, of id: String, into buffer: SegmentBuffer) throws {
        let wrapped = try database.pool.read { database in
            try Data.fetchOne(
                database, sql: "SELECT wrapped_header FROM segment WHERE submission = ? AND path = ?", arguments: [id, part.path])
        }
        let header = try wrapped.map { try unwrap($0, id, part.path) } ?? []
        buffer.empty()
        try buffer.write(all: header)
        let descriptor = try openFile(of: part, id)
        buffer.count += try DescriptorSource(descriptor.number).readFully(into: buffer.room(upTo: part.sealedSize))
        try part.check(buffer.filled)
    }
}
