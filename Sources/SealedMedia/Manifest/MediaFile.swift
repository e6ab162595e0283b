import AuditCrypto
import CanonicalEncoding

/// What a submitted file is.
package enum MediaFileKind: String, Hashable, Sendable, CaseIterable {
    case weights
    case datasetManifest = "dataset-manifest"
    case datasetRecords = "dataset-records"
    case trainingLog = "training-log"
    /// An OpenSSF Model Signing bundle over the model's files; at most one.
    case modelSignature = "model-signature"
    /// The public key (PEM) that the bundle is to be verified with; at most one, and only beside a bundle.
    case modelSigningKey = "model-signing-key"
    case other
}

/// A stretch of a file, sealed on its own.
package struct MediaSegment: Hashable, Sendable {
    /// The longest stretch of plaintext, in bytes: 16 MiB. Whole segments are held in memory, several at a time.
    package static let maximumPlainSize = 16 << 20
    /// With a zstd frame's and age's own bytes, and a header for many recipients.
    package static let maximumSealedSize = maximumPlainSize + 1 << 20

    /// As it lies on the medium.
    package var part: MediaPart
    package var path: String { part.path }
    package var sealedSize: Int { part.sealedSize }
    package var sealedDigest: SHA256Digest { part.sealedDigest }
    /// Where the stretch starts in its file.
    package let plainOffset: Int
    package let plainSize: Int
    package let transform: MediaTransform

    package init(_ part: MediaPart, plainOffset: Int, plainSize: Int, transform: MediaTransform = .none) {
        self.part = part
        self.plainOffset = plainOffset
        self.plainSize = plainSize
        self.transform = transform
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["compression", "plainOffset", "plainSize", "transform"] + MediaPart.members)
        part = try MediaPart(field)
        plainOffset = try SubmissionManifest.size(field.field("plainOffset"))
        plainSize = try SubmissionManifest.size(field.field("plainSize"), in: 1...Int64(Self.maximumPlainSize))
        // Named so that later ways of packing need no new format; what is not known is refused, not guessed.
        let compression = try field.field("compression")
        guard try compression.string(maxBytes: 32) == "zstd" else { throw compression.failure("this program knows only \"zstd\"") }
        let transformField = try field.field("transform")
        guard let transform = MediaTransform(rawValue: try transformField.string(maxBytes: 32)) else {
            throw transformField.failure("this program knows only \(MediaTransform.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.transform = transform
    }

    var json: JSONValue {
        var object = part.json
        object["compression"] = "zstd"
        object["plainOffset"] = .integer(Int64(plainOffset))
        object["plainSize"] = .integer(Int64(plainSize))
        object["transform"] = .string(transform.rawValue)
        return .object(object)
    }
}

/// A submitted file and the segments that hold it.
package struct MediaFile: Hashable, Sendable {
    package let path: String
    package let kind: MediaFileKind
    package let size: Int
    package let digest: SHA256Digest
    /// In order, without gaps; none for an empty file.
    package var segments: [MediaSegment]

    package init(path: String, kind: MediaFileKind, size: Int, digest: SHA256Digest, segments: [MediaSegment]) {
        self.path = path
        self.kind = kind
        self.size = size
        self.digest = digest
        self.segments = segments
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["kind", "path", "segments", "sha256", "size"])
        path = try SubmissionManifest.path(field.field("path"))
        let kindField = try field.field("kind")
        guard let kind = MediaFileKind(rawValue: try kindField.string(maxBytes: 32)) else {
            throw kindField.failure("one of \(MediaFileKind.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        self.kind = kind
        size = try SubmissionManifest.size(field.field("size"))
        digest = try SubmissionManifest.digest(field.field("sha256"))
        var segments: [MediaSegment] = []
        var end = 0
        for element in try field.field("segments").array(maxCount: SubmissionManifest.maximumSegments) {
            let segment = try MediaSegment(element)
            guard segment.plainOffset == end else {
                throw element.failure("starts at byte \(segment.plainOffset) of its file, where \(end) was expected")
            }
            end += segment.plainSize
            segments.append(segment)
        }
        guard end == size else {
            throw field.failure("the segments hold \(end) bytes, the file is said to have \(size)")
        }
        self.segments = segments
    }

    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "path": .string(path), "segments": .array(segments.map(\.json)),
            "sha256": .string(digest.hex), "size": .integer(Int64(size)),
        ]
    }
}
