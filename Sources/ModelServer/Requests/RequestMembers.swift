import CanonicalEncoding

/// A request's members, read one by one. A member that is null is one that is not given, as in the OpenAI clients.
struct RequestMembers {
    private let object: JSONObject

    /// - Throws: `APIError` where the body is no JSON object.
    init(_ body: [UInt8]) throws {
        let value: JSONValue
        do {
            value = try StrictJSON.parse(body, limits: JSONLimits(maxBytes: ServerLimits.bodyBytes, maxDepth: 32, maxValues: 4_000_000))
        } catch {
            throw APIError.malformed(error.description)
        }
        guard case .object(let object) = value else { throw APIError.malformed("an object was expected, not \(value.kind)") }
        self.object = object
    }

    var names: [String] { object.keys }

    func given(_ name: String) -> JSONField? {
        guard let value = object[name], value != .null else { return nil }
        return JSONField(value, path: name)
    }

    func string(_ name: String, maxBytes: Int = 4096) throws -> String? { try given(name)?.string(maxBytes: maxBytes) }
    func bool(_ name: String) throws -> Bool? { try given(name)?.bool() }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws -> Int? {
        guard let field = given(name) else { return nil }
        // 5.0 is what some clients make of 5.
        if case .number(let number) = field.value, let whole = Int64(exactly: number), range.contains(whole) { return Int(whole) }
        return Int(try field.integer(in: range))
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let field = given(name) else { return nil }
        guard let number = field.value.double else { throw field.failure("a number was expected, not \(field.value.kind)") }
        guard range.contains(number) else { throw field.failure("\(number) is outside \(range.lowerBound)...\(range.upperBound)") }
        return number
    }

    /// A string, or a list of strings.
    func strings(_ name: String, maxCount: Int, maxBytes: Int) throws -> [String] {
        guard let field = given(name) else { return [] }
        if case .string = field.value { return [try field.string(maxBytes: maxBytes)] }
        return try field.array(maxCount: maxCount).map { try $0.string(maxBytes: maxBytes) }
    }

    /// A path of `JSONField` as clients name members.
    static func name(_ path: String) -> String { path.hasPrefix("$.") ? String(path.dropFirst(2)) : path }
}
