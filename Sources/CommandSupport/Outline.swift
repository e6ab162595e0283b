import CanonicalEncoding

/// A document of nested members, laid out for people.
package enum Outline {
    /// Rows of name and text, by name: a member of a member as `training.flop`, an object of a list in a row of its own, further
    /// lines of a text below the first.
    package static func rows(of value: JSONValue, except: Set<String> = []) -> [[String]] {
        guard case .object(let object) = value else { return [] }
        return object.members.filter { !except.contains($0.key) }.sorted { $0.key < $1.key }.flatMap { name, value -> [[String]] in
            switch value {
            case .object: rows(of: value).map { [$0[0].isEmpty ? "" : "\(name).\($0[0])"] + $0.dropFirst() }
            case .array(let elements) where elements.contains { $0.object != nil }: elements.map { [name, words(of: $0)] }
            default:
                words(of: value).split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                    .map { [$0.offset == 0 ? name : "", String($0.element)] }
            }
        }
    }

    private static func words(of value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .bool(let bool): bool ? "yes" : "no"
        case .array(let elements): elements.map(words).joined(separator: ", ")
        // What it is called stands first.
        case .object(let object):
            ([object["name"]].compactMap(\.self).map(words)
                + object.members.filter { $0.key != "name" }.sorted { $0.key < $1.key }.map { "\($0.key) \(words(of: $0.value))" })
                .joined(separator: ", ")
        default: ""
        }
    }
}
