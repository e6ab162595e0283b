import Glibc

/// Steps through canonical JSON without an allocation, for verifying millions of entries.
///
/// It is sound and not complete: what it accepts is canonical (RFC 8785) and within the bounds of the strict reader, but it
/// stops at what is rare: an escape, a character that is not printable ASCII, an integer of more than 15 digits, a number
/// that is none. Who uses it asks the strict reader then.
struct CanonicalScanner {
    /// Less than what the strict reader bounds.
    private static let maxDepth = 8
    private static let maxValues = 10_000

    private let bytes: UnsafePointer<UInt8>
    private let count: Int
    private(set) var at = 0
    private var values = 0

    /// Nil for no bytes.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return nil }
        (self.bytes, count) = (start, bytes.count)
    }

    var isAtEnd: Bool { at == count }
    private var left: Int { count &- at }

    /// What stands next; zero, which stands nowhere in JSON, at the end.
    private var next: UInt8 { at < count ? bytes[at] : 0 }

    mutating func take(_ expected: StaticString) -> Bool {
        let length = expected.utf8CodeUnitCount
        guard length <= left, memcmp(bytes + at, expected.utf8Start, length) == 0 else { return false }
        at &+= length
        return true
    }

    /// The inside of a string up to its closing quote: printable ASCII without an escape, or with `\n` where `lines`.
    mutating func text(atMost limit: Int, lines: Bool = false) -> Range<Int>? {
        let start = at
        while true {
            skipPlain()
            switch next {
            case UInt8(ascii: "\""): return at - start <= limit ? start..<at : nil
            case UInt8(ascii: "\\") where lines && left > 1 && bytes[at + 1] == UInt8(ascii: "n"): at &+= 2
            default: return nil
            }
        }
    }

    /// Skips what may stand in a string as it is.
    private mutating func skipPlain() {
        // Eight at a time: a lane's high bit is set in `stops` for what may not stand there, and perhaps in lanes above it.
        while left >= 8 {
            let block = block(at: at)
            let (quotes, escapes, deletes) = (block ^ Self.lanes(0x22), block ^ Self.lanes(0x5C), block ^ Self.lanes(0x7F))
            let stops = block | (block &- Self.lanes(0x20)) | (quotes &- Self.lanes(1)) | (escapes &- Self.lanes(1)) | (deletes &- Self.lanes(1))
            let stop = (stops & Self.lanes(0x80)).trailingZeroBitCount
            at &+= stop >> 3
            if stop < 64 { break }
        }
        while at < count, bytes[at] &- 0x20 <= 0x5E, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at &+= 1 }
    }

    /// Eight bytes, the first in the lowest lane.
    private func block(at place: Int) -> UInt64 { UInt64(littleEndian: UnsafeRawPointer(bytes + place).loadUnaligned(as: UInt64.self)) }

    private static func lanes(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }

    /// 64 hexadecimal digits.
    mutating func digest() -> Range<Int>? {
        guard left >= 64 else { return nil }
        var wrong: UInt64 = 0
        var place = at
        while place < at &+ 64 {
            // Each lane below 0x80, sums carry nothing over: its high bit is set in `from…` where it is at least that.
            let block = block(at: place), ascii = block & Self.lanes(0x7F)
            let fromDigit = ascii &+ Self.lanes(0x80 - 0x30), fromColon = ascii &+ Self.lanes(0x80 - 0x3A)
            let fromLetter = ascii &+ Self.lanes(0x80 - 0x61), fromG = ascii &+ Self.lanes(0x80 - 0x67)
            wrong |= block | ~((fromDigit & ~fromColon) | (fromLetter & ~fromG))
            place &+= 8
        }
        guard wrong & Self.lanes(0x80) == 0 else { return nil }
        at = place
        return place &- 64..<place
    }

    /// At most 15 digits, which is less than 2⁵³.
    mutating func integer() -> Int64? {
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { at &+= 1 }
        let start = at
        var value: Int64 = 0
        while at < count, bytes[at] &- UInt8(ascii: "0") < 10, at &- start < 16 {
            value = value &* 10 &+ Int64(bytes[at] &- UInt8(ascii: "0"))
            at &+= 1
        }
        let digits = at &- start
        guard digits > 0, digits <= 15, bytes[start] != UInt8(ascii: "0") || (digits == 1 && !isNegative) else { return nil }
        return isNegative ? -value : value
    }

    /// An array of what `element` takes one of.
    mutating func array(_ element: (inout CanonicalScanner) -> Bool) -> Bool {
        guard take("[") else { return false }
        if take("]") { return true }
        repeat { guard element(&self) else { return false } } while take(",")
        return take("]")
    }

    /// Any value.
    mutating func value() -> Bool { value(depth: 1) { _ in } }

    /// An object; `key` is shown where each of its own keys stands.
    mutating func object(_ key: (Range<Int>) -> Void) -> Bool { next == UInt8(ascii: "{") && value(depth: 1, key) }

    private mutating func value(depth: Int, _ key: (Range<Int>) -> Void) -> Bool {
        values &+= 1
        guard values <= Self.maxValues, depth <= Self.maxDepth else { return false }
        switch next {
        case UInt8(ascii: "{"): return members(depth: depth, key)
        case UInt8(ascii: "["): return array { $0.value(depth: depth + 1) { _ in } }
        case UInt8(ascii: "\""):
            at &+= 1
            return text(atMost: .max) != nil && take("\"")
        case UInt8(ascii: "t"): return take("true")
        case UInt8(ascii: "f"): return take("false")
        case UInt8(ascii: "n"): return take("null")
        default: return integer() != nil
        }
    }

    /// Keys stand in ascending order, each once.
    private mutating func members(depth: Int, _ show: (Range<Int>) -> Void) -> Bool {
        at &+= 1
        if take("}") { return true }
        var before: Range<Int>?
        repeat {
            guard take("\""), let key = text(atMost: .max), take("\":") else { return false }
            if let before, !precedes(before, key) { return false }
            show(key)
            before = key
            guard value(depth: depth + 1, { _ in }) else { return false }
        } while take(",")
        return take("}")
    }

    private func precedes(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        let order = memcmp(bytes + one.lowerBound, bytes + other.lowerBound, min(one.count, other.count))
        return order < 0 || (order == 0 && one.count < other.count)
    }

    /// Whether `word` stands at `range`.
    func holds(_ word: StaticString, at range: Range<Int>) -> Bool {
        range.count == word.utf8CodeUnitCount && memcmp(bytes + range.lowerBound, word.utf8Start, range.count) == 0
    }
}

extension UnsafeRawBufferPointer {
    /// Byte by byte, without what `elementsEqual` does for sequences of any kind.
    func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count, let start = baseAddress, let otherStart = other.baseAddress else { return count == 0 && other.count == 0 }
        return memcmp(start, otherStart, count) == 0
    }

    /// Whether `text` stands at `range`.
    func holds(_ text: String, at range: Range<Int>) -> Bool {
        var text = text
        return text.withUTF8 { UnsafeRawBufferPointer($0).isSame(as: UnsafeRawBufferPointer(rebasing: self[range])) }
    }
}
