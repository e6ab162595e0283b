import AuditCrypto
import CanonicalEncoding
import Ledger
import LocalAPI
import LogBuilding
import MerkleLog
import TPM

/// The ledger's anchor in the machine's TPM: a counter there, and entries here that say what it is about to become.
///
/// Each anchoring records `anchor.tpm` with the count to come, and only then counts up. So the counter (R) is the last
/// anchor on the ledger (T), or one behind it where the power went in between. A counter that is ahead of the ledger
/// says that an older ledger was put back.
actor TPMAnchor {
    private var counter: NVCounter
    private let desk: RequestDesk
    private var isBusy = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// Why the last anchoring failed; nil where it did not.
    private var failure: LocalFailure?

    init(_ counter: NVCounter, _ desk: RequestDesk) {
        (self.counter, self.desk) = (counter, desk)
    }

    /// At unlocking: holds the ledger against the counter, before anything is added to it.
    func check() async throws {
        await enter()
        defer { leave() }
        _ = try await settled()
    }

    /// Anchors what the ledger holds now. Where nothing was added since the last anchor there is nothing to do.
    func anchor() async throws {
        await enter()
        defer { leave() }
        do {
            let (last, entry) = try await settled()
            guard await desk.ledger.size > entry + 1 else { return failure = nil }
            _ = try await desk.append(
                EntryDraft(
                    .anchorTPM, subjects: [.init(name: "nv-index", sha256: counter.binding.nameDigest)],
                    details: ["counter": .integer(last + 1)]))
            guard try await count(up: true) == last + 1 else { throw Self.rolledBack(counter: try await count(), anchored: last + 1) }
            failure = nil
        } catch {
            failure = FailureReply.failure(for: error)
            throw error
        }
    }

    /// What the counter stands at when the ledger goes on from a backup: ahead of the last anchor by all that was lost.
    func countAfterRestore() async throws -> Int64 {
        await enter()
        defer { leave() }
        let (now, last) = (try await count(), await anchored().count)
        guard last - now <= 1 else { throw Self.otherTPM(counter: now, anchored: last) }
        return now
    }

    /// The counter that the ledger is bound to.
    var binding: NVCounter.Binding { counter.binding }

    /// Binds the ledger to another counter.
    ///
    /// Wherever the TPM before still answers, it is asked: one that is ahead of the ledger has seen a newer one, and then
    /// nothing is bound. Nothing is done either before `record` has put it on the ledger.
    ///
    /// - Parameters:
    ///   - isRestored: whether the ledger goes on from a backup, so that the TPM before is ahead of it.
    ///   - record: given what the new counter stands at, the last anchor before, and what the TPM before said.
    func rebind(
        to next: NVCounter, isRestored: Bool,
        record: @Sendable (_ counter: Int64, _ anchored: Int64, _ said: Int64?) async throws -> LedgerEntry
    ) async throws -> LedgerEntry {
        await enter()
        defer { leave() }
        let anchored = await anchored().count, before = counter
        let said = try await Blocking.run { [before.transport, next.transport].lazy.compactMap { try? before.at($0).read() }.first }
        if let said, said > anchored, !isRestored { throw Self.rolledBack(counter: said, anchored: anchored) }
        let entry = try await record(Blocking.run { try next.read() }, anchored, said)
        counter = next
        failure = nil
        return entry
    }

    /// What `assay status` says of it, with the count as the TPM has it now.
    func status() async throws -> JSONValue {
        await enter()
        defer { leave() }
        let (last, entry) = await anchored()
        var failure = failure, now: JSONValue = .null
        do { now = .integer(try await count()) } catch { failure = FailureReply.failure(for: error) }
        return [
            "anchored": .integer(last), "behind": .integer(await desk.ledger.size - entry - 1), "counter": now,
            "entry": entry < 0 ? .null : .integer(entry), "failure": failure.map { .string($0.message) } ?? .null,
            "index": .string(counter.binding.index.handleText), "name": .string(Hex.encode(counter.binding.name)),
            "tcti": .string(counter.transport.text),
        ]
    }

    // MARK: The comparison

    /// The last anchor on the ledger, with its entry; the count that the TPM began with, and -1, before the first.
    private func anchored() async -> (count: Int64, entry: Int64) {
        await desk.standing.anchor ?? (counter.binding.first, -1)
    }

    /// The last anchor, to which the counter has been brought where a power cut had kept it from that.
    private func settled() async throws -> (count: Int64, entry: Int64) {
        let last = await anchored()
        if try Self.isPending(counter: try await count(), anchored: last.count) {
            let healed = try await count(up: true)
            guard healed == last.count else { throw Self.rolledBack(counter: healed, anchored: last.count) }
        }
        return last
    }

    /// Whether the counter is one behind the ledger, which is what a power cut leaves. Throws where it is anything but
    /// that or the same.
    static func isPending(counter: Int64, anchored: Int64) throws(LocalFailure) -> Bool {
        if counter > anchored { throw rolledBack(counter: counter, anchored: anchored) }
        guard anchored - counter <= 1 else {
            throw otherTPM(counter: counter, anchored: anchored)
        }
        return counter < anchored
    }

    private static func otherTPM(counter: Int64, anchored: Int64) -> LocalFailure {
        LocalFailure(
            code: TPMErrorCode.otherTPM.rawValue,
            message: "The TPM's counter stands at \(counter), and the ledger's last anchor is \(anchored): this is not the TPM "
                + "that the ledger was anchored in.",
            advice: advice(.otherTPM))
    }

    private static func rolledBack(counter: Int64, anchored: Int64) -> LocalFailure {
        LocalFailure(
            code: "anchor.rolled-back",
            message: "The TPM's counter stands at \(counter), and the ledger's last anchor is \(anchored): an older copy of the ledger "
                + "was put back, or somebody else counted.",
            advice: "Stop. Keep the appliance's folder as it is: it is evidence. The ledger that belongs to this TPM has the anchor "
                + "\(counter); put that one back, or compare with checkpoints outside. If that one is lost, go on from a backup with assay restore, which "
                + "two persons declare. See the runbook on anchors.")
    }

    /// Whether it says that the TPM is gone or another; not that it is there and contradicts the ledger.
    static func isMissing(_ error: any Error) -> Bool {
        [TPMErrorCode.otherTPM.rawValue, TPMErrorCode.unavailable.rawValue].contains(FailureReply.failure(for: error).code)
    }

    static func advice(_ code: TPMErrorCode) -> String {
        switch code {
        case .unavailable:
            "The ledger cannot be held against its anchor without the TPM. See that it is there, that the appliance's user may use it, "
                + "and that tpm.json in the appliance's folder says where."
        case .otherTPM:
            "Was the machine's board changed, or the TPM cleared? Nothing was opened or changed. Where the TPM is lost for good, two persons bind the "
                + "ledger to another: see the runbook on anchors."
        case .badTransport: ""
        }
    }

    // MARK: The TPM, which blocks, and one thing at a time

    private func count(up: Bool = false) async throws -> Int64 {
        let counter = counter
        return try await Blocking.run {
            if up { try counter.increment() }
            return try counter.read()
        }
    }

    private func enter() async {
        guard isBusy else { return isBusy = true }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Whoever waits next goes on, and it stays busy for them.
    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}

extension OpenAppliance {
    /// Before anything is added to the ledger: is it the one that its anchor says?
    func checkAnchor() async throws {
        if let anchor { return try await anchor.check() }
        guard await desk.standing.anchor == nil else {
            throw LocalFailure(
                code: "anchor.no-binding", message: "The ledger is anchored in a TPM, and the appliance's keys know of none.",
                advice: "keys.json is not the file that belongs to this ledger. Stop, and keep the folder: it is evidence.")
        }
    }

    /// Anchors what was recorded, before what was asked for leaves the machine. Nothing to do without a TPM.
    func anchorLedger() async throws { try await anchor?.anchor() }
}
