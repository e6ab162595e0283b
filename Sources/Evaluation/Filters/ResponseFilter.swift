import CanonicalEncoding
import PromptTemplates

/// A step that turns what a model wrote into what is scored. Steps work on all of an item's responses at once.
package enum ResponseFilter: Hashable, Sendable {
    case takeFirst
    case takeFirstOf(Int)
    /// The most frequent response, the first among equals.
    case majorityVote
    case removeWhitespace
    case lowercase
    case uppercase
    case expression(PythonExpression, match: Int, fallback: String)
    case choice(ChoiceExpression)
    /// By text; and by number or truth value, which only what an earlier `map` gave can be.
    case map([ExactString: JSONValue], others: [JSONValue: JSONValue], fallback: JSONValue)
}

/// An item's responses on their way through the filters: strings, or what `map` put in their place.
package struct FilteredResponses: Hashable, Sendable {
    package var values: [JSONValue]
    /// False once one response was taken out of the list.
    package var isList: Bool

    package init(_ texts: [String]) {
        values = texts.map { .string($0) }
        isList = true
    }
}

/// What went wrong with one item's responses.
package struct FilterFailure: Error, Hashable, Sendable {
    package let message: String
}

extension ResponseFilter {
    /// - Parameter item: its fields; `multi_choice_regex` reads the choices there.
    func apply(_ responses: FilteredResponses, item: JSONObject) throws(FilterFailure) -> FilteredResponses {
        var responses = responses
        let isText = !responses.isList
        if isText {
            // Once `take_first` took a response out of the list, to Python it is a row of characters, and the next step works on
            // these (`polemo2_in` has such a row: of one letter, which `map` then reads).
            guard let text = responses.values.first?.string else { throw FilterFailure(message: "after take_first, a filter works on a text") }
            responses.values = text.unicodeScalars.map { .string(String($0)) }
            responses.isList = true
        }
        switch self {
        case .takeFirst:
            guard let first = responses.values.first else { throw FilterFailure(message: "take_first found nothing to take") }
            responses.values = [first]
            responses.isList = false
        case .takeFirstOf(let count) where isText:
            guard responses.values.count >= count else { throw FilterFailure(message: "\(count) characters are to be taken of \(responses.values.count)") }
            responses.values = [.string(responses.values.prefix(count).compactMap(\.string).joined())]
            responses.isList = false
        case .takeFirstOf(let count):
            guard responses.values.count >= count else {
                throw FilterFailure(message: "\(count) responses are to be taken of \(responses.values.count)")
            }
            responses.values = Array(responses.values.prefix(count))
        case .majorityVote:
            var counts: [JSONValue: Int] = [:]
            for value in responses.values { counts[value, default: 0] += 1 }
            let most = counts.values.max()
            responses.values = Array(responses.values.filter { counts[$0] == most }.prefix(1))
        case .removeWhitespace: try responses.mapTexts { PythonText.strip($0) }
        case .lowercase: try responses.mapTexts { PythonText.lowercased($0) }
        case .uppercase: try responses.mapTexts { PythonText.uppercased($0) }
        case .expression(let expression, let match, let fallback):
            try responses.mapTexts(others: "") { text throws(FilterFailure) in
                try Self.extract(expression, match: match, from: text, fallback: fallback)
            }
        case .choice(let choice):
            let choices = item["choices"]?.array?.map(\.string) ?? []
            guard !choices.isEmpty, choices.allSatisfy({ $0 != nil }) else {
                throw FilterFailure(message: "multi_choice_regex needs the item's field \"choices\", a list of strings")
            }
            try responses.mapTexts(others: "") { text throws(FilterFailure) in
                do throws(PythonExpression.Failure) {
                    return try choice.extract(from: text, choices: choices.compactMap { $0 })
                } catch {
                    throw FilterFailure(message: error.message)
                }
            }
        case .map(let table, let others, let fallback):
            responses.values = responses.values.map { value in
                (value.string.map { table[ExactString($0)] } ?? others[Self.key(value)]) ?? fallback
            }
        }
        return responses
    }

    /// What Python takes for the same key: 1, 1.0 and True.
    static func key(_ value: JSONValue) -> JSONValue {
        switch value {
        case .bool(let bool): .integer(bool ? 1 : 0)
        case .number(let number): Int64(exactly: number).map { .integer($0) } ?? value
        default: value
        }
    }

    private static func extract(
        _ expression: PythonExpression, match: Int, from text: String, fallback: String
    ) throws(FilterFailure) -> String {
        let found: [[String]]
        do {
            found = try expression.findAll(in: text)
        } catch {
            throw FilterFailure(message: error.message)
        }
        guard !found.isEmpty else { return fallback }
        let index = match < 0 ? found.count + match : match
        guard found.indices.contains(index) else {
            throw FilterFailure(message: "match \(match) is to be selected, and there are \(found.count)")
        }
        let groups = found[index]
        let text = groups.count == 1 ? groups[0] : groups.first { !$0.isEmpty } ?? fallback
        return PythonText.strip(text)
    }
}

extension FilteredResponses {
    /// - Parameter others: what stands for a value that is no text, as `map` gives it; nil where there must be none.
    fileprivate mutating func mapTexts(
        others: String? = nil, _ body: (String) throws(FilterFailure) -> String
    ) throws(FilterFailure) {
        for index in values.indices {
            guard let text = values[index].string ?? others else { throw FilterFailure(message: "a filter for texts follows map") }
            values[index] = .string(try body(text))
        }
    }
}

