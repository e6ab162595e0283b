import AuditCrypto
import CanonicalEncoding
import Clearance
import Ledger
import LogBuilding
import MerkleLog

/// What holds now of clearance: roster, terms, suspensions, what waits and what was shown; the last anchor, and the last
/// backup gone on from. It follows from the ledger alone, entry by entry: nobody can give themselves a new budget by changing
/// a file.
struct Standing {
    /// The ledger's name in its checkpoints.
    private let origin: String
    /// The keys that sign the ledger; nil before its first entry.
    private(set) var keys: LedgerKeys?
    /// The rosters, each with the entry that took it in.
    private(set) var rosters: [(entry: Int64, roster: Roster)] = []
    /// The terms in force, by the lab's key.
    private(set) var terms: [String: EngagementTerms] = [:]
    /// The entries that took them in.
    private var termsEntries: [String: Int64] = [:]
    /// Who was barred, by which entry; a newer roster ends it.
    private var suspensions: [String: Int64] = [:]
    var suspended: Set<String> { Set(suspensions.filter { $0.value > rosters.last?.entry ?? 0 }.keys) }
    /// The last anchor in the TPM: what its counter was to become, and the entry that says so.
    private(set) var anchor: (count: Int64, entry: Int64)?
    /// The TPM's counter that the ledger was last bound to by two persons; nil where it is the one that it began with.
    private(set) var bound: (entry: Int64, binding: Rebinding.Binding)?
    /// The entry by which the appliance was opened last.
    private(set) var opened: Int64 = 0
    /// Where the ledger last went on from a backup.
    private(set) var restored: (entry: Int64, restoration: Restoration)?
    /// The benchmark packs, by name: those that were taken out as well, of which it is remembered what was seen.
    private(set) var packs: [ExactString: RecordedPack] = [:]
    /// The submissions that were to be purged.
    private(set) var purged: Set<String> = []
    var waiting = WaitingRequests()
    var book = DisclosureBook()
    /// The entries of what lasts, and by request those of what still waits.
    private var made: [Int64] = []
    private var waitingEntries: [String: [Int64]] = [:]
    private var lastAnchor: Int64?

    /// The entries whose consequences last, in order. Besides them only what looks cost counts.
    var lasting: [Int64] { (made + waitingEntries.values.flatMap(\.self) + [lastAnchor].compactMap(\.self)).sorted() }

    init(origin: String) { self.origin = origin }

    var roster: Roster? { rosters.last?.roster }

    /// A person's keys as they were when the entry was written.
    static func keys(of name: String, at entry: Int64, in rosters: [(entry: Int64, roster: Roster)]) -> [SSHPublicKey] {
        rosters.last { $0.entry < max(entry, 1) }?.roster.person(named: name)?.keys ?? []
    }

    /// For `ssh-keygen -Y verify`: everybody's keys, those of earlier rosters after today's.
    var allowedSigners: AllowedSigners {
        var entries: [AllowedSigners.Entry] = []
        for entry in rosters.reversed().flatMap(\.roster.allowedSigners.entries) where !entries.contains(entry) { entries.append(entry) }
        return AllowedSigners(entries: entries)
    }

    /// Takes an entry in, which carries the request that it names.
    mutating func take(_ entry: LedgerEntry, request: [UInt8]?, documents: DocumentFolder, isReplay: Bool) throws {
        if let claimed = entry.request, request.map(SHA256Digest.of) != claimed.sha256 {
            throw LedgerError(.badSignature, entry: entry.sequence, "the request that it names is missing or was changed.")
        }
        try apply(entry, request: request, documents: documents, isReplay: isReplay)
    }

