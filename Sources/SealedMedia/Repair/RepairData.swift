import CanonicalEncoding
import ErasureCoding

/// Which segments the pieces of repair data stand for: all segments of a submission, in the manifest's order, and all pieces are dealt
/// out to `groups` in turn, so that what lies side by side on a medium is in different groups.
package struct RepairGroups: Hashable, Sendable {
    /// Pieces in a group at most: what one costs in time is bounded, however large the submission.
    static let maximumPieces = 64

    package let groups: Int
    package let segments: Int
    package let pieces: Int

    init(groups: Int, segments: Int, pieces: Int) {
        (self.groups, self.segments, self.pieces) = (groups, segments, pieces)
    }

    /// As many pieces as make out `share` of segments and pieces together, in as few groups as that takes.
    package init(segments: Int, share: RepairShare) {
        let groups = max(1, (1...max(1, segments)).first { share.pieces(for: (segments + $0 - 1) / $0) <= Self.maximumPieces } ?? segments)
        self.init(groups: groups, segments: segments, pieces: groups * share.pieces(for: (segments + groups - 1) / groups))
    }

    package func segments(of group: Int) -> [Int] { Array(stride(from: group, to: segments, by: groups)) }
    package func pieces(of group: Int) -> [Int] { Array(stride(from: group, to: pieces, by: groups)) }
    /// Of a segment, or of a piece, which are counted after the segments.
    func group(ofPart number: Int) -> Int { (number < segments ? number : number - segments) % groups }
}

/// How much of a sealed submission is repair data, in hundredths of a percent.
package struct RepairShare: Hashable, Sendable {
    package let basisPoints: Int

    /// Such as "5%" or "2.5%": more than nothing, at most 50%.
    package init?(_ text: String) {
        guard text.utf8.last == UInt8(ascii: "%") else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? String(parts[1]) : "0"
        guard parts[0].utf8.allSatisfy({ (48...57).contains($0) }), fraction.utf8.allSatisfy({ (48...57).contains($0) }),
            let whole = Int(parts[0]), whole <= 50, (1...2).contains(fraction.utf8.count), let hundredths = Int(fraction)
        else { return nil }
        self.init(basisPoints: whole * 100 + (fraction.utf8.count == 1 ? hundredths * 10 : hundredths))
    }

    package init?(basisPoints: Int) {
        guard (1...5000).contains(basisPoints) else { return nil }
        self.basisPoints = basisPoints
    }

    /// Enough for any share of the segments and pieces together to be lost.
    func pieces(for segments: Int) -> Int {
        let rest = 10_000 - basisPoints
        return (segments * basisPoints + rest - 1) / rest
    }
}

/// Repair data as the manifest lists it: a Reed–Solomon code over sealed segments (`ErasureCode`).
package struct RepairData: Hashable, Sendable {
    static let folder = "repair"
    /// A copy of the manifest, with every volume that has repair data.
    package static let manifestCopy = "\(folder)/manifest.dsse.json"
    static let code = "cauchy-gf65536"

    package let groups: RepairGroups
    /// Of the code's shards of each group, in turn.
    package let pieces: [MediaPart]

    /// - Parameter segments: of the submission.
    init(_ field: JSONField, segments: [MediaPart]) throws(JSONFieldError) {
        try field.allow(only: ["code", "groups", "pieces"])
        let code = try field.field("code")
        guard ExactString(try code.string(maxBytes: 32)) == ExactString(Self.code) else { throw code.failure("this program knows only \"\(Self.code)\"") }
        let listed = try field.field("pieces")
        var pieces: [MediaPart] = []
        for element in try listed.array(maxCount: SubmissionManifest.maximumSegments) {
            try element.allow(only: MediaPart.members)
            pieces.append(try MediaPart(element))
        }
        guard !segments.isEmpty else { throw field.failure("there are no segments to repair") }
        let groups = Int(try field.field("groups").integer(in: 1...Int64(segments.count)))
        guard !pieces.isEmpty, pieces.count.isMultiple(of: groups), pieces.count / groups <= RepairGroups.maximumPieces,
            (segments.count + groups - 1) / groups <= ErasureCode.maximumShards
        else {
            throw listed.failure(
                "there are \(pieces.count) for \(segments.count) segments in \(groups) groups; as many to each group, at most "
                    + "\(RepairGroups.maximumPieces), were expected")
        }
        self.init(groups: RepairGroups(groups: groups, segments: segments.count, pieces: pieces.count), pieces: pieces)
        for group in 0..<groups {
            let size = Self.pieceSize(self.groups.segments(of: group).map { segments[$0].sealedSize })
            for piece in self.groups.pieces(of: group) where pieces[piece].sealedSize != size {
                throw listed.failure("\(pieces[piece].path) has \(pieces[piece].sealedSize) bytes, where \(size) follow from its group's segments")
            }
        }
    }

    init(groups: RepairGroups, pieces: [MediaPart]) { (self.groups, self.pieces) = (groups, pieces) }

    /// The longest of the group's segments, in whole blocks of the code; shorter ones count as if zeros followed.
    static func pieceSize(_ sizes: [Int]) -> Int {
        let block = ShardCombination.blockBytes
        return ((sizes.max() ?? 0) + block - 1) / block * block
    }

    var json: JSONValue {
        [
            "code": .string(Self.code), "groups": .integer(Int64(groups.groups)), "pieces": .array(pieces.map { .object($0.json) }),
        ]
    }
}
