import AuditCrypto
import BulkCrypto
import CommandSupport
import ModelSigning

/// A model's own signature as it is submitted: the bundle, and perhaps the public key that it is to be verified with.
package struct SubmittedSignature: Sendable {
    /// Of the key's file.
    package static let maximumKeyBytes = 16 << 10
    /// How model-signing names the bundle in a model's folder unless it is told otherwise.
    package static let fileName = "model.sig"

    private let manifest: SignedManifest
    private let bundle: SHA256Digest
    private let key: SHA256Digest?

    /// Verifies the signature; whether it fits any files is not known yet.
    ///
    /// - Parameter key: PEM; without it, the bundle's own certificate is used.
    private init(bundle: [UInt8], key: [UInt8]?) throws(ModelSignatureError) {
        var verifier: P256VerifierKey?
        if let key { verifier = try ModelSignature.key(pem: String(decoding: key, as: UTF8.self)) }
        manifest = try ModelSignature(bundle: bundle).verify(with: verifier)
        self.bundle = SHA256Digest.of(bundle)
        self.key = key.map { SHA256Digest.of($0) }
    }

    /// What the signature among files that were taken in says of them; nil where there is none. Whatever it says is a result.
    ///
    /// - Parameter contents: of a file, whose digest holds.
    package static func result(among files: [MediaFile], contents: (MediaFile) throws -> [UInt8]) throws -> ModelSignatureResult? {
        guard let bundle = files.first(where: { $0.kind == .modelSignature }) else { return nil }
        let bytes = try contents(bundle), key = try files.first { $0.kind == .modelSigningKey }.map(contents)
        do throws(ModelSignatureError) {
            return ModelSignatureResult(try SubmittedSignature(bundle: bytes, key: key).manifest, files)
        } catch {
            return ModelSignatureResult(refusal: error)
        }
    }

    /// Why files of these kinds and sizes have no place in one submission; nil if they have. What is verified is held in memory.
    static func misfit(among files: [(kind: MediaFileKind, size: Int)]) -> String? {
        let bundles = files.filter { $0.kind == .modelSignature }, keys = files.filter { $0.kind == .modelSigningKey }
        if bundles.count > 1 || keys.count > 1 { return "at most one file of kind \"model-signature\" was expected, and one \"model-signing-key\"" }
        if bundles.isEmpty, !keys.isEmpty { return "a file of kind \"model-signing-key\" was expected only beside one of kind \"model-signature\"" }
        if bundles.contains(where: { $0.size > ModelSignature.maximumBytes }) {
            return "a model's signature has at most \(ModelSignature.maximumBytes) bytes"
        }
        return keys.contains { $0.size > maximumKeyBytes } ? "a model's signing key has at most \(maximumKeyBytes) bytes" : nil
    }
}

// MARK: - At the lab

extension SubmittedSignature {
    /// The signature among what is to be sealed; nil where there is none.
    ///
    /// - Throws: for one that does not hold: it is not sealed.
    init?(_ inputs: [SealInput]) throws(MediaError) {
        let bundle = inputs.first { $0.kind == .modelSignature }, key = inputs.first { $0.kind == .modelSigningKey }
        guard let input = bundle ?? key else { return nil }
        if let reason = Self.misfit(among: inputs.map { ($0.kind, 0) }) {
            throw MediaError(
                .modelSignature, reason, file: input.path, advice: "Give one signature with --model-signature, and its key with --model-signing-key.")
        }
        let bytes = try Self.read(input.source, ModelSignature.maximumBytes)
        var keyBytes: [UInt8]?
        if let key { keyBytes = try Self.read(key.source, Self.maximumKeyBytes) }
        do throws(ModelSignatureError) {
            try self.init(bundle: bytes, key: keyBytes)
        } catch {
            let advice =
                switch error.code {
                case .keyNeeded: "Give the signer's public key with --model-signing-key."
                case .keyMalformed, .keyUnsupported, .keyMismatch: "Give the key of whoever signed the model with --model-signing-key."
                default: "Seal the model with the signature that belongs to it, or without one."
                }
            throw MediaError(.modelSignature, "\(error.message) (\(error.code.rawValue))", file: input.path, advice: advice)
        }
    }

    private static func read(_ path: String, _ maxBytes: Int) throws(MediaError) -> [UInt8] {
        do { return try Files.read(path, maxBytes: maxBytes) } catch {
            throw MediaError(.input, error.reason, file: path, advice: "Check the name and its permissions.")
        }
    }

    /// What the signature says of files whose contents have been read, itself among them.
    ///
    /// - Throws: where it speaks of other files than these. What it says nothing of, or what is missing, is for people to judge.
    func checked(_ files: [MediaFile]) throws(MediaError) -> ModelSignatureResult {
        guard let bundle = files.first(where: { $0.kind == .modelSignature }), bundle.digest == self.bundle,
            files.first(where: { $0.kind == .modelSigningKey })?.digest == key
        else {
            throw MediaError(
                .input, "the model's signature or its key was changed while it was being sealed", advice: "Let it rest, then seal again.")
        }
        let result = ModelSignatureResult(manifest, files)
        guard let first = result.differing.first else { return result }
        let more = result.differing.count > 1 ? " (and \(result.differing.count - 1) more)" : ""
        throw MediaError(
            .modelSignature, "the model's signature (\(bundle.path)) is of another file under this name\(more)", file: first,
            advice: "Seal the files that were signed, or have these signed.")
    }
}
