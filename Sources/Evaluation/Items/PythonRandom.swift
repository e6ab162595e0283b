/// Python's `random.Random`, as far as drawing examples needs it: the Mersenne Twister MT19937 (Matsumoto and Nishimura,
/// ACM TOMACS 8, 1998), seeded and used as CPython 3 does. The harness draws each item's examples with it.
struct PythonRandom {
    private static let length = 624
    private var state = [UInt32](repeating: 0, count: Self.length)
    private var index = Self.length

    /// `Random(seed)` of a non-negative integer: `init_by_array` over its 32-bit digits, the lowest first.
    init(seed: UInt64) {
        var key = [UInt32(truncatingIfNeeded: seed)]
        if seed >> 32 != 0 { key.append(UInt32(truncatingIfNeeded: seed >> 32)) }
        fill(19_650_218)
        var (place, digit) = (1, 0)
        for _ in 0..<max(Self.length, key.count) {
            let previous = state[place - 1]
            state[place] = (state[place] ^ ((previous ^ (previous >> 30)) &* 1_664_525)) &+ key[digit] &+ UInt32(digit)
            place += 1
            digit += 1
            if place >= Self.length {
                state[0] = state[Self.length - 1]
                place = 1
            }
            if digit >= key.count { digit = 0 }
        }
        for _ in 0..<Self.length - 1 {
            let previous = state[place - 1]
            state[place] = (state[place] ^ ((previous ^ (previous >> 30)) &* 1_566_083_941)) &- UInt32(place)
            place += 1
            if place >= Self.length {
                state[0] = state[Self.length - 1]
                place = 1
            }
        }
        state[0] = 0x8000_0000
    }

    private mutating func fill(_ seed: UInt32) {
        state[0] = seed
        for place in 1..<Self.length {
            let previous = state[place - 1]
            state[place] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(place)
        }
    }

    private mutating func next() -> UInt32 {
        if index >= Self.length {
            for place in 0..<Self.length {
                let joined = (state[place] & 0x8000_0000) | (state[(place + 1) % Self.length] & 0x7FFF_FFFF)
                state[place] = state[(place + 397) % Self.length] ^ (joined >> 1) ^ (joined & 1 == 0 ? 0 : 0x9908_B0DF)
            }
            index = 0
        }
        var value = state[index]
        index += 1
        value ^= value >> 11
        value ^= (value << 7) & 0x9D2C_5680
        value ^= (value << 15) & 0xEFC6_0000
        return value ^ (value >> 18)
    }

    /// `_randbelow`: as many bits as `bound` has, until they are below it.
    /// - Parameter bound: 1...2^31.
    private mutating func below(_ bound: Int) -> Int {
        let shift = UInt32(32 - (Int.bitWidth - bound.leadingZeroBitCount))
        while true {
            let value = Int(next() >> shift)
            if value < bound { return value }
        }
    }

    /// `sample(range(population), count)`: different numbers, in the order drawn.
    /// - Parameters: 0 <= count <= population <= 2^31.
    mutating func sample(_ count: Int, of population: Int) -> [Int] {
        var setSize = 21
        if count > 5 {
            // 4 ** ceil(log(3 * count, 4)).
            var power = 1
            while power < 3 * count { power *= 4 }
            setSize += power
        }
        var drawn: [Int] = []
        drawn.reserveCapacity(count)
        if population <= setSize {
            var pool = Array(0..<population)
            for position in 0..<count {
                let choice = below(population - position)
                drawn.append(pool[choice])
                pool[choice] = pool[population - position - 1]
            }
        } else {
            var selected: Set<Int> = []
            for _ in 0..<count {
                var choice = below(population)
                while !selected.insert(choice).inserted { choice = below(population) }
                drawn.append(choice)
            }
        }
        return drawn
    }
}
