import Evaluation
import Testing

@Suite struct TaskFileTests {
    static let minimal = """
        task: small
        dataset_path: json
        dataset_kwargs:
          data_files:
            test: items.jsonl
        test_split: test
        output_type: multiple_choice
        doc_to_text: "{{q}}"
        doc_to_choice: ["a", "b"]
        doc_to_target: 0
        metric_list:
          - metric: acc
        metadata:
          version: 1.5
        """

    static func parse(_ text: String) throws(TaskError) -> TaskDefinition {
        try TaskDefinition(file: "small.yaml", in: TestFiles.folder(["small.yaml": text]))
    }

    @Test func minimalTask() throws {
        let task = try Self.parse(Self.minimal)
        #expect(task.name == "small")
        #expect(task.version == "1.5")
        #expect(task.outputType == .multipleChoice)
        #expect(task.wording.targetDelimiter == " ")
        #expect(task.wording.choices == .fixed(["a", "b"]))
        #expect(task.wording.target == .value(0))
        #expect(task.metrics.map(\.metric) == [.accuracy])
        #expect(task.fewShot?.count == 0)
    }

    /// Each file is the minimal one with a line replaced or added; the error names file and line.
    @Test(arguments: [
        ("doc_to_text: \"{{q}}\"", "doc_to_text: !function utils.text", 8, TaskError.Code.unsupported, "!function"),
        ("doc_to_text: \"{{q}}\"", "doc_to_text: !!python/name:os.system", 8, .unsupported, "tag"),
        ("task: small", "task: small\nprocess_docs: !function utils.f", 2, .unsupported, "process_docs"),
        ("task: small", "task: small\nfilter_list: []", 2, .invalid, "filter_list"),
        ("task: small", "task: small\ninclude: other.yaml", 2, .file, "other.yaml"),
        ("task: small", "task: small\ninclude: small.yaml", 2, .limit, "itself"),
        ("task: small", "task: small\ninclude: ../other.yaml", 2, .invalid, "not a file of this folder"),
        ("task: small", "task: small\ncolour: red", 2, .unsupported, "colour"),
        ("task: small", "task: small\ndoc_to_image: x", 2, .unsupported, "models here read text"),
        ("task: small", "task: small\ntask: other", 1, .syntax, "twice"),
        ("task: small", "task: on", 1, .invalid, "string"),
        ("task: small", "task: 010", 1, .syntax, "quote it"),
        ("task: small", "task: 2024-01-01", 1, .syntax, "quote it"),
        ("task: small", "task: 0x1F", 1, .syntax, "quote it"),
        ("task: small", "task: [a", 2, .syntax, "not YAML"),
        ("task: small", "task: a b", 1, .invalid, "1 to 256 bytes"),
        ("task: small", "task: &name small", 1, .unsupported, "anchors"),
        ("task: small", "base: &b {x: 1}\n<<: *b\ntask: small", 1, .unsupported, "anchors"),
        ("dataset_path: json", "dataset_path: someone/data", 2, .unsupported, "nothing is downloaded"),
        ("output_type: multiple_choice", "output_type: loglikelihood_other", 7, .unsupported, "not supported"),
        ("doc_to_target: 0", "doc_to_target: 0\nnum_fewshot: 3\nfewshot_config: {sampler: balanced}", 1, .unsupported, "sampler"),
        ("doc_to_target: 0", "doc_to_target: 0\nfewshot_config: {samples: !function utils.x}", 11, .unsupported, "!function"),
        ("  - metric: acc", "  - metric: bleu", 12, .unsupported, "bleu"),
        ("  - metric: acc", "  - metric: refusal_rate", 12, .unsupported, "refusal_rate"),
        ("  - metric: acc", "  - metric: !function utils.m", 12, .unsupported, "!function"),
        ("  - metric: acc", "  - metric: acc\n    aggregation: bleu", 13, .invalid, "cannot be worked out"),
        ("  - metric: acc", "  - metric: acc\n    aggregation: geometric", 13, .unsupported, "one of mean"),
        ("  - metric: acc", "  - metric: acc\n    hf_evaluate: true", 13, .unsupported, "downloads"),
        ("task: small", "task: small\nfilter_list: [{name: a, filter: [{function: lowercase}]}]", 2, .unsupported, "take_first"),
        ("  version: 1.5", "  version: 1.5\n---\ntask: other", 15, .syntax, "not YAML"),
    ])
    func refusals(old: String, new: String, line: Int, code: TaskError.Code, words: String) throws {
        let position = try #require(Self.minimal.firstRange(of: old))
        var text = Self.minimal
        text.replaceSubrange(position, with: new)
        let error = #expect(throws: TaskError.self) { try Self.parse(text) }
        #expect(error?.code == code, "\(String(describing: error))")
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.file == "small.yaml")
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func missingKeysAreNamed() {
        for key in [
            "task", "dataset_path", "test_split", "doc_to_text", "doc_to_choice", "doc_to_target",
        ] {
            let lines = Self.minimal.split(separator: "\n").filter { !$0.hasPrefix("\(key):") }
            let error = #expect(throws: TaskError.self) { try Self.parse(lines.joined(separator: "\n")) }
            #expect(error?.message.contains(key) == true, "\(key): \(String(describing: error))")
        }
    }

