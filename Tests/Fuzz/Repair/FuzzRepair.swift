import AuditCrypto
import ErasureCoding
import FuzzSupport
import SealedMedia

/// Segments and the pieces of repair data that go with them, in memory, and what is signed of them.
private struct Submission {
    let contents: [String: [UInt8]]
    let segments: [StatedPart]
    let pieces: [StatedPart]
    let groups: Int
    let manifest: SubmissionManifest

    /// - Parameter share: pieces in each group.
    init(segments count: Int, groups: Int, share: Int) {
        let block = ShardCombination.blockBytes
        let sizes = [1, 100, block - 1, block, block + 1, 57]
        let shards = (0..<count).map { number in (0..<sizes[number]).map { UInt8(truncatingIfNeeded: ($0 &* 31 >> 2) &+ number &* 77) } }
        var sums = [[UInt8]](repeating: [], count: groups * share)
        for group in 0..<groups {
            let members = Array(stride(from: group, to: count, by: groups))
            let size = members.map { (shards[$0].count + block - 1) / block * block }.max() ?? 0
            var targets = [[UInt8]](repeating: [UInt8](repeating: 0, count: size), count: share)
            let encoding = ErasureCode(data: members.count, parity: share).encoding
            let memory = targets.map { _ in UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 64) }
            for target in memory { target.initializeMemory(as: UInt8.self, repeating: 0) }
            for (column, member) in members.enumerated() {
                let padded = shards[member] + [UInt8](repeating: 0, count: size - shards[member].count)
                padded.withUnsafeBytes { encoding.add($0, column: column, to: memory, threads: 1) }
            }
            for (index, target) in memory.enumerated() {
                targets[index] = Array(target)
                target.deallocate()
                sums[group + index * groups] = targets[index]
            }
        }
        var contents: [String: [UInt8]] = [:]
        func stated(_ path: String, _ bytes: [UInt8]) -> StatedPart {
            contents[path] = bytes
            return StatedPart(path: path, size: Int64(bytes.count), digest: SHA256Digest.of(bytes).hex)
        }
        let segments = shards.enumerated().map { stated("segments/00000\($0).zst.age", $1) }
        let pieces = sums.enumerated().map { stated("repair/000\($0 < 10 ? "0" : "")\($0).rs", $1) }
        manifest = mustSucceed("the statement holds") {
            try SubmissionManifest(statement: Array(submissionStatement(segments: segments, pieces: pieces, groups: Int64(groups)).utf8))
        }
        (self.contents, self.segments, self.pieces, self.groups) = (contents, segments, pieces, groups)
    }
}

/// Six segments, three groups, four pieces a group at most. Each is made once.
nonisolated(unsafe) private var made: [Int: Submission] = [:]

/// Repair data: its claims in a signed statement, then what is given back of whatever is lost. That is what was lost, to the byte, or
/// a refusal that says why; never anything else, whatever is claimed, read wrongly, or cannot be read.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let segments = 1 + input.choice(of: 6), groups = 1 + input.choice(of: min(3, segments)), share = 1 + input.choice(of: 4)
    let key = segments << 8 | groups << 4 | share
    let submission = made[key] ?? Submission(segments: segments, groups: groups, share: share)
    made[key] = submission
    let lost = (segments: Int(input.byte()), pieces: Int(input.byte()) << 8 | Int(input.byte()))
    let wrong = Int(input.byte())
    // Reading another statement takes most of the time.
    if input.choice(of: 4) > 0 || input.rest.isEmpty {
        rebuild(submission.manifest, submission, lost, wrong, isHonest: true)
    } else if let manifest = claimed(submission, &input) {
        rebuild(manifest, submission, lost, wrong, isHonest: false)
    }
    return 0
}

