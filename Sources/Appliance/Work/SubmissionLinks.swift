import AuditCrypto
import CanonicalEncoding
import ContentStore
import LocalAPI
import SealedMedia

/// How a submission hangs together with those before it: whether its weights were submitted already, by whomever, and
/// whether its lab says that it takes an earlier one's place.
struct SubmissionLinks: Sendable, Hashable {
    /// The ids of earlier submissions with the very same weights, oldest first.
    let duplicates: [String]
    /// The id of the lab's own earlier submission that this one takes the place of.
    let supersedes: String?

    /// An entry names at most so many duplicates: the first ones.
    private static let maxNamed = 64

    /// - Parameter earlier: oldest first.
    /// - Throws: where it says that it supersedes what is not there, or is another lab's.
    init(_ manifest: SubmissionManifest, lab: String, among earlier: [StoredSubmission]) throws {
        let weights = Self.weights(manifest)
        duplicates = Array(earlier.filter { Self.weights($0.manifest) == weights }.map(\.id).prefix(Self.maxNamed))
        guard let named = manifest.declaration.supersedes else {
            supersedes = nil
            return
        }
        // Another lab's is not told from none: whoever submits learns nothing of what others did.
        guard let one = earlier.first(where: { ($0.id == named.hex || $0.manifestDigest == named) && $0.labKey.keyID == lab }) else {
            throw LocalFailure(
                code: "submission.supersedes-unknown",
                message: "The declaration says that it supersedes \(named.hex), and this lab has no such submission here.",
                advice: "Name the submission's id as its receipt has it, or leave it out (assay-lab declare --supersedes), and seal again.")
        }
        supersedes = one.id
    }

    /// The digests of the weight files, in an order of their own: names do not make other weights.
    private static func weights(_ manifest: SubmissionManifest) -> [String] {
        manifest.files.filter { $0.kind == .weights }.map(\.digest.hex).sorted()
    }

    /// Only what there is.
    var json: JSONObject {
        var object: JSONObject = [:]
        if !duplicates.isEmpty { object["duplicates"] = .array(duplicates.map { .string($0) }) }
        if let supersedes { object["supersedes"] = .string(supersedes) }
        return object
    }
}

extension OpenAppliance {
    /// Every submission with its links, oldest first.
    func linkedSubmissions() throws -> [(submission: StoredSubmission, links: SubmissionLinks)] {
        let all = try submissions.submissions()
        return try all.enumerated().map { place, submission in
            (submission, try SubmissionLinks(submission.manifest, lab: submission.labKey.keyID, among: Array(all[..<place])))
        }
    }
}
