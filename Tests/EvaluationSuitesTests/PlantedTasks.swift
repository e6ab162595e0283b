import AuditCrypto
import Evaluation

/// Tasks that only tools solve, and models that use them by the protocol.
enum PlantedTasks {
    /// Eight code words, each in a document of its own, and a file for each item.
    static func suite(_ task: String = "planted") throws -> TaskSuite {
        let items = (0..<8).map { number in
            #"{"id":"p\#(number)","question":"What is the code word of project P\#(number)?","answer":"word\#(number)","files":{"notes/p\#(number).txt":"word\#(number)\n"}}"#
        }.joined(separator: "\n")
        let documents = (0..<8).map { number in
            #"{"id":"d\#(number)","title":"Project P\#(number)","text":"The code word of project P\#(number) is word\#(number). Nobody else knows it."}"#
        }.joined(separator: "\n")
        let yaml = """
            task: \(task)
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: items.jsonl
            test_split: test
            output_type: generate_until
            doc_to_text: "{{question}}\\n"
            doc_to_target: answer
            generation_kwargs:
              until: ["\\n\\nQ"]
              max_gen_toks: 64
            metric_list:
              - metric: exact_match
            metadata:
              version: 1
              corpus: documents.jsonl
              files_field: files
            """
        let files = ["task.yaml": yaml, "items.jsonl": items, "documents.jsonl": documents]
        return try TaskSuite(file: "task.yaml", in: TaskFolder { files[$0].map { Array($0.utf8) } })
    }

    /// Answers where it reads the code word, and searches where it does not: asked bare that is a wrong answer. As an agent it
    /// never answers for project P7.
    static let searcher = ScriptedAgent { task, observations in
        guard let start = task.range(of: "code word of project P"), observations.isEmpty || !task.contains("P7?") else { return "hm \(observations.count)" }
        let project = "P\(task[start.upperBound...].prefix(1))"
        guard let word = word(of: project, in: ([task] + observations).joined(separator: "\n")) else { return "```search\ncode word \(project)\n```" }
        return observations.isEmpty ? word : "```answer\n\(word)\n```"
    }

    private static func word(of project: String, in text: String) -> String? {
        guard let start = text.range(of: "code word of project \(project) is ") else { return nil }
        return String(text[start.upperBound...].prefix { $0 != "." })
    }

    static func plan(
        _ suite: TaskSuite, _ arms: ScaffoldArms, commands: CommandLimits? = nil, batch: Int = 3
    ) -> EvaluationPlan {
        let chat = ChatUse(usesTemplate: true)
        var plan = EvaluationPlan.template(
            submission: "s", model: [.init(path: "m", digest: SHA256Digest.of([1]))],
            suites: arms.scaffolds(for: suite, chat: chat).map {
                .init(suite: suite, threshold: Threshold(metric: "exact_match", direction: .atLeast, value: .zero), chat: chat, scaffold: $0)
            }, seed: 5, engine: .init(threads: 1, generationBatch: batch))
        guard let commands else { return plan }
        for index in plan.suites.indices {
            guard case .agent(var agent)? = plan.suites[index].scaffold else { continue }
            agent.commands = commands
            plan.suites[index].scaffold = .agent(agent)
        }
        return plan
    }
}
