/// The tables behind the normalization forms, made from `DecompositionData` when they are first asked for.
struct Decompositions: Sendable {
    static let shared = Decompositions()

    /// Where a character's full decomposition lies in `scalars`: start and length in 32 bits each.
    private var canonical = PairTable(minimumCapacity: 2200)
    private var compatible = PairTable(minimumCapacity: 3800)
    private var scalars: [Unicode.Scalar] = []
    /// By a pair of characters, the primary composite.
    private var compositions = PairTable(minimumCapacity: 1000)
    private var seconds: Set<UInt32> = []

    private init() {
        let excluded = Set(Self.numbers(DecompositionData.exclusions))
        var composites: [(composite: UInt32, decomposition: [UInt32])] = []
        Self.forEachEntry(DecompositionData.canonical) { value, decomposition in
            add(value, decomposition, isCompatible: false)
            if decomposition.count > 1, !excluded.contains(value) { composites.append((value, decomposition)) }
        }
        Self.forEachEntry(DecompositionData.compatible) { add($0, $1, isCompatible: true) }
        // Of a full decomposition, all but the last compose to one character, which is shorter: so that comes first.
        for (composite, decomposition) in composites.sorted(by: { $0.decomposition.count < $1.decomposition.count }) {
            var first = decomposition[0]
            for next in decomposition[1..<(decomposition.count - 1)] { first = UInt32(truncatingIfNeeded: compositions[Self.pair(first, next)] ?? 0) }
            let last = decomposition[decomposition.count - 1]
            compositions.insert(UInt64(composite), for: Self.pair(first, last))
            seconds.insert(last)
        }
    }

    private mutating func add(_ value: UInt32, _ decomposition: [UInt32], isCompatible: Bool) {
        let range = UInt64(scalars.count) << 32 | UInt64(decomposition.count)
        scalars += decomposition.compactMap(Unicode.Scalar.init)
        if isCompatible { compatible.insert(range, for: UInt64(value)) } else { canonical.insert(range, for: UInt64(value)) }
    }

    private static func pair(_ first: UInt32, _ second: UInt32) -> UInt64 { UInt64(first) << 32 | UInt64(second) }

    /// Numbers in base 36.
    private static func numbers(_ text: some StringProtocol) -> [UInt32] {
        text.utf8.split { $0 == 0x20 || $0 == 0x0a }.map { number($0) }
    }

    private static func number(_ digits: some Sequence<UInt8>) -> UInt32 {
        digits.reduce(0) { $0 * 36 + UInt32($1 < 0x3a ? $1 - 0x30 : $1 - 0x61 + 10) }
    }

    /// Entries are separated by white space: how far the character is from the one before it (left out if next),
    /// a colon, and its decomposition, with commas.
    private static func forEachEntry(_ data: String, _ body: (UInt32, [UInt32]) -> Void) {
        var value: UInt32 = 0
        for entry in data.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0a }) {
            let parts = entry.split(separator: 0x3a, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            value += parts[0].isEmpty ? 1 : number(parts[0])
            body(value, parts[1].split(separator: 0x2c).map { number($0) })
        }
    }

    /// The Canonical_Combining_Class; it never changes once a character is assigned.
    static func combiningClass(_ scalar: Unicode.Scalar) -> UInt8 {
        if scalar.value < 0x300 { return 0 }
        let traits = CharacterTraits.of(scalar)
        guard traits.age <= 9 else { return 0 }
        return scalar.properties.canonicalCombiningClass.rawValue
    }

    private static let syllables: ClosedRange<UInt32> = 0xac00...0xd7a3

    /// Calls `body` with the characters of a full decomposition.
    func decompose(_ scalar: Unicode.Scalar, compatible isCompatible: Bool, _ body: (Unicode.Scalar) -> Void) {
        let value = scalar.value
        if value < 0xa0 { return body(scalar) }
        if Self.syllables.contains(value) {
            let index = value - 0xac00
            for part in [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11a7 + index % 28] where part != 0x11a7 {
                if let jamo = Unicode.Scalar(part) { body(jamo) }
            }
            return
        }
        guard let range = (isCompatible ? compatible[UInt64(value)] : nil) ?? canonical[UInt64(value)] else { return body(scalar) }
        let start = Int(range >> 32)
        for index in start..<start + Int(range & 0xffff_ffff) { body(scalars[index]) }
    }

    /// Whether any composition has this character as its second.
    func mayComposeWithPrevious(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        if value < 0x300 { return false }
        return seconds.contains(value) || (0x1161...0x1175).contains(value) || (0x11a8...0x11c2).contains(value)
    }

    func composition(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Unicode.Scalar? {
        let (one, two) = (first.value, second.value)
        if (0x1100...0x1112).contains(one), (0x1161...0x1175).contains(two) {
            return Unicode.Scalar(0xac00 + ((one - 0x1100) * 21 + (two - 0x1161)) * 28)
        }
        if Self.syllables.contains(one), (one - 0xac00) % 28 == 0, (0x11a8...0x11c2).contains(two) {
            return Unicode.Scalar(one + two - 0x11a7)
        }
        return compositions[Self.pair(one, two)].flatMap { Unicode.Scalar(UInt32(truncatingIfNeeded: $0)) }
    }
}
