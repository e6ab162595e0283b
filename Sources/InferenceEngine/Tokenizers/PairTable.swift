/// A hash table from 64-bit keys to 64-bit values that only grows. Whoever chooses the keys cannot choose where they
/// collide: the hash is salted, anew in each process.
struct PairTable: Sendable {
    /// Never a key: all ids and nodes are below 2^31.
    private static let empty = UInt64.max

    private var keys: [UInt64]
    private var values: [UInt64]
    private(set) var count = 0
    private var mask: Int
    private let salt: UInt64

    init(minimumCapacity: Int = 0) {
        var size = 16
        while size < minimumCapacity * 2, size < 1 << 40 { size *= 2 }
        keys = [UInt64](repeating: Self.empty, count: size)
        values = [UInt64](repeating: 0, count: size)
        mask = size - 1
        salt = UInt64.random(in: .min ... .max) | 1
    }

    @inline(__always)
    private func slot(_ key: UInt64) -> Int {
        // The finish of MurmurHash3, between two foldings of the salt.
        var hash = key ^ salt
        hash = (hash ^ hash >> 33) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ salt ^ hash >> 29) &* 0xc4ce_b9fe_1a85_ec53
        return Int(truncatingIfNeeded: hash ^ hash >> 32) & mask
    }

    @inline(__always)
    subscript(key: UInt64) -> UInt64? {
        keys.withUnsafeBufferPointer { keys in
            var index = slot(key)
            while true {
                let found = keys[index]
                if found == key { return values[index] }
                if found == Self.empty { return nil }
                index = (index + 1) & mask
            }
        }
    }

    /// Adds a value, unless the key has one: then that is returned, and stays.
    @discardableResult
    mutating func insert(_ value: UInt64, for key: UInt64) -> UInt64? {
        if count * 2 >= keys.count { grow() }
        var index = slot(key)
        while keys[index] != Self.empty {
            if keys[index] == key { return values[index] }
            index = (index + 1) & mask
        }
        keys[index] = key
        values[index] = value
        count += 1
        return nil
    }

    private mutating func grow() {
        var larger = PairTable(minimumCapacity: keys.count)
        for (index, key) in keys.enumerated() where key != Self.empty { larger.insert(values[index], for: key) }
        self = larger
    }
}
