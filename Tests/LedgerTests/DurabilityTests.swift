import FaultyFiles
import Foundation
import GRDB
import Ledger
import LedgerSQLite
import MerkleLog
import Testing

/// An operation that fails: each in turn, from the first that a workload makes to the last.
struct Fault: Sendable, CustomTestStringConvertible {
    let operations: FaultyDisk.Operations
    let code: ResultCode
    var lasts = false

    var testDescription: String { "\(operations), \(code), \(lasts ? "from then on" : "once")" }
}

/// What the ledger promises, on a disk that breaks.
@Suite struct DurabilityTests {
    @Test(arguments: [
        Fault(operations: .write, code: .SQLITE_FULL, lasts: true),
        Fault(operations: .write, code: .SQLITE_FULL),
        Fault(operations: .write, code: .SQLITE_IOERR_WRITE),
        Fault(operations: [.write, .truncate], code: .SQLITE_READONLY, lasts: true),
        Fault(operations: .sync, code: .SQLITE_IOERR_FSYNC),
        Fault(operations: .sync, code: .SQLITE_IOERR_FSYNC, lasts: true),
        Fault(operations: .truncate, code: .SQLITE_IOERR_TRUNCATE),
        Fault(operations: .read, code: .SQLITE_IOERR_READ),
        Fault(operations: .open, code: .SQLITE_CANTOPEN),
        Fault(operations: .delete, code: .SQLITE_IOERR_DELETE),
        Fault(operations: [.write, .sync, .truncate, .delete], code: .SQLITE_IOERR, lasts: true),
    ])
    func everyOperationMayFail(fault: Fault) async throws {
        let workload = try Workload()
        var position: Int64 = 1
        while try await fails(fault, at: position, workload) { position += 1 }
        #expect(position > 1, "the workload has such operations")
    }

