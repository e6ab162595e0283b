import Foundation
import SealedMedia
import Synchronization
import Testing

/// Media that somebody changes while they are read: each is refused, or is read as it was signed.
extension HostileMediaTests {
    enum Change: CaseIterable { case cut, emptied, longer, vast, replaced, removed, link, fifo, folder }

    func change(_ name: String, _ change: Change) throws {
        let bytes = try bench.read("media/" + name)
        switch change {
        case .cut: #expect(truncate(at(name), off_t(bytes.count - 1)) == 0)
        case .emptied: #expect(truncate(at(name), 0) == 0)
        case .longer: #expect(truncate(at(name), off_t(bytes.count + 1)) == 0)
        case .vast: #expect(truncate(at(name), 1 << 40) == 0)
        case .replaced:
            try bench.write(bytes.reversed(), "new")
            #expect(rename(bench.path("new"), at(name)) == 0)
        case .removed: try files.removeItem(atPath: at(name))
        case .link, .fifo, .folder:
            try files.removeItem(atPath: at(name))
            try bench.write(bytes, "elsewhere")
            switch change {
            case .link: try files.createSymbolicLink(atPath: at(name), withDestinationPath: bench.path("elsewhere"))
            case .fifo: #expect(mkfifo(at(name), 0o600) == 0)
            default: try files.createDirectory(atPath: at(name), withIntermediateDirectories: false)
            }
        }
    }

    /// Between the listing and the reading.
    @Test(arguments: Change.allCases)
    func changedAfterTheListing(change: Change) throws {
        try seal()
        let whole = try bench.read("media/" + segment)
        let expected: MediaError.Code? =
            switch change {
            case .cut, .emptied, .replaced: .segmentDigest
            // What was signed for is at its front, and no more is read.
            case .longer, .vast: nil
            case .removed: .missingFile
            case .link: .symlink
            case .fifo, .folder: .notRegular
            }
        let submission = try bench.open()
        try self.change(segment, change)
        let collector = Bench.Collector()
        #expect(code { try SubmissionReceiver(submission, identities: [bench.appliance]).receiveAll(into: collector) } == expected)
        #expect(try submission.examine().map(\.error.code) == (expected.map { [$0] } ?? []))
        if expected == nil { #expect(collector.files["weights.gguf"] == Bench.gguf()) }
        let damage = submission.damage + (try submission.examine())
        // As lost as any, if the medium lets it be written again.
        if change == .cut || change == .replaced {
            try MediumRepair([submission], damage: damage).run { _ in }
            #expect(try bench.read("media/" + segment) == whole)
        }
    }

    /// After the first segment has been read, from within.
    @Test(arguments: Change.allCases)
    func changedWhileItIsRead(change: Change) throws {
        try bench.write(Bench.gguf(), "weights.gguf")
        let names = (0..<40).map { "note-\($0).txt" }
        for name in names { try bench.write(Array("\(name)\n".utf8), name) }
        try bench.sealer().seal(bench.inputs([("weights.gguf", .weights)] + names.map { ($0, .other) }), into: bench.media)
        let submission = try bench.open()
        let last = "segments/000040.zst.age"
        let collector = Bench.Collector()
        var changed = false
        let found = code {
            try SubmissionReceiver(submission, identities: [bench.appliance]).receiveAll(into: collector) { _ in
                if !changed { try self.change(last, change) }
                changed = true
            }
        }
        // The reader is few segments ahead: it has not read the last one yet.
        #expect(changed && (found == nil) == (change == .longer || change == .vast))
        #expect(collector.files["note-0.txt"] == Array("note-0.txt\n".utf8))
        if found == nil { #expect(collector.files["note-39.txt"] == Array("note-39.txt\n".utf8)) }
    }

    /// By somebody who never stops: whatever is taken in is what was signed.
    @Test func changedAllTheTime() throws {
        try seal()
        let names = [segment, "segments/000001.zst.age", SubmissionManifest.fileName, piece, copy]
        let whole = try names.map { try bench.read("media/" + $0) }
        let changer = Changer(), media = bench.media
        let ended = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var turn = 0
            while !changer.stops.withLock({ $0 }) {
                let index = turn % names.count
                Changer.change("\(media)/\(names[index])", whole[index], way: turn / names.count % 4, fresh: media + "-fresh")
                turn += 1
            }
            ended.signal()
        }
        var codes: [MediaError.Code?: Int] = [:]
        let end = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < end {
            let collector = Bench.Collector()
            let found = code { try SubmissionReceiver(bench.open(), identities: [bench.appliance]).receiveAll(into: collector) }
            codes[found, default: 0] += 1
            if found == nil { #expect(collector.files["weights.gguf"] == Bench.gguf()) }
            _ = try? tolerated()
        }
        changer.stops.withLock { $0 = true }
        ended.wait()
        let allowed: Set<MediaError.Code?> = [
            nil, .segmentDigest, .segmentTruncated, .segmentOversized, .missingFile, .manifestMalformed, .signatureInvalid, .unknownSigner,
            .manifestMissing, .unreadable, .undeclaredFile, .statement, .unsigned,
        ]
        #expect(allowed.isSuperset(of: codes.keys), "\(codes)")
        #expect(codes.values.reduce(0, +) > 20)
    }

    private final class Changer: Sendable {
        let stops = Mutex(false)

        /// Spoils a file, and puts it right again, which takes no time to whoever looks.
        static func change(_ path: String, _ whole: [UInt8], way: Int, fresh: String) {
            switch way {
            case 0: _ = truncate(path, off_t(whole.count / 2))
            case 1: _ = truncate(path, off_t(whole.count + 5000))
            case 2:
                let descriptor = open(path, O_WRONLY)
                _ = pwrite(descriptor, [0x2a], 1, off_t(whole.count / 3))
                close(descriptor)
            default: break
            }
            usleep(50)
            let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            _ = whole.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            close(descriptor)
            _ = rename(fresh, path)
            usleep(50)
        }
    }
}