    /// Aliases of aliases, as a value and as a key (which a parser has to hash), and deep nesting of every kind.
    @Test func bombsAreRefusedAtOnce() {
        var levels = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1..<30 {
            levels +=
                "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
                + "]\n"
        }
        var keys = "? &k0 [x, x]\n: 1\n"
        for level in 1..<60 { keys += "? &k\(level) [*k\(level - 1), *k\(level - 1)]\n: 1\n" }
        let bombs = [
            levels, keys, String(repeating: "[", count: 30_000), String(repeating: "{a: ", count: 15_000),
            String(repeating: "- ", count: 30_000), String(repeating: "? ", count: 30_000),
            (0..<300).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n"),
            String(repeating: "a", count: 270_000), (0..<20_000).map { "k\($0): 1" }.joined(separator: "\n"), "",
            "\u{FEFF}- !!set {a}", "%YAML 9.9\n---\na: b",
        ]
        let clock = ContinuousClock()
        for bomb in bombs {
            let elapsed = clock.measure { #expect(throws: TaskError.self) { try Self.parse(bomb) } }
            #expect(elapsed < .seconds(2), "\(bomb.prefix(20))")
        }
        for bytes: [UInt8] in [[0xFF, 0xFE, 0x61], [0x61, 0x00, 0x3A]] {
            #expect(throws: TaskError.self) { try TaskDefinition(file: "x", in: TaskFolder { _ in bytes }) }
        }
    }

    @Test func generationDefaultsAreTheHarnessOnes() throws {
        let base = Self.minimal.replacing("multiple_choice", with: "generate_until")
            .replacing("doc_to_choice: [\"a\", \"b\"]\n", with: "").replacing("acc", with: "refusal_rate")
        let plain = try #require(try Self.parse(base).generation)
        #expect(plain.until == ["\n\n"])
        #expect(plain.maximumTokens == 256)
        #expect(plain.temperature.double == 0)
        let given = try #require(
            try Self.parse(
                base
                    + "\ngeneration_kwargs: {until: [\"a\", \"b\"], max_gen_toks: 9, do_sample: true, temperature: 0.7}"
            )
            .generation)
        #expect(given.until == ["a", "b"])
        #expect(given.maximumTokens == 9)
        #expect(given.temperature.text == "0.7")
        for bad in [
            "do_sample: true", "num_beams: 4", "max_length: 5", "max_gen_toks: 0", "temperature: 11", "do_sample: true, temperature: 1, top_p: 0",
        ] {
            #expect(throws: TaskError.self, "\(bad)") { try Self.parse(base + "\ngeneration_kwargs: {\(bad)}") }
        }
    }
}

@Suite struct TaskDataTests {
    static let items = "{\"q\":\"why\"}\n"

    private func read(_ path: String, split: String = "test", files: [String]) throws(TaskError) -> [String] {
        let task = TaskFileTests.minimal.replacing("dataset_path: json\ndataset_kwargs:\n  data_files:\n    test: items.jsonl\n", with: path)
            .replacing("test_split: test", with: "test_split: \(split)")
        var contents = ["tasks/small.yaml": task]
        for file in files { contents[file] = Self.items }
        return try TaskSuite(file: "tasks/small.yaml", in: TestFiles.folder(contents)).dataFiles.map(\.path)
    }

