import AuditCrypto
import ContentStore
import FaultyFiles
import Foundation
import GRDB
import SealedMedia
import Synchronization
import Testing

/// What the store promises on a disk that does not sync: what it acknowledged is there, and nothing is built on what may not
/// be.
@Suite struct StoreDurabilityTests {
    private static let run = "a1", records = 24

    private struct Step {
        let name: String
        let write: (StoreDatabase) throws -> Void
    }

    /// The store's writes, in order. Records are large enough for the log to be copied now and then.
    private static func steps(_ submission: SealedSubmission) -> [Step] {
        func runs(_ database: StoreDatabase) -> RunStore { RunStore(database, key: submission.storeKey) }
        let first = StoredRun(id: run, submission: submission.id, plan: [1], planEntry: EntryPlace(index: 4, leaf: .of([4])))
        return [
            Step(name: "submission") { try submission.takeIn($0) }, Step(name: "run") { try runs($0).add(first) },
        ] + (0..<records).map { number in
            Step(name: "record \(number)") { try runs($0).append([record(number)], run: run, first: number) }
        } + [
            Step(name: "results") { try runs($0).finish(run, results: [2], entry: EntryPlace(index: 5, leaf: .of([5]))) },
            Step(name: "verdict") {
                try VerdictStore($0).put(submission: submission.id, entry: 6, statements: [3], request: [4])
            },
        ]
    }

    private static func record(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 6000) }

    /// Holds a store against what was acknowledged to be in it: the first so many steps.
    private func check(_ folder: String, _ submission: SealedSubmission, acknowledged: Int, _ comment: Comment) throws {
        guard acknowledged > 0 else { return }
        let database = try StoreDatabase(folder: folder), runs = RunStore(database, key: submission.storeKey)
        #expect(try SubmissionStore(database, key: submission.storeKey).submissions().map(\.id) == [submission.id], comment)
        guard acknowledged > 1 else { return }
        let found = try runs.records(run: Self.run)
        let expected = min(acknowledged - 2, Self.records)
        #expect(found.count >= expected && found == (0..<found.count).map(Self.record), comment)
        if acknowledged > 2 + Self.records { #expect(try runs.run(Self.run).results == [2], comment) }
        if acknowledged > 3 + Self.records { #expect(try VerdictStore(database).verdict(on: submission.id).entry == 6, comment) }
    }

    private func isRefusedForGood(_ write: () throws -> Void) -> Bool {
        do {
            try write()
            return false
        } catch {
            return (error as? StoreError)?.code == .io && "\(error)".contains("opened again")
        }
    }

    /// Each sync of the catalogue fails in turn, once: by itself the next would succeed.
    @Test func theFirstFailedSyncIsTheLast() throws {
        let submission = try SealedSubmission(), steps = Self.steps(submission)
        var position: Int64 = 1
        while try fails(at: position, submission, steps) { position += 1 }
        #expect(position > Int64(steps.count), "every step is synced, and copies of the log besides")
    }

    /// - Returns: whether there was a sync at that position.
    private func fails(at position: Int64, _ submission: SealedSubmission, _ steps: [Step]) throws -> Bool {
        let folder = try FaultyDisk.scratch("store")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let live = folder + "/live"
        try FileManager.default.createDirectory(atPath: live, withIntermediateDirectories: true)
        let disk = try FaultyDisk(live, seed: UInt64(position))
        disk.fail(.sync, nth: position, times: 1, code: ResultCode.SQLITE_IOERR_FSYNC.rawValue)
        var acknowledged = 0
        if let database = try? StoreDatabase(folder: live, checkpointingAfter: 16) {
            for step in steps {
                // Where the copying of the log failed, after a commit that was acknowledged, the next one is refused.
                let isStopped = disk.failures > 0
                do {
                    try step.write(database)
                    #expect(!isStopped, "\(step.name) was written though sync \(position) had failed")
                    acknowledged += 1
                } catch {
                    #expect(disk.failures > 0 && (error as? StoreError)?.code == .io, "sync \(position), \(step.name): \(error)")
                    break
                }
            }
            if disk.failures > 0 {
                // Not that step alone, and not only once.
                let purge = Step(name: "purge") { try SubmissionStore($0, key: submission.storeKey).purge(submission.id) }
                for step in [steps[1], steps[steps.count - 1], purge] + (acknowledged == 0 ? [steps[0]] : []) {
                    #expect(isRefusedForGood { try step.write(database) }, "sync \(position), \(step.name)")
                }
                // What is there can be read still.
                _ = try SubmissionStore(database, key: submission.storeKey).submissions()
            }
        }
        let isHit = disk.failures > 0
        disk.heal()
        for seed in [0, 1, UInt64(position) * 8 + 2] {
            let left = "\(folder)/\(seed)"
            try disk.image(to: left, seed: seed)
            try check(left, submission, acknowledged: acknowledged, "after a power cut, sync \(position), seed \(seed)")
        }
        try check(live, submission, acknowledged: acknowledged, "opened again, sync \(position)")
        // Opened again, it goes on.
        let again = try StoreDatabase(folder: live)
        if acknowledged == 0 { try SubmissionStore(again, key: submission.storeKey).discard(submission.id) }
        if acknowledged > 0 { try VerdictStore(again).put(submission: submission.id, entry: 6, statements: [3], request: [4]) }
        return isHit
    }

    /// Each sync of a segment or of its folders fails in turn; then the catalogue takes nothing either.
    @Test func aSegmentThatIsNotSyncedStopsTheStore() throws {
        let submission = try SealedSubmission()
        var position = 1
        while true {
            let folder = try FaultyDisk.scratch("segments")
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let left = Mutex(position)
            let database = try StoreDatabase(folder: folder) { descriptor in
                guard left.withLock({ left in left -= 1; return left == 0 }) else { return fsync(descriptor) }
                errno = EIO
                return -1
            }
            do {
                try submission.takeIn(database)
                break
            } catch {
                #expect((error as? StoreError)?.code == .io && "\(error)".contains("Input/output error"), "\(error)")
            }
            #expect(isRefusedForGood { try submission.takeIn(database) })
            #expect(isRefusedForGood { try RunStore(database, key: submission.storeKey).eraseSamples(of: submission.id) })
            #expect(try SubmissionStore(database, key: submission.storeKey).submissions().isEmpty)
            let again = try StoreDatabase(folder: folder)
            try submission.takeIn(again)
            #expect(try SubmissionStore(again, key: submission.storeKey).submissions().map(\.id) == [submission.id])
            position += 1
        }
        // Two segments, their folder and the one above.
        #expect(position == 5)
    }

    /// A full disk is another matter: the store goes on when there is room.
    @Test func aFullDiskIsNotTheEnd() throws {
        let submission = try SealedSubmission()
        let folder = try FaultyDisk.scratch("full")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let disk = try FaultyDisk(folder, seed: 1)
        let database = try StoreDatabase(folder: folder)
        disk.fail(.write, code: ResultCode.SQLITE_FULL.rawValue)
        let failure = #expect(throws: StoreError.self) { try submission.takeIn(database) }
        #expect(failure?.code == .io && failure?.description.contains("opened again") == false)
        disk.heal()
        try submission.takeIn(database)
        #expect(try SubmissionStore(database, key: submission.storeKey).submissions().count == 1)
    }
}
