import CanonicalEncoding

/// The fields that a split's items have, with what is in them, as the harness' library (datasets 5, over Arrow) has one
/// type for a column: a field that an item lacks is null, and integers among decimal numbers are decimal numbers. What
/// differs more than that from item to item stays as it is.
struct ItemSchema: Sendable {
    private indirect enum Kind: Sendable {
        case unknown
        case number(isDecimal: Bool)
        case list(Kind)
        /// The same members in every item.
        case object([Member])
        /// Texts, booleans, and what differs.
        case other
    }

    private struct Member: Sendable {
        let name: String
        var kind: Kind
    }

    /// Names of fields over all items: each item has every one of them, so that memory and time are their product.
    static let maximumFields = 4096

    private var fields: [Member] = []
    private var places: [ExactString: Int] = [:]

    var names: [String] { fields.map(\.name) }

    /// Takes an item's fields into account.
    /// - Returns: false where there are too many names now.
    mutating func learn(_ object: JSONObject) -> Bool {
        for (name, value) in object.members {
            if let place = places[ExactString(name)] {
                fields[place].kind = Self.join(fields[place].kind, value)
            } else {
                guard fields.count < Self.maximumFields else { return false }
                places[ExactString(name)] = fields.count
                fields.append(Member(name: name, kind: Self.join(.unknown, value)))
            }
        }
        return true
    }

    /// The item with every field there is, in the schema's order.
    func conform(_ object: JSONObject) -> JSONObject { Self.conform(object, fields) }

    private static func join(_ kind: Kind, _ value: JSONValue) -> Kind {
        switch (kind, value) {
        case (_, .null): return kind
        case (.unknown, .integer): return .number(isDecimal: false)
        case (.unknown, .number), (.number, .number): return .number(isDecimal: true)
        case (.number(let isDecimal), .integer): return .number(isDecimal: isDecimal)
        case (.unknown, .array(let elements)): return .list(elements.reduce(.unknown, join))
        case (.list(let inner), .array(let elements)): return .list(elements.reduce(inner, join))
        case (.unknown, .object(let object)):
            return .object(object.members.map { Member(name: $0.key, kind: join(.unknown, $0.value)) })
        case (.object(var members), .object(let object)):
            guard object.count == members.count else { return .other }
            for index in members.indices {
                guard let value = object[members[index].name] else { return .other }
                members[index].kind = join(members[index].kind, value)
            }
            return .object(members)
        default: return .other
        }
    }

    private static func conform(_ object: JSONObject, _ members: [Member]) -> JSONObject {
        var result = JSONObject()
        for member in members { result[member.name] = conform(object[member.name] ?? .null, member.kind) }
        return result
    }

    private static func conform(_ value: JSONValue, _ kind: Kind) -> JSONValue {
        switch (kind, value) {
        case (.number(isDecimal: true), .integer(let integer)): .number(Double(integer))
        case (.list(let inner), .array(let elements)): .array(elements.map { conform($0, inner) })
        case (.object(let members), .object(let object)): .object(conform(object, members))
        default: value
        }
    }
}
