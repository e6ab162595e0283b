import AuditCrypto

/// Why a request or a roster is refused. The codes are stable: refusals are recorded under them.
package enum ClearanceErrorCode: String, Sendable, CaseIterable {
    case badRoster = "clearance.bad-roster"
    case badTerms = "clearance.bad-terms"
    case badRequest = "clearance.bad-request"
    /// An older roster or older terms, or the same version once more.
    case notNewer = "clearance.not-newer"
    /// The roster, the terms or a person's time is over, or has not begun.
    case expired = "clearance.expired"
    /// Barred until the next roster.
    case suspended = "clearance.suspended"
    /// A security key that saw neither PIN nor fingerprint, where the roster asks for one.
    case notVerified = "clearance.not-verified"
    /// Nobody of that name is in the roster.
    case unknownPerson = "clearance.unknown-person"
    /// Signed with a key that is not one of that person's.
    case unknownKey = "clearance.unknown-key"
    case badSignature = "clearance.bad-signature"
    /// Not issued here, issued to somebody else, already used, or forgotten at a restart.
    case unknownNonce = "clearance.unknown-nonce"
    case expiredNonce = "clearance.expired-nonce"
    case tooManyNonces = "clearance.too-many-nonces"
    /// Names a checkpoint that this ledger never issued.
    case unknownCheckpoint = "clearance.unknown-checkpoint"
    case notPermitted = "clearance.not-permitted"
    /// Not cleared for this class of content.
    case notCleared = "clearance.not-cleared"
    /// No terms cover the lab's submissions.
    case noTerms = "clearance.no-terms"
    /// The terms in force are not those that the lab's declaration names, nor newer ones.
    case otherTerms = "clearance.other-terms"
    case budgetSpent = "clearance.budget-spent"
    /// No such request waits.
    case unknownRequest = "clearance.unknown-request"
    /// It waits for others' consent still.
    case notApproved = "clearance.not-approved"
    case noSession = "clearance.no-session"
    case sessionLocked = "clearance.session-locked"
}

package typealias ClearanceError = CodedError<ClearanceErrorCode>
