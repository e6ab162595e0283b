import CanonicalEncoding

/// What has a form in a log's JSON, both ways.
protocol LogValue: Sendable {
    init(reading field: JSONField) throws(JSONFieldError)
    func append(to text: inout LogText)
}

extension String: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) { self = try field.string(maxBytes: .max) }
    func append(to text: inout LogText) { text.string(self) }
}

extension Bool: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) { self = try field.bool() }
    func append(to text: inout LogText) { text.bool(self) }
}

extension Int: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) { self = Int(try field.integer(in: Int64.min...Int64.max)) }
    func append(to text: inout LogText) { text.integer(self) }
}

extension Double: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) {
        guard let number = field.value.double else { throw field.failure("a number was expected, not \(field.value.kind)") }
        self = number
    }
    func append(to text: inout LogText) { text.number(self) }
}

extension JSONValue: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) { self = field.value }
    func append(to text: inout LogText) { text.value(self) }
}

extension JSONObject: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) { self = try field.object() }
    func append(to text: inout LogText) { text.value(.object(self)) }
}

extension Array: LogValue where Element: LogValue {
    init(reading field: JSONField) throws(JSONFieldError) {
        self = []
        for element in try field.array(maxCount: .max) { append(try Element(reading: element)) }
    }

    func append(to text: inout LogText) {
        text.array { text in
            for element in self {
                text.separate()
                element.append(to: &text)
            }
        }
    }
}

/// A closed list of words.
protocol LogWord: LogValue, RawRepresentable where RawValue == String {}

extension LogWord {
    init(reading field: JSONField) throws(JSONFieldError) {
        let word = try field.string()
        guard let value = Self(rawValue: word) else { throw field.failure("\"\(word)\" is no word that is known here") }
        self = value
    }
    func append(to text: inout LogText) { text.string(rawValue) }
}

/// A record whose members a table names once, for reading and for writing.
protocol LogRecord: LogValue {
    /// With the values that absent members have.
    init()
    static var fields: [LogField<Self>] { get }
}

extension LogRecord {
    init(reading field: JSONField) throws(JSONFieldError) {
        try field.allow(only: Self.fields.map(\.name))
        self.init()
        try read(from: field)
    }

    /// Reads what the table names and leaves the rest.
    mutating func read(from field: JSONField) throws(JSONFieldError) {
        for known in Self.fields { try known.read(&self, field) }
    }

    func append(to text: inout LogText) { text.object { appendMembers(to: &$0) } }

    func appendMembers(to text: inout LogText) {
        for field in Self.fields { field.append(self, &text) }
    }
}

/// A member of a record.
struct LogField<Record>: Sendable {
    let name: String
    let read: @Sendable (inout Record, JSONField) throws(JSONFieldError) -> Void
    let append: @Sendable (Record, inout LogText) -> Void

    /// A member that is always there.
    static func always<Value: LogValue>(_ name: String, _ path: WritableKeyPath<Record, Value> & Sendable) -> LogField {
        LogField(name: name) { (record, field) throws(JSONFieldError) in
            record[keyPath: path] = try Value(reading: try field.field(name))
        } append: { record, text in
            text.key(name)
            record[keyPath: path].append(to: &text)
        }
    }

    /// A member that is left out where it has no value.
    static func maybe<Value: LogValue>(_ name: String, _ path: WritableKeyPath<Record, Value?> & Sendable) -> LogField {
        LogField(name: name) { (record, field) throws(JSONFieldError) in
            record[keyPath: path] = if let member = try field.optional(name) { try Value(reading: member) } else { nil }
        } append: { record, text in
            guard let value = record[keyPath: path] else { return }
            text.key(name)
            value.append(to: &text)
        }
    }
}
