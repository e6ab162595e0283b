import CanonicalEncoding

/// Reads `config.json`: absent and null are the same; another type than expected is an error that names the member.
struct ConfigurationReader {
    let value: JSONValue
    /// The model type, or where in the file this object lies.
    let name: String

    /// Whether there is a member, be it null: to some families that says something else than its absence.
    func has(_ name: String) -> Bool { value[name] != nil }

    /// A member that is there and not null.
    func member(_ name: String) -> JSONValue? {
        switch value[name] {
        case nil, .null?: nil
        case let member?: member
        }
    }

    func integer(ifThere name: String) throws(EngineError) -> Int? {
        guard let member = member(name) else { return nil }
        guard let integer = member.integer, let integer = Int(exactly: integer) else { throw malformed("\(name) is no integer") }
        return integer
    }

    func integer(_ name: String) throws(EngineError) -> Int {
        guard let integer = try integer(ifThere: name) else { throw malformed("there is no \(name)") }
        return integer
    }

    /// The number of layers, checked before anything is made for each of them.
    func layers() throws(EngineError) -> Int {
        let count = try integer("num_hidden_layers")
        guard (1...1024).contains(count) else { throw malformed("\(count) layers are impossible") }
        return count
    }

    func number(ifThere name: String) throws(EngineError) -> Double? {
        guard let member = member(name) else { return nil }
        guard let number = member.double else { throw malformed("\(name) is no number") }
        return number
    }

    func number(_ name: String) throws(EngineError) -> Double {
        guard let number = try number(ifThere: name) else { throw malformed("there is no \(name)") }
        return number
    }

    func flag(_ name: String, default standard: Bool) throws(EngineError) -> Bool {
        guard let member = member(name) else { return standard }
        guard let flag = member.bool else { throw malformed("\(name) is neither true nor false") }
        return flag
    }

    func string(ifThere name: String) throws(EngineError) -> String? {
        guard let member = member(name) else { return nil }
        guard let string = member.string else { throw malformed("\(name) is no string") }
        return string
    }

    func numbers(ifThere name: String) throws(EngineError) -> [Double]? {
        guard let member = member(name) else { return nil }
        guard let list = member.array, list.count <= 1 << 16 else { throw malformed("\(name) is no list of numbers") }
        var numbers: [Double] = []
        for entry in list {
            guard let number = entry.double else { throw malformed("\(name) is no list of numbers") }
            numbers.append(number)
        }
        return numbers
    }

    func strings(ifThere name: String) throws(EngineError) -> [String]? {
        guard let member = member(name) else { return nil }
        let strings = member.array?.compactMap(\.string) ?? []
        guard let list = member.array, strings.count == list.count, list.count <= 1 << 16 else {
            throw malformed("\(name) is no list of strings")
        }
        return strings
    }

    func object(ifThere name: String) throws(EngineError) -> ConfigurationReader? {
        guard let member = member(name) else { return nil }
        guard member.object != nil else { throw malformed("\(name) is no object") }
        return ConfigurationReader(value: member, name: name)
    }

    /// Refuses values under which `transformers` would compute something else than this engine; without any, all but null.
    func expect(_ name: String, _ expected: JSONValue...) throws(EngineError) {
        guard let found = member(name) else { return }
        let isPlain = expected.contains { found == $0 || ($0.double != nil && found.double == $0.double) }
        guard isPlain else { throw EngineError(.unsupportedModel, "config.json: this value of \(name) is not supported") }
    }

    /// Refuses members that are not known, as they may change what is computed.
    func refuse(besides known: Set<String>) throws(EngineError) {
        for (key, value) in value.object?.members ?? [] where value != .null && !known.contains(key) {
            throw EngineError(.unsupportedModel, "config.json: \(EngineError.shown(key)) in \(name) is not understood here")
        }
    }

    func malformed(_ message: String) -> EngineError { EngineError(.malformedModel, "config.json: \(message)") }
}
