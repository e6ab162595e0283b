import CanonicalEncoding
import Clearance
import ContentStore
import SealedMedia

/// How the terms that a submission's declaration names stand to those in force with its lab.
struct DeclaredTerms {
    /// Words of the ledger's, too.
    enum State: String {
        case inForce = "in-force"
        /// Newer ones, which the lab signed as well, took their place.
        case replaced
        /// Older ones or others are, or none.
        case notInForce = "not-in-force"
    }

    let version: Int64
    let state: State

    /// Nil where the declaration names no terms.
    init?(_ declaration: Declaration, under terms: EngagementTerms?) {
        guard let named = declaration.terms else { return nil }
        version = named.version
        guard let terms, terms.version >= named.version else {
            state = .notInForce
            return
        }
        // What has no canonical form is not what was named.
        let isSame = (try? terms.digest()) == named.sha256
        state = terms.version > named.version ? .replaced : isSame ? .inForce : .notInForce
    }

    var json: JSONValue { ["state": .string(state.rawValue), "version": .integer(version)] }

    /// Refuses a look under terms that the lab did not submit under: older ones may allow more. Versions only go up, so that
    /// what holds here holds until it is shown.
    static func check(_ submission: StoredSubmission, under terms: EngagementTerms) throws(ClearanceError) {
        guard let declared = DeclaredTerms(submission.manifest.declaration, under: terms), declared.state == .notInForce else { return }
        throw ClearanceError(.otherTerms, "the lab submitted \(submission.id) under terms of version \(declared.version), and those in "
            + "force, of version \(terms.version), are not they: take them in with assay terms install")
    }
}