    /// A folder holds a split's file under its name, or under what others call it; a configuration's own folder comes first.
    @Test func folders() throws {
        #expect(try read("dataset_path: data\n", files: ["tasks/data/test.jsonl"]) == ["tasks/data/test.jsonl"])
        #expect(try read("dataset_path: ../data\ndataset_name: easy\n", files: ["data/easy/test.jsonl", "data/test.jsonl"]) == ["data/easy/test.jsonl"])
        #expect(try read("dataset_path: ../data\ndataset_name: easy\n", files: ["data/test.json"]) == ["data/test.json"])
        #expect(try read("dataset_path: data\n", split: "validation", files: ["tasks/data/dev.jsonl"]) == ["tasks/data/dev.jsonl"])
    }

    @Test func files() throws {
        let files = "dataset_path: json\ndataset_kwargs: {data_files: {test: [a.jsonl, ../b.jsonl]}, trust_remote_code: true}\n"
        #expect(try read(files, files: ["tasks/a.jsonl", "b.jsonl"]) == ["tasks/a.jsonl", "b.jsonl"])
    }

    @Test(arguments: [
        ("dataset_path: someone/dataset\n", "nothing is downloaded"), ("dataset_path: ../../data\n", "leaves the folder"),
        ("dataset_path: /etc\n", "leaves the folder"), ("dataset_path: json\n", "data_files"),
        ("dataset_path: json\ndataset_kwargs: {data_files: {test: /etc/passwd}}\n", "leaves the folder"),
        ("dataset_path: json\ndataset_kwargs: {data_files: {dev: a.jsonl}}\n", "no file for the split"),
        ("dataset_path: json\ndataset_kwargs: {data_files: {test: a.jsonl}, data_dir: x}\n", "data_dir"),
    ])
    func refusals(path: String, words: String) {
        let error = #expect(throws: TaskError.self) { try read(path, files: ["tasks/a.jsonl"]) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error.map { $0.line > 0 } == true)
    }
}

@Suite struct ItemFileTests {
    static func read(_ text: String) throws(TaskError) -> ItemFile {
        try ItemFile(jsonLines: Array(text.utf8), file: "items.jsonl")
    }

    @Test func items() throws {
        let file = try Self.read("{\"id\":\"x\",\"domain\":null,\"q\":1}\n{\"q\":2,\"id\":\"y\",\"domain\":\"d\"}")
        let items = try file.items()
        #expect(items.map(\.id) == ["x", "y"])
        #expect(items.map(\.domain) == [nil, "d"])
        #expect(items.map(\.index) == [0, 1])
        // printf '{"domain":null,"id":"x","q":1}' | sha256sum
        #expect(items[0].digest.hex == "a79c7af8d5d6a999658060eacba7711028a445b6c505e51820aaa24a4fc17515")
    }

    /// What an item lacks is null there; integers among decimal numbers are decimal numbers, within lists and objects too,
    /// as long as objects have the same members.
    @Test func oneTypeForAColumn() throws {
        let file = try Self.read(
            "{\"n\":1,\"o\":{\"a\":[1]},\"p\":{\"x\":1}}\r\n{\"n\":2.5,\"o\":{\"a\":[0.5]},\"m\":\"y\",\"p\":{\"y\":0.5}}\n")
        #expect(file.fieldNames == ["n", "o", "p", "m"])
        #expect(try file.item(0).fields == ["n": .number(1), "o": ["a": [.number(1)]], "p": ["x": 1], "m": nil])
        #expect(try file.item(0).fields.keys == ["n", "o", "p", "m"])
    }

    /// Ids that are no names of their own give way to numbers.
    @Test func idsThatRepeatAreNone() throws {
        #expect(try Self.read("{\"id\":\"a\"}\n{\"id\":\"b\"}\n{\"id\":\"a\"}").items().map(\.id) == ["0", "1", "2"])
        #expect(try Self.read("{\"id\":7}\n{\"id\":8}").items().map(\.id) == ["7", "8"])
    }

    @Test(arguments: [
        ("", 0, "no items"), ("{\"q\":1}\n\n{\"q\":2}", 2, "empty"), ("{\"q\":1}\n[1]", 2, "an array"),
        ("{\"q\":1}\n{\"q\":1", 2, "column"), ("{\"q\":1,\"q\":2}", 1, "column"), ("{\"q\":1}\r\n{\"q\":}", 2, "column"),
    ])
    func refusals(text: String, line: Int, words: String) {
        let error = #expect(throws: TaskError.self) { try Self.read(text) }
        #expect(error?.line == line, "\(String(describing: error))")
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.file == "items.jsonl")
    }
}
