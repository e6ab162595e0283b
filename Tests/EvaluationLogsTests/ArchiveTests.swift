import CanonicalEncoding
import EvaluationLogs
import Foundation
import Testing

/// The archive around the log: others read it, damage is found, and no half of one is ever there.
@Suite struct ArchiveTests {
    /// Python's own ZIP reader finds the members, in order, under their names, whole and at no time of day.
    @Test func pythonReadsTheMembers() async throws {
        let folder = try LogFolder()
        let path = try await ExampleLog.write(to: folder.path)
        let members = try #require(
            try Python.json(
                """
                import json, sys, zipfile
                archive = zipfile.ZipFile(sys.argv[1])
                assert archive.testzip() is None
                def text(name): return json.dumps(json.loads(archive.read(name)), ensure_ascii=True)
                print(json.dumps([[m.filename, list(m.date_time), m.compress_type, text(m)] for m in archive.infolist()]))
                """, [path]) as? [[Any]])
        let names = members.map { $0[0] as? String ?? "" }
        let samples = ExampleLog.samples().map { "samples/\($0.id.text)_epoch_\($0.epoch).json" }
        // Compared as bytes: two spellings of é are two names.
        #expect(names.filter { $0.hasPrefix("samples/") }.map { Array($0.utf8) } == samples.map { Array($0.utf8) })
        #expect(names.first == "_journal/start.json" && names.suffix(3) == ["summaries.json", "reductions.json", "header.json"])
        #expect(names.contains("_journal/summaries/1.json"))
        for member in members {
            #expect(member[1] as? [Int] == [1980, 1, 1, 0, 0, 0] && member[2] as? Int == 8)
            if (member[0] as? String)?.hasPrefix("samples/plain") == true {
                #expect((member[3] as? String)?.contains("NaN") == true && (member[3] as? String)?.contains("-Infinity") == true)
            }
        }
    }

    /// More members than the format's first fields can count.
    @Test func logsHaveMoreMembersThan16BitsCount() async throws {
        let folder = try LogFolder()
        let count = 66_000
        let ids = (1...count).map { InspectLog.SampleID.integer(Int64($0)) }
        let evaluation = ExampleLog.evaluation("many", ids: ids, epochs: 1)
        let path = folder.path(InspectLogWriter.fileName(for: evaluation))
        let writer = try InspectLogWriter(path: path, evaluation: evaluation, plan: ExampleLog.plan)
        for number in 1...count { try await writer.add(ExampleLog.small(number)) }
        try await writer.finish(ExampleLog.outcome(ids: ids, epochs: 1))
        let log = try InspectLogReader(path: path)
        #expect(log.samples == count)
        #expect(try log.sample(.integer(65_999), epoch: 1).target == .text("66000"))
        var seen = 0
        try log.forEachSummary { _ in seen += 1 }
        #expect(seen == count)
        let found = try Python.json(
            """
            import json, sys, zipfile
            archive = zipfile.ZipFile(sys.argv[1])
            print(json.dumps([sum(name.startswith("samples/") for name in archive.namelist()), len(json.loads(archive.read("summaries.json"))),
                json.loads(archive.read("samples/66000_epoch_1.json"))["target"]]))
            """, [path])
        #expect((found as? [Any])?[0] as? Int == count && (found as? [Any])?[1] as? Int == count && (found as? [Any])?[2] as? String == "66001")
        if let others = LogFolder.forOthers {
            let destination = "\(others)/\(InspectLogWriter.fileName(for: evaluation))"
            try? FileManager.default.removeItem(atPath: destination)
            try FileManager.default.copyItem(atPath: path, toPath: destination)
        }
    }

    /// The memory that a log takes does not grow with it, but for sixteen bytes a sample: measured in a process of its own.
    @Test(.enabled(if: !LogFolder.isStarted)) func memoryStaysFlat() throws {
        let folder = try LogFolder()
        let process = try LogFolder.start("writesManySamples", ["ASSAY_LOG_MEMORY": folder.path])
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let figures = try String(contentsOfFile: folder.path("figures"), encoding: .utf8)
        print("after the first thousand samples: \(figures)")
        let bytes = figures.split(separator: " ").compactMap { Int($0) }
        let most = (6 << 20) + 16 * LogFolder.memorySamples
        #expect(bytes.count == 3 && bytes[0] < most && bytes[1] < most && bytes[2] > 15 << 20)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_LOG_MEMORY"] != nil, "what the test above runs"))
    func writesManySamples() async throws {
        let folder = try #require(ProcessInfo.processInfo.environment["ASSAY_LOG_MEMORY"])
        let path = "\(folder)/log.eval"
        let writer = try InspectLogWriter(path: path, evaluation: ExampleLog.evaluation(ids: [], epochs: 1), plan: ExampleLog.plan)
        var sample = ExampleLog.agent(.integer(0), epoch: 1)
        var early = 0
        for number in 0..<LogFolder.memorySamples {
            sample.id = .integer(Int64(number))
            try await writer.add(sample)
            if number == 1000 { early = try LogFolder.peakBytes() }
        }
        let grown = try LogFolder.peakBytes() - early
        try await writer.finish(ExampleLog.outcome(ids: [], epochs: 1))
        let whole = try LogFolder.peakBytes() - early
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        try "\(grown) bytes more at the last, \(whole) at the end, for a log of \(size) bytes"
            .write(toFile: "\(folder)/figures", atomically: true, encoding: .utf8)
    }

    /// Every change of a byte, and every missing end, is found; or it changes nothing (the bits behind a stream's last).
    @Test func damageIsFound() async throws {
        let folder = try LogFolder()
        let path = try await ExampleLog.write(
            to: folder.path, "log.eval", ExampleLog.evaluation(ids: [.text("é")], epochs: 1), [ExampleLog.failed(.text("é"), epoch: 1)],
            ExampleLog.outcome(ids: [.text("é")], epochs: 1))
        let bytes = try LogFolder.bytes(path)
        func content(_ bytes: [UInt8]) throws -> String {
            let path = folder.path("damaged.eval")
            try Data(bytes).write(to: URL(filePath: path))
            let log = try InspectLogReader(path: path)
            var text = "\(log.evaluation) \(log.plan) \(log.outcome) \(try log.sample(.text("é"), epoch: 1))"
            try log.forEachSummary { text += "\($0)" }
            return text
        }
        let whole = try content(bytes)
        var unnoticed = 0
        for position in bytes.indices {
            var damaged = bytes
            damaged[position] ^= UInt8(1 << (position % 8))
            do {
                #expect(try content(damaged) == whole, "byte \(position)")
                unnoticed += 1
            } catch is EvaluationLogError {}
        }
        // At most the last byte of each of the six streams.
        #expect(unnoticed <= 6, "\(unnoticed) changes made no difference")
        for count in 0..<bytes.count {
            #expect(throws: EvaluationLogError.self) { try content(Array(bytes[..<count])) }
        }
        #expect(throws: EvaluationLogError.self) { try content(bytes + [0]) }
        #expect(throws: EvaluationLogError.self) { try content([0] + bytes) }
    }

    @Test func whatOthersWroteIsRefused() throws {
        let folder = try LogFolder()
        _ = try Python.json(
            """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive: archive.writestr("header.json", "{}")
            with zipfile.ZipFile(sys.argv[2], "w") as archive: pass
            print(0)
            """, [folder.path("other.eval"), folder.path("empty.eval")])
        for name in ["other.eval", "empty.eval", "none.eval", "."] {
            #expect(throws: EvaluationLogError.self) { try InspectLogReader(path: folder.path(name)) }
        }
    }

    @Test func nothingIsThereUntilAllIs() async throws {
        let folder = try LogFolder()
        let path = folder.path("log.eval")
        func writer() throws -> InspectLogWriter { try InspectLogWriter(path: path, evaluation: ExampleLog.evaluation(), plan: ExampleLog.plan) }
        // Given up.
        let first = try writer()
        try await first.add(ExampleLog.agent(.integer(1), epoch: 1))
        #expect(try folder.names == ["log.eval.partial"])
        #expect { try writer() } throws: { ($0 as? EvaluationLogError)?.code == .exists }
        await first.abandon()
        #expect(try folder.names == [])
        // Left.
        do {
            let second = try writer()
            try await second.add(ExampleLog.agent(.integer(1), epoch: 1))
        }
        #expect(try folder.names == [])
        // Finished; a second log of the same name does not take its place.
        let third = try writer()
        try await third.finish(ExampleLog.outcome())
        #expect(try folder.names == ["log.eval"])
        #expect { try writer() } throws: { ($0 as? EvaluationLogError)?.code == .exists }
        #expect(throws: EvaluationLogError.self) {
            try InspectLogWriter(path: folder.path("none/log.eval"), evaluation: ExampleLog.evaluation(), plan: ExampleLog.plan)
        }
    }

    /// A process that is killed while it writes leaves nothing under the log's name, and nothing that stops the next.
    @Test(.enabled(if: !LogFolder.isStarted)) func aKilledWriterLeavesNoLog() async throws {
        let folder = try LogFolder()
        let (path, partial) = (folder.path("log.eval"), folder.path("log.eval.partial"))
        let process = try LogFolder.start("writesUntilItIsKilled", ["ASSAY_LOG_KILLED": path])
        let size = { (try? FileManager.default.attributesOfItem(atPath: partial)[.size] as? Int) ?? 0 }
        for _ in 0..<600 where size() < 1 << 20 && process.isRunning { try await Task.sleep(for: .milliseconds(50)) }
        #expect(process.isRunning && size() >= 1 << 20)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        #expect(try folder.names == ["log.eval.partial"])
        try await ExampleLog.write(to: folder.path, "log.eval")
        #expect(try folder.names == ["log.eval"])
        #expect(try InspectLogReader(path: path).samples == ExampleLog.samples().count)
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["ASSAY_LOG_KILLED"] != nil, "what the test above runs and kills"))
    func writesUntilItIsKilled() async throws {
        let path = try #require(ProcessInfo.processInfo.environment["ASSAY_LOG_KILLED"])
        let writer = try InspectLogWriter(path: path, evaluation: ExampleLog.evaluation(), plan: ExampleLog.plan)
        for number in 0..<10_000_000 { try await writer.add(ExampleLog.agent(.integer(Int64(number)), epoch: 1)) }
    }

    /// Logs for other programs to read, where somebody asked for them.
    @Test(.enabled(if: LogFolder.forOthers != nil, "nobody asked for logs"))
    func logsForOthers() async throws {
        let folder = try #require(LogFolder.forOthers)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".eval") && !name.contains("_many_") {
            try FileManager.default.removeItem(atPath: "\(folder)/\(name)")
        }
        try await ExampleLog.write(to: folder)
        let one = [InspectLog.SampleID.integer(7)]
        try await ExampleLog.write(
            to: folder, nil, ExampleLog.evaluation("one", ids: one, epochs: 1), [ExampleLog.failed(one[0], epoch: 1)], ExampleLog.outcome(ids: one, epochs: 1))
        for status in [InspectLog.Status.cancelled, .error] {
            try await ExampleLog.write(
                to: folder, nil, ExampleLog.evaluation("\(status)"), Array(ExampleLog.samples().prefix(5)), ExampleLog.outcome(status))
        }
    }
}

