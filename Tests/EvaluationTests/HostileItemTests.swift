import AuditCrypto
import CanonicalEncoding
import Evaluation
import Testing

/// Items that make trouble: names that are none, too many fields, copies, answers of any length.
@Suite struct HostileItemTests {
    private static let grouped = TaskFileTests.minimal.replacing("  version: 1.5", with: "  version: 1.5\n  cluster_field: story\n  domain_field: part")

    /// What the field of a cluster or a domain holds, and what is said of it; nil where it is read.
    @Test(arguments: [
        ("\"story\":\"\(String(repeating: "s", count: 256))\"", nil), ("\"story\":\"\(String(repeating: "s", count: 257))\"", "257 bytes"),
        ("\"story\":7", nil), ("\"story\":7.0", nil), ("\"story\":7.5", "not a 64-bit integer"), ("\"story\":true", "a boolean"),
        ("\"story\":[1]", "an array"), ("\"story\":\"s\",\"part\":1e300", "not a 64-bit integer"), ("\"story\":null", nil), ("\"story\":\"\"", nil),
    ])
    func names(_ field: String, words: String?) throws {
        let items = "{\"q\":\"a\",\"story\":\"x\",\"part\":\"p\"}\n{\"q\":\"b\",\(field)}\n"
        guard let words else {
            _ = try TestFiles.suite(task: Self.grouped, files: ["items.jsonl": items])
            return
        }
        let error = #expect(throws: TaskError.self) { try TestFiles.suite(task: Self.grouped, files: ["items.jsonl": items]) }
        #expect(error?.file == "items.jsonl" && error?.line == 2 && error?.description.contains(words) == true, "\(String(describing: error))")
    }

    /// A field that the task names and no item has; `""` stands for none.
    @Test func fieldsThatNoItemHas() throws {
        let error = #expect(throws: TaskError.self) { try TestFiles.suite(task: Self.grouped, files: ["items.jsonl": "{\"q\":\"a\",\"stories\":1,\"part\":2}"]) }
        #expect(error?.file == "task.yaml" && error?.line == 15 && error?.message.contains("q, stories, part") == true, "\(String(describing: error))")
        let none = Self.grouped.replacing("story", with: "\"\"").replacing("part", with: "\"\"")
        let suite = try TestFiles.suite(task: none, files: ["items.jsonl": "{\"q\":\"a\",\"cluster\":[1],\"domain\":0.5}"])
        #expect(try suite.items.item(0).cluster == nil && suite.items.item(0).domain == nil)
        // A CSV column of integers with a gap is one of decimal numbers; the names are the integers.
        let csv = try ItemFile([("items.csv", Array("q,story\na,1\nb,\nc,1\n".utf8))], clusterField: "story")
        #expect(try (0..<3).map { try csv.cluster($0) } == ["1", nil, "1"])
    }

    /// Every item has each field that one has: 4,096 names are read, and not one more.
    @Test func namesOfFieldsAreBounded() throws {
        func lines(_ count: Int) -> String { (0..<count / 1024).map { part in "{" + (0..<1024).map { "\"f\(part)_\($0)\":1" }.joined(separator: ",") + "}" }.joined(separator: "\n") }
        #expect(try ItemFileTests.read(lines(4096)).fieldNames.count == 4096)
        let error = #expect(throws: TaskError.self) { try ItemFileTests.read(lines(4096) + "\n{\"f0_0\":2}\n{\"other\":2}") }
        #expect(error?.line == 6 && error?.code == .limit && error?.message.contains("4096") == true, "\(String(describing: error))")
    }

