import CanonicalEncoding

/// Reads the one action of a model's turn. `Runbooks/tool-protocol.md` describes what it takes.
///
/// Nothing is guessed: a turn with no action, with two, or with one that is not whole is an error that the model reads.
package enum ActionParser {
    /// Of a turn's text, and of an argument.
    package static let maximumBytes = 65_536

    private static let opening = "<tool_call>"
    private static let closing = "</tool_call>"

    /// - Parameter text: what the model wrote.
    /// - Throws: `ActionError`.
    package static func parse(_ text: String) throws(ActionError) -> ToolAction {
        guard text.utf8.count <= maximumBytes else {
            throw ActionError(.tooLong, "a turn has at most \(maximumBytes) bytes; this one has \(text.utf8.count)")
        }
        let text = try withoutThought(text)
        var calls: [Call] = []
        for part in FencedText.parts(of: text) {
            switch part {
            case .block(let block): if let name = action(of: block.language) { calls.append(.block(name, block)) }
            case .text(let text): calls += try tagged(text)
            }
        }
        if calls.isEmpty, let bare = bare(text) { calls.append(.json(bare)) }
        guard let call = calls.first else {
            throw ActionError(
                .noAction, "there is no action: write one block that begins with ```bash, ```read, ```write PATH, ```search or ```answer "
                    + "and ends with ```, or one <tool_call>{\"name\": …, \"arguments\": {…}}</tool_call>")
        }
        guard calls.count == 1 else {
            throw ActionError(.severalActions, "there are \(calls.count) actions, and none was done: write one, then wait for what comes of it")
        }
        switch call {
        case .block(let name, let block): return try action(name, block)
        case .json(let json): return try action(json)
        }
    }

    private enum Call {
        case block(ToolAction.Name, FencedText.Block)
        case json(String)
    }

    // MARK: Thoughts

    /// What stands behind the last thought. (Models that reason write `<think>` … `</think>` first; some templates hold the
    /// opening tag.)
    private static func withoutThought(_ text: String) throws(ActionError) -> String {
        var rest = text[...]
        while let end = rest.byteRange(of: "</think>") { rest = rest[end.upperBound...] }
        guard rest.byteRange(of: "<think>") == nil else {
            throw ActionError(.unclosed, "the thought does not end: close it with </think>, then act")
        }
        return String(rest)
    }

    // MARK: Blocks

    private static func action(of language: String) -> ToolAction.Name? {
        switch language {
        case "sh", "shell": .bash
        default: ToolAction.Name(rawValue: language)
        }
    }

    private static func action(_ name: ToolAction.Name, _ block: FencedText.Block) throws(ActionError) -> ToolAction {
        guard block.isClosed else {
            throw ActionError(.unclosed, "the \(name.rawValue) block does not end: close it with ``` on a line of its own")
        }
        let behind = block.info.drop { $0 != " " && $0 != "\t" }.drop { $0 == " " || $0 == "\t" }
        if name == .write {
            guard !behind.isEmpty else {
                throw ActionError(.missingArgument, "a write block names its file behind the word: ```write notes.txt")
            }
            return try ToolAction(.write, [String(behind), block.body])
        }
        guard behind.isEmpty else {
            throw ActionError(.invalidArgument, "\"\(behind.prefix(64))\" behind \(name.rawValue) is not understood: it belongs between the fences")
        }
        // A path, a query and an answer are not lines of a file.
        return try ToolAction(name, [name == .bash ? block.body : trimmed(block.body)])
    }

    // MARK: JSON

    private static func tagged(_ text: String) throws(ActionError) -> [Call] {
        var calls: [Call] = []
        var rest = text[...]
        while let start = rest.byteRange(of: opening) {
            rest = rest[start.upperBound...]
            guard let end = rest.byteRange(of: closing) else {
                throw ActionError(.unclosed, "the call does not end: close it with \(closing)")
            }
            calls.append(.json(String(rest[..<end.lowerBound])))
            rest = rest[end.upperBound...]
        }
        return calls
    }

    /// A text that is one JSON object and nothing else.
    private static func bare(_ text: String) -> String? {
        let text = trimmed(text)
        return text.utf8.first == UInt8(ascii: "{") && text.utf8.last == UInt8(ascii: "}") ? text : nil
    }

    private static func action(_ json: String) throws(ActionError) -> ToolAction {
        let call = try object(json, "the call")
        for key in call.keys where key != "name" && key != "arguments" {
            throw ActionError(.invalidArgument, "the call has a member \"\(key.prefix(64))\"; it has \"name\" and \"arguments\"")
        }
        guard case .string(let word)? = call["name"] else {
            throw ActionError(.missingArgument, "the call has no \"name\" that is a string")
        }
        guard let name = ToolAction.Name(rawValue: word) else {
            throw ActionError(
                .unknownAction, "there is no action \"\(word.prefix(64))\"; there are "
                    + ToolAction.Name.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let arguments: JSONObject
        switch call["arguments"] {
        case .object(let object)?: arguments = object
        // As OpenAI's API writes them: JSON in a string.
        case .string(let text)?: arguments = try object(text, "\"arguments\"")
        default: throw ActionError(.missingArgument, "the call has no \"arguments\" that is an object")
        }
        for key in arguments.keys where !name.arguments.contains(key) {
            throw ActionError(
                .invalidArgument, "\(name.rawValue) has no argument \"\(key.prefix(64))\"; it has "
                    + name.arguments.map { "\"\($0)\"" }.joined(separator: " and "))
        }
        var values: [String] = []
        for argument in name.arguments {
            guard let value = arguments[argument] else {
                throw ActionError(.missingArgument, "\(name.rawValue) needs the argument \"\(argument)\"")
            }
            guard case .string(let text) = value else {
                throw ActionError(.invalidArgument, "\"\(argument)\" is \(value.kind); it must be a string")
            }
            values.append(text)
        }
        return try ToolAction(name, values)
    }

    private static func object(_ text: String, _ what: String) throws(ActionError) -> JSONObject {
        let value: JSONValue
        do {
            value = try StrictJSON.parse(Array(text.utf8), limits: JSONLimits(maxBytes: maximumBytes, maxDepth: 8, maxValues: 256))
        } catch {
            throw ActionError(.malformedJSON, "\(what) is not JSON: \(error.description)")
        }
        guard case .object(let object) = value else { throw ActionError(.malformedJSON, "\(what) is \(value.kind); it must be an object") }
        return object
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        return String(decoding: Array(text.utf8.drop(while: isSpace).reversed().drop(while: isSpace).reversed()), as: UTF8.self)
    }
}
