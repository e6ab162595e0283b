import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation
import MerkleLog

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start the writer, kill it (SIGKILL) at a random moment, verify, and so on with the same ledger.",
        discussion: """
            Checked after most runs, before the next writer starts: every entry that was acknowledged is there, byte for byte; \
            each group of entries is there whole or not at all; the last checkpoint signs exactly what is there. After the \
            others the next writer finds the files as the killed one left them, and may be killed while it recovers them. Every \
            250 runs and at the end, all of the ledger is verified. Exit status 1 where anything is not as it must be; then \
            the ledger is kept.

            Example: make crash CRASH_RUNS=1000
            """)

    @Option(help: "How many times to kill.") var runs = 1000
    @Flag(help: "Print the summary as one line of JSON.") var json = false

    private static let largestDelay = 180

    func validate() throws {
        guard runs > 0 else { throw ValidationError("--runs is 1 or more.") }
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ledger-crash-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        do {
            let summary = try await crash(CrashLedger(folder: folder))
            try FileManager.default.removeItem(atPath: folder)
            if json {
                try Output.json(.object(summary.reduce(into: JSONObject()) { $0[$1.name] = .integer($1.value) }))
            } else {
                print(
                    summary.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
                        + ": every acknowledged entry is there, and nothing is half written.")
            }
        } catch {
            Output.note("NOT DURABLE: \(error). The ledger is kept in \(folder).")
            throw ExitCode.failure
        }
    }

    private func crash(_ crash: CrashLedger) async throws -> [(name: String, value: Int64)] {
        var known = KnownLedger()
        var (whileOpening, unrecovered) = (0, 0)
        let clock = ContinuousClock(), started = clock.now
        var bar = ProgressBar()
        for run in 1...runs {
            let writer = try Writer(crash.folder)
            // A third are killed while they start, open or recover; the others at work.
            try writer.kill(afterMilliseconds: run % 3 == 0 ? Int.random(in: 0...40) : Int.random(in: 20...Self.largestDelay))
            if !writer.hasOpened { whileOpening += 1 }
            known.acknowledge(writer.acknowledged)
            bar.update(activity: "Killing", done: Int64(run), total: Int64(runs), unit: "runs")
            if run < runs, Int.random(in: 0..<3) == 0 {
                unrecovered += 1
                continue
            }
            try await known.update(from: crash)
            if run % 250 == 0 { try known.verifyAll(crash) }
        }
        bar.finish()
        try known.verifyAll(crash)
        guard known.acknowledged > 0 else { throw CrashError("no entry was ever acknowledged, so nothing was tried") }
        return [
            ("runs", Int64(runs)), ("kills", Int64(runs)), ("killsWhileOpening", Int64(whileOpening)),
            ("runsOnUnrecovered", Int64(unrecovered)), ("entries", Int64(known.leaves.count)), ("groups", known.groups),
            ("acknowledged", known.acknowledged), ("found", known.found), ("lost", known.acknowledged - known.found),
            ("seconds", (clock.now - started).components.seconds),
        ]
    }
}

/// A process that appends to the ledger.
final class Writer {
    private let process = Process()
    private let pipe = Pipe()
    private var output: [UInt8] = []
    private(set) var hasOpened = false
    private(set) var acknowledged: [KnownLedger.Acknowledgement] = []

    init(_ folder: String) throws {
        process.executableURL = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        process.arguments = ["append", folder]
        process.standardOutput = pipe
        try process.run()
        // So that the pipe ends with the writer.
        try pipe.fileHandleForWriting.close()
    }

    /// Takes in what the writer says until then, kills it, and takes in what it had still said.
    func kill(afterMilliseconds delay: Int) throws {
        let clock = ContinuousClock(), end = clock.now + .milliseconds(delay)
        while case let left = clock.now.duration(to: end), left > .zero {
            var waiting = pollfd(fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = Int32(left / .milliseconds(1)) + 1
            guard poll(&waiting, 1, milliseconds) > 0 else { continue }
            guard readSome() else { break }
        }
        Glibc.kill(process.processIdentifier, SIGKILL)
        while readSome() {}
        process.waitUntilExit()
        guard process.terminationReason == .uncaughtSignal, process.terminationStatus == SIGKILL else {
            throw CrashError("the writer ended by itself, with status \(process.terminationStatus)")
        }
        try parse()
    }

    /// False at the end.
    private func readSome() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(pipe.fileHandleForReading.fileDescriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            output += buffer[..<count]
            return true
        }
    }

    private func parse() throws {
        for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
            if line == "open" {
                hasOpened = true
                continue
            }
            let parts = line.split(separator: " ")
            guard parts.count == 2, let sequence = Int64(parts[0]), let leaf = MerkleHash(hex: String(parts[1])) else {
                throw CrashError("the writer said '\(line)'")
            }
            acknowledged.append(.init(sequence: sequence, leaf: leaf))
        }
    }
}