    /// - Returns: whether the workload got as far as the position.
    private func fails(_ fault: Fault, at position: Int64, _ workload: Workload) async throws -> Bool {
        let folder = try FaultyDisk.scratch("durability")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let live = folder + "/live"
        try FileManager.default.createDirectory(atPath: live, withIntermediateDirectories: true)
        let disk = try FaultyDisk(live, seed: UInt64(position))
        disk.fail(fault.operations, nth: position, times: fault.lasts ? .max : 1, code: fault.code.rawValue)
        var acknowledged: [LedgerEntry] = []
        var failed: Set<Int64> = []
        var ledger = try? workload.open(live)
        for group in 0..<Workload.groups {
            guard let ledger else { break }
            do { acknowledged += try await ledger.append(workload.drafts(group)) } catch {
                #expect((error as? LedgerError)?.code == .storage, "\(fault.testDescription) at \(position): \(error)")
                failed.insert(Int64(group))
            }
        }
        let isHit = disk.failures > 0
        disk.heal()
        // Once the disk is well the ledger goes on, or says what has to be done first.
        do { if let ledger { acknowledged.append(try await ledger.append(EntryDraft(.unlocked))) } } catch {
            #expect(fault.operations.contains(.sync) && "\(error)".contains("opened again"), "\(fault.testDescription) at \(position): \(error)")
            ledger = nil
        }
        if ledger == nil {
            let reopened = try workload.open(live)
            acknowledged.append(try await reopened.append(EntryDraft(.unlocked)))
        }
        ledger = nil
        for seed in [0, 1, UInt64(position) * 8 + 2] {
            try disk.image(to: "\(folder)/\(seed)", seed: seed)
            try await workload.check("\(folder)/\(seed)", acknowledged: acknowledged, "\(fault.testDescription) at \(position), seed \(seed)")
        }
        let groups = try await workload.check(live, acknowledged: acknowledged, "\(fault.testDescription) at \(position)")
        // What failed while it was synced may be there, whole; what failed before is not.
        if !fault.operations.contains(.sync) { #expect(groups.isDisjoint(with: failed), "\(fault.testDescription) at \(position)") }
        return isHit
    }

    /// Cuts the power at hundreds of moments, and once more while the ledger recovers from it.
    @Test func powerCuts() async throws {
        let workload = try Workload()
        let operations = try await run(workload, cut: .max).operations
        // How many there are depends on which groups come in time for one commit.
        try #require(operations > 50)
        var (cuts, pass) = (0, Int64(0))
        while cuts < 300 {
            for cut in stride(from: 1, through: operations, by: max(1, Int(operations) / 130)) {
                cuts += try await run(workload, cut: Int64(cut), pass).images
            }
            pass += 1
        }
    }

    private func run(_ workload: Workload, cut: Int64, _ pass: Int64 = 0) async throws -> (operations: Int64, images: Int) {
        let folder = try FaultyDisk.scratch("power")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let live = folder + "/live"
        try FileManager.default.createDirectory(atPath: live, withIntermediateDirectories: true)
        let number = UInt64(truncatingIfNeeded: cut) &+ UInt64(pass) << 32
        let disk = try FaultyDisk(live, seed: number)
        disk.cut(nth: cut)
        let acknowledged = await appended(to: try? workload.open(live), workload)
        let operations = disk.operations(.changes)
        for image in 0..<3 {
            let seed = image == 0 ? number % 2 : number &* 8 &+ 1 &+ UInt64(image)
            let left = "\(folder)/\(image)"
            try disk.image(to: left, seed: seed)
            guard image == 2 else {
                try await workload.check(left, acknowledged: acknowledged, "cut at \(cut), seed \(seed)")
                continue
            }
            // Recovering is writing too.
            let again = try FaultyDisk(left, seed: seed)
            again.cut(nth: 1 + cut % 24)
            let more = await appended(to: try? workload.open(left), workload)
            try again.image(to: left + "-again", seed: seed)
            try await workload.check(left + "-again", acknowledged: acknowledged + more, "cut at \(cut), then at \(1 + cut % 24), seed \(seed)")
        }
        return (operations, 3)
    }

    /// What is acknowledged until the power fails; three at a time, which go into one commit or several.
    private func appended(to ledger: Ledger?, _ workload: Workload) async -> [LedgerEntry] {
        guard let ledger else { return [] }
        var acknowledged: [LedgerEntry] = []
        // Groups are told apart by their number; those of an earlier life of this ledger have theirs already.
        let first = Int(await ledger.size) * 1000
        for start in stride(from: first, to: first + Workload.groups, by: 3) {
            acknowledged += await withTaskGroup(of: [LedgerEntry].self) { tasks in
                for group in start..<start + 3 { tasks.addTask { (try? await ledger.append(workload.drafts(group))) ?? [] } }
                return await tasks.reduce(into: []) { $0 += $1 }
            }
        }
        return acknowledged
    }

    /// A checkpoint that was done in part, as a reader was in its way, and then loses pages when the rest is synced: another
    /// one would succeed, and begin the log anew over the gap. Which sync it is that fails: a commit's, or one of the
    /// checkpoint's own, of the log and of the database.
    @Test(arguments: 1...6)
    func nothingIsBuiltOnAFailedCheckpoint(sync: Int64) async throws {
        let workload = try Workload()
        let folder = try FaultyDisk.scratch("checkpoint")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let live = folder + "/live"
        try FileManager.default.createDirectory(atPath: live, withIntermediateDirectories: true)
        let disk = try FaultyDisk(live, seed: 7)
        let ledger = try workload.open(live)
        var acknowledged: [LedgerEntry] = []
        for group in 0..<3 { acknowledged += try await ledger.append(workload.drafts(group)) }
        try await whileReading(ledger.storage) {
            for group in 3..<20 { acknowledged += try await ledger.append(workload.drafts(group)) }
        }
        disk.fail(.sync, nth: sync, times: 1, code: ResultCode.SQLITE_IOERR_FSYNC.rawValue)
        var refusals = 0
        for group in 20..<60 {
            do { acknowledged += try await ledger.append(workload.drafts(group)) } catch {
                #expect("\(error)".contains("opened again"))
                refusals += 1
            }
        }
        #expect(disk.failures == 1 && refusals > 0)
        for seed in 0..<UInt64(16) {
            try disk.image(to: "\(folder)/\(seed)", seed: seed)
            try await workload.check("\(folder)/\(seed)", acknowledged: acknowledged, "seed \(seed)")
        }
    }

    /// Runs `body` while somebody looks at the ledger as it was.
    private func whileReading(_ storage: any LedgerStorage, _ body: () async throws -> Void) async throws {
        let (started, ended) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
        let isDone = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            try? storage.scan(0..<1) { _ in
                started.continuation.finish()
                isDone.wait()
            }
            ended.continuation.finish()
        }
        for await _ in started.stream {}
        var failure: (any Error)?
        do { try await body() } catch { failure = error }
        isDone.signal()
        for await _ in ended.stream {}
        if let failure { throw failure }
    }

    /// SQLite's own default in this mode, and its wrapper's, would sync at checkpoints only.
    @Test func everyCommitIsSynced() async throws {
        let workload = try Workload()
        let folder = try FaultyDisk.scratch("synced")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = try FaultyDisk(folder, seed: 1)
        let ledger = try workload.open(folder)
        for group in 0..<5 {
            let before = disk.operations(.sync)
            _ = try await ledger.append(workload.drafts(group))
            #expect(disk.operations(.sync) > before)
        }
    }
}
