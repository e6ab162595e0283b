/// Which volume each part of a submission lies on.
struct VolumePlan {
    /// Manifest, folders and a file system's own blocks: room that parts leave, beside a manifest on each volume.
    private static let reserve = 1 << 20
    /// Of a part in the manifest, at most, where the manifest is to be held twice.
    private static let manifestBytesPerPart = 700

    let count: Int
    /// Of each part, in the manifest's order: from 0.
    private let places: [Int]

    /// Nil where one volume is asked for.
    ///
    /// Without repair data volumes are filled one after the other. With it, the parts of each group are dealt out to all volumes
    /// in turn, so that a volume that is lost takes as little as can be from each.
    init?(files: [MediaFile], repair: RepairData?, capacity: Int?) throws(MediaError) {
        guard let capacity else { return nil }
        let segments = files.flatMap { $0.segments.map(\.sealedSize) }
        let sizes = segments + (repair?.pieces.map(\.sealedSize) ?? [])
        let room = capacity - Self.reserve - 2 * Self.manifestBytesPerPart * (sizes.count + 2 * files.count + 16)
        guard let longest = sizes.max(), room >= longest else {
            throw MediaError(
                .output, "a volume of \(capacity) bytes has no room for the longest segment, of \(sizes.max() ?? 0) bytes, and the manifest",
                advice: "Use larger volumes.")
        }
        if let repair {
            let order = Self.dealt(repair.groups)
            let least = (sizes.reduce(0, +) + room - 1) / room
            guard let count = (max(1, least)...max(1, sizes.count)).first(where: { count in
                var filled = [Int](repeating: 0, count: count)
                for (turn, part) in order.enumerated() { filled[turn % count] += sizes[part] }
                return filled.allSatisfy { $0 <= room }
            }) else { throw MediaError(.output, "the volumes are too small", advice: "Use larger volumes.") }
            var places = [Int](repeating: 0, count: sizes.count)
            for (turn, part) in order.enumerated() { places[part] = turn % count }
            (self.count, self.places) = (count, places)
        } else {
            var (places, filled, volume) = ([Int](), 0, 0)
            for size in sizes {
                if filled + size > room { (filled, volume) = (0, volume + 1) }
                filled += size
                places.append(volume)
            }
            (count, self.places) = (volume + 1, places)
        }
        guard count <= SubmissionManifest.maximumVolumes else {
            throw MediaError(
                .output, "\(count) volumes; at most \(SubmissionManifest.maximumVolumes) are allowed", advice: "Use larger volumes.")
        }
        // One that would hold all is a submission of one volume.
        if count == 1 { return nil }
    }

    /// All parts, group by group.
    private static func dealt(_ groups: RepairGroups) -> [Int] {
        (0..<groups.groups).flatMap { group in groups.segments(of: group) + groups.pieces(of: group).map { groups.segments + $0 } }
    }

    func assign(_ files: inout [MediaFile], _ repair: inout RepairData?) throws {
        var place = places.makeIterator()
        for file in files.indices {
            for segment in files[file].segments.indices { files[file].segments[segment].part.volume = place.next().map { $0 + 1 } }
        }
        repair = repair.map { repair in
            RepairData(groups: repair.groups, pieces: repair.pieces.map { piece in
                var piece = piece
                piece.volume = place.next().map { $0 + 1 }
                return piece
            })
        }
    }

    /// Moves every part into its volume's folder.
    func move(in folder: SealOutput, _ files: [MediaFile], _ repair: RepairData?) throws(MediaError) {
        for volume in 1...count {
            let name = SealOutput.volumeFolder(volume)
            try folder.make(name)
            for inside in [SealOutput.segmentFolder] + (repair == nil ? [] : [RepairData.folder]) { try folder.make("\(name)/\(inside)") }
        }
        for part in files.flatMap({ $0.segments.map(\.part) }) + (repair?.pieces ?? []) {
            guard let volume = part.volume else { continue }
            try folder.move(part.path, to: "\(SealOutput.volumeFolder(volume))/\(part.path)")
        }
        for inside in [SealOutput.segmentFolder] + (repair == nil ? [] : [RepairData.folder]) { try folder.removeFolder(inside) }
        for volume in 1...count {
            let name = SealOutput.volumeFolder(volume)
            for inside in [SealOutput.segmentFolder] + (repair == nil ? [] : [RepairData.folder]) { try folder.sync("\(name)/\(inside)") }
        }
    }
}
