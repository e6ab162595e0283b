import Foundation
import SealedMedia
import Testing

@Suite struct RepairTests {
    private let bench: Bench

    init() throws { bench = try Bench() }

    /// Seals weights and small files of bytes that do not compress.
    @discardableResult
    private func seal(files: Int, share: String?, volumeSize: Int? = nil, size: Int = 3000) throws -> SubmissionSealer.Result {
        try bench.write(Bench.gguf(padding: 17 << 20), "weights.gguf")
        var inputs = [("weights.gguf", MediaFileKind.weights)]
        for number in 0..<files {
            let name = "note-\(number).txt"
            try bench.write(Bench.gaussian(count: size / 4 + number, bytes: 4, seed: UInt64(number + 1)), name)
            inputs.append((name, .other))
        }
        return try SubmissionSealer(
            declaration: bench.declaration(), lab: "Test lab", recipients: [bench.keys.mediaRecipient], key: bench.lab,
            repair: share.flatMap { RepairShare($0) }, volumeSize: volumeSize
        ).seal(bench.inputs(inputs), into: bench.media)
    }

    private func tree(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in FileManager.default.enumerator(atPath: folder)?.compactMap({ $0 as? String }) ?? [] {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: "\(folder)/\(name)", isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[name] = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        }
        return files
    }

