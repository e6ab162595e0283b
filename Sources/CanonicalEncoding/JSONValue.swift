/// A JSON value (RFC 8259) whose integers are exact.
///
/// A number written as an integer that fits `Int64` becomes `.integer`; every other number becomes
/// `.number`, which nothing we sign may contain.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The member named `key`, or nil when this is no object or has no such member.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
    /// The value of any number; integers beyond 2^53 are rounded.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// What the value is, in the words an error message uses.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number that is not a 64-bit integer"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}

/// An object's members in the order they came, each key once. Keys are compared by their UTF-8 bytes:
/// Swift's own `==` would take two spellings of "é" for one key.
package struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var members: [(key: String, value: JSONValue)] = []
    /// Where each key stands; empty while there are few, which are found sooner by looking at each.
    private var index: [ExactString: Int] = [:]
    private static let few = 8

    package init() {}

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        for (key, value) in elements { self[key] = value }
    }

    package var keys: [String] { members.map(\.key) }
    package var count: Int { members.count }

    /// The member named `key`; setting nil removes it.
    package subscript(key: String) -> JSONValue? {
        get { position(key).map { members[$0].value } }
        set {
            switch (position(key), newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                index = [:]
                if members.count > Self.few { indexMembers(from: 0) }
            case (nil, let value?):
                append(key, value)
            case (nil, nil):
                break
            }
        }
    }

    /// Adds a member; false, and no change, when the key is there already.
    mutating func insertNew(_ key: String, _ value: JSONValue) -> Bool {
        guard !contains(key) else { return false }
        append(key, value)
        return true
    }

    func contains(_ key: String) -> Bool { position(key) != nil }

    private func position(_ key: String) -> Int? {
        let exact = ExactString(key)
        return members.count > Self.few ? index[exact] : members.firstIndex { ExactString($0.key) == exact }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        members.append((key, value))
        if members.count > Self.few { indexMembers(from: index.isEmpty ? 0 : members.count - 1) }
    }

    private mutating func indexMembers(from start: Int) {
        for position in start..<members.count { index[ExactString(members[position].key)] = position }
    }
}

extension JSONObject: Hashable {
    /// Objects are equal when they hold the same members in whatever order (RFC 8259, section 4).
    package static func == (one: JSONObject, other: JSONObject) -> Bool {
        one.count == other.count && one.members.allSatisfy { other[$0.key] == $0.value }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for key in members.map({ ExactString($0.key) }).sorted() { hasher.combine(key) }
    }
}
