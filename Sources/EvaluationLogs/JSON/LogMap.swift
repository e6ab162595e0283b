import CanonicalEncoding

/// Values by name, in the order they came. Names are told apart by their bytes; setting a name anew replaces its value.
package struct LogMap<Value: Sendable>: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var entries: [(name: String, value: Value)] = []
    /// Where each name stands; empty while there are few, which are found sooner by looking at each.
    private var index: [ExactString: Int] = [:]
    private static var few: Int { 8 }

    package init() {}
    package init(dictionaryLiteral elements: (String, Value)...) {
        for (name, value) in elements { self[name] = value }
    }

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package subscript(name: String) -> Value? {
        get { position(name).map { entries[$0].value } }
        set {
            switch (position(name), newValue) {
            case (let position?, let value?): entries[position].value = value
            case (nil, let value?):
                entries.append((name, value))
                if entries.count > Self.few { indexEntries(from: index.isEmpty ? 0 : entries.count - 1) }
            case (let position?, nil):
                entries.remove(at: position)
                index = [:]
                if entries.count > Self.few { indexEntries(from: 0) }
            case (nil, nil): break
            }
        }
    }

    private func position(_ name: String) -> Int? {
        let exact = ExactString(name)
        return entries.count > Self.few ? index[exact] : entries.firstIndex { ExactString($0.name) == exact }
    }

    private mutating func indexEntries(from start: Int) {
        for position in start..<entries.count { index[ExactString(entries[position].name)] = position }
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
