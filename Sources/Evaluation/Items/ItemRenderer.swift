import CanonicalEncoding
import PromptTemplates

/// Puts a suite's items into words, with the semantics of lm-evaluation-harness's `ConfigurableTask` (0.4.13): a field's
/// name stands for the field; anything else is a Jinja template with the item's fields as variables, undefined variables
/// are errors, and a final newline is kept.
package struct ItemRenderer: Sendable {
    private let task: TaskDefinition
    private let items: ItemFile
    private let wording: ItemWording
    private let exampleWording: ItemWording?
    private let pool: [JSONObject]?
    private let poolFile: ItemFile?
    /// Each item's examples, by their numbers in the pool, one item after another.
    private let picks: [UInt32]
    private let shots: Int
    /// As the first item has them: the harness takes them for all.
    private let hasManyInputs: Bool
    private let hasManyTargets: Bool

    /// - Parameter shots: how many examples; nil for the task's own number.
    /// - Throws: `TaskError` where a template cannot be read, or the pool has too few items.
    package init(_ suite: TaskSuite, shots: Int? = nil) throws(TaskError) {
        let task = suite.task, items = suite.items
        self.task = task
        self.items = items
        let features = Set(items.fieldNames.map(ExactString.init))
        wording = try ItemWording(task.wording, description: task.description, features: features, file: task.file)
        let count = shots ?? task.fewShot?.count ?? 0
        self.shots = count

        let first = try items.item(0)
        let opening = try wording.text(first)
        hasManyInputs = task.wording.choices != nil && opening.integer != nil
        hasManyTargets = try wording.target(first).array?.isEmpty == false

        guard count > 0 else {
            (pool, poolFile, picks, exampleWording) = (nil, nil, [], nil)
            return
        }
        guard let fewShot = task.fewShot else {
            throw TaskError(.invalid, "\(count) examples are asked for, and the task has no split to take them from", file: task.file)
        }
        exampleWording = try ItemWording(fewShot.wording, description: nil, features: features, file: task.file)
        switch fewShot.pool {
        case .samples(let samples): (pool, poolFile) = (samples, nil)
        case .split(let name):
            guard let split = suite.split(named: name) else {
                throw TaskError(.file, "the split \"\(name)\", from which examples are taken, has no file here", file: task.file, line: fewShot.line)
            }
            (pool, poolFile) = (nil, split.data)
        }
        picks = try Self.picks(fewShot, count: count, items: items, pool: pool, poolFile: poolFile, task: task)
    }

    private static func picks(
        _ fewShot: TaskDefinition.FewShot, count: Int, items: ItemFile, pool: [JSONObject]?, poolFile: ItemFile?, task: TaskDefinition
    ) throws(TaskError) -> [UInt32] {
        let size = pool?.count ?? poolFile?.count ?? 0
        var sampler = FewShotSampler(count: count, sampler: fewShot.sampler, size: size) { index throws(TaskError) in
            if let pool { return pool[index] }
            return try poolFile?.fields(index) ?? [:]
        }
        var picks: [UInt32] = []
        for index in 0..<items.count {
            let own = fewShot.excludesItem ? try items.fields(index) : nil
            guard let chosen = try sampler.next(excluding: own) else {
                throw TaskError(
                    .invalid, "\(count) examples are asked for, and \(size) items, the one that is asked not among them, are too few",
                    file: task.file, line: fewShot.line)
            }
            // The first ones are the same for every item, unless an item is one of them.
            if fewShot.sampler == .first, !fewShot.excludesItem { return chosen.map(UInt32.init) }
            picks += chosen.map(UInt32.init)
        }
        return picks
    }

    /// The item of that number, and how it is put.
    package func render(_ index: Int) throws(TaskError) -> (item: EvaluationItem, rendered: RenderedItem) {
        let item = try items.item(index)
        var messages: [PromptMessage] = []
        let description = try wording.description(item)
        if !description.isEmpty { messages.append(PromptMessage(.system, description)) }
        messages += try examples(index)

        let question = try wording.text(item), choices = try wording.choices(item), target = try wording.target(item)
        let prefix = try wording.prefix(item)
        if hasManyInputs {
            let contexts = choices.map { choice in
                messages + .turn(question: choice, answer: nil, prefix: prefix, targetDelimiter: "", delimiter: "")
            }
            return (item, RenderedItem(
                requests: .inputs(contexts, try wording.continuation(target, item)), choices: choices,
                right: try right(question, choices, item), target: target))
        }
        if task.outputType == .loglikelihoodRolling {
            let text = try wording.continuation(target, item)
            return (item, RenderedItem(requests: .rolling(text), choices: [], right: .text(text), target: target))
        }
        messages += .turn(
            question: try wording.string(question, "doc_to_text", item), answer: nil, prefix: prefix,
            targetDelimiter: task.wording.targetDelimiter, delimiter: "")
        switch task.outputType {
        case .multipleChoice:
            return (item, RenderedItem(
                requests: .choices(messages, choices), choices: choices, right: try right(target, choices, item), target: target))
        case .loglikelihood:
            let text = try wording.continuation(target, item)
            return (item, RenderedItem(requests: .continuation(messages, text), choices: choices, right: .text(text), target: target))
        case .generateUntil, .loglikelihoodRolling:
            return (item, RenderedItem(
                requests: .generation(messages), choices: choices, right: try written(target, choices, item), target: target))
        }
    }

    private func examples(_ index: Int) throws(TaskError) -> [PromptMessage] {
        guard shots > 0, let exampleWording, let fewShot = task.fewShot else { return [] }
        let start = picks.count == shots ? 0 : index * shots
        var messages: [PromptMessage] = []
        for pick in picks[start..<start + shots] {
            let example: EvaluationItem
            if let pool {
                example = ItemRenderer.written(pool[Int(pick)], index: Int(pick), task: task)
            } else if let poolFile {
                example = try poolFile.item(Int(pick))
            } else {
                continue
            }
            messages += try exampleWording.example(example, hasManyInputs: hasManyInputs, delimiter: fewShot.delimiter)
        }
        return messages
    }

    /// An example that stands in the task file, as an item.
    private static func written(_ fields: JSONObject, index: Int, task: TaskDefinition) -> EvaluationItem {
        EvaluationItem(
            id: "example \(index)", index: index, domain: nil, cluster: nil, fields: fields, file: task.file,
            line: task.fewShot?.line ?? 0, digest: .of([]))
    }

    // MARK: Right answers

    private func right(_ gold: JSONValue, _ choices: [String], _ item: EvaluationItem) throws(TaskError) -> RenderedItem.Right {
        func number(_ value: JSONValue) -> Int? {
            switch value {
            case .integer(let integer): Int(exactly: integer)
            case .bool(let bool): bool ? 1 : 0
            case .number(let number): Int(exactly: number)
            default: nil
            }
        }
        switch gold {
        case .array where !hasManyTargets:
            // The harness compares all items as it compares the first, and ends at such a one.
            throw wording.failure("a list of right choices, and the first item has none; give all items a list", item)
        case _ where hasManyTargets && gold.array == nil:
            throw wording.failure("no list of right choices, and the first item has one; give all items a list", item)
        case .array(let elements):
            var numbers: [Int] = []
            for element in elements {
                guard let number = number(element) else {
                    throw wording.failure("a list of right choices must hold their numbers, not \(element.kind)", item)
                }
                numbers.append(number)
            }
            return .anyOf(numbers)
        case .string(let text):
            return .choices(choices.firstIndex { ExactString($0) == ExactString(text) }.map { [$0] } ?? [])
        default:
            guard let number = number(gold) else { throw wording.failure("the right choice must be its number or its text, not \(gold.kind)", item) }
            return .choices([number])
        }
    }

    private func written(_ gold: JSONValue, _ choices: [String], _ item: EvaluationItem) throws(TaskError) -> RenderedItem.Right {
        if task.wording.choices != nil {
            guard let integer = gold.integer ?? gold.bool.map({ $0 ? 1 : 0 }), let number = Int(exactly: integer), choices.indices.contains(number) else {
                throw wording.failure("with \"doc_to_choice\", \"doc_to_target\" must give the number of one of \(choices.count) choices", item)
            }
            return .text(choices[number])
        }
        guard hasManyTargets else { return .text(try wording.pythonText(gold, item)) }
        guard let elements = gold.array else {
            // The harness would take the text's letters for right answers.
            throw wording.failure("no list of right texts, and the first item has one; give all items a list", item)
        }
        var texts: [String] = []
        for element in elements { texts.append(try wording.pythonText(element, item)) }
        return .texts(texts)
    }
}
