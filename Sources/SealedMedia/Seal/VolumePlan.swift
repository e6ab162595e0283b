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
    /// Without repair data volumes are filled one after the other. With it, the parts of each group are dealt out to all volumes,
    /// so that a volume that is lost takes no more of each than can be given back.
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
            let least = max(1, (sizes.reduce(0, +) + room - 1) / room)
            guard let dealt = (least...max(least, sizes.count)).lazy.compactMap({ count in
                Self.dealt(sizes, repair.groups, count: count, room: room).map { (count, $0) }
            }).first else { throw MediaError(.output, "the volumes are too small", advice: "Use larger volumes.") }
            (count, places) = dealt
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

    /// The longest parts first, each to the emptiest volume that has not its share of the group's parts yet; nil where there is no
    /// room. That share is the number of the group's pieces, if so many are enough for all volumes together: then any one can be lost.
    private static func dealt(_ sizes: [Int], _ groups: RepairGroups, count: Int, room: Int) -> [Int]? {
        let shares = (0..<groups.groups).map { group in
            let pieces = groups.pieces(of: group).count
            return max(pieces, (groups.segments(of: group).count + pieces + count - 1) / count)
        }
        var filled = [Int](repeating: 0, count: count)
        var held = [[Int]](repeating: [Int](repeating: 0, count: count), count: groups.groups)
        var places = [Int](repeating: 0, count: sizes.count)
        for part in sizes.indices.sorted(by: { (-sizes[$0], $0) < (-sizes[$1], $1) }) {
            let group = groups.group(ofPart: part)
            let free = (0..<count).filter { held[group][$0] < shares[group] }
            guard let volume = free.min(by: { filled[$0] < filled[$1] }), filled[volume] + sizes[part] <= room else { return nil }
            filled[volume] += sizes[part]
            held[group][volume] += 1
            places[part] = volume
        }
        // None is left empty.
        return filled.contains(0) ? nil : places
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
    func move(_ manifest: SubmissionManifest, in folder: SealOutput) throws(MediaError) {
        let volumes = (1...count).map(SubmissionManifest.volumeFolder)
        let kinds = [SealOutput.segmentFolder] + (manifest.repair == nil ? [] : [RepairData.folder])
        for volume in volumes {
            try folder.make(volume)
            for kind in kinds { try folder.make("\(volume)/\(kind)") }
        }
        for part in manifest.parts {
            guard let volume = part.volume else { continue }
            try folder.move(part.path, to: "\(volumes[volume - 1])/\(part.path)")
        }
        for kind in kinds { try folder.removeFolder(kind) }
        for volume in volumes { for kind in kinds { try folder.sync("\(volume)/\(kind)") } }
    }
}