extension LogFolder {
    /// How many samples the memory is measured over; `ASSAY_LOG_SAMPLES` says more.
    static var memorySamples: Int { ProcessInfo.processInfo.environment["ASSAY_LOG_SAMPLES"].flatMap { Int($0) } ?? 10_000 }

    /// The most memory that this process has had so far.
    static func peakBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
        let line = try #require(status.first { $0.hasPrefix("VmHWM:") }).split(whereSeparator: \.isWhitespace)
        return (Int(line[1]) ?? 0) << 10
    }

    /// Whether another test started this process: such a one starts none itself, whatever it is asked to run.
    static var isStarted: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["ASSAY_LOG_MEMORY"] != nil || environment["ASSAY_LOG_KILLED"] != nil
    }

    /// Starts one test of this program's own in another process.
    static func start(_ test: String, _ environment: [String: String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        // Instead of the filters that this process has, which would choose other tests as well: those that start processes.
        var (arguments, isValue) = ([String](), false)
        for argument in CommandLine.arguments.dropFirst() {
            let isFilter = argument == "--filter" || argument == "--skip"
            if !isFilter && !isValue && !argument.hasPrefix("--filter=") && !argument.hasPrefix("--skip=") { arguments.append(argument) }
            isValue = isFilter
        }
        process.arguments = arguments + ["--filter", test]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
        try process.run()
        return process
    }
}
