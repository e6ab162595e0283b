import CanonicalEncoding

/// An object in a file beside the weights, read with errors that name the key. `null` is an absence, as in Python's own readers.
struct SettingFields {
    let value: JSONValue
    private let path: String
    private let file: String

    init(_ value: JSONValue, file: String) { (self.value, path, self.file) = (value, "", file) }

    private init(_ value: JSONValue, path: String, file: String) { (self.value, self.path, self.file) = (value, path, file) }

    /// - Throws: `badConfiguration` for what is no JSON object.
    static func parse(_ bytes: [UInt8], _ file: String) throws(WeightError) -> JSONValue {
        let value: JSONValue
        do { value = try StrictJSON.parse(bytes) } catch {
            throw WeightError(.badConfiguration, "\(file) is not acceptable JSON: \(error.message)", offset: error.offset)
        }
        guard value.object != nil else { throw WeightError(.badConfiguration, "\(file) must hold a JSON object") }
        return value
    }

    /// Text from a file, as it may stand in an error.
    static func quoted(_ text: String) -> String { String(text.prefix(64)).debugDescription }

    func error(_ message: String, _ key: String) -> WeightError {
        WeightError(.badConfiguration, "\(file): \(message)", key: name(key))
    }

    func unsupported(_ message: String, _ key: String) -> WeightError {
        WeightError(.unsupportedScheme, "\(message); export the weights in one that is, or unquantised (\(file))", key: name(key))
    }

    private func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// Whatever stands under `key`.
    func any(_ key: String) throws(WeightError) -> JSONValue? {
        guard let member = value[key], member != .null else { return nil }
        return member
    }

    /// An object.
    func optional(_ key: String) throws(WeightError) -> SettingFields? {
        guard let member = try any(key) else { return nil }
        guard member.object != nil else { throw error("an object was expected, not \(member.kind)", key) }
        return SettingFields(member, path: name(String(key.prefix(64))), file: file)
    }

    /// Under the first of these keys that there is.
    func string(_ keys: String...) throws(WeightError) -> String? {
        for key in keys {
            guard let member = try any(key) else { continue }
            guard let text = member.string else { throw error("a string was expected, not \(member.kind)", key) }
            return text
        }
        return nil
    }

    func bool(_ key: String) throws(WeightError) -> Bool? {
        guard let member = try any(key) else { return nil }
        guard let flag = member.bool else { throw error("true or false was expected, not \(member.kind)", key) }
        return flag
    }

    /// Under the first of these keys that there is.
    func integer(_ keys: String...) throws(WeightError) -> Int? {
        for key in keys {
            guard let member = try any(key) else { continue }
            guard let integer = member.integer, let number = Int(exactly: integer) else {
                throw error("an integer was expected, not \(member.kind)", key)
            }
            return number
        }
        return nil
    }

    func integers(_ key: String) throws(WeightError) -> [Int]? {
        guard let member = try any(key) else { return nil }
        let numbers = member.array?.compactMap { $0.integer.flatMap { Int(exactly: $0) } }
        guard let numbers, numbers.count == member.array?.count else { throw error("a list of integers was expected", key) }
        return numbers
    }

    func strings(_ key: String) throws(WeightError) -> [String]? {
        guard let member = try any(key) else { return nil }
        let texts = member.array?.compactMap(\.string)
        guard let texts, texts.count == member.array?.count else { throw error("a list of names was expected", key) }
        return texts
    }
}