    /// Takes an entry's consequence in. Entries of one commit may come here in another order than the ledger's: what is newer
    /// on the ledger wins. What a look cost is booked when it is granted, so only a replay books it here.
    ///
    /// - Parameter request: the request that the entry carries, as signed.
    mutating func apply(_ entry: LedgerEntry, request: [UInt8]?, documents: DocumentFolder, isReplay: Bool) throws {
        guard let action = LedgerAction(rawValue: entry.action) else { return }
        let details = JSONField(.object(entry.details), path: "$.details")
        switch action {
        case .epochBegun, .initialised, .installRoster, .installTerms, .installPack, .removePack, .restored, .rebound, .purge, .suspend:
            made.append(entry.sequence)
        case .anchorTPM: lastAnchor = entry.sequence
        default: break
        }
        switch action {
        case .epochBegun:
            try keys?.begin(entry)
        case .initialised, .installRoster:
            if action == .initialised { keys = try LedgerKeys(first: entry, origin: origin) }
            guard let digest = entry.subjects.first(where: { $0.name == "roster" })?.sha256 else { return }
            rosters.append((entry.sequence, try documents.roster(digest)))
            rosters.sort { $0.entry < $1.entry }
        case .installTerms:
            guard let digest = entry.subjects.first(where: { $0.name == "terms" })?.sha256 else { return }
            let terms = try documents.terms(digest)
            guard termsEntries[terms.lab] ?? -1 < entry.sequence else { return }
            (self.terms[terms.lab], termsEntries[terms.lab]) = (terms, entry.sequence)
        case .anchorTPM:
            guard anchor?.entry ?? -1 < entry.sequence else { return }
            anchor = (try details.field("counter").integer(), entry.sequence)
        case .unlocked: opened = max(opened, entry.sequence)
        case .rebound:
            let rebinding = try Rebinding(entry)
            bound = (entry.sequence, rebinding.after)
            // It is not anchored itself, so the new counter goes up at once.
            anchor = (rebinding.counter, entry.sequence - 1)
        case .restored:
            let restoration = try Restoration(entry)
            restored = (entry.sequence, restoration)
            // The one entry besides an anchor that says where the TPM's counter stands: two persons agreed to it. It is not
            // anchored itself, so the counter goes up at once, and the ledger that was lost is refused should it turn up.
            if let counter = restoration.counter { anchor = (counter, entry.sequence - 1) }
        case .installPack:
            let pack = try RecordedPack(entry)
            guard packs[ExactString(pack.name)]?.changed ?? -1 < entry.sequence else { return }
            packs[ExactString(pack.name)] = pack
        case .removePack:
            let name = ExactString(try details.field("pack").string())
            guard packs[name]?.changed ?? .max < entry.sequence else { return }
            packs[name]?.remove(at: entry.sequence, isForgotten: try details.optional("forgotten")?.bool() ?? false)
        case .purge:
            purged.insert(try details.field("submission").string())
        case .suspend:
            let person = try details.field("person").string()
            suspensions[person] = max(entry.sequence, suspensions[person] ?? 0)
        case .requestWaiting:
            guard let request, let signature = entry.request?.sshsig,
                let occasion = Occasion(rawValue: try details.field("occasion").string())
            else { return }
            let id = SHA256Digest.of(request).hex
            waitingEntries[id] = [entry.sequence]
            waiting.add(
                .init(
                    id: id, request: try Request(encoded: request), bytes: request, signature: signature,
                    occasion: occasion, expires: try details.field("expires").integer()))
        case .approve:
            let id = try details.field("request").string()
            waitingEntries[id]?.append(entry.sequence)
            waiting.approve(id, .init(person: entry.actor, entry: entry.sequence))
        case .decline, .perform, .withdraw, .requestExpired:
            let id = try details.field("request").string()
            waitingEntries[id] = nil
            waiting.remove(id)
        default:
            guard isReplay, let charges = try details.optional("shown") else { return }
            for charge in try charges.array(maxCount: 16) { book.book(try Self.charge(charge), to: entry.actor) }
        }
    }

    static func details(of charges: [DisclosureBook.Charge]) -> JSONValue {
        .array(
            charges.map { charge in
                var object: JSONObject = [
                    "bytes": .integer(charge.cost), "class": .string(charge.kind.rawValue), "lab": .string(charge.lab),
                ]
                if charge.rows > 0 { object["rows"] = .integer(charge.rows) }
                return .object(object)
            })
    }

    private static func charge(_ field: JSONField) throws -> DisclosureBook.Charge {
        guard let kind = DisclosureClass(rawValue: try field.field("class").string()) else {
            throw try field.field("class").failure("a class of content was expected")
        }
        return .init(
            lab: try field.field("lab").string(), kind: kind, cost: try field.field("bytes").integer(),
            rows: try field.optional("rows")?.integer() ?? 0)
    }
}

extension Standing {
    /// What was read, and how far.
    struct Reading {
        fileprivate(set) var standing: Standing
        /// The next entry's place, and the leaf hash that it will name.
        fileprivate(set) var next: Int64 = 0
        fileprivate(set) var previous = MerkleHash.zero
    }

    /// Reads the ledger, from its first entry or from where a snapshot ends: each entry must name the one before, so that what
    /// the last checkpoint signs vouches for all of them.
    ///
    /// - Parameter snapshot: used where it is of this ledger, else passed over.
    static func read(
        _ storage: any LedgerStorage, origin: String, documents: DocumentFolder, from snapshot: StandingSnapshot? = nil
    ) throws -> Reading {
        var reading = Reading(standing: Standing(origin: origin))
        if let snapshot, let standing = try? Standing(snapshot, storage, origin: origin, documents: documents) {
            reading = Reading(standing: standing, next: snapshot.size, previous: snapshot.previous)
        }
        let page: Int64 = 4096
        while true {
            let start = reading.next
            try storage.scan(start..<start + page) { stored in
                let bytes = Array(stored.bytes)
                let entry = try LedgerEntry(encoded: bytes)
                guard entry.sequence == reading.next, entry.previous == reading.previous else {
                    throw LedgerError(.brokenChain, entry: reading.next, "it does not name the entry before it.")
                }
                try reading.standing.take(entry, request: stored.request.map { Array($0) }, documents: documents, isReplay: true)
                reading.previous = TreeHasher.bulk.leaf(bytes)
                reading.next += 1
            }
            if reading.next < start + page { break }
        }
        guard try reading.previous == storage.edge().previous else {
            throw LedgerError(.brokenChain, entry: reading.next - 1, "it is not the entry that the last checkpoint signs.")
        }
        return reading
    }
}
