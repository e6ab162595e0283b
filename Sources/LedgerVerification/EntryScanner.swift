/// Reads an entry's bytes in one pass and without an allocation, for verifying millions.
///
/// It is sound and not complete: it accepts only what `LedgerEntry(encoded:)` accepts too, and says the same of it, but
/// leaves what is rare (an escape or a non-ASCII character outside a signature's armor, long integers) to that.
package struct EntryScanner {
    /// What an ordinary entry holds; ranges are offsets into its bytes.
    package struct Entry {
        package let action: Range<Int>
        package let actor: Range<Int>
        package let details: Range<Int>
        /// 64 hexadecimal digits.
        package let previous: Range<Int>
        package let sequence: Int64
        package let time: Int64
        package let request: Request?
    }

    /// What an entry says of the request that a person signed.
    package struct Request {
        /// 64 hexadecimal digits.
        package let sha256: Range<Int>
        /// The armored signature; its line ends stand as `\\n`, and it has no other escape.
        package let sshsig: Range<Int>
    }

    /// What `LedgerEntry(encoded:)` bounds, with room to spare.
    private static let maxDepth = 8
    private static let maxValues = 10_000

    private let bytes: UnsafeRawBufferPointer
    private var at = 0
    private var values = 0

    private init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Nil where the bytes are no entry, or one for the other reader.
    package static func scan(_ bytes: UnsafeRawBufferPointer) -> Entry? {
        var scanner = EntryScanner(bytes)
        return scanner.entry()
    }

    private mutating func entry() -> Entry? {
        guard bytes.count <= 65_535, take("{\"action\":\""), let action = text(atMost: 64), take("\",\"actor\":\""),
            let actor = text(atMost: 128), take("\",\"details\":"), next == UInt8(ascii: "{"), let details = details(),
            take(",\"previous\":\""), let previous = digest(), take("\"")
        else { return nil }
        var request: Request?
        if take(",\"request\":{\"sha256\":\"") {
            guard let sha256 = digest(), take("\",\"sshsig\":\""), let sshsig = text(atMost: 4096, lines: true), take("\"}")
            else { return nil }
            request = Request(sha256: sha256, sshsig: sshsig)
        }
        guard take(",\"sequence\":"), let sequence = integer(), sequence >= 0, take(",\"subjects\":["), subjects(), take(",\"time\":"),
            let time = integer(), time >= 0, take(",\"v\":1}"), at == bytes.count
        else { return nil }
        return Entry(
            action: action, actor: actor, details: details, previous: previous, sequence: sequence, time: time, request: request)
    }

    private mutating func details() -> Range<Int>? {
        let start = at
        return value(depth: 1) ? start..<at : nil
    }

    private mutating func subjects() -> Bool {
        if take("]") { return true }
        repeat {
            values += 1
            guard values <= Self.maxValues, take("{\"name\":\""), text(atMost: 512) != nil, take("\",\"sha256\":\""), digest() != nil,
                take("\"}")
            else { return false }
        } while take(",")
        return take("]")
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func take(_ expected: StaticString) -> Bool {
        let count = expected.utf8CodeUnitCount
        guard count <= bytes.count &- at else { return false }
        for index in 0..<count where bytes[at &+ index] != expected.utf8Start[index] { return false }
        at &+= count
        return true
    }

    /// The inside of a string up to its closing quote, printable ASCII without an escape, or with `\n` where `lines`.
    private mutating func text(atMost limit: Int, lines: Bool = false) -> Range<Int>? {
        let start = at
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""): return at - start <= limit ? start..<at : nil
            case UInt8(ascii: "\\"):
                guard lines, at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "n") else { return nil }
                at &+= 2
            case 0x20...0x7E: at &+= 1
            default: return nil
            }
        }
        return nil
    }

    private mutating func digest() -> Range<Int>? {
        let start = at
        guard bytes.count - start >= 64 else { return nil }
        for index in start..<start + 64 {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            default: return nil
            }
        }
        at = start + 64
        return start..<at
    }

    /// At most 15 digits, which is less than 2⁵³.
    private mutating func integer() -> Int64? {
        let isNegative = take("-")
        let start = at
        var value: Int64 = 0
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]), at - start < 16 {
            value = value &* 10 &+ Int64(bytes[at] &- UInt8(ascii: "0"))
            at &+= 1
        }
        let digits = at - start
        guard (1...15).contains(digits), bytes[start] != UInt8(ascii: "0") || (digits == 1 && !isNegative) else { return nil }
        return isNegative ? -value : value
    }

    private mutating func value(depth: Int) -> Bool {
        values += 1
        guard values <= Self.maxValues, depth <= Self.maxDepth else { return false }
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""):
            at &+= 1
            return text(atMost: 65_535) != nil && take("\"")
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return integer() != nil
        }
    }

    private mutating func array(depth: Int) -> Bool {
        at &+= 1
        if take("]") { return true }
        repeat { guard value(depth: depth + 1) else { return false } } while take(",")
        return take("]")
    }

    /// Keys stand in ascending order, each once.
    private mutating func object(depth: Int) -> Bool {
        at &+= 1
        if take("}") { return true }
        var before: Range<Int>?
        repeat {
            guard take("\""), let key = text(atMost: 65_535), take("\":") else { return false }
            if let before, !bytes[before].lexicographicallyPrecedes(bytes[key]) { return false }
            before = key
            guard value(depth: depth + 1) else { return false }
        } while take(",")
        return take("}")
    }
}
