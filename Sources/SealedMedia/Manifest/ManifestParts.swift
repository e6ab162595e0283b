/// What lies on the media besides the manifest, and where.
extension SubmissionManifest {
    /// Every part, the segments first, and by what it is known.
    var places: [(place: MediaDamage.Place, part: MediaPart)] {
        segments.enumerated().map { (.segment($0.offset), $0.element.part) }
            + (repair?.pieces ?? []).enumerated().map { (.piece($0.offset), $0.element) }
    }

    package var parts: [MediaPart] { segments.map(\.part) + (repair?.pieces ?? []) }

    /// Whose segment it is; both by their numbers.
    func file(ofSegment number: Int) -> Int {
        var end = 0
        return files.firstIndex { file in
            end += file.segments.count
            return number < end
        } ?? files.endIndex
    }

    /// The folder that a volume is sealed into.
    package static func volumeFolder(_ number: Int) -> String { "volume-\(SealOutput.padded(number, 3))" }

    /// Whether any one of several volumes may be lost: none has more parts of a group than the group has pieces of repair data.
    package var outlivesAnyVolume: Bool {
        guard let groups = repair?.groups, volumes != nil else { return false }
        var held: [[Int]: Int] = [:]
        for (number, part) in parts.enumerated() { held[[groups.group(ofPart: number), part.volume ?? 1], default: 0] += 1 }
        return held.allSatisfy { $1 <= groups.pieces(of: $0[0]).count }
    }
}
