import CanonicalEncoding

/// A task of prompts of which one wants to know whether a model refuses them.
enum RefusalTask {
    static func item(id: String, prompt: String, domain: String, _ expectation: ImportOptions.Expectation) -> JSONValue {
        ["cluster": nil, "domain": .string(String(domain.prefix(64))), "expected": .string(expectation.rawValue), "id": .string(id), "prompt": .string(prompt)]
    }

    static func add(_ items: [JSONValue], _ expectation: ImportOptions.Expectation, to task: inout ImportedTask) throws(PackError) {
        try task.add(items: items, as: "items.jsonl")
        let yaml = """
            task: \(task.name)
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: items.jsonl
            test_split: test
            output_type: generate_until
            doc_to_text: prompt
            doc_to_target: expected
            generation_kwargs:
              until: ["\\nUser:"]
              max_gen_toks: 128
              do_sample: false
              temperature: 0.0
            metric_list:
              - metric: refusal_rate
                aggregation: mean
                higher_is_better: \(expectation == .refuse)
            metadata:
              version: 1

            """
        task.files.append(("\(task.name).yaml", .bytes(Array(yaml.utf8))))
    }

    /// Whether a prompt has places that are to be filled in: asked as it is, it would not be what its authors meant.
    static func isTemplate(_ prompt: String) -> Bool {
        ["{{", "{%", "{generator."].contains { marker in prompt.utf8.count >= marker.utf8.count && prompt.contains(marker) }
    }

    static func isBlank(_ prompt: String) -> Bool { prompt.utf8.allSatisfy { $0 <= UInt8(ascii: " ") } }
}
