import AuditCrypto
import BulkCrypto
import CommandSupport
import ErasureCoding
import Glibc

/// Makes the repair data of segments that are sealed, from what reads back of them.
struct RepairWriter {
    /// What the sums that are being made may take in memory; longer segments are gone through in stretches.
    private static let memory = 192 << 20

    let medium: MediaDirectory
    let segments: [MediaPart]
    let groups: RepairGroups
    /// The folder of the pieces.
    let folder: Descriptor

    /// What one group's pieces are.
    ///
    /// - Parameter progress: called for each segment read with the bytes of it; throwing from it stops.
    func write(group: Int, progress: (_ bytes: Int) throws -> Void) throws -> [MediaPart] {
        let members = groups.segments(of: group).map { segments[$0] }
        let numbers = groups.pieces(of: group)
        let size = RepairData.pieceSize(members.map(\.sealedSize))
        let files = try numbers.map { try PieceFile(SealOutput.repairPath($0), in: folder) }
        let coding = ErasureCode(data: members.count, parity: numbers.count).encoding
        let block = ShardCombination.blockBytes
        let stretch = min(size, max(block, Self.memory / numbers.count / block * block))
        let sums = numbers.map { _ in SegmentBuffer(bytes: stretch) }
        let digests = members.map { _ in SharedDigest() }
        let buffers = SegmentBuffers(bytes: stretch)
        for start in stride(from: 0, to: size, by: stretch) {
            let length = min(stretch, size - start)
            let targets = sums.map { UnsafeMutableRawBufferPointer(rebasing: $0.memory[..<length]) }
            for target in targets { target.initializeMemory(as: UInt8.self, repeating: 0) }
            try OrderedWork.run(members.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
                let (member, buffer) = (members[index], buffers.take())
                try medium.read(member, from: start, count: min(length, max(0, member.sealedSize - start)), into: buffer)
                digests[index].update(buffer.filled)
                return buffer
            } take: { index, buffer in
                let count = buffer.count
                coding.add(buffer.paddedWithZeros(toMultipleOf: block), column: index, to: targets, threads: OrderedWork.processors)
                buffers.giveBack(buffer)
                try progress(count)
            }
            for (file, target) in zip(files, targets) { try file.append(UnsafeRawBufferPointer(target)) }
        }
        for (member, digest) in zip(members, digests) where digest.finish() != member.sealedDigest.bytes {
            throw MediaError(
                .output, "what was written does not read back as it was sealed", file: member.path, advice: "Use another medium.")
        }
        return try zip(numbers, files).map { try MediaPart(path: SealOutput.repairPath($0), sealedSize: size, sealedDigest: $1.finish()) }
    }
}

/// A digest that one thread at a time adds to.
private final class SharedDigest: @unchecked Sendable {
    private var digest = BulkSHA256()

    func update(_ bytes: UnsafeRawBufferPointer) { digest.update(bytes) }
    func finish() -> [UInt8] { digest.finalize() }
}

/// A piece that is written from its front to its end, and named when it is whole.
private final class PieceFile {
    private let path: String
    private let name: String
    private let folder: Descriptor
    private let file: Descriptor
    private var digest = BulkSHA256()
    private var size = 0

    init(_ path: String, in folder: Descriptor) throws(MediaError) {
        (self.path, self.folder) = (path, folder)
        name = String(path.dropFirst(RepairData.folder.count + 1))
        let partial = SealedFileWriter.partialName(of: name)
        unlinkat(folder.number, partial, 0)
        let number = openat(folder.number, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard number >= 0 else { throw SealedFileWriter.failure("creating", path, errno) }
        file = Descriptor(number)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(MediaError) {
        digest.update(bytes)
        var done = 0
        while done < bytes.count {
            let count = pwrite(file.number, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(size + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SealedFileWriter.failure("writing", path, errno) }
            done += count
        }
        size += bytes.count
    }

    func finish() throws(MediaError) -> SHA256Digest {
        guard fsync(file.number) == 0 else { throw SealedFileWriter.failure("syncing", path, errno) }
        guard renameat(folder.number, SealedFileWriter.partialName(of: name), folder.number, name) == 0 else {
            throw SealedFileWriter.failure("renaming", path, errno)
        }
        return try SHA256Digest(of: digest)
    }
}
