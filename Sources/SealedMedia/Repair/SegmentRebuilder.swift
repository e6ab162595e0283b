import CommandSupport
import ErasureCoding

/// Gives back segments and pieces of repair data that are lost, from those that are left.
package struct SegmentRebuilder {
    /// Sums in memory at a time; of more that are lost in a group, what is left is read again.
    private static let atATime = 16

    private let segments: [MediaPart]
    private let repair: RepairData?
    private let lostSegments: Set<Int>
    private let lostPieces: Set<Int>
    /// How many parts are read at a time.
    package var threads = SegmentBuffers.threads

    /// - Parameters:
    ///   - segments: numbers, in the manifest's order, of those that are lost.
    ///   - pieces: the same of pieces of repair data.
    package init(_ manifest: SubmissionManifest, segments: Set<Int>, pieces: Set<Int>) {
        self.segments = manifest.segments.map(\.part)
        (repair, lostSegments, lostPieces) = (manifest.repair, segments, pieces)
    }

    package init(_ manifest: SubmissionManifest, lost: Set<MediaDamage.Place>) {
        var (segments, pieces) = (Set<Int>(), Set<Int>())
        for place in lost {
            switch place {
            case .segment(let number): segments.insert(number)
            case .piece(let number): pieces.insert(number)
            case .manifest: break
            }
        }
        self.init(manifest, segments: segments, pieces: pieces)
    }

    private var groups: RepairGroups { repair?.groups ?? RepairGroups(groups: 1, segments: segments.count, pieces: 0) }

    /// Throws where some of what is lost cannot be given back, and says what of which group.
    package func check() throws(MediaError) {
        for group in 0..<groups.groups {
            let lost = groups.segments(of: group).filter(lostSegments.contains)
            let pieces = groups.pieces(of: group), left = pieces.filter { !lostPieces.contains($0) }.count
            guard lost.count > left else { continue }
            let names = lost.prefix(4).map { segments[$0].path }.joined(separator: ", ") + (lost.count > 4 ? " and \(lost.count - 4) more" : "")
            let data = repair == nil
                ? "there is no repair data"
                : "\(left) of \(pieces.count) pieces of repair data are left" + (groups.groups > 1 ? " in group \(group)" : "")
            throw MediaError(
                .beyondRepair, "\(lost.count) of \(groups.segments(of: group).count) segments are lost (\(names)), and \(data)",
                advice: "Bring another copy, or another volume; or ask the lab to seal the submission again.")
        }
    }

    /// Reads one part whole, holding it against its digest. Called on any thread.
    package typealias Read = @Sendable (MediaPart, SegmentBuffer) throws -> Void

    /// Rebuilds the segments that are lost.
    ///
    /// - Parameters:
    ///   - progress: called for each part read; throwing from it stops.
    ///   - take: a segment's number, and what it holds: as signed.
    package func rebuildSegments(
        reading read: @escaping Read, progress: (MediaProgress) throws -> Void, take: (Int, SegmentBuffer) throws -> Void
    ) throws {
        try check()
        for group in 0..<groups.groups {
            let members = groups.segments(of: group)
            let lost = members.indices.filter { lostSegments.contains(members[$0]) }
            guard let repair, !lost.isEmpty else { continue }
            let pieces = groups.pieces(of: group)
            let left = Array(pieces.indices.filter { !lostPieces.contains(pieces[$0]) }.prefix(lost.count))
            let code = ErasureCode(data: members.count, parity: pieces.count)
            for start in stride(from: 0, to: lost.count, by: Self.atATime) {
                let wanted = start..<min(start + Self.atATime, lost.count)
                let recovery = code.recovery(of: lost, with: left, wanted: wanted)
                let sources = recovery.sources.map { $0 < members.count ? segments[members[$0]] : repair.pieces[pieces[$0 - members.count]] }
                let sums = try sum(recovery.combination, sources, size: repair.pieces[pieces[0]].sealedSize, read, progress)
                for (index, sum) in zip(lost[wanted], sums) {
                    sum.count = segments[members[index]].sealedSize
                    try Self.check(sum, segments[members[index]])
                    try take(members[index], sum)
                }
            }
        }
    }

    /// Makes the pieces that are lost again, when no segment is.
    package func rebuildPieces(
        reading read: @escaping Read, progress: (MediaProgress) throws -> Void, take: (Int, SegmentBuffer) throws -> Void
    ) throws {
        guard let repair else { return }
        for group in 0..<groups.groups {
            let members = groups.segments(of: group), pieces = groups.pieces(of: group)
            let lost = pieces.indices.filter { lostPieces.contains(pieces[$0]) }
            for start in stride(from: 0, to: lost.count, by: Self.atATime) {
                let wanted = Array(lost[start..<min(start + Self.atATime, lost.count)])
                let coding = ErasureCode(data: members.count, parity: pieces.count).encoding(of: wanted)
                let sums = try sum(coding, members.map { segments[$0] }, size: repair.pieces[pieces[0]].sealedSize, read, progress)
                for (index, sum) in zip(wanted, sums) {
                    sum.count = repair.pieces[pieces[index]].sealedSize
                    try Self.check(sum, repair.pieces[pieces[index]])
                    try take(pieces[index], sum)
                }
            }
        }
    }

    private func sum(
        _ combination: ShardCombination, _ sources: [MediaPart], size: Int, _ read: @escaping Read, _ progress: (MediaProgress) throws -> Void
    ) throws -> [SegmentBuffer] {
        let sums = (0..<combination.rows).map { _ in SegmentBuffer(bytes: size) }
        let targets = sums.map { UnsafeMutableRawBufferPointer(rebasing: $0.memory[..<size]) }
        for target in targets { target.initializeMemory(as: UInt8.self, repeating: 0) }
        // No segment of a group is longer than its pieces.
        let buffers = SegmentBuffers(bytes: size)
        let total = sources.reduce(0) { $0 + $1.sealedSize }
        var done = 0
        try OrderedWork.run(sources.count, threads: threads, ahead: threads + 2) { index in
            let buffer = buffers.take()
            try read(sources[index], buffer)
            return buffer
        } take: { index, buffer in
            let shard = buffer.paddedWithZeros(toMultipleOf: ShardCombination.blockBytes)
            combination.add(shard, column: index, to: targets, threads: min(threads, OrderedWork.processors))
            buffers.giveBack(buffer)
            done += sources[index].sealedSize
            try progress(MediaProgress(activity: .repairing, file: sources[index].path, bytesDone: done, bytesTotal: total))
        }
        return sums
    }

    private static func check(_ sum: SegmentBuffer, _ part: MediaPart) throws(MediaError) {
        do throws(MediaError) { try part.check(sum.filled) } catch {
            // Each shard it was made of is as signed.
            throw MediaError(
                .beyondRepair, "what the repair data gives is not what the lab signed for", file: part.path, advice: MediaError.resealAdvice)
        }
    }
}