/// What is left of the submission's statement after some edits, if it holds.
private func claimed(_ submission: Submission, _ input: inout FuzzInput) -> SubmissionManifest? {
    var (segments, pieces, groups, volumes) = (submission.segments, submission.pieces, Int64(submission.groups), Int?.none)
    while !input.rest.isEmpty {
        let kind = input.choice(of: 9), place = Int(input.byte()), number = Int64(input.byte()) << 8 | Int64(input.byte())
        switch kind {
        case 0: groups = number &- 128
        case 1: pieces.removeLast(min(pieces.count, place % 8))
        case 2: if !pieces.isEmpty { pieces[place % pieces.count].size = number << 8 }
        case 3: segments[place % segments.count].size = number
        case 4: if !pieces.isEmpty { pieces.swapAt(place % pieces.count, Int(number) % pieces.count) }
        case 5: segments.swapAt(place % segments.count, Int(number) % segments.count)
        case 6: if segments.count > 1 { segments.remove(at: place % segments.count) }
        case 7: volumes = 2 + place % 4
        default: if pieces.count < 140 { pieces.append(StatedPart(path: "repair/x\(pieces.count)", size: number << 8, digest: SHA256Digest.of([]).hex)) }
        }
    }
    return try? SubmissionManifest(statement: Array(submissionStatement(segments: segments, pieces: pieces, groups: groups, volumes: volumes).utf8))
}

/// - Parameters:
///   - lost: a bit for each.
///   - wrong: the part that is read wrongly, 1 to 63, or not at all, 65 to 127.
private func rebuild(_ manifest: SubmissionManifest, _ submission: Submission, _ lost: (segments: Int, pieces: Int), _ wrong: Int, isHonest: Bool) {
    let pieces = manifest.repair?.pieces ?? []
    let lostSegments = Set(manifest.segments.indices.filter { lost.segments >> $0 & 1 == 1 })
    let lostPieces = Set(pieces.indices.filter { lost.pieces >> $0 & 1 == 1 })
    let parts = manifest.parts
    let victim = (1...parts.count).contains(wrong & 63) && wrong < 128 ? parts[(wrong & 63) - 1].path : nil
    var rebuilder = SegmentRebuilder(manifest, segments: lostSegments, pieces: lostPieces)
    // Handing work to other threads would take most of the time.
    rebuilder.threads = 1

    let groups = manifest.repair?.groups
    let isEnough = groups.map { groups in
        (0..<groups.groups).allSatisfy { group in
            groups.segments(of: group).count(where: lostSegments.contains) <= groups.pieces(of: group).count { !lostPieces.contains($0) }
        }
    } ?? lostSegments.isEmpty
    var given: [String] = []
    func take(_ part: MediaPart, _ buffer: SegmentBuffer) {
        require(SHA256Digest.of(Array(buffer.filled)) == part.sealedDigest, "what is given back is as signed")
        given.append(part.path)
    }
    let contents = submission.contents
    let read: SegmentRebuilder.Read = { part, buffer in
        guard let bytes = contents[part.path] else {
            throw MediaError(.missingFile, "it is not there", file: part.path, advice: "None.")
        }
        let isVictim = part.path == victim
        buffer.empty()
        let room = buffer.room(upTo: part.sealedSize)
        buffer.count = min(room.count, bytes.count)
        bytes.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<buffer.count])) }
        if isVictim, wrong < 64 { room[0] ^= 1 } else { try part.check(buffer.filled) }
        if isVictim, wrong > 64 { throw MediaError(.unreadable, "it cannot be read", file: part.path, advice: "None.") }
    }
    do {
        try rebuilder.rebuildSegments(reading: read, progress: { _ in }) { number, buffer in
            require(lostSegments.contains(number), "only what is lost is given back")
            take(manifest.segments[number].part, buffer)
        }
        require(isEnough, "more is given back than can be")
        require(Set(given) == Set(lostSegments.map { manifest.segments[$0].path }) && given.count == lostSegments.count, "all is given back, once")
        given = []
        try rebuilder.rebuildPieces(reading: read, progress: { _ in }) { number, buffer in take(pieces[number], buffer) }
        require(Set(given) == Set(lostPieces.map { pieces[$0].path }) && given.count == lostPieces.count, "all is given back, once")
    } catch let error as MediaError {
        require(error.file != nil || error.code == .beyondRepair, "a refusal says what is wrong where")
        if isHonest, victim == nil { require(error.code == .beyondRepair && !isEnough && given.isEmpty, "enough was left: \(error)") }
    } catch {
        require(false, "a refusal is a MediaError: \(error)")
    }
}