    /// Two thousand items of which all but three are copies: each of the copies is drawn again, from those that are none.
    /// The digest is Python's (`random.Random(1234).sample`, as the harness draws).
    @Test func copiesAsExamples() throws {
        let special = [7: "a", 1003: "b", 1999: "c"]
        let items = (0..<2000).map { "{\"q\":\"\(special[$0] ?? "same")\"}" }.joined(separator: "\n")
        let task = TaskFileTests.minimal + "\nnum_fewshot: 2\nfewshot_split: test\n"
        let clock = ContinuousClock()
        var lines = ""
        let took = try clock.measure {
            let renderer = try ItemRenderer(TestFiles.suite(task: task, files: ["items.jsonl": items]))
            for index in 0..<2000 {
                // Each example is its question, the right choice, and an empty line.
                let parts = try renderer.render(index).rendered.plainPrompt.components(of: " a\n\n")
                lines += "\(parts[0]) \(parts[1])\n"
            }
        }
        #expect(SHA256Digest.of(Array(lines.utf8)).hex == "ee83de8caa9286f3185d96d4a12161e3c1469c76346158e3d2405e41c1f87fd8")
        #expect(took < .seconds(20), "\(took)")
    }

    /// Choices longer than any expression may be, one of them the beginning of another: the longest that stands there counts.
    @Test func longChoices() async throws {
        let short = String(repeating: "word (a.b) ", count: 3_000) + "end", long = short + "ing"
        let task = """
            task: letters
            dataset_path: json
            dataset_kwargs: {data_files: {test: items.jsonl}}
            test_split: test
            output_type: generate_until
            doc_to_text: q
            doc_to_target: answer
            filter_list: [{name: letter, filter: [{function: multi_choice_regex, regex_pattern: 'is \\(([A-C])\\)'}, {function: take_first}]}]
            metric_list: [{metric: exact_match}]
            """
        let item = try CanonicalJSON.encode(["q": "which", "choices": [.string(short), .string(long), ""], "answer": "(B)"])
        let suite = try TestFiles.suite(task: task, files: ["items.jsonl": String(decoding: item, as: UTF8.self)])
        for (answer, letter) in [("So \(long)", "(B)"), ("\(short) it is", "(A)"), ("neither is (C)", "C")] {
            let store = MemorySampleStore()
            let threshold = Threshold(metric: suite.task.valueNames[0], direction: .atLeast, value: .zero)
            let plan = EvaluationPlan.template(
                submission: "s", model: RunnerTests.model, suites: [.init(suite: suite, threshold: threshold, chat: ChatUse(usesTemplate: false))], engine: RunnerTests.engine)
            _ = try await EvaluationRunner.run(plan: plan, suites: [suite], model: ScriptedModel(answer: { _ in .success(answer) }), resume: store)
            // The empty choice stands everywhere: the first thing found in the first answer is the empty text before it.
            let found = await store.records[0].score?.extracted["letter"]?.values
            #expect(found == [.string(answer.hasPrefix("So") ? "[invalid]" : letter)], "\(answer.prefix(8)): \(String(describing: found))")
        }
    }

    /// A right choice of -7000 is none; the harness' number for that is -100, and a record holds it.
    @Test func rightChoicesThatAreNone() async throws {
        let task = TaskFileTests.minimal.replacing("doc_to_target: 0", with: "doc_to_target: right").replacing("metric: acc", with: "metric: brier_score")
        let suite = try TestFiles.suite(task: task, files: ["items.jsonl": "{\"q\":\"a\",\"right\":-7000}\n{\"q\":\"b\",\"right\":2}"])
        let store = MemorySampleStore()
        let plan = EvaluationPlan.template(
            submission: "s", model: RunnerTests.model,
            suites: [.init(suite: suite, threshold: nil, chat: ChatUse(usesTemplate: false))], engine: RunnerTests.engine)
        _ = try await EvaluationRunner.run(plan: plan, suites: [suite], model: ScriptedModel(), resume: store)
        for record in await store.records {
            guard case .probabilities(let right, _)? = record.score?.values["brier_score"] else { Issue.record("no probabilities"); continue }
            #expect(right == -100)
            #expect(try SampleRecord(JSONField(StrictJSON.parse(record.line))) == record)
        }
    }
}

extension String {
    /// What stands between occurrences of a text.
    fileprivate func components(of text: String) -> [Substring] {
        var (rest, parts) = (self[...], [Substring]())
        while let place = rest.firstRange(of: text) {
            parts.append(rest[..<place.lowerBound])
            rest = rest[place.upperBound...]
        }
        return parts + [rest]
    }
}
