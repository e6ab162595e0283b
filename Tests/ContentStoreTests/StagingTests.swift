import AgeFormat
import AuditCrypto
import AuditSigning
import ContentStore
import Foundation
import SealedMedia
import TestTools
import Testing

/// Taking in a submission that comes in volumes, damaged, or in several attempts.
@Suite struct StagingTests {
    private let folder: String
    private let lab = Ed25519PrivateKey.generate()
    private let identity: X25519Identity
    private let key = SecretBytes(count: 32) { $0.update(repeating: 7, count: 32) }

    init() throws {
        folder = FileManager.default.temporaryDirectory.path + "/staging-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        identity = try X25519Identity.generate()
    }

    /// One safetensors file of one tensor of bytes that do not compress, and notes of the same.
    @discardableResult
    private func seal(notes: Int, share: String?, volumeSize: Int?, weights: Int = 40 << 20) throws -> SubmissionManifest {
        var header = Array(#"{"w":{"dtype":"U8","shape":[\#(weights)],"data_offsets":[0,\#(weights)]}}"#.utf8)
        while !header.count.isMultiple(of: 8) { header.append(0x20) }
        let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
        try Data(length + header + Noise.bytes(weights, seed: 9)).write(to: URL(filePath: folder + "/model.safetensors"))
        var inputs = [SealInput(source: folder + "/model.safetensors", path: "model.safetensors", kind: .weights)]
        for note in 0..<notes {
            try Data(Noise.bytes(200_000 + note, seed: UInt64(note + 1))).write(to: URL(filePath: "\(folder)/note-\(note).txt"))
            inputs.append(SealInput(source: "\(folder)/note-\(note).txt", path: "note-\(note).txt", kind: .other))
        }
        let declaration = try Declaration(json: Array(#"""
            {"architecture":{"family":"llama","format":"safetensors","parameters":4,"tensors":1,"types":{"U8":1}},
             "contact":"lab@example.org","licence":"Apache-2.0","name":"tiny","release":"open-weights","v":1,"version":"1"}
            """#.utf8))
        return try SubmissionSealer(
            declaration: declaration, lab: "Test lab", recipients: [.init(name: "appliance", age: identity.recipient.text)], key: lab,
            repair: share.flatMap { RepairShare($0) }, volumeSize: volumeSize
        ).seal(inputs, into: folder + "/media").manifest
    }

    private func store() throws -> SubmissionStore {
        SubmissionStore(try StoreDatabase(folder: folder + "/store"), key: key)
    }

    private func stage(
        _ store: SubmissionStore, _ medium: String = "media", repairing: Bool = false, progress: (MediaProgress) throws -> Void = { _ in }
    ) throws -> Staging {
        try store.stage(media: "\(folder)/\(medium)", labs: [lab.publicKey], identity: identity, repairing: repairing, progress: progress)
    }

    private func volume(_ number: Int) -> String { "media/volume-00\(number)" }

    /// Keeps what is staged, and holds what is opened of it against the lab's files.
    private func expectWhole(_ staging: Staging, _ store: SubmissionStore, rebuilt: Int = 0) throws {
        guard case .whole(let staged) = staging else {
            Issue.record("not whole: \(staging)")
            return
        }
        #expect(staged.rebuilt == rebuilt)
        let stored = try store.keep(staged.id, entry: EntryPlace(index: 3, leaf: .of([3])), time: 1_800_000_000)
        #expect(try store.incoming().isEmpty)
        for file in stored.manifest.files {
            let memory = try store.open(file, of: stored)
            #expect(try Data(contentsOf: URL(filePath: "/proc/self/fd/\(memory.descriptor)")) == Data(contentsOf: URL(filePath: "\(folder)/\(file.path)")))
        }
        // Nothing is left that only repairing would take.
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(folder)/store/segments/\(staged.id)")
        #expect(names.count == stored.manifest.segments.count && !names.contains { $0.hasPrefix("repair") })
        try FileManager.default.removeItem(atPath: folder)
    }

    @Test(arguments: [[1, 2, 3], [3, 2, 1], [2, 3, 1], [2, 2, 1, 3]])
    func volumesInAnyOrder(order: [Int]) throws {
        let manifest = try seal(notes: 3, share: nil, volumeSize: 18 << 20)
        #expect(manifest.volumes == 3)
        let store = try store()
        var last: Staging?
        for number in order {
            if case .whole = last { Issue.record("whole before the last") }
            last = try stage(store, volume(number))
            if case .partly(let incoming) = last {
                #expect(try store.incoming().map(\.id) == [incoming.id] && store.submissions().isEmpty)
                #expect(incoming.volumes.first { $0.number == number }.map { $0.held == $0.parts } ?? false)
            }
        }
        try expectWhole(#require(last), store)
    }

    /// What one run brought in, the next has, another process's too.
    @Test func volumesOfSeveralRuns() throws {
        try seal(notes: 3, share: "10%", volumeSize: 18 << 20)
        let volumes = try FileManager.default.contentsOfDirectory(atPath: folder + "/media").count
        for number in 1..<volumes { _ = try stage(store(), volume(number)) }
        let last = try store()
        try expectWhole(stage(last, volume(volumes)), last)
    }

    @Test(arguments: [1, 2, 3])
    func aLostVolumeIsRebuilt(lost: Int) throws {
        let manifest = try seal(notes: 0, share: "34%", volumeSize: 53 << 20, weights: (64 << 20) - 4096)
        #expect(manifest.volumes == 3)
        let store = try store()
        let rest = [1, 2, 3].filter { $0 != lost }
        guard case .partly = try stage(store, volume(rest[0]), repairing: true) else { throw Stop() }
        let segments = manifest.segments.count { $0.part.volume == lost }
        try expectWhole(stage(store, volume(rest[1]), repairing: true), store, rebuilt: segments)
    }

    /// Not asked to, nothing is rebuilt; asked later, with any volume again, it is.
    @Test func repairingIsAskedFor() throws {
        let manifest = try seal(notes: 0, share: "34%", volumeSize: 53 << 20, weights: (64 << 20) - 4096)
        let store = try store()
        for number in 1...2 { guard case .partly = try stage(store, volume(number)) else { throw Stop() } }
        try expectWhole(stage(store, volume(2), repairing: true), store, rebuilt: manifest.segments.count { $0.part.volume == 3 })
    }

    /// Whoever comes second while a medium is being taken in is told so, and harms nothing.
    @Test func oneRunAtATime() throws {
        try seal(notes: 2, share: nil, volumeSize: nil)
        let store = try store()
        var refusals: [StoreError.Code?] = []
        func refused(_ body: () throws -> Void) { refusals.append((#expect(throws: StoreError.self) { try body() })?.code) }
        let staging = try stage(store) { _ in
            guard refusals.isEmpty else { return }
            refused { _ = try stage(store) }
            refused { try store.drop(store.incoming()[0].id) }
        }
        // Not until the ledger has it, either.
        refused { _ = try stage(store) }
        #expect(refusals == [.busy, .busy, .busy])
        try expectWhole(staging, store)
    }

    /// What was whole, and is not accepted, counts as incomplete while it is taken in again.
    @Test func whatIsTakenInAgainIsNotWhole() throws {
        try seal(notes: 2, share: nil, volumeSize: nil)
        let store = try store()
        _ = try stage(store)
        func copied() throws -> Int { try store.copyCatalogue(to: "\(folder)/copy-\(UUID().uuidString)") { _, _ in }.count }
        #expect(try copied() > 0)
        #expect(throws: Stop.self) {
            try stage(store) { _ in
                #expect(try copied() == 0)
                throw Stop()
            }
        }
    }

    /// A bad copy of one volume costs nothing of the others.
    @Test func aDamagedVolumeIsBroughtAgain() throws {
        let manifest = try seal(notes: 3, share: nil, volumeSize: 18 << 20)
        let store = try store()
        _ = try stage(store, volume(1))
        let part = try #require(manifest.segments.last { $0.part.volume == 2 })
        let url = URL(filePath: "\(folder)/\(volume(2))/\(part.path)")
        let good = try Data(contentsOf: url)
        var bad = good
        bad[bad.count / 2] ^= 1
        try bad.write(to: url)
        #expect { try stage(store, volume(2)) } throws: { ($0 as? MediaError)?.code == .segmentDigest }
        #expect(try store.incoming().count == 1)
        try good.write(to: url)
        _ = try stage(store, volume(2))
        try expectWhole(stage(store, volume(3)), store)
    }

    // MARK: - One volume

    @Test func damagedSegmentsAreRebuilt() throws {
        let manifest = try seal(notes: 37, share: "5%", volumeSize: nil)
        #expect(manifest.parts.count == 43)
        for path in [manifest.segments[1].path, manifest.segments[20].path] {
            try Data([1, 2, 3]).write(to: URL(filePath: "\(folder)/media/\(path)"))
        }
        let store = try store()
        #expect { try stage(store) } throws: { ($0 as? MediaError)?.code == .segmentTruncated }
        #expect(try store.incoming().isEmpty)
        try expectWhole(stage(store, repairing: true), store, rebuilt: 2)
    }

    @Test func beyondRepairNothingStays() throws {
        let manifest = try seal(notes: 37, share: "5%", volumeSize: nil)
        for number in [3, 5, 7, 9] { try FileManager.default.removeItem(atPath: "\(folder)/media/\(manifest.segments[number].path)") }
        let store = try store()
        #expect { try stage(store, repairing: true) } throws: { ($0 as? MediaError)?.code == .beyondRepair }
        #expect(try store.incoming().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/store/segments").isEmpty)
    }

    /// Repair data that is damaged itself is not used, and another piece is.
    @Test func damagedRepairData() throws {
        let manifest = try seal(notes: 37, share: "5%", volumeSize: nil)
        let pieces = try #require(manifest.repair).pieces
        try Data(count: pieces[0].sealedSize).write(to: URL(filePath: "\(folder)/media/\(pieces[0].path)"))
        try FileManager.default.removeItem(atPath: "\(folder)/media/\(manifest.segments[11].path)")
        let store = try store()
        try expectWhole(stage(store, repairing: true), store, rebuilt: 1)
    }

    // MARK: - Attempts

    struct Stop: Error {}

    /// A run that ends anywhere, as if it was killed: what is durable is not read from the medium again.
    @Test func whereverItStopsItGoesOn() throws {
        let manifest = try seal(notes: 40, share: nil, volumeSize: nil)
        for stopAt in [1, 18, 30, 42] {
            try? FileManager.default.removeItem(atPath: folder + "/store")
            // A copy of the store taken while it works is what a kill leaves.
            let copy = folder + "/copy"
            try? FileManager.default.removeItem(atPath: copy)
            var calls = 0
            do {
                _ = try stage(store()) { _ in
                    calls += 1
                    if calls == stopAt {
                        try FileManager.default.copyItem(atPath: folder + "/store", toPath: copy)
                        throw Stop()
                    }
                }
                Issue.record("it did not stop")
            } catch is Stop {}
            try FileManager.default.removeItem(atPath: folder + "/store")
            try FileManager.default.moveItem(atPath: copy, toPath: folder + "/store")
            let store = try store()
            let held = try store.incoming().first?.volumes[0].held ?? 0
            #expect(held <= manifest.segments.count && held >= stopAt / 16 * 16 - 16)
            // What is held need not be on the medium any more.
            let again = folder + "/again"
            try? FileManager.default.removeItem(atPath: again)
            try FileManager.default.copyItem(atPath: folder + "/media", toPath: again)
            guard case .whole(let staged) = try stage(store, "again") else { throw Stop() }
            #expect(staged.id == SHA256Digest.of(try manifest.statement()).hex)
            try store.discard(staged.id)
        }
        try FileManager.default.removeItem(atPath: folder)
    }

    /// A segment that was changed in the store meanwhile is not believed.
    @Test func whatIsHeldIsOpenedAgain() throws {
        let manifest = try seal(notes: 3, share: nil, volumeSize: 18 << 20)
        let store = try store()
        _ = try stage(store, volume(1))
        let path = try #require(manifest.segments.first { $0.part.volume == 1 }).path.replacing("/", with: "_")
        let url = URL(filePath: "\(folder)/store/segments/\(SHA256Digest.of(try manifest.statement()).hex)/\(path)")
        var bytes = try Data(contentsOf: url)
        bytes[500] ^= 1
        try bytes.write(to: url)
        _ = try stage(store, volume(2))
        #expect { try stage(store, volume(3)) } throws: { ($0 as? StoreError)?.code == .damaged }
        // It is asked for again, and that is all.
        guard case .partly(let incoming) = try stage(store, volume(3)) else { throw Stop() }
        #expect(incoming.volumes.map { $0.parts - $0.held } == [1, 0, 0])
        try expectWhole(stage(store, volume(1)), store)
    }
}
