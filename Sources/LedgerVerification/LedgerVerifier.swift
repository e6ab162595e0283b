import AuditCrypto
import CommandSupport
import LogBuilding
import MerkleLog

/// Reads a whole ledger again, on all processors, and holds every entry against the one before, the stored hashes, the
/// tree and the signed checkpoint. Its memory does not grow with the ledger.
package struct LedgerVerifier: Sendable {
    package struct Report: Sendable {
        package let entries: Int64
        /// Entries with a person's signature that was verified.
        package let requests: Int64
        /// Entries with a person's signature that was not: the request that it is over is not at hand.
        package let unverified: Int64
        package let checkpoint: Checkpoint
        /// The keys that signed it through its life; nil where its first entry names none.
        package let keys: LedgerKeys?
        /// Where it went on from a backup, in order.
        package let restorations: [AgreedRestoration]
        /// Where it was bound to another TPM's counter, in order.
        package let rebindings: [AgreedRebinding]
        /// What was given out to be kept, in order.
        package let archives: [ArchivedPart]
    }

    private let key: NoteVerifierKey
    private let knownEpochs: [NoteVerifierKey]
    private let hasher: TreeHasher
    /// A person's keys as they were at an entry; none where nobody of that name was cleared.
    package typealias PersonKeys = @Sendable (_ name: String, _ entry: Int64) -> [SSHPublicKey]
    private let personKeys: PersonKeys?

    /// - Parameters:
    ///   - key: the ledger's key, as it is now.
    ///   - knownEpochs: epochs' keys that are known from elsewhere than the ledger, as `LedgerKeys` names them. Nobody who has
    ///     only today's keys can have written again what is before the newest of them.
    ///   - personKeys: nil where the requests are not at hand, as in an exported ledger; then what persons signed is not
    ///     verified.
    package init(
        key: NoteVerifierKey, knownEpochs: [NoteVerifierKey] = [], hasher: TreeHasher, personKeys: PersonKeys?
    ) {
        self.key = key
        self.knownEpochs = knownEpochs
        self.hasher = hasher
        self.personKeys = personKeys
    }

    /// Reads a checkpoint that the ledger of `key` signed.
    package static func checkpoint(_ note: String, _ key: NoteVerifierKey) throws(LedgerError) -> Checkpoint {
        do {
            return try Checkpoint.verified(note: SignedNote(note: note), by: key)
        } catch {
            throw LedgerError(.badCheckpoint, "The ledger's checkpoint is not one that its key signed: \(error)")
        }
    }

    /// - Parameters:
    ///   - threads: how many read at the same time; nil for one a processor.
    ///   - progress: entries verified, and in all.
    /// - Throws: `LedgerError` for the first entry that is wrong.
    package func verify(
        _ storage: any LedgerSource, threads: Int? = nil, progress: (_ done: Int64, _ total: Int64) -> Void = { _, _ in }
    ) throws -> Report {
        let checkpoint = try Self.checkpoint(storage.latestCheckpoint(), key)
        var tree = CompactRange()
        var time: Int64 = 0
        var (requests, unverified) = (Int64(0), Int64(0))
        var keys: LedgerKeys?
        var (restored, archived, anchors) = ([LedgerEntry](), [LedgerEntry](), AnchorLog())
        try OrderedWork.run(LedgerSection.count(of: checkpoint.size), threads: threads) { index in
            try LedgerSection.Reading.read(LedgerSection.range(index, of: checkpoint.size), storage, hasher: hasher, personKeys: personKeys)
        } take: { index, reading in
            let first = LedgerSection.range(index, of: checkpoint.size).lowerBound
            guard reading.firstTime >= time else { throw LedgerSection.timeWentBack(first, reading.firstTime, time) }
            time = reading.lastTime
            requests += reading.requests
            unverified += reading.unverified
            for entry in reading.ownEntries {
                try anchors.take(entry)
                switch LedgerAction(rawValue: entry.action) {
                case .restored: restored.append(entry)
                case .archive: archived.append(entry)
                case .anchorTPM, .rebound: break
                default: try take(entry, &keys)
                }
            }
            for root in reading.roots {
                let last = tree.size + (1 << Int64(root.level)) - 1
                try tree.append(root.hash, level: root.level, hasher: hasher) { node in
                    guard node.level > 8, node.level % 8 == 0 else { return }
                    guard try storage.hashes(level: node.level, node.index..<node.index + 1) == [node.hash] else {
                        throw LedgerSection.wrongTileRoot(last)
                    }
                }
            }
            progress(tree.size, checkpoint.size)
        }
        guard tree.root(hasher: hasher) == checkpoint.rootHash else {
            throw LedgerError(.wrongRoot, "The entries do not have the root that the checkpoint signs: some were changed.")
        }
        // Of a ledger that is written meanwhile the next entries are there already, under a newer checkpoint.
        guard try storage.entries(checkpoint.size..<checkpoint.size + 1).isEmpty
            || (try? Self.checkpoint(storage.latestCheckpoint(), key))?.size ?? 0 > checkpoint.size
        else {
            throw LedgerError(
                .unsealed, entry: checkpoint.size, "it stands after the last checkpoint, so nothing signs it.")
        }
        try verify(keys, storage)
        let restorations = try restored.map { try AgreedRestoration($0, in: storage, hasher: hasher) }
        let rebindings = try anchors.rebound.map { try AgreedRebinding($0, in: storage, hasher: hasher) }
        return Report(
            entries: checkpoint.size, requests: requests, unverified: unverified, checkpoint: checkpoint, keys: keys,
            restorations: restorations, rebindings: rebindings,
            archives: try archived.map { try ArchivedPart($0, in: storage, keys, hasher: hasher) })
    }

    private func take(_ entry: LedgerEntry, _ keys: inout LedgerKeys?) throws {
        do {
            if entry.sequence == 0 {
                if entry.details["epochKey"] != nil { keys = try LedgerKeys(first: entry, origin: key.name) }
            } else if keys == nil {
                throw LedgerError(.badEpoch, entry: entry.sequence, "it begins an epoch, and the first entry names no keys.")
            } else {
                try keys?.begin(entry)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.badEpoch, entry: entry.sequence, "the keys that it names cannot be read: \(error)")
        }
    }

    /// After the entries hold: each epoch was closed by its own keys, and today's is the one that was expected.
    private func verify(_ keys: LedgerKeys?, _ storage: any LedgerSource) throws {
        for known in knownEpochs where !(keys?.epochs ?? []).contains(where: { $0.key == known }) {
            throw LedgerError(
                .badEpoch, "The ledger has no epoch with the key \(known.name) that is known of it: it was cut short before that epoch and gone "
                    + "on from there, or is a copy from before it; or this is another ledger, or one written anew.")
        }
        guard let keys else { return }
        guard keys.current.ledgerKey == key else {
            throw LedgerError(.badEpoch, entry: keys.current.start - 1, "from there on the ledger has another key than the one given.")
        }
        try keys.verifyClosings(checkpoint: storage.checkpoint, root: LedgerReader(storage, hasher: hasher).root)
    }

    /// Holds the ledger against a checkpoint that somebody kept outside. Ask after `verify`: this believes the stored
    /// hashes.
    ///
    /// A ledger that was cut short, put back or rewritten, and then signed again with its own key, is sound by itself;
    /// only what was kept outside contradicts it.
    ///
    /// - Parameter keys: as `verify` found them; a checkpoint that was kept before the ledger's key changed is held against the
    ///   key of its time.
    /// - Returns: the checkpoint that was kept.
    package func compare(_ kept: String, with storage: any LedgerSource, keys: LedgerKeys? = nil) throws -> Checkpoint {
        let claimed = (try? Checkpoint(text: SignedNote(note: kept).text))?.size
        let checkpoint = try Self.checkpoint(kept, claimed.flatMap { keys?.ledgerKey(size: $0) } ?? key)
        let size = try Self.checkpoint(storage.latestCheckpoint(), key).size
        guard checkpoint.size <= size else {
            throw LedgerError(
                .cutShort, "The checkpoint that was kept is of \(Counted.entries(checkpoint.size)), and the ledger has \(size): it was cut "
                    + "short, or an older copy was put back.")
        }
        guard try LedgerReader(storage, hasher: hasher).root(size: checkpoint.size) == checkpoint.rootHash else {
            throw LedgerError(
                .rewritten, "The first \(Counted.entries(checkpoint.size)) are not what the checkpoint that was kept signs: the ledger "
                    + "was rewritten, or there are two of it.")
        }
        return checkpoint
    }

    /// What a checkpoint that was kept says of the ledger.
    package struct Judgement: Sendable {
        package let checkpoint: Checkpoint
        /// The entry by which two persons declared exactly this checkpoint's entries lost, when the ledger went on from a
        /// backup; nil where the ledger begins with them.
        package let supersededBy: Int64?
    }

    /// Like `compare`, but a checkpoint of entries that an entry `appliance.restored` names as lost, by size and root, is told
    /// from one that the ledger contradicts.
    ///
    /// - Throws: as `compare` does. Where the checkpoint is larger than a backup that the ledger went on from, and is not
    ///   named there, the message says so: the failure stays one.
    package func judge(_ kept: String, with storage: any LedgerSource, report: Report) throws -> Judgement {
        do {
            return Judgement(checkpoint: try compare(kept, with: storage, keys: report.keys), supersededBy: nil)
        } catch let error as LedgerError where error.code == .cutShort || error.code == .rewritten {
            guard let checkpoint = try? Checkpoint(text: SignedNote(note: kept).text) else { throw error }
            let named = report.restorations.first { $0.approvals > 0 && $0.restoration.declaresLost(checkpoint.size, checkpoint.rootHash) }
            if let named { return Judgement(checkpoint: checkpoint, supersededBy: named.entry) }
            guard let other = report.restorations.last(where: { $0.restoration.size < checkpoint.size }) else { throw error }
            throw LedgerError(
                error.code, error.message + " Entry \(other.entry) says that the ledger was restored to \(Counted.entries(other.restoration.size)) and "
                    + "that \(Counted.of(other.restoration.lost, "was", "were")) lost; it does not name this checkpoint, or nobody but its author agreed.")
        }
    }
}
