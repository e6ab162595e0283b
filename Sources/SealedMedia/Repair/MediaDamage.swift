import AgeFormat
import CommandSupport

/// What is wrong with a part of a medium.
package struct MediaDamage: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        case manifest
        /// In the manifest's order, from 0.
        case segment(Int)
        case piece(Int)
    }

    package let place: Place
    package let error: MediaError

    package init(place: Place, error: MediaError) { (self.place, self.error) = (place, error) }
}

extension VerifiedSubmission {
    /// Hashes every part on this medium, several at a time, and compares it with the manifest: all that can be verified of the
    /// contents without the appliance's key.
    ///
    /// - Parameters:
    ///   - progress: called after each part; throwing from it stops.
    ///   - isWanted: which parts are looked at.
    /// - Returns: what is wrong, besides `damage`, in the manifest's order.
    package func examine(
        progress: (MediaProgress) throws -> Void = { _ in }, _ isWanted: (MediaDamage.Place) -> Bool = { _ in true }
    ) throws -> [MediaDamage] {
        let known = Set(damage.map(\.place))
        let here = Set(parts.map(\.volume))
        let places = manifest.places.filter { here.contains($0.part.volume) && !known.contains($0.place) && isWanted($0.place) }
        let total = places.reduce(0) { $0 + $1.part.sealedSize }
        var (done, found) = (0, [MediaDamage]())
        let buffers = SegmentBuffers(bytes: MediaSegment.maximumSealedSize)
        try OrderedWork.run(places.count, threads: SegmentBuffers.threads, ahead: SegmentBuffers.ahead) { index in
            let buffer = buffers.take()
            defer { buffers.giveBack(buffer) }
            do throws(MediaError) {
                try directory.read(places[index].part, into: buffer)
                if case .segment = places[index].place { try Self.checkIsAge(buffer, places[index].part) }
                return MediaError?.none
            } catch { return error }
        } take: { index, error in
            if let error { found.append(MediaDamage(place: places[index].place, error: error)) }
            done += places[index].part.sealedSize
            try progress(MediaProgress(activity: .checking, file: places[index].part.path, bytesDone: done, bytesTotal: total))
        }
        if isWanted(.manifest), let error = damageOfCopy { found.append(MediaDamage(place: .manifest, error: error)) }
        return found
    }

    /// What is wrong with the copy of the manifest that goes with repair data.
    private var damageOfCopy: MediaError? {
        guard manifest.repair != nil else { return nil }
        do throws(MediaError) {
            guard try Self.readManifest(RepairData.manifestCopy, directory) != envelope else { return nil }
            return MediaError(.segmentDigest, "it differs from the manifest", file: RepairData.manifestCopy, advice: MediaError.recopyAdvice)
        } catch { return error }
    }

    /// The header's grammar needs no key.
    private static func checkIsAge(_ buffer: SegmentBuffer, _ part: MediaPart) throws(MediaError) {
        do { _ = try AgeReader.readHeader(source: BytesSource(buffer.filled)) } catch {
            throw SegmentDecoder.sealFailure(error, part.path)
        }
    }
}
