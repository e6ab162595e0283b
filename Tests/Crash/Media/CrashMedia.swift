import AgeFormat
import AuditCrypto
import AuditSigning
import ContentStore
import Foundation
import SealedMedia

/// What is sealed and taken in by one process after another, in a folder with its keys.
struct CrashMedia {
    let folder: String
    let lab: Ed25519PrivateKey
    let identity: X25519Identity
    private let storeKey: SecretBytes

    private static let files: [(name: String, kind: MediaFileKind, bytes: Int)] = [
        ("model.safetensors", .weights, 150 << 20), ("records.txt", .other, 3 << 20), ("notes.txt", .other, 1000),
    ]

    /// Makes keys and files, or reads the keys.
    init(folder: String) throws {
        self.folder = folder
        let file = URL(filePath: folder + "/keys")
        if !FileManager.default.fileExists(atPath: file.path) {
            try Data(SecureRandom.bytes(64) + Array(X25519Identity.generate().text.utf8)).write(to: file, options: .atomic)
            for (number, content) in Self.files.enumerated() {
                try Self.content(content.bytes, seed: UInt64(number + 1), isWeights: content.kind == .weights)
                    .write(to: URL(filePath: folder + "/" + content.name))
            }
        }
        let bytes = [UInt8](try Data(contentsOf: file))
        lab = try Ed25519PrivateKey(seed: Array(bytes.prefix(32)))
        storeKey = SecretBytes(Array(bytes[32..<64]))
        identity = try X25519Identity(text: String(decoding: bytes[64...], as: UTF8.self))
    }

    /// Bytes of which every other is noise, as of bf16; weights with a safetensors header.
    private static func content(_ count: Int, seed: UInt64, isWeights: Bool) -> Data {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var data = Data(capacity: count)
        if isWeights {
            let size = count - 88
            var header = Data(#"{"w":{"dtype":"U8","shape":[\#(size)],"data_offsets":[0,\#(size)]}}"#.utf8)
            header += Data(repeating: 0x20, count: 80 - header.count)
            data += withUnsafeBytes(of: UInt64(80).littleEndian) { Data($0) } + header
        }
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while data.count < count {
            for index in block.indices {
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                block[index] = index & 1 == 0 ? UInt8(truncatingIfNeeded: state >> 24) : UInt8(60 + (state >> 30) % 3)
            }
            data += block.prefix(count - data.count)
        }
        return data
    }

    var media: String { folder + "/media" }
    /// A medium that no kill touched, for taking in.
    var reference: String { folder + "/reference" }
    var storeFolder: String { folder + "/store" }

    @discardableResult
    func seal(into output: String) throws -> SubmissionSealer.Result {
        let declaration = try Declaration(json: Array(#"""
            {"architecture":{"family":"llama","format":"safetensors","parameters":4,"tensors":1,"types":{"U8":1}},
             "contact":"lab@example.org","licence":"Apache-2.0","name":"crash","release":"internal","v":1,"version":"1"}
            """#.utf8))
        let inputs = Self.files.map { SealInput(source: "\(folder)/\($0.name)", path: $0.name, kind: $0.kind) }
        return try SubmissionSealer(
            declaration: declaration, lab: "Crash lab", recipients: [.init(name: "appliance", age: identity.recipient.text)], key: lab,
            repair: RepairShare("10%")
        ).seal(inputs, into: output)
    }

    var isSealed: Bool {
        FileManager.default.fileExists(atPath: media + "/manifest.dsse.json") && !FileManager.default.fileExists(atPath: media + "/.seal.partial")
    }

    func store() throws -> SubmissionStore { SubmissionStore(try StoreDatabase(folder: storeFolder), key: storeKey) }

    func ingest() throws {
        let store = try store()
        guard case .whole(let staged) = try store.stage(media: reference, labs: [lab.publicKey], identity: identity, progress: { _ in }) else {
            throw CrashError("a whole medium was not taken in whole")
        }
        _ = try store.keep(staged.id, entry: EntryPlace(index: 1, leaf: .of([1])), time: 1_800_000_000)
    }

    // MARK: What must be

    /// Everything about a sealed medium that does not depend on the random keys of its segments.
    func shape(_ media: String) throws -> [String] {
        let submission = try VerifiedSubmission(at: media, labKeys: [lab.publicKey])
        let damage = try submission.examine()
        guard damage.isEmpty else { throw CrashError("damaged: \(damage[0].error)") }
        let sink = DigestSink()
        try SubmissionReceiver(submission, identities: [identity]).receiveAll(into: sink)
        // Its repair data gives back what it must.
        let lost = MediaDamage(place: .segment(Int.random(in: 0..<submission.manifest.segments.count)), error: MediaError(.missingFile, "", advice: ""))
        try SegmentRebuilder(submission.manifest, lost: [lost.place]).rebuildSegments(
            reading: { try submission.directory.read($0, into: $1) }, progress: { _ in }, take: { _, _ in })
        return submission.manifest.files.map { "\($0.path) \($0.kind) \($0.size) \($0.digest.hex)" }
            + submission.manifest.segments.map { "\($0.path) \($0.sealedSize) \($0.plainOffset) \($0.plainSize) \($0.transform)" }
            + (submission.manifest.repair?.pieces ?? []).map { "\($0.path) \($0.sealedSize)" }
    }

    /// All that the store holds of the submission: names and digests, and what its files open to.
    func content() throws -> [String] {
        let store = try store()
        let submission = try store.submissions()[0]
        var lines: [String] = []
        for file in submission.manifest.files {
            let memory = try store.open(file, of: submission)
            lines.append("\(file.path) \(SHA256Digest.of([UInt8](try Data(contentsOf: URL(filePath: "/proc/self/fd/\(memory.descriptor)")))).hex)")
        }
        let folder = "\(storeFolder)/segments/\(submission.id)"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            lines.append("\(name) \(SHA256Digest.of([UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))).hex)")
        }
        return lines
    }
}

/// Takes everything and keeps nothing: the digests are the receiver's to check.
private final class DigestSink: SubmissionSink {
    func keep(
        _ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer
    ) {}
}
