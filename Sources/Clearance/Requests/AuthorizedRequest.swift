import AuditCrypto
import CanonicalEncoding

/// A request whose signature, nonce, checkpoint and clearance hold, or which an open session covers. Only verification
/// makes one: what needs clearance takes this type.
package struct AuthorizedRequest: Hashable, Sendable {
    /// What it stands on.
    package enum Grant: Hashable, Sendable {
        /// The person's key, and the armored SSHSIG.
        case signed(SSHPublicKey, signature: String)
        /// The entry that opened the session.
        case session(Int64)
    }

    /// Others' consent to it.
    package struct Consent: Hashable, Sendable {
        package let occasion: Occasion
        /// The entries that hold the approvals.
        package let entries: [Int64]
        /// The requester's own signed request to have it carried out: its bytes, and the armored SSHSIG.
        package let performing: [UInt8]
        package let signature: String
    }

    package let request: Request
    package let person: Person
    package let grant: Grant
    /// SHA-256 of `bytes`: what the ledger keeps.
    package let digest: SHA256Digest
    /// The signed bytes; under a session, the canonical form of what was asked.
    package let bytes: [UInt8]
    package private(set) var consent: Consent?

    /// Who may ask for what at a moment.
    package struct Standing {
        package let roster: Roster
        package let suspended: Set<String>
        /// Seconds, on the clock that issued the nonce.
        package let now: Int64

        package init(roster: Roster, suspended: Set<String>, now: Int64) {
            (self.roster, self.suspended, self.now) = (roster, suspended, now)
        }
    }

    /// Verifies, in this order: the form; the person; the signature by one of that person's keys; then the nonce,
    /// which a validly signed request uses up whatever follows; the checkpoint; what the roster says of the person.
    ///
    /// - Parameter isIssued: whether this ledger issued that checkpoint; not asked of one that came with a nonce lately.
    package init(
        _ signed: SignedRequest, standing: Standing, nonces: inout NonceRegistry,
        isIssued: (Request.CheckpointReference) throws -> Bool
    ) throws {
        let request = signed.request
        let (person, key) = try signed.signer(in: standing.roster)
        try nonces.consume(request.nonce, by: person.name, now: standing.now)
        guard try nonces.hasShown(request.checkpoint) || isIssued(request.checkpoint) else {
            throw ClearanceError(.unknownCheckpoint, "this ledger never issued the checkpoint of size \(request.checkpoint.size) "
                + "with root \(request.checkpoint.root) that the request names: fetch the newest checkpoint and compare it "
                + "with the one that you keep; if they disagree, the ledger was rolled back or forked")
        }
        try standing.check(person, request.action)
        self.init(request, person, .signed(key, signature: signed.armored), signed.bytes)
    }

    /// A look under an open session, whose token was checked.
    package init(
        _ action: Action, scope: JSONObject, under session: Session, checkpoint: Request.CheckpointReference, standing: Standing
    ) throws {
        guard let person = standing.roster.person(named: session.person) else {
            throw ClearanceError(.unknownPerson, "'\(session.person)' is not in the roster any more")
        }
        guard action.isLook else {
            throw ClearanceError(.notPermitted, "a session covers looks; '\(action.rawValue)' takes your signature")
        }
        if !session.submissions.isEmpty {
            // A comparison shows something of a second one.
            let named = [scope["submission"]] + (scope["with"].map { [$0] } ?? [])
            guard named.allSatisfy({ named in
                session.submissions.contains { submission in named?.string.map { ExactString($0) == ExactString(submission) } ?? false }
            }) else { throw ClearanceError(.notPermitted, "session \(session.entry) was opened for other submissions") }
        }
        try standing.check(person, action)
        let request = Request(
            action: action, person: person.name, purpose: "session \(session.entry)", scope: scope, checkpoint: checkpoint, nonce: "")
        let bytes = try CanonicalJSON.encode([
            "action": .string(action.rawValue), "scope": .object(scope), "session": .integer(session.entry),
        ])
        self.init(request, person, .session(session.entry), bytes)
    }

    /// A waiting request that enough others have approved, as `perform`, signed by the same person, asks for.
    ///
    /// Nothing that was kept of it is believed: its signature and its person's roles are looked at again.
    package init(
        carryingOut waiting: WaitingRequests.Waiting, asked perform: AuthorizedRequest, rule: ApprovalRule, standing: Standing
    ) throws {
        guard case .signed(_, let performed) = perform.grant, perform.person.name == waiting.request.person else {
            throw ClearanceError(.notPermitted, "only '\(waiting.request.person)' can have this request carried out")
        }
        let (person, key) = try SignedRequest(waiting.request, waiting.bytes, waiting.signature).signer(in: standing.roster)
        try standing.check(person, waiting.request.action)
        let approvers = waiting.approvals.compactMap { standing.roster.person(named: $0.person) }.filter {
            !standing.suspended.contains($0.name) && $0.isCleared(at: standing.now)
        }
        guard rule.isMet(by: approvers, for: person) else {
            throw ClearanceError(.notApproved, "\(waiting.approvals.count) approved; it takes \(rule.description)")
        }
        self.init(waiting.request, person, .signed(key, signature: waiting.signature), waiting.bytes)
        consent = Consent(
            occasion: waiting.occasion, entries: waiting.approvals.map(\.entry), performing: perform.bytes, signature: performed)
    }

    private init(_ request: Request, _ person: Person, _ grant: Grant, _ bytes: [UInt8]) {
        (self.request, self.person, self.grant, self.bytes) = (request, person, grant, bytes)
        digest = SHA256Digest.of(bytes)
    }
}

extension AuthorizedRequest.Standing {
    /// Whether the roster, its dates and a suspension let `person` ask for `action` now.
    package func check(_ person: Person, _ action: Action) throws(ClearanceError) {
        // An expired roster can still be replaced, after a backup was restored or a TPM was lost too, and the ledger still be
        // taken out.
        let always: [Action] = [.installRoster, .approve, .perform, .exportLedger, .archive, .receipt, .restore, .prepareTPM, .rebindTPM]
        guard now < roster.expires.unixSeconds || always.contains(action) else {
            throw ClearanceError(.expired, "the roster expired at \(roster.expires.rfc3339): take in a newer one with assay roster install")
        }
        guard person.isCleared(at: now) else {
            throw ClearanceError(.expired, "'\(person.name)' is cleared \(person.from.map { "from \($0.rfc3339) " } ?? "")"
                + "\(person.until.map { "until \($0.rfc3339)" } ?? "")")
        }
        guard !suspended.contains(person.name) else {
            throw ClearanceError(.suspended, "'\(person.name)' is suspended until a newer roster is taken in")
        }
        guard person.may(action) else {
            throw ClearanceError(.notPermitted, "'\(person.name)' may not ask for '\(action.rawValue)': it takes the role "
                + action.roles.map(\.rawValue).joined(separator: " or "))
        }
    }
}