    private func open() throws -> VerifiedSubmission { try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey], toleratesDamage: true) }

    private func examine() throws -> [MediaDamage] {
        let submission = try open()
        return try submission.damage + submission.examine()
    }

    private func repair() throws {
        let submission = try open()
        try MediumRepair([submission], damage: submission.damage + submission.examine()).run { _ in }
    }

    private enum Harm: CaseIterable { case deleted, cut, emptied, longer, changed, beginning }

    private func harm(_ path: String, _ harm: Harm) throws {
        let url = URL(filePath: "\(bench.media)/\(path)")
        var bytes = try Data(contentsOf: url)
        switch harm {
        case .deleted: return try FileManager.default.removeItem(at: url)
        case .cut: bytes.removeLast(1)
        case .emptied: bytes = Data()
        case .longer: bytes.append(0)
        case .changed: bytes[bytes.count / 2] ^= 1
        case .beginning: bytes[0] ^= 0x20
        }
        try bytes.write(to: url)
    }

    // MARK: - Shares and groups

    @Test(arguments: [("5%", 500), ("2.5%", 250), ("0.01%", 1), ("50%", 5000), ("33.33%", 3333)])
    func shares(text: String, basisPoints: Int) { #expect(RepairShare(text)?.basisPoints == basisPoints) }

    @Test(arguments: ["", "5", "%", "0%", "-5%", "50.01%", "51%", "5.%", "5.123%", "5 %", "٥%", "1e1%", "99999999999999999999%"])
    func notShares(text: String) { #expect(RepairShare(text) == nil) }

    /// Of whatever number of segments, so many pieces are made that the share of both together may be lost.
    @Test func enoughPiecesInAsFewGroupsAsCanBe() throws {
        for text in ["5%", "1%", "25%", "50%", "0.01%"] {
            let share = try #require(RepairShare(text))
            for segments in [1, 2, 19, 20, 21, 256, 1216, 1217, 9000] {
                let groups = RepairGroups(segments: segments, share: share)
                var members: [Int] = []
                for group in 0..<groups.groups {
                    let (own, pieces) = (groups.segments(of: group), groups.pieces(of: group))
                    #expect(pieces.count <= 64)
                    #expect(pieces.count * 10_000 >= (own.count + pieces.count) * share.basisPoints)
                    members += own
                }
                #expect(members.sorted() == Array(0..<segments))
            }
        }
        #expect(RepairGroups(segments: 1216, share: RepairShare("5%")!).groups == 1)
        #expect(RepairGroups(segments: 1217, share: RepairShare("5%")!).groups == 2)
    }

    // MARK: - Damage

    /// Any 5% of what lies on the medium, however it is damaged, is listed exactly and comes back bit for bit.
    @Test func anyFivePercentComeBack() throws {
        let result = try seal(files: 110, share: "5%")
        let paths = result.manifest.parts.map(\.path)
        let whole = try tree(bench.media)
        #expect(paths.count == 112 + 6)
        var generator = SystemRandomNumberGenerator()
        for round in 0..<12 {
            let lost = Array(paths.shuffled(using: &generator).prefix((paths.count * 5 + 99) / 100))
            for (number, path) in lost.enumerated() { try harm(path, Harm.allCases[(number + round) % Harm.allCases.count]) }
            #expect(Set(try examine().compactMap(\.error.file)) == Set(lost))
            #expect(throws: MediaError.self) { try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey]).examine().first.map { throw $0.error } }
            try repair()
            #expect(try tree(bench.media) == whole)
        }
    }

    @Test func oneMoreIsRefusedPrecisely() throws {
        let result = try seal(files: 30, share: "5%")
        #expect(result.manifest.repair?.pieces.count == 2)
        let whole = try tree(bench.media)
        for path in ["segments/000003.zst.age", "segments/000007.zst.age", "repair/00001.rs"] { try harm(path, .deleted) }
        #expect {
            try repair()
        } throws: { error in
            guard let error = error as? MediaError else { return false }
            return error.code == .beyondRepair && error.message.contains("2 of 32 segments are lost")
                && error.message.contains("segments/000003.zst.age, segments/000007.zst.age") && error.message.contains("1 of 2 pieces")
        }
        // Nothing was written meanwhile.
        #expect(try tree(bench.media).count == whole.count - 3)
        try whole["repair/00001.rs"]?.write(to: URL(filePath: bench.media + "/repair/00001.rs"))
        try repair()
        #expect(try tree(bench.media) == whole)
    }

    @Test func withoutRepairDataThatIsSaid() throws {
        try seal(files: 1, share: nil)
        try harm("segments/000001.zst.age", .changed)
        #expect { try repair() } throws: { ($0 as? MediaError)?.message.contains("there is no repair data") ?? false }
    }

    /// The manifest has a copy, of which the same holds.
    @Test(arguments: ["manifest.dsse.json", "repair/manifest.dsse.json"])
    func eitherManifestIsEnough(name: String) throws {
        try seal(files: 3, share: "10%")
        let whole = try tree(bench.media)
        for harm in [Harm.deleted, .emptied, .changed, .beginning] {
            try self.harm(name, harm)
            let damage = try examine()
            // Of a manifest that is not there, the medium is named.
            #expect(damage.map(\.place) == [.manifest] && [name, bench.media].contains(damage[0].error.file))
            try repair()
            #expect(try tree(bench.media) == whole)
        }
        for name in ["manifest.dsse.json", "repair/manifest.dsse.json"] { try harm(name, .emptied) }
        let code: MediaError.Code?
        do throws(MediaError) {
            _ = try VerifiedSubmission(at: bench.media, labKeys: [bench.lab.publicKey], toleratesDamage: true)
            code = nil
        } catch { code = error.code }
        #expect(code == .manifestMalformed)
    }

    /// As if it was killed while it wrote.
    @Test func aRepairThatWasKilledGoesOn() throws {
        try seal(files: 3, share: "10%")
        let whole = try tree(bench.media)
        try harm("segments/000002.zst.age", .deleted)
        for name in ["segments/.000002.zst.age.partial", "repair/.00000.rs.partial", ".manifest.dsse.json.partial"] {
            try bench.write([1, 2, 3], "media/" + name)
        }
        #expect { try examine() } throws: { ($0 as? MediaError)?.code == .path }
        try MediumRepair.clearRemains(on: bench.media)
        try repair()
        #expect(try tree(bench.media) == whole)
    }

    /// Segments of several groups: each is repaired by its own pieces.
    @Test func severalGroups() throws {
        let result = try seal(files: 140, share: "40%", size: 200)
        let repair = try #require(result.manifest.repair)
        #expect(repair.groups.groups == 2)
        let whole = try tree(bench.media)
        for group in 0..<2 {
            for (number, segment) in repair.groups.segments(of: group).enumerated() where number < repair.groups.pieces(of: group).count {
                try harm(result.manifest.segments[segment].path, .deleted)
            }
        }
        try self.repair()
        #expect(try tree(bench.media) == whole)
        let one = repair.groups.segments(of: 1).prefix(repair.groups.pieces(of: 1).count + 1)
        for segment in one { try harm(result.manifest.segments[segment].path, .cut) }
        #expect { try self.repair() } throws: { ($0 as? MediaError)?.message.contains("in group 1") ?? false }
    }

    // MARK: - Claims about repair data

    @Test(arguments: [
        (#""code":"cauchy-gf65536""#, #""code":"raid6""#), (#""groups":1"#, #""groups":0"#), (#""groups":1"#, #""groups":2"#),
        (#""groups":1"#, #""groups":99999"#), (#""path":"repair/00000.rs""#, #""path":"segments/000000.zst.age""#),
        (#""path":"repair/00000.rs""#, #""path":"../00000.rs""#), (#""path":"repair/00000.rs""#, #""path":"repair/manifest.dsse.json""#),
        (#""sealedSize":"#, #""sealedSize":1"#),
    ])
    func wrongClaims(from: String, to: String) throws {
        try seal(files: 2, share: "5%")
        let statement = try bench.statement()
        let at = try #require(statement.range(of: #""repair":{"#))
        let edited = statement[at.upperBound...].range(of: from).map { statement.replacingCharacters(in: $0, with: to) }
        try bench.resign(try #require(edited))
        let code = bench.refusal()?.code
        #expect(code == .statement || code == .duplicate || code == .path)
    }

    // MARK: - Volumes

    @Test(arguments: [nil, "4%", "34%"])
    func eachVolumeIsSmallEnoughAndVerifiableAlone(share: String?) throws {
        let capacity = 4_000_000
        let result = try seal(files: 30, share: share, volumeSize: capacity, size: 250_000)
        let volumes = try #require(result.manifest.volumes)
        #expect(volumes > 2)
        let labels = try FileManager.default.contentsOfDirectory(atPath: bench.media).sorted()
        #expect(labels == (1...volumes).map { "volume-00\($0)" })
        for (number, folder) in labels.enumerated() {
            let path = "\(bench.media)/\(folder)"
            #expect(try tree(path).values.reduce(0) { $0 + $1.count } <= capacity)
            let submission = try VerifiedSubmission(at: path, labKeys: [bench.lab.publicKey])
            #expect(submission.volumes == [number + 1] && submission.submissionID == result.submissionID)
            #expect(try submission.examine().isEmpty)
            // A part of another volume does not belong here.
            let stranger = try #require(result.manifest.parts.first { $0.volume != number + 1 })
            try FileManager.default.copyItem(atPath: "\(bench.media)/\(labels[(stranger.volume ?? 1) - 1])/\(stranger.path)", toPath: "\(path)/\(stranger.path)")
            #expect { try VerifiedSubmission(at: path, labKeys: [bench.lab.publicKey]) } throws: { ($0 as? MediaError)?.code == .missingFile }
            try FileManager.default.removeItem(atPath: "\(path)/\(stranger.path)")
        }
        // All in one folder are the submission too.
        let all = bench.path("all")
        for folder in labels {
            for (name, bytes) in try tree("\(bench.media)/\(folder)") {
                let url = URL(filePath: "\(all)/\(name)")
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try bytes.write(to: url)
            }
        }
        let collector = Bench.Collector()
        try SubmissionReceiver(VerifiedSubmission(at: all, labKeys: [bench.lab.publicKey]), identities: [bench.appliance]).receiveAll(into: collector)
        #expect(collector.receivedFiles.count == 31)
        // A lost volume is covered where no group has more parts on it than pieces.
        let parts = result.manifest.parts
        let isCovered = result.manifest.repair.map(\.groups).map { groups in
            (1...volumes).allSatisfy { volume in
                (0..<groups.groups).allSatisfy { group in
                    let members = groups.segments(of: group) + groups.pieces(of: group).map { groups.segments + $0 }
                    return members.count { parts[$0].volume == volume } <= groups.pieces(of: group).count
                }
            }
        } ?? false
        #expect(isCovered == (share == "34%") && result.manifest.outlivesAnyVolume == isCovered)
    }

    @Test func tooSmallVolumes() throws {
        #expect { try seal(files: 1, share: nil, volumeSize: 1_500_000, size: 2_000_000) } throws: {
            ($0 as? MediaError)?.message.contains("no room for the longest segment") ?? false
        }
    }

    /// One volume that holds all is a submission of one volume, as without the option.
    @Test func oneVolumeIsNone() throws {
        let result = try seal(files: 1, share: nil, volumeSize: 1 << 40)
        #expect(result.manifest.volumes == nil && bench.refusal() == nil)
    }
}
