import AuditCrypto
import CanonicalEncoding

extension Declaration {
    /// A dataset that the model was trained on.
    package struct Dataset: Hashable, Sendable {
        static let maximumCount = 64

        /// Where the dataset's manifest is.
        package enum Manifest: Hashable, Sendable {
            /// The path of a file of the same submission, of kind `dataset-manifest`.
            case submitted(path: String)
            /// The digest of one that is elsewhere.
            case elsewhere(SHA256Digest)
        }

        package let name: String
        /// An SPDX identifier, a URL, or the licence's name.
        package let licence: String?
        package let manifest: Manifest?

        package init(name: String, licence: String? = nil, manifest: Manifest? = nil) {
            (self.name, self.licence, self.manifest) = (name, licence, manifest)
        }

        init(_ field: JSONField) throws(JSONFieldError) {
            try field.allow(only: ["licence", "manifest", "name", "sha256"])
            name = try Declaration.text(field.field("name"), maxBytes: 128)
            licence = try field.optional("licence").map { text throws(JSONFieldError) in try Declaration.text(text, maxBytes: 256) }
            switch (try field.optional("manifest"), try field.optional("sha256")) {
            case (nil, nil): manifest = nil
            case (let path?, nil): manifest = .submitted(path: try SubmissionManifest.path(path))
            case (nil, let digest?): manifest = .elsewhere(try SubmissionManifest.digest(digest))
            case (_?, let digest?):
                // The signed list has its digest already, and two could differ.
                throw digest.failure("the digest is of a manifest that is elsewhere; this one's is in the submission")
            }
        }

        var json: JSONValue {
            var object: JSONObject = ["name": .string(name)]
            if let licence { object["licence"] = .string(licence) }
            switch manifest {
            case .submitted(let path): object["manifest"] = .string(path)
            case .elsewhere(let digest): object["sha256"] = .string(digest.hex)
            case nil: break
            }
            return .object(object)
        }
    }

    /// Refuses a dataset's manifest that the submission does not hold.
    ///
    /// - Parameters:
    ///   - submitted: the paths of the submission's files of kind `dataset-manifest`.
    ///   - path: the declaration's own place, for the error.
    func checkManifests(among submitted: [String], at path: String = "$") throws(JSONFieldError) {
        let known = Set(submitted.map { ExactString($0) })
        for (index, dataset) in datasets.enumerated() {
            guard case .submitted(let name) = dataset.manifest, !known.contains(ExactString(name)) else { continue }
            throw JSONFieldError(
                path: "\(path).datasets[\(index)].manifest",
                message: "the submission has no file \"\(name)\" of kind \"\(MediaFileKind.datasetManifest.rawValue)\"")
        }
    }
}
