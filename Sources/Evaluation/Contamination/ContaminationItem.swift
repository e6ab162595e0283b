import CanonicalEncoding

/// An item as a training set would have it: one text; and where it shows its choices, these apart, so that they can be put in
/// another order.
package struct ContaminationItem: Hashable, Sendable {
    package let id: String
    package let cluster: String?
    package let text: String
    /// What stands before the first choice, and between each two; nothing that follows the last. Empty where there are none.
    let between: [String]
    let choices: [String]

    package static let maximumChoices = 12

    /// - Parameters:
    ///   - asked: the part of `text` in which choices are looked for: the question, without the answer, which would tell the
    ///     author's order from another one without any training.
    ///   - lists: what may be the choices; of the lists that stand in it in order, the longest counts.
    package init(id: String, cluster: String?, text: String, asked: String? = nil, lists: [[String]] = []) {
        (self.id, self.cluster, self.text) = (id, cluster, text)
        let question = Array((asked ?? text).utf8)
        var best: (between: [String], choices: [String], bytes: Int) = ([], [], 0)
        for list in lists where (2...Self.maximumChoices).contains(list.count) && Set(list.map(ExactString.init)).count == list.count {
            let bytes = list.reduce(0) { $0 + $1.utf8.count }
            guard bytes > best.bytes, let between = Self.between(list, in: question) else { continue }
            best = (between, list, bytes)
        }
        (between, choices) = (best.between, best.choices)
    }

    /// The pieces before each entry of a list, where all stand in a text one after another; nil where they do not.
    private static func between(_ list: [String], in text: [UInt8]) -> [String]? {
        var (pieces, start) = ([String](), 0)
        for entry in list {
            let wanted = Array(entry.utf8)
            guard !wanted.isEmpty, let place = first(wanted, in: text, from: start) else { return nil }
            pieces.append(String(decoding: text[start..<place], as: UTF8.self))
            start = place + wanted.count
        }
        return pieces
    }

    private static func first(_ wanted: [UInt8], in text: [UInt8], from start: Int) -> Int? {
        guard wanted.count <= text.count else { return nil }
        return (start..<max(start, text.count - wanted.count + 1)).first { text[$0] == wanted[0] && text[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }

    /// The question down to its last choice, with choices in this order.
    func question(_ order: [Int]) -> String {
        zip(between, order).reduce(into: "") { $0 += $1.0 + choices[$1.1] }
    }

    /// Every list of texts in an item's fields, also one level down.
    package static func lists(in fields: JSONObject) -> [[String]] {
        var lists: [[String]] = []
        func look(_ value: JSONValue, depth: Int) {
            switch value {
            case .array(let elements):
                let texts = elements.compactMap(\.string)
                if texts.count == elements.count { lists.append(texts) }
            case .object(let object) where depth > 0:
                for key in object.keys { if let value = object[key] { look(value, depth: depth - 1) } }
            default: break
            }
        }
        look(.object(fields), depth: 2)
        return lists
    }
}

extension ContaminationItem {
    /// Items of a task in words: what is asked, without examples, and the right answer after it.
    package static func items(of suite: TaskSuite, limit: Int) throws(TaskError) -> [ContaminationItem] {
        let renderer = try ItemRenderer(suite, shots: 0)
        var items: [ContaminationItem] = []
        for index in 0..<min(limit, suite.items.count) {
            let (item, rendered) = try renderer.render(index)
            let asked = rendered.question ?? rendered.plainPrompt
            let text = rendered.wholeText(asked)
            guard !text.isEmpty else { continue }
            items.append(
                ContaminationItem(
                    id: item.id, cluster: item.cluster, text: text, asked: asked, lists: lists(in: item.fields) + [rendered.choices]))
        }
        return items
    }

    /// Items of JSON Lines: each line as it stands; or the text in one of its fields.
    /// - Throws: `TaskError` with the line where that field is no text.
    package static func items(jsonLines bytes: [UInt8], file: String, field: String?, limit: Int) throws(TaskError) -> [ContaminationItem] {
        let source = try ItemFile(jsonLines: bytes, file: file)
        let lines = field == nil ? bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) : []
        var items: [ContaminationItem] = []
        for index in 0..<min(limit, source.count) {
            let item = try source.item(index)
            if let field {
                guard let text = item.fields[field]?.string, !text.isEmpty else {
                    throw TaskError(.invalid, "\"\(field)\" must be a text that is not empty", file: file, line: item.line)
                }
                items.append(ContaminationItem(id: item.id, cluster: item.cluster, text: text, lists: lists(in: item.fields)))
            } else if lines.indices.contains(item.line - 1) {
                // The number of the right choice stands in the line, and tells the author's order: choices stay.
                items.append(ContaminationItem(id: item.id, cluster: item.cluster, text: String(decoding: lines[item.line - 1], as: UTF8.self)))
            }
        }
        return items
    }
}

extension RenderedItem {
    /// What is asked, and the right answer.
    fileprivate func wholeText(_ asked: String) -> String {
        let answer: String =
            switch right {
            case .choices(let numbers), .anyOf(let numbers): numbers.first.flatMap { choices.indices.contains($0) ? choices[$0] : nil } ?? ""
            case .text(let text): text
            case .texts(let texts): texts.first ?? ""
            }
        switch requests {
        case .rolling(let text): return text
        case .inputs(let contexts, let continuation):
            guard case .choices(let numbers) = right, let number = numbers.first, contexts.indices.contains(number) else { return continuation }
            return Joint.joined(contexts[number].plainText, continuation)
        case .choices, .continuation, .generation: return answer.isEmpty ? asked : Joint.joined(asked, answer)
        }
    }
}
