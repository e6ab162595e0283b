import CanonicalEncoding
import PromptTemplates

/// A task's fields and templates, ready to be filled in.
struct ItemWording: Sendable {
    private let wording: TaskDefinition.Wording
    private let descriptionField: TaskDefinition.TextField?
    /// The names of the fields of the items that are asked. Where an example lacks one, that is an error.
    private let features: Set<ExactString>
    private let templates: [ExactString: Template]
    private let file: String

    private static let text = Result { () throws(TemplateError) in try Template("{{ value }}", options: .task) }

    init(
        _ wording: TaskDefinition.Wording, description: TaskDefinition.TextField?, features: Set<ExactString>, file: String
    ) throws(TaskError) {
        self.wording = wording
        descriptionField = description
        self.features = features
        self.file = file
        var fields = [wording.text]
        if let description { fields.append(description) }
        if let prefix = wording.prefix { fields.append(prefix) }
        if case .field(let choices) = wording.choices { fields.append(choices) }
        if case .field(let target) = wording.target { fields.append(target) }
        var templates: [ExactString: Template] = [:]
        for field in fields where !features.contains(ExactString(field.source)) {
            do {
                templates[ExactString(field.source)] = try Template(field.source, options: .task)
            } catch {
                throw TaskError(.template, "\(error)", file: field.file, line: field.line)
            }
        }
        self.templates = templates
    }

    // MARK: The fields

    func description(_ item: EvaluationItem) throws(TaskError) -> String {
        guard let field = descriptionField else { return "" }
        return try string(value(field, item), "description", item)
    }

    func prefix(_ item: EvaluationItem) throws(TaskError) -> String? {
        guard let field = wording.prefix else { return nil }
        let value = try value(field, item)
        return value == .null ? nil : try string(value, "gen_prefix", item)
    }

    /// The question; digits are the number of a choice where the task has choices.
    func text(_ item: EvaluationItem) throws(TaskError) -> JSONValue {
        let value = try value(wording.text, item)
        guard wording.choices != nil, !isField(wording.text), let digits = try digits(value, item) else { return value }
        return .integer(digits)
    }

    func choices(_ item: EvaluationItem) throws(TaskError) -> [String] {
        let value: JSONValue
        switch wording.choices {
        case nil: return []
        case .fixed(let fixed): return fixed
        case .field(let field):
            let raw = try self.value(field, item)
            if isField(field) {
                value = raw
            } else {
                guard let literal = raw.string.flatMap(PythonLiteral.value) else {
                    throw TaskError(
                        .template, "item \"\(item.id)\": \"doc_to_choice\" did not give a list of strings as Python writes one", file: field.file,
                        line: field.line)
                }
                value = literal
            }
        }
        guard let strings = value.array?.map(\.string), (1...1024).contains(strings.count), strings.allSatisfy({ $0 != nil }) else {
            throw failure("\"doc_to_choice\" must give a list of 1 to 1024 strings, not \(value.array == nil ? value.kind : "this list")", item)
        }
        let choices = strings.compactMap { $0 }
        // The harness divides by the choices' lengths.
        guard choices.allSatisfy({ !$0.isEmpty }) else { throw failure("a choice is empty", item) }
        return choices
    }

    func target(_ item: EvaluationItem) throws(TaskError) -> JSONValue {
        switch wording.target {
        case .value(let value): return value
        case .field(let field):
            let value = try value(field, item)
            guard !isField(field), let text = value.string else { return value }
            if wording.choices != nil, let digits = try digits(value, item) { return .integer(digits) }
            if text.utf8.count >= 2, text.utf8.first == UInt8(ascii: "["), text.utf8.last == UInt8(ascii: "]") {
                return PythonLiteral.value(text) ?? value
            }
            return value
        }
    }

    /// A target as the text that may follow a prompt.
    func continuation(_ target: JSONValue, _ item: EvaluationItem) throws(TaskError) -> String {
        try string(target, "doc_to_target", item)
    }

    /// A solved example.
    func example(_ item: EvaluationItem, hasManyInputs: Bool, delimiter: String) throws(TaskError) -> [PromptMessage] {
        var question = try text(item)
        var choices = try choices(item)
        let target = try target(item)
        if hasManyInputs {
            guard let number = question.integer.flatMap({ Int(exactly: $0) }), choices.indices.contains(number) else {
                throw failure("\"doc_to_text\" must give the number of a choice", item)
            }
            question = .string(choices[number])
            choices = []
        }
        let answer: JSONValue
        if let number = (target.integer ?? target.bool.map { $0 ? 1 : 0 }).flatMap({ Int(exactly: $0) }), !choices.isEmpty {
            guard choices.indices.contains(number) else {
                throw failure("the target is choice \(number) of 0...\(choices.count - 1)", item)
            }
            answer = .string(choices[number])
        } else if let list = target.array {
            guard let first = list.first else { throw failure("an example has an empty list of answers", item) }
            answer = first
        } else {
            answer = target
        }
        return .turn(
            question: try string(question, "doc_to_text", item), answer: answer == .null ? nil : try string(answer, "doc_to_target", item),
            prefix: try prefix(item), targetDelimiter: wording.targetDelimiter, delimiter: delimiter)
    }

    // MARK: Values

    /// `str(value)` in Python.
    func pythonText(_ value: JSONValue, _ item: EvaluationItem) throws(TaskError) -> String {
        if let text = value.string { return text }
        do {
            return try Self.text.get().render(["value": value])
        } catch {
            throw failure("\(error)", item)
        }
    }

    func string(_ value: JSONValue, _ key: String, _ item: EvaluationItem) throws(TaskError) -> String {
        guard let text = value.string else { throw failure("\"\(key)\" must give a string, not \(value.kind)", item) }
        return text
    }

    private func isField(_ field: TaskDefinition.TextField) -> Bool { features.contains(ExactString(field.source)) }

    private func value(_ field: TaskDefinition.TextField, _ item: EvaluationItem) throws(TaskError) -> JSONValue {
        if isField(field) {
            guard let value = item.fields[field.source] else { throw failure("there is no field \"\(field.source)\"", item) }
            return value
        }
        guard let template = templates[ExactString(field.source)] else {
            throw TaskError(.template, "the template was not read", file: field.file, line: field.line)
        }
        do {
            return .string(try template.render(item.fields))
        } catch {
            throw TaskError(
                .template, "item \"\(item.id)\" (\(item.file), line \(item.line)): \(error)", file: field.file, line: field.line)
        }
    }

    /// The number that a text of nothing but digits is.
    private func digits(_ value: JSONValue, _ item: EvaluationItem) throws(TaskError) -> Int64? {
        guard let text = value.string, !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        guard let integer = Int64(text), String(integer) == text else {
            throw failure("\"\(text.prefix(32))\" has digits only, which the harness reads as a number, and Python takes no such number", item)
        }
        return integer
    }

    func failure(_ message: String, _ item: EvaluationItem) -> TaskError {
        TaskError(.invalid, message, file: item.file, line: item.line)
    }
}
