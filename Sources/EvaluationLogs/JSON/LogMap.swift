import CanonicalEncoding

/// Values by name, in the order they came. Names are told apart by their bytes; setting a name anew replaces its value.
package struct LogMap<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var entries: [(name: String, value: Value)] = []
    private var index: [ExactString: Int] = [:]

    package init() {}
    package init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package subscript(name: String) -> Value? {
        get { index[ExactString(name)].map { entries[$0].value } }
        set {
            switch (index[ExactString(name)], newValue) {
            case (let position?, let value?): entries[position].value = value
            case (nil, let value?):
                index[ExactString(name)] = entries.count
                entries.append((name, value))
            case (let position?, nil):
                entries.remove(at: position)
                index = [:]
                for (position, entry) in entries.enumerated() { index[ExactString(entry.name)] = position }
            case (nil, nil): break
            }
        }
    }

    package func mapValues<Other>(_ transform: (Value) -> Other) -> LogMap<Other> {
        var map = LogMap<Other>()
        for entry in entries { map[entry.name] = transform(entry.value) }
        return map
    }
}

extension LogMap: Equatable where Value: Equatable {
    package static func == (one: LogMap, other: LogMap) -> Bool {
        one.count == other.count && one.entries.allSatisfy { other[$0.name] == $0.value }
    }
}

extension LogMap: LogValue where Value: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) {
        self.init()
        for member in try field.object().members {
            self[member.key] = try Value(reading: JSONField(member.value, path: "\(field.path).\(member.key)"))
        }
    }

    func append(to text: inout LogText) {
        text.object { text in
            for entry in entries {
                text.key(entry.name)
                entry.value.append(to: &text)
            }
        }
    }
}
