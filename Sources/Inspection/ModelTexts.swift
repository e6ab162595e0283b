import CanonicalEncoding
import DatasetFormats
import EngineProtocol

/// What a submission says of its model besides the numbers: configuration, tokenizer, chat template. From the metadata of
/// its weight file, as the confined engine read it, and from the files beside it.
package struct ModelTexts: Sendable {
    /// The files beside weights that are compared, by their last name.
    package static let fileNames = [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "chat_template.jinja",
    ]
    static let templateName = "chat template"

    /// Lines by the name of what they are of.
    package private(set) var documents: [(name: String, lines: [String])] = []
    /// Tokens' bytes, with their numbers.
    package private(set) var vocabulary: [[UInt8]: Int64] = [:]
    /// Long lists that are left out of the lines, as canonical bytes by what they are.
    private(set) var lists: [String: [UInt8]] = [:]
    /// Long lists of the weight file that the engine found to differ from the other's.
    private(set) var differingLists: [String] = []

    private static let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 64, maxValues: 8_000_000)

    /// - Parameter files: those beside the weights, by name.
    package init(_ metadata: WeightMetadata, files: [(name: String, bytes: [UInt8])]) throws {
        if !metadata.entries.isEmpty { documents.append(("weight file's metadata", metadata.entries.map(Self.line))) }
        for entry in metadata.entries where entry.isSameInOther == false { differingLists.append(VisibleText.line(entry.key)) }
        for (id, token) in metadata.tokens.enumerated() { vocabulary[Hex.decode(token) ?? []] = Int64(id) }
        var template = metadata.chatTemplate
        for file in files {
            if file.name == "chat_template.jinja" {
                template = String(decoding: file.bytes, as: UTF8.self)
            } else {
                let own = try take(file.name, file.bytes)
                template = template ?? own
            }
        }
        if let template { documents.append((Self.templateName, Self.lines(of: template))) }
    }

    /// Takes a JSON file in. What is none is compared line by line as it stands.
    /// - Returns: the chat template in it.
    private mutating func take(_ name: String, _ bytes: [UInt8]) throws -> String? {
        guard var object = try? StrictJSON.parse(bytes, limits: Self.limits).object else {
            documents.append((name, Self.lines(of: String(decoding: bytes, as: UTF8.self))))
            return nil
        }
        var template: String?
        if name == "tokenizer_config.json", let text = object["chat_template"]?.string {
            template = text
            object["chat_template"] = "(compared on its own)"
        }
        if name == "tokenizer.json", case .object(var model)? = object["model"] {
            takeVocabulary(model["vocab"], object["added_tokens"])
            for member in ["vocab", "merges"] {
                guard let list = model[member] else { continue }
                lists["\(name) model.\(member)"] = try CanonicalJSON.encode(list, numbers: .any)
                model[member] = .string("(\(list.array?.count ?? list.object?.count ?? 0) entries, compared on their own)")
            }
            object["model"] = .object(model)
        }
        documents.append((name, PrettyJSON.lines(of: .object(object))))
        return template
    }

    /// `{token: id}`, or a list of `[token, score]` in the order of ids (tokenizers' BPE and Unigram models).
    private mutating func takeVocabulary(_ vocab: JSONValue?, _ added: JSONValue?) {
        for (token, id) in vocab?.object?.members ?? [] {
            if let id = id.integer { vocabulary[Array(token.utf8)] = id }
        }
        for (id, entry) in (vocab?.array ?? []).enumerated() {
            if let token = entry.array?.first?.string { vocabulary[Array(token.utf8)] = Int64(id) }
        }
        for entry in added?.array ?? [] {
            if let token = entry["content"]?.string, let id = entry["id"]?.integer { vocabulary[Array(token.utf8)] = id }
        }
    }

    private static func line(_ entry: WeightMetadata.Entry) -> String {
        let value = entry.values.map { $0.count == 1 && !entry.type.hasPrefix("array") ? $0[0] : "[\($0.joined(separator: ", "))]" }
        return VisibleText.line("\(entry.key): \(entry.type)" + (value.map { " = \($0)" } ?? ""))
    }

    private static func lines(of text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { VisibleText.line(String($0)) }
    }
}

/// What differs between two submissions' texts.
package enum TextDifferences {
    /// Lines of hunks that are shown of one document.
    private static let maximumLines = 400
    private static let examples = 20

    package static func view(_ first: ModelTexts, _ second: ModelTexts) -> JSONValue {
        var names: [String] = []
        for document in first.documents + second.documents where !names.contains(document.name) { names.append(document.name) }
        func lines(_ texts: ModelTexts, _ name: String) -> [String]? { texts.documents.first { $0.name == name }?.lines }
        let lists = Set(first.lists.keys).union(second.lists.keys).filter { first.lists[$0] != second.lists[$0] }
        return [
            "documents": .array(names.map { document($0, lines(first, $0), lines(second, $0)) }),
            "lists": .array((Array(lists) + first.differingLists).sorted().map { .string($0) }),
            "vocabulary": vocabulary(first.vocabulary, second.vocabulary),
        ]
    }

    private static func document(_ name: String, _ old: [String]?, _ new: [String]?) -> JSONValue {
        guard let old, let new else {
            return ["name": .string(name), "onlyIn": old == nil ? "second" : "first", "lines": .integer(Int64((old ?? new ?? []).count))]
        }
        let difference = LineDifference(old, new)
        var hunks: [JSONValue] = [], shown = 0, left = 0
        for hunk in difference.hunks() {
            let lines = hunk.lines.prefix(maximumLines - shown)
            (shown, left) = (shown + lines.count, left + hunk.lines.count - lines.count)
            if !lines.isEmpty { hunks.append(["head": .string(hunk.head), "lines": .array(lines.map { .string($0) })]) }
        }
        return [
            "name": .string(name), "removed": .integer(Int64(difference.removed)), "added": .integer(Int64(difference.added)),
            "aligned": .bool(difference.changes != nil), "hunks": .array(hunks), "notShown": .integer(Int64(left)),
        ]
    }

    private static func vocabulary(_ first: [[UInt8]: Int64], _ second: [[UInt8]: Int64]) -> JSONValue {
        let removed = first.keys.filter { second[$0] == nil }, added = second.keys.filter { first[$0] == nil }
        var moved: [(token: [UInt8], from: Int64, to: Int64)] = []
        for (token, id) in first {
            if let other = second[token], other != id { moved.append((token: token, from: id, to: other)) }
        }
        func sample(_ tokens: [[UInt8]], _ ids: [[UInt8]: Int64]) -> JSONValue {
            .array(
                tokens.sorted { (ids[$0] ?? 0) < (ids[$1] ?? 0) }.prefix(examples).map { token in
                    ["id": .integer(ids[token] ?? 0), "token": .string(VisibleText.line(bytes: token, limit: 64))]
                })
        }
        return [
            "first": .integer(Int64(first.count)), "second": .integer(Int64(second.count)),
            "removed": .integer(Int64(removed.count)), "added": .integer(Int64(added.count)), "moved": .integer(Int64(moved.count)),
            "removedExamples": sample(removed, first), "addedExamples": sample(added, second),
            "movedExamples": .array(
                moved.sorted { $0.from < $1.from }.prefix(examples).map { move in
                    [
                        "token": .string(VisibleText.line(bytes: move.token, limit: 64)), "from": .integer(move.from),
                        "to": .integer(move.to),
                    ]
                }),
        ]
    }
}
