import CommandSupport
import Glibc

/// Makes damaged media whole again where they lie: all volumes of a submission that are at hand.
package struct MediumRepair {
    private let media: [VerifiedSubmission]
    private let damage: [MediaDamage]
    /// Which of the media each part lies on, by its path.
    private let medium: [String: VerifiedSubmission]

    /// - Parameters:
    ///   - media: volumes of one submission, at least one.
    ///   - damage: what is wrong with any of them.
    package init(_ media: [VerifiedSubmission], damage: [MediaDamage]) {
        (self.media, self.damage) = (media, damage)
        medium = Dictionary(media.flatMap { medium in medium.parts.map { ($0.path, medium) } }) { first, _ in first }
    }

    private var manifest: SubmissionManifest { media[0].manifest }

    /// Throws where the repair data that is left is not enough; parts of volumes that are not at hand count as lost.
    package func check() throws(MediaError) { try rebuilder().check() }

    private func rebuilder() -> SegmentRebuilder {
        let away = manifest.places.lazy.filter { medium[$0.part.path] == nil }.map(\.place)
        return SegmentRebuilder(manifest, lost: Set(damage.map(\.place)).union(away))
    }

    /// Writes what is lost of the media at hand again. A part gets its name when it is whole.
    package func run(progress: (MediaProgress) throws -> Void) throws {
        let rebuilder = rebuilder()
        try rebuilder.check()
        let broken = Set(damage.map(\.place))
        let read: SegmentRebuilder.Read = { [medium] part, buffer in
            guard let medium = medium[part.path] else {
                throw MediaError(.missingFile, "it lies on a volume that is not here", file: part.path, advice: MediaError.recopyAdvice)
            }
            try medium.directory.read(part, into: buffer)
        }
        try rebuilder.rebuildSegments(reading: read, progress: progress) { number, bytes in
            guard broken.contains(.segment(number)) else { return }
            try write(bytes, as: manifest.segments[number].part)
        }
        // Pieces are made of segments: of all of them, which are whole now, if they are here.
        if media.count == (manifest.volumes ?? 1) {
            try rebuilder.rebuildPieces(reading: read, progress: progress) { number, bytes in
                guard let repair = manifest.repair else { return }
                try write(bytes, as: repair.pieces[number])
            }
        }
        for medium in media {
            let names = [SubmissionManifest.fileName] + (manifest.repair == nil ? [] : [RepairData.manifestCopy])
            for name in names { try writeManifest(medium, name) }
        }
    }

    /// Removes what a repair that was killed left half written: no medium with that is taken in.
    package static func clearRemains(on medium: String) throws(MediaError) {
        let root = try MediaDirectory(path: medium).root
        for folder in [".", SealOutput.segmentFolder, RepairData.folder] {
            let number = openat(root.number, folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard number >= 0 else { continue }
            let descriptor = Descriptor(number)
            let names = FolderNames.all(in: dup(number)) ?? []
            for name in names.map({ String(decoding: $0, as: UTF8.self) }) where SealOutput.isPartial(name) { unlinkat(descriptor.number, name, 0) }
        }
    }

    private func write(_ buffer: SegmentBuffer, as part: MediaPart) throws(MediaError) {
        guard let medium = medium[part.path] else { return }
        let (folder, name) = try Self.open(part.path, of: medium)
        try SealedFileWriter.write(buffer.filled, folder: folder.number, name: name, shown: part.path)
    }

    private func writeManifest(_ medium: VerifiedSubmission, _ path: String) throws {
        let (folder, name) = try Self.open(path, of: medium)
        try medium.envelope.withUnsafeBytes { try SealedFileWriter.write($0, folder: folder.number, name: name, shown: path) }
    }

    /// The folder of a file that is to be written.
    private static func open(_ path: String, of medium: VerifiedSubmission) throws(MediaError) -> (folder: Descriptor, name: String) {
        let names = path.split(separator: "/").map(String.init)
        var folder = medium.directory.root
        for name in names.dropLast() {
            guard mkdirat(folder.number, name, 0o755) == 0 || errno == EEXIST else { throw SealedFileWriter.failure("creating the folder of", path, errno) }
            let number = openat(folder.number, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard number >= 0 else { throw SealedFileWriter.failure("opening the folder of", path, errno) }
            folder = Descriptor(number)
        }
        return (folder, names[names.count - 1])
    }
}
