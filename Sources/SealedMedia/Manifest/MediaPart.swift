import AuditCrypto
import CanonicalEncoding

/// A file on a medium as the lab signed for it: a segment, or a piece of repair data.
package struct MediaPart: Hashable, Sendable {
    /// On the medium, such as `segments/000000.zst.age`.
    package let path: String
    package let sealedSize: Int
    package let sealedDigest: SHA256Digest
    /// Which of several volumes it lies on, from 1; nil where the submission is one volume.
    package var volume: Int?

    package init(path: String, sealedSize: Int, sealedDigest: SHA256Digest, volume: Int? = nil) {
        self.path = path
        self.sealedSize = sealedSize
        self.sealedDigest = sealedDigest
        self.volume = volume
    }

    static let members = ["path", "sealedSha256", "sealedSize", "volume"]

    /// Reads these members of an object that may have more.
    init(_ field: JSONField) throws(JSONFieldError) {
        path = try SubmissionManifest.path(field.field("path"))
        sealedSize = try SubmissionManifest.size(field.field("sealedSize"), in: 1...Int64(MediaSegment.maximumSealedSize))
        sealedDigest = try SubmissionManifest.digest(field.field("sealedSha256"))
        volume = try field.optional("volume").map { volume throws(JSONFieldError) in
            Int(try volume.integer(in: 1...Int64(SubmissionManifest.maximumVolumes)))
        }
    }

    var json: JSONObject {
        var object: JSONObject = [
            "path": .string(path), "sealedSha256": .string(sealedDigest.hex), "sealedSize": .integer(Int64(sealedSize)),
        ]
        if let volume { object["volume"] = .integer(Int64(volume)) }
        return object
    }
}
