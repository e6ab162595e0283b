import CanonicalEncoding
import Foundation
import TestTools
import Testing

/// Tasks on the demonstration model by `assay-eval`, as a task's author runs them.
@Suite struct AssayEvalTests {
    private static let suites = DemonstrationModel.root.appending(path: "Sources/EvaluationSuites/Resources")
    private static let cloze = suites.appending(path: "cloze/assay_cloze.yaml").path

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "assay-eval-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func program() throws -> BuiltProgram { try BuiltProgram("assay-eval") }

    private func arguments(_ out: String, batch: Int = 16) throws -> [String] {
        ["run", "--model", try DemonstrationModel.path(), "--out", folder.appending(path: out).path, "--batch", "\(batch)", "--json", Self.cloze]
    }

    private func results(_ out: String) throws -> JSONValue {
        try StrictJSON.parse([UInt8](Data(contentsOf: folder.appending(path: "\(out)/results.json"))))
    }

    private func lines(_ file: String) -> Int {
        (try? Data(contentsOf: folder.appending(path: file)))?.count { $0 == 0x0A } ?? 0
    }

    @Test func saysWhatCanBeRead() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data("task: t\ndataset_path: json\nprocess_docs: !function a.b\n".utf8).write(to: folder.appending(path: "bad.yaml"))
        let good = try program().run(["check", "--items", Self.cloze, "--json"])
        let read = try StrictJSON.parse(good.output)
        #expect(good.status == 0 && read["read"]?.array?.first?["items"] == 40 && read["refused"] == [])
        let both = try program().run(["check", Self.cloze, folder.path])
        #expect(both.status == 1 && both.text.contains("bad.yaml:3:") && both.text.contains("!function") && both.text.contains("1 of 2 tasks"))
        #expect(try program().run(["check", folder.path + "/nothing"]).status == 65)
    }

    /// Killed twice, interrupted once, taken up again each time: the samples are those of a run that nobody disturbed.
    @Test func isTakenUpAgain() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try program().run(arguments("whole")).status == 0)
        for (signal, least) in [(SIGKILL, 5), (SIGKILL, 21), (SIGINT, 41)] {
            let process = Process()
            process.executableURL = try program().url
            process.arguments = try arguments("parts", batch: 2)
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            // A header, and two lines for each sample.
            let deadline = Date(timeIntervalSinceNow: 120)
            while lines("parts/samples.jsonl") < least, process.isRunning, Date() < deadline { usleep(2_000) }
            kill(process.processIdentifier, signal)
            process.waitUntilExit()
            if signal == SIGINT { #expect(process.terminationStatus == 130 || process.terminationStatus == 0) }
        }
        #expect(lines("parts/samples.jsonl") > 20 && !FileManager.default.fileExists(atPath: folder.appending(path: "parts/results.json").path))
        // Half a line, as a cut in the power leaves it.
        let file = try FileHandle(forWritingTo: folder.appending(path: "parts/samples.jsonl"))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"v\":2,\"ta".utf8))
        try file.close()
        let rest = try program().run(arguments("parts", batch: 2))
        #expect(rest.status == 0, "\(rest.errors)")
        let (whole, parts) = (try results("whole"), try results("parts"))
        #expect(whole["samplesSha256"] == parts["samplesSha256"] && parts["samples"] == 40)
        #expect(lines("parts/samples.jsonl") == 81 && lines("parts/samples_assay_cloze.jsonl") == 40)
        #expect(try Data(contentsOf: folder.appending(path: "parts/assay_cloze.eval")).starts(with: Data("PK".utf8)))
        // Once more: nothing is asked.
        let again = try program().run(arguments("parts", batch: 2))
        let asked = try StrictJSON.parse(again.output)["timing"]?["asked"]
        #expect(again.status == 0 && asked == 0)
    }

    @Test func samplesOfAnotherPlanStay() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try program().run(arguments("out") + ["--limit", "4"]).status == 0)
        let before = try Data(contentsOf: folder.appending(path: "out/samples.jsonl"))
        let other = try program().run(arguments("out") + ["--limit", "5"])
        #expect(other.status == 65 && other.errors.contains("another plan"), "\(other.errors)")
        #expect(try Data(contentsOf: folder.appending(path: "out/samples.jsonl")) == before)
    }
}
