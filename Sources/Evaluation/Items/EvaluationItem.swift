import AuditCrypto
import CanonicalEncoding

/// One line of a split: what a task's templates see as variables.
package struct EvaluationItem: Sendable {
    /// The field `id` where every item has one of its own, or else the item's number from 0.
    package let id: String
    /// The place in the split, from 0.
    package let index: Int
    /// For breaking a result down.
    package let domain: String?
    /// Items with the same one are not independent.
    package let cluster: String?
    package let fields: JSONObject
    /// Where it stands; the line from 1.
    package let file: String
    package let line: Int
    /// SHA-256 of the fields in canonical form, as they stand in the file.
    package let digest: SHA256Digest
}
