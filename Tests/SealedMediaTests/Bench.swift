import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Foundation
import SealedMedia
import Synchronization
import WeightFormats

/// A lab, an appliance and a folder, made for one test and removed with it.
final class Bench {
    let folder: URL
    let lab = Ed25519PrivateKey.generate()
    let appliance: X25519Identity
    let keys: ApplianceKeys
    let verdictKey = Ed25519PrivateKey.generate()
    let ledgerKey = Ed25519PrivateKey.generate()

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        appliance = try X25519Identity.generate()
        keys = try ApplianceKeys(
            name: "test appliance", recipient: appliance.recipient.text,
            ledgerKey: NoteSigner(name: "assay.local/ledger/test", key: ledgerKey).verifierKey,
            verdictKey: verdictKey.publicKey)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    var media: String { path("media") }

    func write(_ bytes: some Sequence<UInt8>, _ name: String) throws {
        let url = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent(name))) }

    // MARK: - Sealing

    /// A GGUF file of one tensor, 2 × 32 floats, written from ggml's docs/gguf.md.
    static func gguf(padding: Int = 0) -> [UInt8] {
        var writer = ByteWriter()
        func text(_ string: String) {
            writer.append(UInt64(string.utf8.count))
            writer.append(Array(string.utf8))
        }
        writer.append(Array("GGUF".utf8))
        writer.append(UInt32(3))
        writer.append(UInt64(1))
        writer.append(UInt64(padding > 0 ? 3 : 2))
        text("general.architecture")
        writer.append(UInt32(8))
        text("llama")
        text("llama.block_count")
        writer.append(UInt32(4))
        writer.append(UInt32(1))
        if padding > 0 {
            text("padding")
            writer.append(UInt32(9))
            writer.append(UInt32(0))
            writer.append(UInt64(padding))
            writer.append((0..<padding).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 2) })
        }
        text("a")
        writer.append(UInt32(2))
        writer.append(UInt64(32))
        writer.append(UInt64(2))
        writer.append(UInt32(0))
        writer.append(UInt64(0))
        while !writer.bytes.count.isMultiple(of: 32) { writer.append([0]) }
        writer.append([UInt8](repeating: 7, count: 32 * 2 * 4))
        return writer.bytes
    }

    func declaration(weights: String = "weights.gguf", family: String? = nil) throws -> Declaration {
        let container = try WeightContainer.open(MappedFile(path: path(weights)))
        return Declaration(
            name: "Test model", version: "1.0", base: .init(name: "Base model", sha256: nil), release: .openWeights,
            licence: "Apache-2.0", contact: "lab@example.org", notes: nil,
            architecture: try ArchitectureSummary([container], family: family))
    }

    func sealer() throws -> SubmissionSealer {
        SubmissionSealer(declaration: try declaration(), lab: "Test lab", recipients: [keys.mediaRecipient], key: lab)
    }

    func inputs(_ names: [(String, MediaFileKind)]) -> [SealInput] {
        names.map { SealInput(source: path($0.0), path: $0.0, kind: $0.1) }
    }

    /// Weights, a dataset's manifest and records, a log, and an empty file, sealed into `media`.
    @discardableResult
    func sealSmall() throws -> SubmissionSealer.Result {
        try write(Self.gguf(), "weights.gguf")
        try write(Array(#"{"@type":"sc:Dataset"}"#.utf8), "croissant.json")
        try write(Array(String(repeating: "{\"text\":\"hello\"}\n", count: 20_000).utf8), "records.jsonl")
        try write(Array("step 1 loss 2.5\n".utf8), "train.log")
        try write([], "empty.txt")
        return try sealer().seal(
            inputs([
                ("weights.gguf", .weights), ("croissant.json", .datasetManifest), ("records.jsonl", .datasetRecords),
                ("train.log", .trainingLog), ("empty.txt", .other),
            ]), into: media)
    }

    /// Copies a medium that is being written, as a reader would find it; what is renamed meanwhile may be missing.
    static func copyTree(_ media: String, to copy: String) -> Bool {
        let files = FileManager.default
        guard (try? files.createDirectory(atPath: copy + "/segments", withIntermediateDirectories: true)) != nil,
            let names = try? files.contentsOfDirectory(atPath: media + "/segments")
        else { return false }
        for name in names { try? files.copyItem(atPath: "\(media)/segments/\(name)", toPath: "\(copy)/segments/\(name)") }
        return true
    }

    /// Weights as models have them: Gaussian, in elements whose high bytes are `bytes` bytes of a 32-bit float.
    static func gaussian(count: Int, bytes: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func uniform() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
        }
        var weights: [UInt8] = []
        weights.reserveCapacity(count * bytes)
        for _ in 0..<count {
            let value = Float(0.02 * (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()))
            for byte in (4 - bytes)..<4 { weights.append(UInt8(truncatingIfNeeded: value.bitPattern >> UInt32(8 * byte))) }
        }
        return weights
    }

    // MARK: - Opening

    final class Collector: SubmissionSink {
        struct Kept {
            let key: FileKey
            let payload: [UInt8]
        }

        private let state = Mutex((kept: [String: Kept](), files: [String: [UInt8]](), received: [String]()))

        var kept: [String: Kept] { state.withLock(\.kept) }
        var files: [String: [UInt8]] { state.withLock(\.files) }
        var receivedFiles: [String] { state.withLock(\.received) }

        func keep(_ segment: MediaSegment, of file: MediaFile, fileKey: FileKey, header: UnsafeRawBufferPointer, payload: UnsafeRawBufferPointer) {
            state.withLock { $0.kept[segment.path] = Kept(key: fileKey, payload: Array(payload)) }
        }
        func plain(_ bytes: UnsafeRawBufferPointer, of file: MediaFile) { state.withLock { $0.files[file.path, default: []] += bytes } }
        func received(_ file: MediaFile) {
            state.withLock {
                $0.files[file.path, default: []] += []
                $0.received.append(file.path)
            }
        }
    }

    func open(labKeys: [Ed25519PublicKey]? = nil) throws -> VerifiedSubmission {
        let submission = try VerifiedSubmission(at: media, labKeys: labKeys ?? [lab.publicKey])
        try submission.checkRecipient(keys.recipient)
        return submission
    }

    @discardableResult
    func receive() throws -> Collector {
        let collector = Collector()
        try SubmissionReceiver(open(), identities: [appliance]).receiveAll(into: collector)
        return collector
    }

    /// The code that taking in the medium ends with; nil if it is taken in.
    func refusal() -> MediaError? {
        do {
            try receive()
            return nil
        } catch let error as MediaError {
            return error
        } catch {
            return MediaError(.receipt, "not a MediaError: \(error)", advice: "")
        }
    }

    // MARK: - Forging

    var manifestURL: URL { URL(fileURLWithPath: media).appendingPathComponent(SubmissionManifest.fileName) }

    func statement() throws -> String {
        let envelope = try DSSEEnvelope(json: Array(Data(contentsOf: manifestURL).dropLast()))
        return String(decoding: envelope.payload, as: UTF8.self)
    }

    /// Signs another statement over the same medium, as a careless or hostile lab could.
    func resign(_ statement: String, with key: Ed25519PrivateKey? = nil) throws {
        let envelope = DSSEEnvelope.sign(
            payload: Array(statement.utf8), payloadType: SubmissionManifest.payloadType, with: [key ?? lab])
        try Data(envelope.encoded()).write(to: manifestURL)
    }

    func edit(_ from: String, _ to: String) throws {
        let statement = try statement()
        precondition(statement.contains(from), "the test edits what is not there: \(from)")
        try resign(statement.replacingOccurrences(of: from, with: to))
    }

    /// A medium with one weight file in one segment, whose compressed bytes and claims are the caller's.
    func forge(
        zstd: [UInt8], plain: [UInt8], path: String = "weights.gguf", recipient: (any AgeRecipient)? = nil,
        digest: SHA256Digest? = nil, size: Int? = nil, transform: MediaTransform = .none
    ) throws {
        try write(Self.gguf(), "weights.gguf")
        let sink = MemorySink()
        let writer = try AgeWriter(sink: sink, recipients: [recipient ?? appliance.recipient])
        try writer.write(zstd)
        try writer.finish()
        try write(sink.bytes, "media/segments/000000.zst.age")
        let digest = digest ?? SHA256Digest.of(plain)
        let size = size ?? plain.count
        let segment = MediaSegment(
            MediaPart(path: "segments/000000.zst.age", sealedSize: sink.bytes.count, sealedDigest: .of(sink.bytes)), plainOffset: 0,
            plainSize: size, transform: transform)
        let manifest = SubmissionManifest(
            declaration: try declaration(),
            files: [MediaFile(path: path, kind: .weights, size: size, digest: digest, segments: [segment])],
            lab: "Test lab", recipients: [keys.mediaRecipient], created: "2030-01-31T12:00:00Z")
        try resign(String(decoding: manifest.statement(), as: UTF8.self))
    }

    /// A zstd frame (RFC 8878, section 3.1.1) of raw blocks, without content size or checksum.
    static func rawFrame(_ bytes: [UInt8], windowDescriptor: UInt8 = 0x58) -> [UInt8] {
        frame(windowDescriptor, blocks: stride(from: 0, to: max(1, bytes.count), by: 100_000).map { start in
            let block = Array(bytes[start..<min(start + 100_000, bytes.count)])
            return (type: 0, size: block.count, content: block)
        })
    }

    /// A frame of run-length blocks: 128 KiB out for four bytes in.
    static func bomb(blocks: Int) -> [UInt8] {
        frame(0x58, blocks: (0..<blocks).map { _ in (type: 1, size: 128 << 10, content: [0]) })
    }

    static func frame(_ window: UInt8, blocks: [(type: Int, size: Int, content: [UInt8])]) -> [UInt8] {
        var frame: [UInt8] = [0x28, 0xb5, 0x2f, 0xfd, 0x00, window]
        for (index, block) in blocks.enumerated() {
            let header = (index == blocks.count - 1 ? 1 : 0) | block.type << 1 | block.size << 3
            frame += [UInt8(header & 255), UInt8(header >> 8 & 255), UInt8(header >> 16)] + block.content
        }
        return frame
    }
}
