import AuditCrypto
import LogBuilding
import MerkleLog

/// Reads a whole ledger again, on all processors, and holds every entry against the one before, the stored hashes, the
/// tree and the signed checkpoint. Its memory does not grow with the ledger.
package struct LedgerVerifier: Sendable {
    package struct Report: Sendable, Hashable {
        package let entries: Int64
        /// Entries with a person's signature, each verified.
        package let requests: Int64
        package let checkpoint: Checkpoint
    }

    private let key: NoteVerifierKey
    /// A person's keys as they were at an entry; none where nobody of that name was cleared.
    package typealias PersonKeys = @Sendable (_ name: String, _ entry: Int64) -> [SSHPublicKey]
    private let personKeys: PersonKeys

    package init(key: NoteVerifierKey, personKeys: @escaping PersonKeys) {
        self.key = key
        self.personKeys = personKeys
    }

    /// - Parameter threads: how many read at the same time; nil for one a processor.
    /// - Throws: `LedgerError` for the first entry that is wrong.
    package func verify(_ storage: any LedgerStorage, threads: Int? = nil) throws -> Report {
        let checkpoint = try Ledger.checkpoint(storage.edge().checkpoint, key)
        var tree = CompactRange()
        var time: Int64 = 0
        var requests: Int64 = 0
        let sections = LedgerSection.sections(of: checkpoint.size)
        try OrderedWork.run(sections.count, threads: threads) { index in
            try LedgerSection.Reading.read(sections[index], storage, personKeys: personKeys)
        } take: { index, reading in
            let first = sections[index].lowerBound
            guard reading.firstTime >= time else { throw LedgerSection.timeWentBack(first, reading.firstTime, time) }
            time = reading.lastTime
            requests += reading.requests
            for root in reading.roots {
                for node in tree.append(root.hash, level: root.level, hasher: .bulk)
                where node.level > 8 && node.level % 8 == 0 {
                    guard try storage.hashes(level: node.level, node.index..<node.index + 1) == [node.hash] else {
                        throw LedgerSection.wrongTileRoot(tree.size - 1)
                    }
                }
            }
        }
        guard tree.root(hasher: .bulk) == checkpoint.rootHash else {
            throw LedgerError(.wrongRoot, "The entries do not have the root that the checkpoint signs: some were changed.")
        }
        guard try storage.entries(checkpoint.size..<checkpoint.size + 1).isEmpty else {
            throw LedgerError(
                .badCheckpoint, entry: checkpoint.size, "it stands after the last checkpoint, so nothing signs it.")
        }
        return Report(entries: checkpoint.size, requests: requests, checkpoint: checkpoint)
    }

    /// Holds the ledger against a checkpoint that somebody kept outside. Ask after `verify`: this believes the stored
    /// hashes.
    ///
    /// A ledger that was cut short, put back or rewritten, and then signed again with its own key, is sound by itself;
    /// only what was kept outside contradicts it.
    /// - Returns: the checkpoint that was kept.
    package func compare(_ kept: String, with storage: any LedgerStorage) throws -> Checkpoint {
        let checkpoint = try Ledger.checkpoint(kept, key)
        let size = try storage.edge().tree.size
        guard checkpoint.size <= size else {
            throw LedgerError(
                .cutShort, "The checkpoint that was kept is of \(checkpoint.size) entries, and the ledger has \(size): it was cut "
                    + "short, or an older copy was put back.")
        }
        guard try LedgerReader(storage).root(size: checkpoint.size) == checkpoint.rootHash else {
            throw LedgerError(
                .rewritten, "The first \(checkpoint.size) entries are not those that the checkpoint that was kept signs: the ledger "
                    + "was rewritten, or there are two of it.")
        }
        return checkpoint
    }
}

extension MerkleHash {
    /// What the first entry names as the one before.
    package static let zero = MerkleHash { _ in }
}
