import AuditCrypto
import CanonicalEncoding
import MerkleLog

/// The public keys that a ledger is signed with, through its life, as its own entries name them.
///
/// Two keys are in force at a time. The **ledger's key** signs every checkpoint: it is what people outside hold, and it
/// changes seldom. The **epoch's key** signs one checkpoint only, the one that closes its epoch, and then its private half is
/// erased: who takes the machine over later cannot sign another past in its place. The entry that begins an epoch,
/// `ledger.epoch`, is the last one under the checkpoint that closes the epoch before.
package struct LedgerKeys: Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        /// Time has come.
        case scheduled
        /// The ledger's key changed too.
        case rotated
        /// The same, as others may have the key before.
        case compromised
    }

    package struct Epoch: Sendable, Hashable {
        /// From 0.
        package let number: Int64
        /// The number of entries when it began.
        package let start: Int64
        /// Seconds since 1970-01-01 UTC.
        package let time: Int64
        package let ledgerKey: NoteVerifierKey
        /// Signs the checkpoint that closes the epoch.
        package let key: NoteVerifierKey
        /// Whether the ledger's key of this epoch was declared to be in other hands, when the epoch ended.
        package fileprivate(set) var isCompromised = false
    }

    /// In order, never empty.
    package private(set) var epochs: [Epoch]

    package var current: Epoch { epochs[epochs.count - 1] }
    package var origin: String { current.ledgerKey.name }

    /// The ledger's keys, each once, the newest first.
    package var ledgerKeys: [NoteVerifierKey] {
        var keys: [NoteVerifierKey] = []
        for epoch in epochs.reversed() where !keys.contains(epoch.ledgerKey) { keys.append(epoch.ledgerKey) }
        return keys
    }

    /// Those of them that nobody declared to be in other hands.
    package var trustedLedgerKeys: [NoteVerifierKey] {
        let compromised = Set(epochs.filter(\.isCompromised).map(\.ledgerKey))
        return ledgerKeys.filter { !compromised.contains($0) }
    }

    /// Those up to an epoch, as they were when it began.
    package func through(epoch: Int64) -> LedgerKeys {
        var keys = self
        keys.epochs.removeAll { $0.number > epoch }
        return keys
    }

    /// The key that signs checkpoints of `size` entries. The checkpoint that closes an epoch is signed by that epoch's, and
    /// by the next one's too.
    package func ledgerKey(size: Int64) -> NoteVerifierKey { (epochs.last { $0.start < size } ?? epochs[0]).ledgerKey }

    /// The name that an epoch's key signs under.
    package static func name(origin: String, epoch: Int64) -> String { "\(origin)/epoch/\(epoch)" }

    // MARK: As entries name them

    /// What the ledger's first entry says of its keys.
    package static func details(first ledgerKey: NoteVerifierKey, epochKey: NoteVerifierKey) -> JSONObject {
        ["epochKey": .string(Hex.encode(epochKey.publicKey.bytes)), "ledgerKey": .string(Hex.encode(ledgerKey.publicKey.bytes))]
    }

    /// What the entry says that begins the epoch after this one.
    package func details(next: NoteVerifierKey, ledgerKey: NoteVerifierKey, _ reason: Reason) -> JSONObject {
        [
            "epoch": .integer(current.number + 1), "epochKey": .string(Hex.encode(next.publicKey.bytes)),
            "ledgerKey": .string(Hex.encode(ledgerKey.publicKey.bytes)), "reason": .string(reason.rawValue),
        ]
    }

    /// Reads what the first entry says.
    package init(first entry: LedgerEntry, origin: String) throws {
        let details = JSONField(.object(entry.details), path: "$.details")
        epochs = [
            Epoch(
                number: 0, start: 0, time: entry.time, ledgerKey: try Self.key(details.field("ledgerKey"), origin),
                key: try Self.key(details.field("epochKey"), Self.name(origin: origin, epoch: 0)))
        ]
    }

    /// Takes in an entry `ledger.epoch`.
    package mutating func begin(_ entry: LedgerEntry) throws {
        let details = JSONField(.object(entry.details), path: "$.details"), before = current
        let number = try details.field("epoch").integer()
        guard number == before.number + 1, let reason = Reason(rawValue: try details.field("reason").string(maxBytes: 32)) else {
            throw LedgerError(.badEpoch, entry: entry.sequence, "it begins no epoch that follows epoch \(before.number).")
        }
        let ledgerKey = try Self.key(details.field("ledgerKey"), origin)
        guard (reason == .scheduled) == (ledgerKey == before.ledgerKey) else {
            throw LedgerError(.badEpoch, entry: entry.sequence, "its reason, \(reason.rawValue), does not go with its keys.")
        }
        if reason == .compromised { epochs[epochs.count - 1].isCompromised = true }
        epochs.append(
            Epoch(
                number: number, start: entry.sequence + 1, time: entry.time, ledgerKey: ledgerKey,
                key: try Self.key(details.field("epochKey"), Self.name(origin: origin, epoch: number))))
    }

    private static func key(_ field: JSONField, _ name: String) throws -> NoteVerifierKey {
        guard let bytes = Hex.decode(try field.string(maxBytes: 64)) else {
            throw field.failure("64 lower-case hexadecimal digits were expected")
        }
        return try NoteVerifierKey(name: name, publicKey: Ed25519PublicKey(bytes: bytes))
    }

    // MARK: Verifying

    /// Verifies that each epoch but the last was closed: by a checkpoint up to the entry that ended it, signed by the ledger's
    /// key, by the epoch's, and by the ledger's key after it.
    ///
    /// - Parameters:
    ///   - checkpoint: what was signed at a size.
    ///   - root: the root of the tree of that size.
    package func verifyClosings(checkpoint: (Int64) throws -> String?, root: (Int64) throws -> MerkleHash) throws {
        for (epoch, next) in zip(epochs, epochs.dropFirst()) {
            let entry = next.start - 1
            guard let note = try checkpoint(next.start) else {
                throw LedgerError(.badEpoch, entry: entry, "the checkpoint that closed epoch \(epoch.number) is missing.")
            }
            let keys = [epoch.key, epoch.ledgerKey] + (next.ledgerKey == epoch.ledgerKey ? [] : [next.ledgerKey])
            do {
                let signed = try SignedNote(note: note), closed = try Checkpoint(text: signed.text)
                guard try signed.verified(by: keys).count == keys.count else {
                    throw LedgerError(.badEpoch, entry: entry, "the checkpoint that closed epoch \(epoch.number) lacks a signature.")
                }
                guard ExactString(closed.origin) == ExactString(origin), closed.size == next.start, try closed.rootHash == root(next.start)
                else {
                    throw LedgerError(
                        .badEpoch, entry: entry, "epoch \(epoch.number) was closed over other entries than these: they were rewritten since.")
                }
            } catch let error as NoteError {
                throw LedgerError(
                    .badEpoch, entry: entry, "epoch \(epoch.number) was not closed by its own keys: what is before was signed again since. (\(error))")
            } catch let error as MerkleError {
                throw LedgerError(.badEpoch, entry: entry, "the checkpoint that closed epoch \(epoch.number) cannot be read: \(error)")
            }
        }
    }
}
