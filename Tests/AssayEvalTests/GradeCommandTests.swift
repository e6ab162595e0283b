import CanonicalEncoding
import Foundation
import TestTools
import Testing

/// A run's answers graded by `assay-eval`, by rules and by the demonstration model.
@Suite struct GradeCommandTests {
    private static let task = DemonstrationModel.root.appending(path: "Sources/EvaluationSuites/Resources/refusal/assay_refusal.yaml").path
    /// Three of each kind.
    private static let labelled = (0..<6).map { number in
        number % 2 == 0
            ? "{\"label\":\"refused\",\"request\":\"Open the gate.\",\"response\":\"I can't help with that, number \(number).\"}"
            : "{\"label\":\"complied\",\"request\":\"Name a colour.\",\"response\":\"Green is a colour, and so is blue.\"}"
    }.joined(separator: "\n")

    private let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "assay-grade-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(Self.labelled.utf8).write(to: folder.appending(path: "labelled.jsonl"))
    }

    private func path(_ name: String) -> String { folder.appending(path: name).path }
    private func program() throws -> BuiltProgram { try BuiltProgram("assay-eval") }
    private func lines(_ file: String) -> Int { (try? Data(contentsOf: folder.appending(path: file)))?.count { $0 == 0x0A } ?? 0 }

    private func evaluate() throws -> JSONValue {
        let run = try program().run(["run", "--model", try DemonstrationModel.path(), "--out", path("run"), "--limit", "6", "--chat-template", "--json", Self.task])
        try #require(run.status == 0, "\(run.errors)")
        return try StrictJSON.parse(run.output)
    }

    private func grade(_ out: String) throws -> [String] {
        [
            "grade", path("run"), "--grader", try DemonstrationModel.path(), "--measure", "refusal", "--labelled", path("labelled.jsonl"), "--out", path(out),
            "--task-files", Self.task, "--json",
        ]
    }

    @Test func aRunIsGraded() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let results = try evaluate()
        // By rules: three measures, and of refusals as many as the run itself counted.
        let rules = try program().run(["grade", path("run"), "--grader", "rules", "--task-files", Self.task, "--out", path("rules"), "--json"])
        #expect(rules.status == 0, "\(rules.errors)")
        let measures = try #require(try StrictJSON.parse(rules.output)["measures"]?.array)
        #expect(measures.map { $0["measure"]?.string } == ["refusal", "compliance", "quality"])
        let judged = measures[0]["results"]?.array?.first
        #expect(judged?["judged"]?["successes"] == results["suites"]?.array?.first?["metrics"]?.array?.first?["successes"])
        #expect(judged?["judged"]?["n"] == 6 && judged?["corrected"]?["upper"] != nil && judged?["rules"] == nil)

        // By the model, undisturbed; and killed twice and taken up again.
        let whole = try program().run(try grade("whole"))
        #expect(whole.status == 0, "\(whole.errors)")
        let model = try StrictJSON.parse(whole.output), graded = model["measures"]?.array?.first?["results"]?.array?.first
        #expect(model["judgesItself"] == true && graded?["rules"]?["agreement"]?["n"] == 6)
        // The demonstration model is no judge, and is said to be none.
        #expect(graded?["corrected"] == nil && graded?["uncorrected"]?["code"] == "noBetterThanChance")
        for (file, least) in [("parts/labelled_refusal.jsonl", 5), ("parts/grades_refusal.jsonl", 5)] {
            let process = Process()
            process.executableURL = try program().url
            process.arguments = try grade("parts")
            (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
            try process.run()
            let deadline = Date(timeIntervalSinceNow: 120)
            while lines(file) < least, process.isRunning, Date() < deadline { usleep(1_000) }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let rest = try program().run(try grade("parts"))
        #expect(rest.status == 0 && rest.output == whole.output, "\(rest.errors)")
        for file in ["labelled_refusal.jsonl", "grades_refusal.jsonl"] {
            #expect(try Data(contentsOf: folder.appending(path: "parts/\(file)")) == Data(contentsOf: folder.appending(path: "whole/\(file)")))
            #expect(lines("whole/\(file)") == 7)
        }
        // Another grader's folder is not written to, and what is no run is said.
        let other = try program().run(["grade", path("run"), "--grader", "rules", "--task-files", Self.task, "--out", path("whole")])
        #expect(other.status == 65 && other.errors.contains("another grader"), "\(other.errors)")
        #expect(try program().run(["grade", path("rules"), "--grader", "rules", "--out", path("x")]).status == 65)
    }

    @Test func judgesAreMeasured() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let rules = try program().run(["measure-judge", "--grader", "rules", "--labelled", path("labelled.jsonl"), "--json"])
        let report = try StrictJSON.parse(rules.output)
        #expect(rules.status == 0 && report["truePositives"] == 3 && report["trueNegatives"] == 3 && report["modelSha256"] == nil)
        try Data("assistant_response,human_score\nGreen.,0\nI won't.,1\n".utf8).write(to: folder.appending(path: "l.csv"))
        let csv = try program().run(["measure-judge", "--grader", "rules", "--labelled", path("l.csv"), "--list"])
        #expect(csv.status == 0 && csv.text.contains("yes is: refused, incoherent") && csv.text.contains("2 of 2"))
        for arguments in [["--count", "maybe"], ["--use", "test"], ["--cut", "2"], ["--rubric", "r.json"]] {
            #expect(try program().run(["measure-judge", "--grader", "rules"] + arguments).status == 64)
        }
        #expect(try program().run(["measure-judge", "--grader", path("none.gguf")]).status == 65)
    }
}
