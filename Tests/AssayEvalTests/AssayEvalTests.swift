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

    /// A run against more of itself: nothing lies between them, and what only one has is counted.
    @Test func comparesTwoRuns() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        for (out, limit) in [("base", "9"), ("aligned", "12")] { #expect(try program().run(arguments(out) + ["--limit", limit]).status == 0) }
        let folders = ["base", "aligned"].map { folder.appending(path: $0).path }, plot = folder.appending(path: "plot.svg")
        let compared = try program().run(["compare"] + folders + ["--json", "--plot", plot.path])
        let report = try StrictJSON.parse(compared.output), value = report["values"]?.array?.first
        #expect(compared.status == 0 && report["alone"] == 3 && value?["n"] == 9 && value?["difference"] == "0.000000", "\(compared.errors)")
        #expect(report["calibration"] == [] && report["capability"]?["drop"] == "0.000000" && report["capability"]?["reason"]?.string != nil)
        #expect(try String(contentsOf: plot, encoding: .utf8).hasSuffix("</svg>\n"))
        #expect(try program().run(["compare"] + folders).text.contains("By domain"))
        #expect(try program().run(["compare"] + folders + ["--capability", "none"]).status == 65)
        #expect(try program().run(["compare"] + folders + ["--confidence", "1"]).status == 64)
    }

    @Test func samplesOfAnotherPlanStay() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try program().run(arguments("out") + ["--limit", "4"]).status == 0)
        let before = try Data(contentsOf: folder.appending(path: "out/samples.jsonl"))
        let other = try program().run(arguments("out") + ["--limit", "5"])
        #expect(other.status == 65 && other.errors.contains("another plan"), "\(other.errors)")
        #expect(try Data(contentsOf: folder.appending(path: "out/samples.jsonl")) == before)
    }

    /// A folder, a file in it and a link to that are one task. A group that cannot be read is named, and hides no other.
    @Test func namedTwiceIsOnce() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let tasks = folder.appending(path: "tasks")
        try FileManager.default.copyItem(at: Self.suites.appending(path: "cloze"), to: tasks)
        func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: tasks.appending(path: name)) }
        try write("group.yaml", "group: words\ntask: [assay_cloze]\naggregate_metric_list: [{metric: acc}]\n")
        try write("bad.yaml", "group: others\ntask: [assay_cloze]\naggregate_metric_list: [{metric: acc, aggregation: !function a.b}]\n")
        try write("missing.yaml", "group: more\ntask: [nowhere]\n")
        let link = folder.appending(path: "link.yaml")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: tasks.appending(path: "assay_cloze.yaml"))
        let named = [tasks.path, tasks.path + "/assay_cloze.yaml", link.path, tasks.path + "/group.yaml"]
        let check = try program().run(["check", "--json"] + named)
        let found = try StrictJSON.parse(check.output)
        #expect(check.status == 0 && found["read"]?.array?.count == 1 && found["refused"] == [], "\(check.text)")
        let leftOut = found["leftOut"]?.array?.compactMap { $0["message"]?.string } ?? []
        #expect(leftOut.count == 2 && leftOut[0].contains("!function") && leftOut[1].contains("nowhere"), "\(leftOut)")
        let out = folder.appending(path: "out").path
        let run = try program().run(["run", "--model", try DemonstrationModel.path(), "--out", out, "--limit", "2", "--json"] + named)
        let groups = try StrictJSON.parse(run.output)["groups"]?.array
        #expect(run.status == 0 && groups?.count == 1 && groups?.first?["group"] == "words", "\(run.errors) \(run.text)")
    }

    /// Reading changes nothing, not even half a line at the end, and waits for no run.
    @Test func comparisonsOnlyRead() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        #expect(try program().run(arguments("out") + ["--limit", "4"]).status == 0)
        let file = folder.appending(path: "out/samples.jsonl")
        let torn = try Data(contentsOf: file) + Data("{\"v\":2,\"ta".utf8)
        try torn.write(to: file)
        let compared = try program().run(["compare", folder.path + "/out", folder.path + "/out", "--json"])
        #expect(compared.status == 0, "\(compared.errors)")
        #expect(try Data(contentsOf: file) == torn)
        #expect(try program().run(["compare", folder.path, folder.path]).status == 65)
    }

    /// Files are called by a task's name, and a file's name has 255 bytes.
    @Test func namesTooLongForFiles() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let text = try String(contentsOf: URL(filePath: Self.cloze), encoding: .utf8)
        try FileManager.default.copyItem(at: Self.suites.appending(path: "cloze/items.jsonl"), to: folder.appending(path: "items.jsonl"))
        for (length, status) in [(212, Int32(0)), (240, 65)] {
            let task = folder.appending(path: "task\(length).yaml")
            try Data(text.replacing("task: assay_cloze", with: "task: " + String(repeating: "n", count: length)).utf8).write(to: task)
            let run = try program().run(
                ["run", "--model", try DemonstrationModel.path(), "--out", folder.appending(path: "out\(length)").path, "--limit", "1", task.path])
            #expect(run.status == status, "\(run.errors)")
            #expect(status == 0 || run.errors.contains("has 240 bytes") && run.errors.contains("task240.yaml"), "\(run.errors)")
        }
    }

    /// One long batch: Ctrl-C does not wait for it, and the same command goes on.
    @Test func interruptionIsPrompt() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let task = folder.appending(path: "long.yaml")
        let text = """
            task: long
            dataset_path: json
            dataset_kwargs: {data_files: {test: items.jsonl}}
            test_split: test
            output_type: generate_until
            doc_to_text: q
            doc_to_target: q
            generation_kwargs: {until: [], max_gen_toks: 1500}
            metric_list: [{metric: exact_match}]
            """
        try Data(text.utf8).write(to: task)
        try Data((0..<64).map { "{\"q\":\"Tell the story number \($0) from its beginning.\"}\n" }.joined().utf8).write(to: folder.appending(path: "items.jsonl"))
        let process = Process()
        process.executableURL = try program().url
        process.arguments = ["run", "--model", try DemonstrationModel.path(), "--out", folder.appending(path: "out").path, "--batch", "64", task.path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        let deadline = Date(timeIntervalSinceNow: 60)
        // The header stands there when the batch is about to be asked.
        while lines("out/samples.jsonl") < 1, process.isRunning, Date() < deadline { usleep(10_000) }
        sleep(2)
        #expect(process.isRunning)
        let asked = Date()
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 130 && Date().timeIntervalSince(asked) < 60)
        #expect(lines("out/samples.jsonl") == 1)
    }
}
