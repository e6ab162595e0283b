/// Many byte strings in one buffer, each with a number, and the number of each by its bytes.
struct ByteStringTable: Sendable {
    private var strings = ByteStrings()
    /// Numbers plus one, by hash; 0 is free.
    private var slots: [UInt32]
    private var findable = 0
    private let salt: UInt64

    init(minimumCapacity: Int = 0) {
        var size = 16
        while size < minimumCapacity * 2, size < 1 << 32 { size *= 2 }
        slots = [UInt32](repeating: 0, count: size)
        salt = UInt64.random(in: .min ... .max) | 1
    }

    var count: Int { strings.count }

    subscript(index: Int) -> ArraySlice<UInt8> { strings[index] }

    /// Appends a string.
    /// - Parameter isFindable: whether it is to be found by its bytes. Of two equal strings the first is.
    /// - Returns: the number of an equal string that was there before.
    @discardableResult
    mutating func append(_ string: [UInt8], isFindable: Bool = true) -> Int? {
        let number = strings.count
        strings.append(string)
        guard isFindable else { return nil }
        if findable * 2 >= slots.count { grow() }
        let (slot, other) = string.withUnsafeBytes { find($0) }
        if let other { return other }
        slots[slot] = UInt32(truncatingIfNeeded: number + 1)
        findable += 1
        return nil
    }

    @inline(__always)
    func number(of bytes: UnsafeRawBufferPointer) -> Int? { find(bytes).number }

    private func find(_ bytes: UnsafeRawBufferPointer) -> (slot: Int, number: Int?) {
        var slot = Int(truncatingIfNeeded: hash(bytes)) & (slots.count - 1)
        while true {
            let entry = slots[slot]
            if entry == 0 { return (slot, nil) }
            if strings.equals(Int(entry) - 1, bytes) { return (slot, Int(entry) - 1) }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    private func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = salt ^ UInt64(truncatingIfNeeded: bytes.count) &* 0x9e37_79b9_7f4a_7c15
        var position = 0
        while position + 8 <= bytes.count {
            hash = (hash ^ bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) &* 0xff51_afd7_ed55_8ccd
            hash = (hash ^ hash >> 32) &+ salt
            position += 8
        }
        var rest: UInt64 = 0
        while position < bytes.count {
            rest = rest << 8 | UInt64(bytes[position])
            position += 1
        }
        hash = (hash ^ rest) &* 0xc4ce_b9fe_1a85_ec53
        hash = (hash ^ hash >> 29 ^ salt) &* 0xff51_afd7_ed55_8ccd
        return hash ^ hash >> 32
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt32](repeating: 0, count: old.count * 2)
        for entry in old where entry != 0 {
            let slot = strings[Int(entry) - 1].withUnsafeBytes { find($0).slot }
            slots[slot] = entry
        }
    }
}

/// Many short byte strings in one buffer.
struct ByteStrings: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }
    var byteCount: Int { bytes.count }

    mutating func append(_ string: [UInt8]) {
        bytes += string
        ends.append(bytes.count)
    }

    subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

    @inline(__always)
    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    @inline(__always)
    func equals(_ index: Int, _ other: UnsafeRawBufferPointer) -> Bool {
        let range = range(index)
        guard range.count == other.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            for offset in 0..<other.count where bytes[range.lowerBound + offset] != other[offset] { return false }
            return true
        }
    }
}