/// A named row of filters: an entry of `filter_list`.
package struct FilterPipeline: Hashable, Sendable {
    package static let unnamed = "none"

    package let name: String
    package let steps: [ResponseFilter]

    func apply(to texts: [String], item: JSONObject) throws(FilterFailure) -> FilteredResponses {
        var responses = FilteredResponses(texts)
        for step in steps { responses = try step.apply(responses, item: item) }
        return responses
    }

    static func list(
        _ map: TaskYAMLMap, outputType: TaskDefinition.OutputType, repeats: Int
    ) throws(TaskError) -> [FilterPipeline] {
        guard let yaml = map.value("filter_list") else { return [FilterPipeline(name: unnamed, steps: [.takeFirst])] }
        guard case .list(let elements) = yaml.content, (1...16).contains(elements.count) else {
            throw yaml.failure(.invalid, "\"filter_list\" must be a list of 1 to 16 entries")
        }
        var pipelines: [FilterPipeline] = []
        for element in elements {
            let entry = try TaskYAMLMap(element, name: "an entry of \"filter_list\"")
            try entry.allow(only: ["name", "filter"])
            let nameYAML = try entry.required("name"), name = try nameYAML.string("name", maxBytes: 64)
            guard !pipelines.contains(where: { ExactString($0.name) == ExactString(name) }), !name.contains(",") else {
                throw nameYAML.failure(.invalid, "the filter \"\(name)\" stands twice, or has a comma in its name")
            }
            let list = try entry.required("filter")
            guard case .list(let functions) = list.content, (1...16).contains(functions.count) else {
                throw list.failure(.invalid, "\"filter\" must be a list of 1 to 16 functions")
            }
            var steps: [ResponseFilter] = []
            for function in functions { steps.append(try ResponseFilter(function)) }
            guard outputType == .generateUntil || steps == [.takeFirst] else {
                throw list.failure(.unsupported, "filters work on text; only one take_first can stand in a task of type \(outputType.rawValue)")
            }
            for case .takeFirstOf(let count) in steps where count > repeats {
                throw list.failure(.invalid, "take_first_k wants \(count) responses, and \"repeats\" is \(repeats)")
            }
            pipelines.append(FilterPipeline(name: name, steps: steps))
        }
        return pipelines
    }
}

extension ResponseFilter {
    init(_ yaml: TaskYAML) throws(TaskError) {
        let entry = try TaskYAMLMap(yaml, name: "a filter")
        let functionYAML = try entry.required("function")
        if case .code = functionYAML.content { throw functionYAML.codeFailure("function") }
        let function = try functionYAML.string("function", maxBytes: 64)
        if let code = entry.value("filter_fn") { throw code.codeFailure("filter_fn") }
        func plain(_ filter: ResponseFilter) throws(TaskError) -> ResponseFilter {
            try entry.allow(only: ["function"])
            return filter
        }
        let pattern = try entry.string("regex_pattern") ?? #"#### (\-?[0-9\.\,]+)"#
        let match = try entry.integer("group_select", in: -1_000_000...1_000_000) ?? 0
        let fallback = try entry.string("fallback") ?? "[invalid]"
        switch function {
        case "take_first": self = try plain(.takeFirst)
        case "majority_vote": self = try plain(.majorityVote)
        case "remove_whitespace": self = try plain(.removeWhitespace)
        case "lowercase": self = try plain(.lowercase)
        case "uppercase": self = try plain(.uppercase)
        case "take_first_k":
            try entry.allow(only: ["function", "k"])
            guard let count = try entry.integer("k", in: 1...1024) else { throw entry.failure(.invalid, "take_first_k needs \"k\"") }
            self = .takeFirstOf(count)
        case "regex":
            try entry.allow(only: ["function", "regex_pattern", "group_select", "fallback"])
            self = .expression(try PythonExpression(pattern, entry, "regex_pattern"), match: match, fallback: fallback)
        case "multi_choice_regex":
            try entry.allow(only: [
                "function", "regex_pattern", "group_select", "fallback", "ignore_case", "ignore_punctuation", "regexes_to_ignore",
            ])
            self = .choice(
                ChoiceExpression(
                    expression: try PythonExpression(pattern, entry, "regex_pattern"), match: match, fallback: fallback,
                    removing: try PythonExpression.list(entry, "regexes_to_ignore"), ignoresCase: try entry.bool("ignore_case") ?? false,
                    ignoresPunctuation: try entry.bool("ignore_punctuation") ?? false))
        case "map":
            try entry.allow(only: ["function", "mapping_dict", "default_value"])
            var (table, others) = ([ExactString: JSONValue](), [JSONValue: JSONValue]())
            for member in try entry.map("mapping_dict")?.members ?? [] {
                let value = try member.value.json("mapping_dict")
                // A number for a key is no text to Python, and no response is it.
                if let key = member.otherKey { others[Self.key(key)] = value } else { table[ExactString(member.key)] = value }
            }
            self = .map(table, others: others, fallback: try entry.value("default_value")?.json("default_value") ?? .null)
        default:
            throw functionYAML.failure(
                .unsupported,
                "the filter \"\(function)\" is not supported; one of take_first, take_first_k, majority_vote, remove_whitespace, lowercase, uppercase, regex, multi_choice_regex, map")
        }
    }
}
