/// What becomes of the pieces that a pattern matches, in the names of the `tokenizers` library.
enum SplitBehavior: String, Sendable, Hashable {
    /// They are left out.
    case removed = "Removed"
    /// Each is a piece of its own.
    case isolated = "Isolated"
    /// Each is joined to what comes before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// Each is joined to what comes after it.
    case mergedWithNext = "MergedWithNext"
    /// Neighbouring ones are joined to each other.
    case contiguous = "Contiguous"

    struct Segment: Hashable, Sendable {
        var range: Range<Int>
        let isMatch: Bool
    }

    /// The pieces that come of `segments`, which cover a text in order; none of those returned is empty.
    func pieces(_ segments: [Segment]) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        pieces.reserveCapacity(segments.count)
        var followsMatch = false
        switch self {
        case .isolated: pieces = segments.map(\.range)
        case .removed: for segment in segments where !segment.isMatch { pieces.append(segment.range) }
        case .contiguous:
            for segment in segments {
                if segment.isMatch == followsMatch, let last = pieces.popLast() {
                    pieces.append(last.lowerBound..<segment.range.upperBound)
                } else {
                    pieces.append(segment.range)
                }
                followsMatch = segment.isMatch
            }
        case .mergedWithPrevious:
            for segment in segments {
                if segment.isMatch, !followsMatch, let last = pieces.popLast() {
                    pieces.append(last.lowerBound..<segment.range.upperBound)
                } else {
                    pieces.append(segment.range)
                }
                followsMatch = segment.isMatch
            }
        case .mergedWithNext:
            for segment in segments.reversed() {
                if segment.isMatch, !followsMatch, let last = pieces.popLast() {
                    pieces.append(segment.range.lowerBound..<last.upperBound)
                } else {
                    pieces.append(segment.range)
                }
                followsMatch = segment.isMatch
            }
            pieces.reverse()
        }
        return pieces.filter { !$0.isEmpty }
    }
}
