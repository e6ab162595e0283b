import AgeFormat
import AuditCrypto
import CanonicalEncoding
import Glibc

/// A medium whose manifest is signed by a known lab and whose files are those, and only those, that it names, each of
/// the size it names. What the files hold is verified as they are read, by `SubmissionReceiver`.
package struct VerifiedSubmission: Sendable {
    package let manifest: SubmissionManifest
    /// What lies on this medium, by the manifest: all parts of the volumes of which any part is there.
    package let parts: [MediaPart]
    /// Parts of these that are missing or have another size; the manifest itself, where only its copy holds.
    package let damage: [MediaDamage]
    /// Lower-case SHA-256 of the signed statement.
    package let submissionID: String
    package let signer: Ed25519PublicKey
    /// The signed manifest as it lies on the medium.
    package let envelope: [UInt8]
    package let directory: MediaDirectory

    package var plainBytes: Int { manifest.files.reduce(0) { $0 + $1.size } }
    /// Of this medium.
    package var sealedBytes: Int { parts.reduce(0) { $0 + $1.sealedSize } }
    /// The volumes on this medium; empty where the submission is one volume.
    package var volumes: [Int] { Set(parts.compactMap(\.volume)).sorted() }

    /// Reads and verifies a medium's manifest, and holds its files against it.
    ///
    /// - Parameters:
    ///   - labKeys: the labs that may submit.
    ///   - toleratesDamage: whether what a failing medium does is noted, and not thrown: a manifest whose copy holds, parts that are
    ///     missing or have another size. What somebody put there is refused all the same.
    package init(at path: String, labKeys: [Ed25519PublicKey], toleratesDamage: Bool = false) throws(MediaError) {
        let directory = try MediaDirectory(path: path)
        var damage: [MediaDamage] = []
        // Asked first: of an interrupted seal, or of some other folder, this is the thing to say.
        let first: (size: Int, error: MediaError?)
        do throws(MediaError) { first = (try Self.manifestSize(directory), nil) } catch { first = (0, error) }
        if let error = first.error, !toleratesDamage { throw error }
        let files = try directory.files()
        let found: (envelope: [UInt8], statement: [UInt8], signer: Ed25519PublicKey)
        do throws(MediaError) {
            if let error = first.error { throw error }
            found = try Self.verified(SubmissionManifest.fileName, size: first.size, directory, labKeys)
        } catch {
            guard toleratesDamage, let size = files[RepairData.manifestCopy],
                let copy = try? Self.verified(RepairData.manifestCopy, size: size, directory, labKeys)
            else { throw error }
            found = copy
            damage.append(MediaDamage(place: .manifest, error: error))
        }
        manifest = try SubmissionManifest(statement: found.statement)
        (envelope, signer) = (found.envelope, found.signer)
        submissionID = SHA256Digest.of(found.statement).hex
        self.directory = directory
        let compared = try Self.compare(files, with: manifest, toleratesDamage)
        parts = compared.parts
        self.damage = damage + compared.damage
    }

    /// Refuses a submission that is sealed to another appliance, before anything is read.
    package func checkRecipient(_ recipient: String) throws(MediaError) {
        guard manifest.recipients.contains(where: { ExactString($0.age) == ExactString(recipient) }) else {
            throw MediaError(
                .wrongRecipient, "sealed to \(MediaRecipient.named(manifest.recipients)), and not to this key (\(recipient))",
                file: SubmissionManifest.fileName,
                advice: "Ask the lab to seal it to this appliance's public file.")
        }
    }

    private static func manifestSize(_ directory: MediaDirectory) throws(MediaError) -> Int {
        do {
            return try directory.openFile(SubmissionManifest.fileName).size
        } catch {
            guard error.code == .missingFile else { throw error }
            throw MediaError(
                .manifestMissing, "there is no \(SubmissionManifest.fileName): nothing says what this is",
                file: directory.path,
                advice: "Give the folder that was sealed. An interrupted seal leaves none: seal again.")
        }
    }

    private static func verified(
        _ name: String, size: Int, _ directory: MediaDirectory, _ labKeys: [Ed25519PublicKey]
    ) throws(MediaError) -> (envelope: [UInt8], statement: [UInt8], signer: Ed25519PublicKey) {
        guard size <= SubmissionManifest.maximumBytes else {
            throw MediaError(
                .manifestTooLarge, "\(size) bytes; at most \(SubmissionManifest.maximumBytes) are read", file: name,
                advice: "Ask the lab to split the submission.")
        }
        let envelope = try readManifest(name, directory)
        let (statement, signer) = try verify(envelope, name, labKeys: labKeys)
        return (envelope, statement, signer)
    }

    static func readManifest(_ name: String, _ directory: MediaDirectory) throws(MediaError) -> [UInt8] {
        let (descriptor, _) = try directory.openFile(name)
        let source = DescriptorSource(descriptor.number)
        var bytes: [UInt8] = []
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
        defer { block.deallocate() }
        while true {
            let count: Int
            do {
                count = try source.read(into: block)
            } catch {
                throw MediaError(
                    .unreadable, error.message, file: name, advice: MediaError.recopyAdvice)
            }
            if count == 0 { break }
            // The size was checked in the listing; a file that grows since then is held to the same limit.
            guard bytes.count + count <= SubmissionManifest.maximumBytes else {
                throw MediaError(
                    .manifestTooLarge, "more than \(SubmissionManifest.maximumBytes) bytes",
                    file: name, advice: "Ask the lab to split the submission.")
            }
            bytes.append(contentsOf: block[..<count])
        }
        return bytes
    }

    private static func verify(
        _ bytes: [UInt8], _ name: String, labKeys: [Ed25519PublicKey]
    ) throws(MediaError) -> ([UInt8], Ed25519PublicKey) {
        var text = bytes[...]
        while text.last == UInt8(ascii: "\n") { text = text.dropLast() }
        let envelope: DSSEEnvelope
        do {
            envelope = try DSSEEnvelope(json: Array(text), limits: SubmissionManifest.limits)
        } catch {
            throw MediaError(
                .manifestMalformed, "not a DSSE envelope: \(error)", file: name, advice: MediaError.recopyAdvice)
        }
        guard !envelope.signatures.isEmpty else {
            throw MediaError(.unsigned, "the manifest has no signature", file: name, advice: MediaError.resealAdvice)
        }
        guard ExactString(envelope.payloadType) == ExactString(SubmissionManifest.payloadType) else {
            throw MediaError(
                .statement, "the envelope holds \"\(envelope.payloadType.prefix(100))\", not an in-toto statement",
                file: name, advice: MediaError.resealAdvice)
        }
        do {
            let (payload, signers) = try envelope.verified(by: labKeys)
            guard let signer = signers.first else {
                throw MediaError(.unsigned, "the manifest has no signature", file: name, advice: MediaError.resealAdvice)
            }
            return (payload, signer)
        } catch let error as DSSEError {
            switch error.code {
            case .unknownSigner:
                let named = envelope.signatures.map { String($0.keyID.prefix(16)) }.joined(separator: ", ")
                throw MediaError(
                    .unknownSigner, "signed by no lab that is known here (key \(named)...)", file: name,
                    advice: "Check the lab's public key with the lab, by its fingerprint, and have it registered.")
            default:
                throw MediaError(
                    .signatureInvalid, "the lab's signature does not match: the manifest was changed after it was "
                        + "signed", file: name, advice: MediaError.recopyAdvice)
            }
        } catch let error as MediaError {
            throw error
        } catch {
            throw MediaError(.signatureInvalid, "\(error)", file: name, advice: MediaError.recopyAdvice)
        }
    }

    /// What of the manifest lies here, and what is wrong with it. Anything besides is refused.
    private static func compare(
        _ files: [String: Int], with manifest: SubmissionManifest, _ toleratesDamage: Bool
    ) throws(MediaError) -> (parts: [MediaPart], damage: [MediaDamage]) {
        let here = Set(manifest.parts.lazy.filter { files[$0.path] != nil }.map(\.volume))
        if here.isEmpty, let volumes = manifest.volumes {
            throw MediaError(
                .missingFile, "no part of any of the \(volumes) volumes is there", file: SubmissionManifest.fileName,
                advice: "Give the folder of one volume, with all that is in it.")
        }
        var (parts, damage) = ([MediaPart](), [MediaDamage]())
        var undeclared = Set(files.keys)
        undeclared.remove(SubmissionManifest.fileName)
        if manifest.repair != nil { undeclared.remove(RepairData.manifestCopy) }
        for (place, part) in manifest.places where here.isEmpty || here.contains(part.volume) {
            parts.append(part)
            undeclared.remove(part.path)
            let size = files[part.path]
            guard size != part.sealedSize else { continue }
            let error =
                if let size {
                    MediaError(
                        size < part.sealedSize ? .segmentTruncated : .segmentOversized,
                        "\(size) bytes, where the manifest says \(part.sealedSize)", file: part.path, offset: min(size, part.sealedSize),
                        advice: MediaError.recopyAdvice)
                } else {
                    MediaError(
                        .missingFile, "the manifest names this \(name(of: place, manifest)), but it is not there", file: part.path,
                        advice: MediaError.recopyAdvice)
                }
            damage.append(MediaDamage(place: place, error: error))
        }
        if let first = damage.first, !toleratesDamage { throw first.error }
        if let extra = undeclared.min() {
            let more = undeclared.count > 1 ? " (and \(undeclared.count - 1) more)" : ""
            throw MediaError(
                .undeclaredFile, "the signed manifest does not name this file\(more)", file: extra,
                advice: "Remove it from the medium, or ask the lab to seal it as part of the submission.")
        }
        return (parts, damage)
    }

    private static func name(of place: MediaDamage.Place, _ manifest: SubmissionManifest) -> String {
        switch place {
        case .manifest: "manifest"
        case .segment(let number): "segment of \"\(manifest.files[manifest.file(ofSegment: number)].path)\""
        case .piece: "piece of repair data"
        }
    }
}
