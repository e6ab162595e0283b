import CanonicalEncoding
import ContentStore
import DatasetFormats

/// Rows of a dataset drawn at random, all equally likely and none twice; the same for the same seed.
package enum RecordSample {
    package static func view(_ memory: SealedMemory, named name: String, count: Int, seed: UInt64) throws -> JSONValue {
        try view(of: RecordFile(MemoryBytes(memory), format: RecordFormat(path: name) ?? .jsonLines), count: count, seed: seed)
    }

    package static func view(of file: RecordFile<some ByteSource>, count: Int, seed: UInt64) throws -> JSONValue {
        let total = try file.count()
        let chosen = Set(places(count, of: total, seed: seed))
        var rows: [Record] = []
        try file.forEach { record in
            if chosen.contains(record.index) { rows.append(record) }
            return rows.count < chosen.count
        }
        return ["total": .integer(Int64(total)), "seed": .string(String(seed)), "rows": RecordPages.rows(rows)]
    }

    /// `count` of the numbers below `total`, or all where there are no more (Floyd's algorithm, in Bentley 1987).
    package static func places(_ count: Int, of total: Int, seed: UInt64) -> [Int] {
        var random = SplitMix64(state: seed)
        var chosen: Set<Int> = []
        for last in max(0, total - count)..<max(0, total) {
            let drawn = Int(random.below(UInt64(last) + 1))
            if !chosen.insert(drawn).inserted { chosen.insert(last) }
        }
        return chosen.sorted()
    }

    /// The seed for a submission where none is given: the first 52 bits of its id, so that nobody chose it.
    package static func seed(of submission: String) -> UInt64 { UInt64(submission.prefix(13), radix: 16) ?? 0 }
}

/// Steele, Lea and Flood 2014.
private struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Uniform below `bound`, at least 1: what would favour some is drawn again.
    mutating func below(_ bound: UInt64) -> UInt64 {
        let excess = (UInt64.max % bound + 1) % bound
        while true {
            let drawn = next()
            if drawn <= UInt64.max - excess { return drawn % bound }
        }
    }
}
