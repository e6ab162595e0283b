import Foundation
import SealedMedia
import Testing

/// A seal that is interrupted goes on.
@Suite struct ResumeTests {
    private let bench: Bench
    private static let cancelled = MediaError(.cancelled, "interrupted", advice: "")

    init() throws {
        bench = try Bench()
        try bench.write(Bench.gguf(padding: 90 << 20), "weights.gguf")
        try bench.write(Bench.gaussian(count: 5 << 20, bytes: 4), "records.bin.txt")
    }

    private func sealer(notes: String? = nil, share: String? = "20%", volumeSize: Int? = nil) throws -> SubmissionSealer {
        var declaration = try bench.declaration()
        declaration.notes = notes
        return SubmissionSealer(
            declaration: declaration, lab: "Test lab", recipients: [bench.keys.mediaRecipient], key: bench.lab,
            repair: share.flatMap { RepairShare($0) }, volumeSize: volumeSize)
    }

    private var inputs: [SealInput] { bench.inputs([("weights.gguf", .weights), ("records.bin.txt", .other)]) }

    /// Stops at the `count`th call of progress; false if the seal was done before.
    private func interrupt(_ sealer: SubmissionSealer, at count: Int) throws -> Bool {
        var calls = 0
        do {
            try sealer.seal(inputs, into: bench.media) { _ in
                calls += 1
                if calls == count { throw Self.cancelled }
            }
            return false
        } catch let error as MediaError where error.code == .cancelled { return true }
    }

    private func segments() throws -> [String: Data] {
        let folder = bench.media + "/segments"
        return try Dictionary(uniqueKeysWithValues: FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.map {
            ($0, try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
        })
    }

    private func expectWhole(_ media: String? = nil) throws {
        let collector = Bench.Collector()
        let submission = try VerifiedSubmission(at: media ?? bench.media, labKeys: [bench.lab.publicKey])
        try SubmissionReceiver(submission, identities: [bench.appliance]).receiveAll(into: collector)
        #expect(try collector.files["weights.gguf"] == bench.read("weights.gguf"))
        #expect(try collector.files["records.bin.txt"] == bench.read("records.bin.txt"))
        #expect(try submission.examine().isEmpty)
    }

    @Test func whereverItStopsItGoesOn() throws {
        var stopAt = 1
        while try interrupt(sealer(), at: stopAt) {
            #expect { try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey]) } throws: { ($0 as? MediaError)?.code == .manifestMissing }
            let before = try segments()
            let result = try sealer().seal(inputs, into: bench.media)
            // What was noted stays as it was sealed: nothing of it is read or sealed again.
            #expect(result.continuedSegments == min(stopAt, 8))
            for segment in result.manifest.segments.prefix(result.continuedSegments) {
                #expect(before[String(segment.path.dropFirst(9))] == (try segments())[String(segment.path.dropFirst(9))])
            }
            try expectWhole()
            try FileManager.default.removeItem(atPath: bench.media)
            stopAt += 3
        }
        #expect(stopAt > 8)
    }

    /// Interrupted again and again, one step further each time.
    @Test func oftenInterrupted() throws {
        var times = 0
        while try interrupt(sealer(), at: 3 + times) { times += 1 }
        #expect(times > 5)
        try expectWhole()
    }

    @Test func whatWasDamagedMeanwhileIsSealedAgain() throws {
        #expect(try interrupt(sealer(), at: 5))
        var bytes = try bench.read("media/segments/000002.zst.age")
        bytes[1000] ^= 1
        try bench.write(bytes, "media/segments/000002.zst.age")
        #expect(try sealer().seal(inputs, into: bench.media).continuedSegments == 2)
        try expectWhole()
    }

    /// A journal that somebody else changed counts as far as its lines hold.
    @Test func aForgedJournalIsNotBelieved() throws {
        #expect(try interrupt(sealer(), at: 5))
        let journal = bench.media + "/.seal.partial"
        var lines = try String(contentsOf: URL(filePath: journal), encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count >= 7)
        lines[3] = lines[3].replacing(#""transform":"none""#, with: #""transform":"planes-2""#)[...]
        lines[3] = lines[3].replacing(#""plainOffset""#, with: #""plainOffset ""#)[...]
        lines[3] = Substring(lines[3].replacing("0000", with: "0001", maxReplacements: 1))
        try lines.joined(separator: "\n").write(toFile: journal, atomically: true, encoding: .utf8)
        #expect(try sealer().seal(inputs, into: bench.media).continuedSegments == 2)
        try expectWhole()
    }

    @Test func anotherSealBeginsAnew() throws {
        #expect(try interrupt(sealer(), at: 5))
        #expect(try sealer(notes: "other").seal(inputs, into: bench.media).continuedSegments == 0)
        try expectWhole()
    }

    @Test func aChangedInputIsSealedAnew() throws {
        #expect(try interrupt(sealer(), at: 5))
        try bench.write(bench.read("records.bin.txt") + [1], "records.bin.txt")
        #expect(try sealer().seal(inputs, into: bench.media).continuedSegments == 0)
        try expectWhole()
    }

    /// As if it was killed after volumes were dealt out, or when one of them had its manifest.
    @Test func volumesAreTakenTogetherAgain() throws {
        let sealer = try sealer(volumeSize: 24 << 20)
        #expect(try interrupt(sealer, at: 8))
        let journal = try bench.read("media/.seal.partial")
        let first = try sealer.seal(inputs, into: bench.media)
        #expect((first.manifest.volumes ?? 0) > 1)
        let segments = first.manifest.segments
        try bench.write(journal, "media/.seal.partial")
        try FileManager.default.removeItem(atPath: bench.media + "/volume-001/manifest.dsse.json")
        // Some are moved, and some are not.
        try FileManager.default.createDirectory(atPath: bench.media + "/segments", withIntermediateDirectories: true)
        let moved = try #require(segments.first { $0.part.volume == 2 })
        try FileManager.default.moveItem(atPath: "\(bench.media)/volume-002/\(moved.path)", toPath: "\(bench.media)/\(moved.path)")
        let again = try sealer.seal(inputs, into: bench.media)
        #expect(again.continuedSegments == 8)
        #expect(again.manifest.segments.prefix(8).map(\.sealedDigest) == segments.prefix(8).map(\.sealedDigest))
        for volume in 1...(again.manifest.volumes ?? 0) {
            #expect(try VerifiedSubmission(at: "\(bench.media)/volume-00\(volume)", labKeys: [bench.lab.publicKey]).examine().isEmpty)
        }
        #expect(!FileManager.default.fileExists(atPath: bench.media + "/.seal.partial"))
    }

    /// What is not ours is not touched, whatever lies beside it.
    @Test(arguments: ["thesis.pdf", "segments/thesis.pdf", "repair/thesis.pdf", "volume-001/thesis.pdf", "volume-001/segments/thesis.pdf"])
    func othersFilesAreSafe(name: String) throws {
        #expect(try interrupt(sealer(), at: 4))
        try bench.write([1, 2, 3], "media/" + name)
        #expect { try sealer().seal(inputs, into: bench.media) } throws: { ($0 as? MediaError)?.code == .outputExists }
        #expect(try bench.read("media/" + name) == [1, 2, 3])
        #expect(FileManager.default.fileExists(atPath: bench.media + "/segments/000000.zst.age"))
    }
}
