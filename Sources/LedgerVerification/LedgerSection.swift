import AuditCrypto
import CanonicalEncoding
import LogBuilding
import MerkleLog

/// A part of the ledger that is verified by itself: whole tiles of 256 entries, but for the last.
enum LedgerSection {
    private static let entries: Int64 = 1 << 11
    /// At the ledger's end sections are of one tile, so that no processor waits long for another.
    private static let lastEntries: Int64 = 1 << 8
    private static let end: Int64 = 1 << 14

    private static func large(of size: Int64) -> Int64 { max(0, size - end) / entries }

    static func count(of size: Int64) -> Int {
        let large = large(of: size)
        return Int(large + (size - large * entries + lastEntries - 1) / lastEntries)
    }

    static func range(_ index: Int, of size: Int64) -> Range<Int64> {
        let large = large(of: size), index = Int64(index)
        let first = index < large ? index * entries : large * entries + (index - large) * lastEntries
        return first..<min(first + (index < large ? entries : lastEntries), size)
    }

    static func timeWentBack(_ entry: Int64, _ time: Int64, _ before: Int64) -> LedgerError {
        LedgerError(.timeWentBack, entry: entry, "its time \(time) is before the previous entry's \(before).")
    }

    static func wrongTileRoot(_ entry: Int64) -> LedgerError {
        LedgerError(.wrongHash, entry: entry, "the stored root of the tile that it completes is wrong.")
    }

    /// What a section said of itself, all of it verified but for its place after the section before.
    struct Reading: Sendable {
        var firstTime: Int64 = 0
        var lastTime: Int64 = 0
        /// Persons' signatures that were verified, and that could not be.
        var requests: Int64 = 0
        var unverified: Int64 = 0
        /// Those that say something of the ledger itself: the first of all, each that begins an epoch, each that says
        /// that it goes on from a backup, and those of its archives and of its anchor in a TPM.
        var ownEntries: [LedgerEntry] = []
        /// Complete subtrees, from the left: those of full tiles, then the last entries' own leaves.
        var roots: [(level: Int, hash: MerkleHash)] = []
    }
}

extension LedgerSection.Reading {
    /// Reads the entries of `range` and holds each against the one before, which for the first is the stored hash of
    /// the entry before the section: that one is verified in its own.
    static func read(
        _ range: Range<Int64>, _ storage: any LedgerSource, hasher: TreeHasher, personKeys: LedgerVerifier.PersonKeys?
    ) throws -> Self {
        var reader = SectionReader(
            range: range, hasher: hasher, personKeys: personKeys,
            tileRoots: try storage.hashes(level: 8, range.lowerBound >> 8..<range.upperBound >> 8))
        if range.lowerBound > 0 {
            guard let before = try storage.hashes(level: 0, range.lowerBound - 1..<range.lowerBound).first else {
                throw SectionReader.missing(range.lowerBound - 1)
            }
            reader.previous = before
        }
        try storage.scan(range) { try reader.take($0) }
        try reader.finish()
        return reader.reading
    }
}

/// The state of reading one section.
private struct SectionReader {
    private(set) var reading = LedgerSection.Reading()
    /// The leaf hash of the entry before.
    var previous = MerkleHash.zero
    private let range: Range<Int64>
    private let hasher: TreeHasher
    /// Nil where persons' signatures cannot be verified.
    private let personKeys: LedgerVerifier.PersonKeys?
    private var next: Int64
    private var signatures = SignatureReader()
    /// The leaf hashes of the tile that is being filled.
    private var leaves: [MerkleHash] = []
    /// What was stored as the roots of the section's full tiles.
    private let tileRoots: [MerkleHash]

    private static let tile = 256

    init(range: Range<Int64>, hasher: TreeHasher, personKeys: LedgerVerifier.PersonKeys?, tileRoots: [MerkleHash]) {
        self.range = range
        self.hasher = hasher
        self.personKeys = personKeys
        self.tileRoots = tileRoots
        next = range.lowerBound
        leaves.reserveCapacity(Self.tile)
    }

