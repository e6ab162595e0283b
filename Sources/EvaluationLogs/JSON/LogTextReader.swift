import CanonicalEncoding

/// Reads what `LogText` writes. Strings and numbers are `StrictJSON`'s to read; this adds `NaN` and the infinities, and takes no spaces.
struct LogTextReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        try bytes.withUnsafeBytes { bytes in
            Result { () throws(JSONError) in
                var reader = LogTextReader(bytes: bytes)
                let value = try reader.value(depth: 0)
                guard reader.position == bytes.count else { throw reader.failure(.trailingBytes, "something follows the value") }
                return value
            }
        }.get()
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth <= LogText.maximumDepthRead else {
            throw failure(.tooDeep, "more than \(LogText.maximumDepthRead) arrays and objects inside one another")
        }
        switch peek {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return try string()
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONObject {
        var object = JSONObject()
        position += 1
        if peek == UInt8(ascii: "}") { position += 1; return object }
        while true {
            guard peek == UInt8(ascii: "\"") else { throw failure(.unexpectedByte, "a key was expected") }
            let key = try string().string ?? ""
            guard object[key] == nil else { throw failure(.duplicateKey, "a key stands twice in one object") }
            try expect(UInt8(ascii: ":"), "a colon was expected after the key")
            object[key] = try value(depth: depth)
            if peek == UInt8(ascii: "}") { position += 1; return object }
            try expect(UInt8(ascii: ","), "a comma or the object's end was expected")
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        position += 1
        if peek == UInt8(ascii: "]") { position += 1; return elements }
        while true {
            elements.append(try value(depth: depth))
            if peek == UInt8(ascii: "]") { position += 1; return elements }
            try expect(UInt8(ascii: ","), "a comma or the array's end was expected")
        }
    }

    private mutating func string() throws(JSONError) -> JSONValue {
        var end = position + 1
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1 }
        guard end < bytes.count else { throw failure(.unexpectedEnd, "the text ends inside a string") }
        return try scalar(upTo: end + 1)
    }

    /// A number or a word.
    private mutating func word() throws(JSONError) -> JSONValue {
        var end = position
        while end < bytes.count, ![UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[end]) { end += 1 }
        for (word, number) in [("NaN", Double.nan), ("Infinity", .infinity), ("-Infinity", -.infinity)]
        where bytes[position..<end].elementsEqual(word.utf8) {
            position = end
            return .number(number)
        }
        return try scalar(upTo: end)
    }

    private mutating func scalar(upTo end: Int) throws(JSONError) -> JSONValue {
        let part = UnsafeRawBufferPointer(rebasing: bytes[position..<end])
        // Spaces before or behind a value are JSON, but not ours.
        guard let first = part.first, let last = part.last, first > 0x20, last > 0x20 else { throw failure(.unexpectedByte, "a value was expected") }
        do {
            let value = try StrictJSON.parse(part, limits: JSONLimits(maxBytes: .max, maxDepth: 0, maxValues: 1))
            position = end
            return value
        } catch {
            throw JSONError(code: error.code, message: error.message, offset: position + error.offset, line: 1, column: position + error.offset + 1)
        }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func expect(_ byte: UInt8, _ message: String) throws(JSONError) {
        guard peek == byte else { throw failure(position < bytes.count ? .unexpectedByte : .unexpectedEnd, message) }
        position += 1
    }

    private func failure(_ code: JSONError.Code, _ message: String) -> JSONError {
        JSONError(code: code, message: message, offset: position, line: 1, column: position + 1)
    }
}
