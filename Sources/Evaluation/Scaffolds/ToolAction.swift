import CanonicalEncoding

/// What an agent does in one turn.
package enum ToolAction: Hashable, Sendable {
    /// A script for a terminal whose files stay from turn to turn.
    case bash(command: String)
    /// A file below /work.
    case read(path: String)
    case write(path: String, content: String)
    /// Documents of the task's corpus.
    case search(query: String)
    /// The end.
    case answer(text: String)

    package enum Name: String, Hashable, Sendable, CaseIterable {
        case bash, read, write, search, answer

        /// The arguments, each of them a string and needed.
        package var arguments: [String] {
            switch self {
            case .bash: ["command"]
            case .read: ["path"]
            case .write: ["path", "content"]
            case .search: ["query"]
            case .answer: ["text"]
            }
        }
    }

    package var name: Name {
        switch self {
        case .bash: .bash
        case .read: .read
        case .write: .write
        case .search: .search
        case .answer: .answer
        }
    }

    /// Values in the order of the name's arguments.
    private var values: [String] {
        switch self {
        case .bash(let command): [command]
        case .read(let path): [path]
        case .write(let path, let content): [path, content]
        case .search(let query): [query]
        case .answer(let text): [text]
        }
    }

    /// `{"arguments":{…},"name":"bash"}`.
    package var json: JSONValue {
        var arguments = JSONObject()
        for (name, value) in zip(name.arguments, values) { arguments[name] = .string(value) }
        return ["name": .string(name.rawValue), "arguments": .object(arguments)]
    }

    /// - Throws: `ActionError` for a value that is too long, or empty where it must not be.
    package init(_ name: Name, _ values: [String]) throws(ActionError) {
        for (argument, value) in zip(name.arguments, values) {
            guard value.utf8.count <= ActionParser.maximumBytes else {
                throw ActionError(.tooLong, "\"\(argument)\" has more than \(ActionParser.maximumBytes) bytes")
            }
            guard argument == "content" || !value.allSatisfy(\.isWhitespace) else {
                throw ActionError(.missingArgument, "\"\(argument)\" of \(name.rawValue) is empty")
            }
            guard !value.utf8.contains(0) else { throw ActionError(.invalidArgument, "\"\(argument)\" has a zero byte in it") }
        }
        switch name {
        case .bash: self = .bash(command: values[0])
        case .read: self = .read(path: values[0])
        case .write: self = .write(path: values[0], content: values[1])
        case .search: self = .search(query: values[0])
        case .answer: self = .answer(text: values[0])
        }
    }
}

/// Why a model's text is no action, in words that the model is given.
package struct ActionError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable {
        case noAction = "no-action"
        case severalActions = "several-actions"
        case unclosed
        case malformedJSON = "malformed-json"
        case unknownAction = "unknown-action"
        case missingArgument = "missing-argument"
        case invalidArgument = "invalid-argument"
        case tooLong = "too-long"
        case unavailable
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    package var description: String { message }
}
