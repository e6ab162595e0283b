import AuditSigning
import LogBuilding
import MerkleLog

extension Ledger {
    /// Entries that will become durable together, each put in its place when it comes, as the next one holds its hash. The tree
    /// grows when they are committed: that is half of the hashing, on another thread than the callers'.
    struct Group: Sendable {
        typealias Continuation = UnsafeContinuation<[PreparedEntry.Place], any Error>

        /// What a caller brings; `closing` where the one entry begins an epoch.
        struct Entries: Sendable {
            let entries: [PreparedEntry]
            let closing: Closing?
        }

        /// Entries whose caller waits.
        struct Arrival: Sendable {
            let brought: Entries
            let continuation: Continuation
        }

        struct Waiting: Sendable {
            let arrival: Arrival
            let places: [PreparedEntry.Place]
        }

        /// Set where the last entry begins an epoch: who signs the checkpoint besides, and who signs from the next one on.
        struct Closing: Sendable {
            let cosigners: [NoteSigner]
            let next: NoteSigner
        }

        private(set) var waiting: [Waiting] = []
        private(set) var closing: Closing?
        private var rows: [LedgerBatch.Row] = []
        /// The place after its entries, if no time passes.
        private(set) var end: PreparedEntry.Place

        init(from end: PreparedEntry.Place) { self.end = end }

        var count: Int { rows.count }

        /// Adds the entries of a caller who waits.
        mutating func add(_ arrival: Arrival, time: Int64) {
            let places = add(arrival.brought, time: time)
            waiting.append(Waiting(arrival: arrival, places: places))
        }

        /// Adds a caller's entries, each at its place.
        mutating func add(_ brought: Entries, time: Int64) -> [PreparedEntry.Place] {
            precondition(closing == nil, "nothing follows what closes an epoch, in its commit")
            end.time = max(end.time, time)
            closing = brought.closing
            return brought.entries.map { add($0) }
        }

        private mutating func add(_ entry: PreparedEntry) -> PreparedEntry.Place {
            let place = end
            let bytes = entry.frame.entry(sequence: place.sequence, time: place.time, previous: place.previous)
            end.previous = TreeHasher.bulk.leaf(bytes)
            end.sequence += 1
            rows.append(.init(sequence: place.sequence, bytes: bytes, leaf: end.previous, request: entry.request))
            return place
        }

        /// What to store, under a checkpoint that is signed now.
        ///
        /// - Parameter edge: what its first entry hangs on.
        func batch(after edge: LedgerEdge, origin: String, signer: NoteSigner) -> LedgerBatch {
            var edge = edge
            (edge.previous, edge.time) = (end.previous, end.time)
            var tileRoots: [CompactRange.Node] = []
            for row in rows {
                edge.tree.append(row.leaf, hasher: .bulk) { if $0.level > 0 && $0.level % 8 == 0 { tileRoots.append($0) } }
            }
            let checkpoint = Checkpoint(origin: origin, size: edge.tree.size, rootHash: edge.tree.root(hasher: .bulk))
            let others = closing.map { $0.next.verifierKey == signer.verifierKey ? $0.cosigners : $0.cosigners + [$0.next] } ?? []
            edge.checkpoint = signer.sign(text: checkpoint.text, with: others)
            return LedgerBatch(rows: rows, tileRoots: tileRoots, edge: edge)
        }
    }

    /// What will be next, and whether somebody commits.
    struct Incoming: Sendable {
        /// What goes into the next commit, on top of the one under way.
        private var next: Group
        /// What came after an entry that closes an epoch: it goes into the commit after that one.
        private var held: [Group.Arrival] = []
        private(set) var isCommitting = false

        init(after edge: LedgerEdge) { next = Group(from: edge.next) }

        /// For a caller who finds nobody committing: the group to commit, of its entries alone. Nil where it must wait.
        mutating func begin(with brought: Group.Entries, _ clock: () -> Int64) -> (group: Group, places: [PreparedEntry.Place])? {
            guard !isCommitting else { return nil }
            isCommitting = true
            let places = next.add(brought, time: clock())
            return (takeNext(clock), places)
        }

        /// - Returns: how many entries wait for a commit that is to be started; 0 where somebody commits.
        mutating func receive(_ arrival: Group.Arrival, _ clock: () -> Int64) -> Int {
            take([arrival], clock)
            defer { isCommitting = true }
            return isCommitting ? 0 : next.count
        }

        /// The group to commit next by whoever commits; nil where there is none, and nobody commits any more.
        mutating func begin(_ clock: () -> Int64) -> Group? {
            guard next.count > 0 else {
                isCommitting = false
                return nil
            }
            return takeNext(clock)
        }

        /// Ends committing where nothing waits for it.
        ///
        /// - Returns: how many entries do.
        mutating func rest() -> Int {
            isCommitting = next.count > 0
            return next.count
        }

        /// What came meanwhile stood on entries that are not there.
        mutating func failed(after edge: LedgerEdge, _ clock: () -> Int64) {
            let all = next.waiting.map(\.arrival) + held
            held = []
            next = Group(from: edge.next)
            take(all, clock)
        }

        private mutating func takeNext(_ clock: () -> Int64) -> Group {
            let group = next
            let all = held
            held = []
            next = Group(from: group.end)
            take(all, clock)
            return group
        }

        private mutating func take(_ all: [Group.Arrival], _ clock: () -> Int64) {
            for arrival in all {
                if next.closing == nil { next.add(arrival, time: clock()) } else { held.append(arrival) }
            }
        }
    }
}

extension LedgerEdge {
    /// Where the next entry stands, if no time passes.
    fileprivate var next: PreparedEntry.Place { .init(sequence: tree.size, time: time, previous: previous) }
}