    static func missing(_ entry: Int64) -> LedgerError {
        LedgerError(.missingEntry, entry: entry, "it is missing, and the checkpoint signs entries after it.")
    }

    mutating func take(_ stored: StoredEntry) throws {
        guard stored.sequence == next else { throw Self.missing(next) }
        let bytes = stored.bytes
        let entry = try Summary(bytes, next, previous: previous)
        guard entry.sequence == next else {
            throw LedgerError(.wrongSequence, entry: next, "it says that it is entry \(entry.sequence).")
        }
        guard entry.namesPrevious else {
            throw LedgerError(.brokenChain, entry: next, "it does not name the entry before it.")
        }
        if next == range.lowerBound { reading.firstTime = entry.time } else if entry.time < reading.lastTime {
            throw LedgerSection.timeWentBack(next, entry.time, reading.lastTime)
        }
        guard let action = entry.action else {
            throw LedgerError(.unknownAction, entry: next, "its action is not in the ledger's vocabulary.")
        }
        reading.lastTime = entry.time
        previous = hasher.leaf(bytes)
        guard previous.withUnsafeBytes({ $0.isSame(as: stored.leaf) }) else {
            throw LedgerError(.wrongHash, entry: next, "its bytes are not those whose hash was stored.")
        }
        leaves.append(previous)
        if leaves.count == Self.tile {
            let root = hasher.root(overRow: leaves)
            guard reading.roots.count < tileRoots.count, tileRoots[reading.roots.count] == root else {
                throw LedgerSection.wrongTileRoot(next)
            }
            reading.roots.append((8, root))
            leaves.removeAll(keepingCapacity: true)
        }
        if action.isOfTheLedger || (next == 0 && action == .initialised) {
            reading.ownEntries.append(try LedgerEntry(encoded: Array(bytes)))
        }
        if action.isPersonal, entry.request == nil, !(action.isLook && entry.namesSession) {
            throw LedgerError(.badSignature, entry: next, "it is a person's act, and carries no request that they signed.")
        }
        // A refused request may carry any signature; that it was refused is what the entry records.
        if let claimed = entry.request, action != .requestRefused {
            if let personKeys {
                try verify(claimed, stored.request, action, personKeys)
                reading.requests += 1
            } else {
                reading.unverified += 1
            }
        }
        next += 1
    }

    mutating func finish() throws {
        guard next == range.upperBound else { throw Self.missing(next) }
        for leaf in leaves { reading.roots.append((0, leaf)) }
    }

    /// Verifies what a person signed for the entry that is read.
    private mutating func verify(
        _ claimed: ClaimedRequest, _ request: UnsafeRawBufferPointer?, _ action: LedgerAction, _ personKeys: LedgerVerifier.PersonKeys
    ) throws(LedgerError) {
        guard let request, claimed.names(hasher.digest(of: request)) else {
            throw LedgerError(.badSignature, entry: next, "the request that it names is missing or was changed.")
        }
        do {
            let signature = try signatures.read(claimed.sshsig)
            guard personKeys(claimed.actor, next).contains(signature.publicKey) else {
                throw LedgerError(.badSignature, entry: next, "the roster has no such key for \(claimed.actor).")
            }
            try signature.verify(message: Array(request), namespace: "assay-request@v1", publicKey: signature.publicKey)
            guard try claimed.isOf(request, action) else {
                throw LedgerError(.badSignature, entry: next, "\(claimed.actor) signed for something else than it says.")
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.badSignature, entry: next, "\(claimed.actor)'s signature does not hold: \(error)")
        }
    }
}

/// A person's signed request, as an entry names it.
private struct ClaimedRequest {
    let actor: String
    /// JSON.
    let details: [UInt8]
    /// 64 hexadecimal digits.
    let sha256: [UInt8]
    /// As it was armored.
    let sshsig: [UInt8]

