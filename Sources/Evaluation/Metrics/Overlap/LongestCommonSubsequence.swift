/// The length of the longest common subsequence of two texts, 64 words of one at a time against all of the other
/// (Hyyrö, AWOCA 2004): time grows with the product of the lengths over 64, memory with their sum.
enum LongestCommonSubsequence {
    /// - Parameters:
    ///   - one: words, equal ones having equal numbers below `vocabulary`.
    ///   - other: words numbered alike.
    static func length(_ one: [UInt32], _ other: [UInt32], vocabulary: Int) -> Int {
        var masks = [UInt64](repeating: 0, count: vocabulary)
        // What the block before hands on at each word of the other text.
        var carries = [Bool](repeating: false, count: other.count)
        var length = 0
        for start in stride(from: 0, to: one.count, by: 64) {
            let block = one[start..<min(start + 64, one.count)]
            for (bit, word) in block.enumerated() { masks[Int(word)] |= 1 << UInt64(bit) }
            // A zero for each word of the block that has become part of the subsequence.
            var open = UInt64.max
            for (index, word) in other.enumerated() {
                let mask = masks[Int(word)]
                let (sum, overflow) = open.addingReportingOverflow(open & mask)
                let (carried, more) = sum.addingReportingOverflow(carries[index] ? 1 : 0)
                carries[index] = overflow || more
                open = carried | open & ~mask
            }
            length += (~open).nonzeroBitCount
            for word in block { masks[Int(word)] = 0 }
        }
        return length
    }
}
