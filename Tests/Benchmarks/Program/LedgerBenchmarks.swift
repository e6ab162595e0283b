import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import GRDBSQLite
import Ledger
import LedgerSQLite

/// Entries, and a folder that goes with the benchmark.
final class LedgerBench {
    let folder: String
    let signer: NoteSigner

    init(_ name: String) throws {
        folder = ".bench/ledger-\(name)-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        signer = try NoteSigner(name: "assay.local/ledger/benchmark", key: .generate())
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func ledger(_ name: String) throws -> Ledger {
        let now = Int64(Date().timeIntervalSince1970)
        return try Ledger(storage: SQLiteLedgerStorage(path: "\(folder)/\(name).sqlite"), signer: signer, clock: { now })
    }

    func verifier() -> LedgerVerifier { LedgerVerifier(key: signer.verifierKey) { _, _ in [] } }

    /// As the appliance writes them: one subject, three details.
    static func draft(_ index: Int) -> EntryDraft {
        EntryDraft(
            .inspectRecords, by: "alice", subjects: [.init(name: "dataset-records", sha256: .of([UInt8(index & 255)]))],
            details: [
                "submission": "c73d5a5a61b6ada1065ccdac01431bfa4cd799f5e880226f2b033f71a8b8acfd", "from": .integer(Int64(index)), "count": 10, "session": 7,
            ])
    }

    /// Appends in batches from two tasks: while one batch is being committed, the next is made ready.
    static func append(_ ledger: Ledger, batchesOf size: Int, _ drafts: [EntryDraft]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<2 {
                group.addTask {
                    for start in stride(from: caller * size, to: drafts.count, by: 2 * size) {
                        _ = try await ledger.append(Array(drafts[start..<min(start + size, drafts.count)]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Appends from `callers` tasks at once, each waiting for its entry before it asks for the next.
    static func append(_ ledger: Ledger, callers: Int, _ drafts: [EntryDraft]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<min(callers, drafts.count) {
                group.addTask {
                    for index in stride(from: caller, to: drafts.count, by: callers) { _ = try await ledger.append(drafts[index]) }
                }
            }
            try await group.waitForAll()
        }
    }
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try work()
    return (ContinuousClock.now - start) / .seconds(1)
}

func seconds(_ work: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await work()
    return (ContinuousClock.now - start) / .seconds(1)
}

/// Runs a task to its end for a caller that is not one.
func waitFor<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result: Result<Value, any Error>?
    Task {
        do { result = .success(try await work()) } catch { result = .failure(error) }
        done.signal()
    }
    done.wait()
    guard let result else { throw BenchmarkError(description: "no result") }
    return try result.get()
}

/// One entry after another, each on the disk before the next.
struct LedgerAppend: Benchmark {
    let name = "ledger-append"
    let summary = "entries made durable one by one beside fdatasync, and in groups beside bare SQLite"

    func run() throws -> [Figure] {
        let bench = try LedgerBench("append")
        var figures = [try single(bench)]
        for size in [100, 1000] {
            figures.append(try groups(of: size, bench, "batches") { ledger, drafts in
                try await LedgerBench.append(ledger, batchesOf: size, drafts)
            })
            figures.append(try groups(of: size, bench, "callers") { ledger, drafts in
                try await LedgerBench.append(ledger, callers: size, drafts)
            })
        }
        return figures
    }

    private func single(_ bench: LedgerBench) throws -> Figure {
        let count = 300
        let ledger = try bench.ledger("single")
        let file = open("\(bench.folder)/sync", O_RDWR | O_CREAT, 0o600)
        defer { close(file) }
        let page = [UInt8](repeating: 7, count: 4096)
        // A disk's pace changes from one moment to the next: many short rounds.
        let rates = try PairedRates.measure(rounds: 15) {
            let time = try waitFor { try await seconds { for index in 0..<count { _ = try await ledger.append(LedgerBench.draft(index)) } } }
            return Double(count) / time
        } peer: {
            Double(count) / seconds {
                for _ in 0..<count {
                    _ = pwrite(file, page, page.count, lseek(file, 0, SEEK_END))
                    fdatasync(file)
                }
            }
        }
        return rates.figure("\(name).durable-single", unit: "entries/s", peer: "fdatasync of 4 KiB at a file's end")
    }

    /// - Parameter append: appends all drafts, so that some `size` go into a commit.
    private func groups(
        of size: Int, _ bench: LedgerBench, _ kind: String, _ append: @escaping @Sendable (Ledger, [EntryDraft]) async throws -> Void
    ) throws -> Figure {
        let rounds = 20_000 / size
        let drafts = (0..<rounds * size).map(LedgerBench.draft)
        let ledger = try bench.ledger("\(kind)-\(size)")
        let bare = try BareSQLite(path: "\(bench.folder)/bare-\(kind)-\(size).sqlite")
        // The same bytes: what the ledger wrote, row by row.
        try waitFor { try await append(ledger, Array(drafts.prefix(2 * size))) }
        let rows = try ledger.storage.entries(0..<Int64(size))
        // What was left unwritten before would be written meanwhile, on a processor that the ledger uses and its peer does not.
        sync()
        let rates = try PairedRates.measure(rounds: 11) {
            let time = try waitFor { try await seconds { try await append(ledger, drafts) } }
            return Double(size * rounds) / time
        } peer: {
            Double(size * rounds) / (try seconds { for _ in 0..<rounds { try bare.insert(rows) } })
        }
        return rates.figure("\(name).\(kind)-of-\(size)", unit: "entries/s", peer: "bare SQLite, the same bytes and transactions")
    }
}

/// SQLite with nothing around it: the same table and settings.
private final class BareSQLite {
    private var database: OpaquePointer?
    private var statement: OpaquePointer?
    private var next: Int64 = 0

    init(path: String) throws {
        guard sqlite3_open(path, &database) == SQLITE_OK else { throw BenchmarkError(description: "SQLite cannot open \(path)") }
        for sql in [
            "PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
            "CREATE TABLE entry (sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL, leaf BLOB NOT NULL, request BLOB) STRICT",
        ] { try execute(sql) }
        sqlite3_prepare_v2(database, "INSERT INTO entry (sequence, bytes, leaf) VALUES (?, ?, ?)", -1, &statement, nil)
    }

    deinit {
        sqlite3_finalize(statement)
        sqlite3_close(database)
    }

    func execute(_ sql: String) throws {
        guard sqlite3_exec(database, sql, nil, nil, nil) == SQLITE_OK else {
            throw BenchmarkError(description: "SQLite: \(String(cString: sqlite3_errmsg(database)))")
        }
    }

    func insert(_ rows: [[UInt8]]) throws {
        try execute("BEGIN IMMEDIATE")
        for row in rows {
            sqlite3_bind_int64(statement, 1, next)
            let code = row.withUnsafeBytes { bytes in
                sqlite3_bind_blob(statement, 2, bytes.baseAddress, Int32(bytes.count), nil)
                sqlite3_bind_blob(statement, 3, bytes.baseAddress, 32, nil)
                return sqlite3_step(statement)
            }
            sqlite3_reset(statement)
            guard code == SQLITE_DONE else { throw BenchmarkError(description: "SQLite: code \(code)") }
            next += 1
        }
        try execute("COMMIT")
    }
}

/// A whole ledger read again, a proof of one of its entries, and opening it.
struct LedgerVerify: Benchmark {
    let name = "ledger-verify"
    let summary = "verifying, opening and proving in a ledger of a million entries"
    /// LEDGER_ENTRIES overrides it: ten million take some minutes to write.
    private var count: Int { ProcessInfo.processInfo.environment["LEDGER_ENTRIES"].flatMap { Int($0) } ?? 1_000_000 }

    func run() throws -> [Figure] {
        let bench = try LedgerBench("verify")
        let count = count
        let ledger = try bench.ledger("large")
        try waitFor {
            for start in stride(from: 0, to: count, by: 4000) {
                try await LedgerBench.append(ledger, callers: 4000, (start..<min(start + 4000, count)).map(LedgerBench.draft))
            }
        }
        var figures: [Figure] = []
        for threads in [1, 2] {
            let before = Self.residentBytes
            let time = try seconds { _ = try bench.verifier().verify(ledger.storage, threads: threads) }
            figures.append(Figure(name: "\(name).threads-\(threads)", value: Double(count) / time, unit: "entries/s"))
            figures.append(Figure(name: "\(name).memory-\(threads)", value: Double(Self.residentBytes - before) / 1e6, unit: "MB more than before"))
        }
        let opening = try (0..<5).map { _ in try seconds { _ = try bench.ledger("large") } }
        figures.append(Figure(name: "\(name).opening", value: PairedRates.median(opening) * 1e3, unit: "ms"))
        let reader = LedgerReader(ledger.storage)
        let (size, checkpoint) = try waitFor { await (ledger.size, ledger.checkpoint) }
        var source = SystemRandomNumberGenerator()
        let proving = try (0..<200).map { _ in
            let entry = Int64.random(in: 0..<size, using: &source)
            return try seconds { _ = try reader.proof(entry, size: size, checkpoint: checkpoint) }
        }
        figures.append(Figure(name: "\(name).proof-median", value: PairedRates.median(proving) * 1e3, unit: "ms"))
        figures.append(Figure(name: "\(name).proof-slowest", value: (proving.max() ?? 0) * 1e3, unit: "ms"))
        return figures
    }

    private static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * sysconf(Int32(_SC_PAGESIZE))
    }
}