    /// Whether the request is this actor's, for what the entry says; of a decision, on the same request.
    func isOf(_ request: UnsafeRawBufferPointer, _ action: LedgerAction) throws -> Bool {
        // Most name no other request, and the entry's details need not be read.
        if let scanned = RequestScanner.scan(request), !scanned.namesRequest, let requested = action.requested,
            request.holds(actor, at: scanned.person), request.holds(requested, at: scanned.action)
        { return true }
        let signed = try StrictJSON.parse(request)
        guard let person = signed["person"]?.string, let asked = signed["action"]?.string, ExactString(person) == ExactString(actor)
        else { return false }
        let details = try StrictJSON.parse(details)
        guard let wanted = action.requested ?? details["action"]?.string, ExactString(asked) == ExactString(wanted) else { return false }
        guard let decided = details["request"]?.string, let named = signed["scope"]?["request"]?.string else { return true }
        return decided.hasPrefix(named)
    }

    func names(_ digest: SHA256Digest) -> Bool {
        sha256.withUnsafeBytes { digits in digest.withUnsafeBytes { Hex.isEncoding(digits, of: $0) } }
    }
}

/// What verifying asks of an entry, by the quick reader where that can, else by the strict one.
private struct Summary {
    /// Nil for a word that is not in the vocabulary.
    let action: LedgerAction?
    let namesPrevious: Bool
    let sequence: Int64
    let time: Int64
    let request: ClaimedRequest?
    /// Whether its details name a session.
    let namesSession: Bool

    /// The vocabulary by a hash of the word (FNV-1a): a ledger asks millions of times.
    private static let actions = Dictionary(
        uniqueKeysWithValues: LedgerAction.allCases.map { action in
            let word = Array(action.rawValue.utf8)
            return (word.withUnsafeBytes { hash($0) }, (word: word, action: action))
        })

    private static func hash(_ word: UnsafeRawBufferPointer) -> UInt64 {
        word.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    private static func action(_ word: UnsafeRawBufferPointer) -> LedgerAction? {
        guard let found = actions[hash(word)], found.word.withUnsafeBytes({ $0.isSame(as: word) }) else { return nil }
        return found.action
    }

    init(_ bytes: UnsafeRawBufferPointer, _ place: Int64, previous: MerkleHash) throws(LedgerError) {
        if let entry = EntryScanner.scan(bytes) {
            action = Self.action(UnsafeRawBufferPointer(rebasing: bytes[entry.action]))
            let digits = UnsafeRawBufferPointer(rebasing: bytes[entry.previous])
            namesPrevious = previous.withUnsafeBytes { Hex.isEncoding(digits, of: $0) }
            (sequence, time) = (entry.sequence, entry.time)
            request = entry.request.map { Self.claimed($0, entry, in: bytes) }
            namesSession = entry.namesSession
            return
        }
        do {
            let entry = try LedgerEntry(encoded: Array(bytes))
            action = LedgerAction(rawValue: entry.action)
            namesPrevious = entry.previous == previous
            (sequence, time) = (entry.sequence, entry.time)
            namesSession = entry.details["session"]?.integer != nil
            let details = try CanonicalJSON.encode(.object(entry.details))
            request = entry.request.map {
                ClaimedRequest(actor: entry.actor, details: details, sha256: Array($0.sha256.hex.utf8), sshsig: Array($0.sshsig.utf8))
            }
        } catch {
            throw LedgerError(.malformedEntry, entry: place, "it cannot be read: \(error)")
        }
    }

    private static func claimed(
        _ request: EntryScanner.Request, _ entry: EntryScanner.Entry, in bytes: UnsafeRawBufferPointer
    ) -> ClaimedRequest {
        // The scanner lets no other escape through than that of a line's end.
        var lines: [UInt8] = []
        lines.reserveCapacity(request.sshsig.count)
        var rest = bytes[request.sshsig]
        while let escape = rest.firstIndex(of: UInt8(ascii: "\\")) {
            lines.append(contentsOf: rest[..<escape])
            lines.append(UInt8(ascii: "\n"))
            rest = rest[(escape + 2)...]
        }
        lines.append(contentsOf: rest)
        return ClaimedRequest(
            actor: String(decoding: UnsafeRawBufferPointer(rebasing: bytes[entry.actor]), as: UTF8.self), details: Array(bytes[entry.details]),
            sha256: Array(bytes[request.sha256]), sshsig: lines)
    }
}
