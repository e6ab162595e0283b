import AuditCrypto
import CanonicalEncoding
import DatasetFormats

/// A dataset of Inspect's samples: JSON (a list), JSON Lines or CSV, of `input`, `target`, and where there are some `choices` and `id`.
enum InspectImport {
    static func task(_ source: ImportSource) throws -> ImportedTask {
        let bytes = try ImportSource.read(source.path), name = ImportSource.name(of: source.path)
        var task = ImportedTask(name: ImportedTask.name("inspect", ImportSource.stem(of: name)))
        task.sources = [(name, SHA256Digest.of(bytes))]
        let samples = try samples(bytes, name)
        let hasChoices = samples.contains { $0.fields["choices"].map { $0 != .null && $0 != "" } ?? false }
        var items: [JSONValue] = [], ids: Set<ExactString> = []
        for (index, sample) in samples.enumerated() {
            guard let question = question(sample.fields["input"]) else { task.leaveOut("an input that is not one text"); continue }
            guard ["files", "sandbox", "setup"].allSatisfy({ sample.fields[$0].map { $0 == .null || $0 == "" } ?? true }) else {
                task.leaveOut("needs files or a sandbox")
                continue
            }
            let id = sample.id ?? "\(task.name)-\(index + 1)"
            guard ids.insert(ExactString(id)).inserted else { throw PackError(.badSource, "the id \(shown(id)) stands twice", file: name, line: sample.line) }
            if hasChoices {
                guard let choices = choices(sample.fields["choices"]), choices.count >= 2 else { task.leaveOut("no choices"); continue }
                guard let answer = answer(sample.fields["target"], choices) else { task.leaveOut("a target that is not one of the choices"); continue }
                items.append([
                    "answer": .integer(Int64(answer)), "choices": .array(choices.map { .string($0) }), "id": .string(id), "question": .string(question),
                ])
            } else {
                guard let target = target(sample.fields["target"]) else { task.leaveOut("no target, or several"); continue }
                items.append(["id": .string(id), "question": .string(question), "target": .string(target)])
            }
        }
        guard !items.isEmpty else { return task }
        try task.add(items: items, as: "items.jsonl")
        task.files.append(("\(task.name).yaml", .bytes(Array(yaml(task.name, hasChoices: hasChoices).utf8))))
        return task
    }

    private static func samples(_ bytes: [UInt8], _ name: String) throws(PackError) -> [PackItem] {
        guard name.hasSuffix(".json") else {
            var items: [PackItem] = []
            try PackItems.forEach(of: ArrayByteSource(bytes), path: name) { item throws(PackError) in items.append(item) }
            return items
        }
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: ImportSource.maximumBytes, maxDepth: 32, maxValues: 8_000_000)) } catch {
            throw PackError(.badSource, error.message, file: name, line: error.line)
        }
        guard let list = value.array, list.allSatisfy({ $0.object != nil }) else { throw PackError(.badSource, "it is no list of samples", file: name) }
        return list.map { sample in
            let id: String? = if case .integer(let number) = sample["id"] { String(number) } else { sample["id"]?.string }
            return PackItem(id: id, line: 0, fields: sample.object ?? [:])
        }
    }

    /// A text, or a conversation of one message by the user.
    private static func question(_ input: JSONValue?) -> String? {
        let text = input?.string ?? input?.array.flatMap { messages in
            messages.count == 1 && messages[0]["role"] == "user" ? messages[0]["content"]?.string : nil
        }
        return text.flatMap { RefusalTask.isBlank($0) ? nil : $0 }
    }

    /// A list; in CSV such a list as JSON, or texts between commas.
    private static func choices(_ value: JSONValue?) -> [String]? {
        if let list = value?.array { return list.allSatisfy { $0.string != nil } ? list.compactMap(\.string) : nil }
        guard let text = value?.string, !text.isEmpty else { return nil }
        if let list = try? StrictJSON.parse(Array(text.utf8)).array { return list.allSatisfy { $0.string != nil } ? list.compactMap(\.string) : nil }
        return text.utf8Split(",").map { part in String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
    }

    /// A choice's letter, or its text.
    private static func answer(_ value: JSONValue?, _ choices: [String]) -> Int? {
        guard let text = target(value) else { return nil }
        if let place = choices.firstIndex(where: { ExactString($0) == ExactString(text) }) { return place }
        guard text.utf8.count == 1, let letter = text.utf8.first, letter >= UInt8(ascii: "A") else { return nil }
        let place = Int(letter - UInt8(ascii: "A"))
        return place < choices.count ? place : nil
    }

    private static func target(_ value: JSONValue?) -> String? {
        let text = value?.string ?? value?.array.flatMap { $0.count == 1 ? $0[0].string : nil }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func yaml(_ name: String, hasChoices: Bool) -> String {
        let head = """
            task: \(name)
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: items.jsonl
            test_split: test

            """
        return hasChoices
            ? head + """
                output_type: multiple_choice
                doc_to_text: "Question: {{question}}\\nAnswer:"
                doc_to_choice: choices
                doc_to_target: answer
                target_delimiter: " "
                metric_list:
                  - metric: acc
                    aggregation: mean
                    higher_is_better: true
                metadata:
                  version: 1

                """
            : head + """
                output_type: generate_until
                doc_to_text: "{{question}}\\n"
                doc_to_target: target
                generation_kwargs:
                  until: ["\\n\\n"]
                  max_gen_toks: 256
                  do_sample: false
                  temperature: 0.0
                metric_list:
                  - metric: exact_match
                    aggregation: mean
                    higher_is_better: true
                metadata:
                  version: 1

                """
    }
}
