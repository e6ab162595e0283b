import AgeFormat
import AuditCrypto
import CanonicalEncoding
import Glibc

/// Media whose manifest is signed by a known lab and whose files are those, and only those, that it names, each of
/// the size it names. What the files hold is verified as they are read, by `SubmissionReceiver`.
package struct VerifiedSubmission: Sendable {
    package let manifest: SubmissionManifest
    /// Lower-case SHA-256 of the signed statement.
    package let submissionID: String
    package let signer: Ed25519PublicKey
    /// The signed manifest as it lies on the medium.
    package let envelope: [UInt8]
    package let directory: MediaDirectory

    package var plainBytes: Int { manifest.files.reduce(0) { $0 + $1.size } }
    package var sealedBytes: Int { manifest.files.flatMap(\.segments).reduce(0) { $0 + $1.sealedSize } }

    /// Reads and verifies a medium's manifest, and holds its files against it.
    ///
    /// - Parameter labKeys: the labs that may submit.
    package init(at path: String, labKeys: [Ed25519PublicKey]) throws(MediaError) {
        let directory = try MediaDirectory(path: path)
        // Asked first: of an interrupted seal, or of some other folder, this is the thing to say.
        let manifestSize = try Self.manifestSize(directory)
        let files = try directory.files()
        guard manifestSize <= SubmissionManifest.maximumBytes else {
            throw MediaError(
                .manifestTooLarge, "\(manifestSize) bytes; at most \(SubmissionManifest.maximumBytes) are read",
                file: SubmissionManifest.fileName, advice: "Ask the lab to split the submission.")
        }
        envelope = try Self.readManifest(directory)
        let (statement, signer) = try Self.verify(envelope, labKeys: labKeys)
        manifest = try SubmissionManifest(statement: statement)
        submissionID = SHA256Digest.of(statement).hex
        self.signer = signer
        self.directory = directory
        try Self.compare(files, with: manifest)
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

    private static func readManifest(_ directory: MediaDirectory) throws(MediaError) -> [UInt8] {
        let (descriptor, _) = try directory.openFile(SubmissionManifest.fileName)
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
                    .unreadable, error.message, file: SubmissionManifest.fileName, advice: MediaError.recopyAdvice)
            }
            if count == 0 { break }
            // The size was checked in the listing; a file that grows since then is held to the same limit.
            guard bytes.count + count <= SubmissionManifest.maximumBytes else {
                throw MediaError(
                    .manifestTooLarge, "more than \(SubmissionManifest.maximumBytes) bytes",
                    file: SubmissionManifest.fileName, advice: "Ask the lab to split the submission.")
            }
            bytes.append(contentsOf: block[..<count])
        }
        return bytes
    }

    private static func verify(
        _ bytes: [UInt8], labKeys: [Ed25519PublicKey]
    ) throws(MediaError) -> ([UInt8], Ed25519PublicKey) {
        let name = SubmissionManifest.fileName
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

    private static func compare(_ files: [String: Int], with manifest: SubmissionManifest) throws(MediaError) {
        var undeclared = Set(files.keys)
        undeclared.remove(SubmissionManifest.fileName)
        for file in manifest.files {
            for segment in file.segments {
                guard undeclared.remove(segment.path) != nil, let size = files[segment.path] else {
                    throw MediaError(
                        .missingFile, "the manifest names this segment of \"\(file.path)\", but it is not there",
                        file: segment.path, advice: MediaError.recopyAdvice)
                }
                guard size >= segment.sealedSize else {
                    throw MediaError(
                        .segmentTruncated, "\(size) bytes, where the manifest says \(segment.sealedSize)",
                        file: segment.path, offset: size, advice: MediaError.recopyAdvice)
                }
                guard size <= segment.sealedSize else {
                    throw MediaError(
                        .segmentOversized, "\(size) bytes, where the manifest says \(segment.sealedSize)",
                        file: segment.path, offset: segment.sealedSize, advice: MediaError.recopyAdvice)
                }
            }
        }
        if let extra = undeclared.min() {
            let more = undeclared.count > 1 ? " (and \(undeclared.count - 1) more)" : ""
            throw MediaError(
                .undeclaredFile, "the signed manifest does not name this file\(more)", file: extra,
                advice: "Remove it from the medium, or ask the lab to seal it as part of the submission.")
        }
    }
}
