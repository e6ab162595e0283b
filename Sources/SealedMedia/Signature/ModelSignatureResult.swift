import AuditCrypto
import CanonicalEncoding
import ModelSigning

/// What a model's own signature (OpenSSF Model Signing), submitted beside it, says of the submitted files. The lab's
/// signature of the submission is another one, and does not depend on it.
package struct ModelSignatureResult: Hashable, Sendable {
    /// Closed: the ledger and receipts hold these words.
    package enum State: String, Hashable, Sendable, CaseIterable {
        /// The signature holds, and every file that it signs is there as signed, all weight files among them.
        case verified
        /// The signature holds and no file differs, but it says nothing of a weight file, signs one that is not there, or
        /// has digests that cannot be compared.
        case incomplete
        /// The signature holds, and a submitted file is not the one that it signs.
        case differs
        /// The signature does not hold, or could not be read.
        case notVerified = "not-verified"
    }

    /// Where the key that it was verified with comes from. Whose it is was judged in neither case.
    package enum KeySource: String, Hashable, Sendable {
        /// A file of the submission.
        case submitted = "submitted-key"
        /// The bundle's own certificate, whose chain, validity and purpose were not judged.
        case certificate
    }

    package let state: State
    /// Why it is not verified.
    package let refusal: ModelSignatureError?
    /// SHA-256 of the key's SubjectPublicKeyInfo, and where the key comes from, if the signature holds.
    package let key: SHA256Digest?
    package let keySource: KeySource?

    // By their names in the submission, or where they are missing, in the signature.
    package let matching: [String]
    package let differing: [String]
    /// Signed by digests other than SHA-256 of the whole file.
    package let notComparable: [String]
    /// Signed, and not submitted.
    package let missing: [String]
    /// Weights and files beside them that it says nothing of. Datasets and logs belong to no model's folder.
    package let notCovered: [String]

    init(refusal: ModelSignatureError) {
        (state, self.refusal, key, keySource) = (.notVerified, refusal, nil, nil)
        (matching, differing, notComparable, missing, notCovered) = ([], [], [], [], [])
    }

    /// - Parameter files: all of the submission.
    init(_ signed: SignedManifest, _ files: [MediaFile]) {
        let others = files.filter { $0.kind != .modelSignature && $0.kind != .modelSigningKey }
        let comparison = signed.compare(files: others.map { ($0.path, $0.digest) })
        let fromModel = Set(others.filter { $0.kind == .weights || $0.kind == .other }.map(\.path))
        refusal = nil
        key = signed.signer.keyFingerprint
        keySource = if case .givenKey = signed.signer.origin { .submitted } else { .certificate }
        matching = comparison.matching.map(\.file)
        differing = comparison.differing.map(\.file)
        notComparable = comparison.notComparable.map(\.file)
        missing = comparison.missing
        notCovered = comparison.notCovered.filter(fromModel.contains)
        let confirmed = Set(matching)
        let isWhole = notComparable.isEmpty && missing.isEmpty && files.allSatisfy { $0.kind != .weights || confirmed.contains($0.path) }
        state = !differing.isEmpty ? .differs : isWhole ? .verified : .incomplete
    }

    /// The state, the key's fingerprint and counts, or a code: no names and no text.
    package var json: JSONObject {
        var object: JSONObject = ["state": .string(state.rawValue)]
        if let refusal { object["code"] = .string(refusal.code.rawValue) }
        guard let key, let keySource else { return object }
        object["key"] = .string(key.hex)
        object["keySource"] = .string(keySource.rawValue)
        for (name, files) in [
            ("differing", differing), ("matching", matching), ("missing", missing), ("notComparable", notComparable), ("notCovered", notCovered),
        ] { object[name] = .integer(Int64(files.count)) }
        return object
    }
}
