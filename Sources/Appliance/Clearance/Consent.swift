import AuditCrypto
import CanonicalEncoding
import Clearance
import Ledger
import LocalAPI
import MerkleLog

/// Thrown where a request must wait for others: it is recorded, and its author is told.
struct ConsentNeeded: Error {
    let id: String
    let rule: ApprovalRule
    /// Seconds since 1970.
    let expires: Int64

    var reply: JSONValue {
        [
            "waiting": [
                "request": .string(id), "needs": .string(rule.description), "expires": .string(Moment.text(expires)),
            ]
        ]
    }
}

/// Requests that take more than one person.
extension RequestDesk {
    /// How long others have to agree, in seconds.
    static let patience: Int64 = 3 * 86_400

    /// Returns where the request needs nobody else's consent, or has it. Otherwise it is put on the ledger as waiting, and
    /// `ConsentNeeded` thrown.
    func requireConsent(_ authorized: AuthorizedRequest, to occasion: Occasion, _ policy: ApprovalPolicy) async throws {
        let rule = policy.rule(for: occasion)
        guard rule.approvals > 0 else { return }
        if let consent = authorized.consent, consent.occasion == occasion { return }
        guard case .signed = authorized.grant else {
            throw ClearanceError(.notPermitted, "this takes the consent of others, and so your own signature: ask for it outside the session")
        }
        let expires = await ledger.time + Self.patience
        try await record(
            authorized, as: .requestWaiting,
            details: [
                "action": .string(authorized.request.action.rawValue), "expires": .integer(expires), "occasion": .string(occasion.rawValue),
            ])
        throw ConsentNeeded(id: authorized.digest.hex, rule: rule, expires: expires)
    }

    /// The rule for a waiting request, as the roster and the terms have it now.
    ///
    /// - Parameter lab: the lab's key where the request is about a submission.
    func rule(for waiting: WaitingRequests.Waiting, lab: String?) throws -> ApprovalRule {
        let policy = try lab.map { try terms(of: $0).approvals } ?? roster().approvals
        return policy.rule(for: waiting.occasion)
    }

    /// A person consents to, or refuses, another person's request.
    func decide(_ authorized: AuthorizedRequest, lab: (Request) throws -> String?) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["request"])
        let waiting = try standing.waiting.request(scope.field("request").string(maxBytes: 64))
        let rule = try rule(for: waiting, lab: lab(waiting.request))
        try await WaitingRequests.check(waiting, at: ledger.time)
        try standing.waiting.checkApprover(authorized.person, of: waiting, rule: rule)
        let entry = try await record(authorized, details: ["request": .string(waiting.id)])
        guard authorized.request.action == .approve else { return ["entry": .integer(entry.sequence), "request": .string(waiting.id)] }
        let given = try standing.waiting.request(waiting.id).approvals.compactMap { try roster().person(named: $0.person) }
        let requester = try roster().person(named: waiting.request.person)
        return [
            "entry": .integer(entry.sequence), "request": .string(waiting.id),
            "enough": .bool(requester.map { rule.isMet(by: given, for: $0) } ?? false), "needs": .string(rule.description),
        ]
    }

    /// Takes a waiting request of one's own back.
    func withdraw(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["request"])
        let waiting = try standing.waiting.request(scope.field("request").string(maxBytes: 64))
        guard waiting.request.person == authorized.person.name else {
            throw ClearanceError(.notPermitted, "only '\(waiting.request.person)' can withdraw it; others decline it")
        }
        let entry = try await record(authorized, details: ["request": .string(waiting.id)])
        return ["entry": .integer(entry.sequence), "request": .string(waiting.id)]
    }

    /// The action of the request that this one asks to have carried out; nil where it asks for something else, or nothing waits.
    func actionToCarryOut(_ perform: AuthorizedRequest) -> Action? {
        guard perform.request.action == .perform, let id = perform.request.scope["request"]?.string else { return nil }
        return try? standing.waiting.request(id).request.action
    }

    /// The approved request that its author now wants carried out. From here on it is used up: once it is on the ledger as
    /// being performed, it is so even if what it asks for then fails.
    func carryOut(_ perform: AuthorizedRequest, lab: (Request) throws -> String?) async throws -> AuthorizedRequest {
        let scope = JSONField(.object(perform.request.scope), path: "$.scope")
        try scope.allow(only: ["request"])
        let now = try await moment()
        let waiting = try standing.waiting.request(scope.field("request").string(maxBytes: 64))
        let authorized = try AuthorizedRequest(
            carryingOut: waiting, asked: perform, rule: rule(for: waiting, lab: lab(waiting.request)), standing: now)
        // Before the ledger is waited for: nobody can have it carried out a second time meanwhile.
        standing.waiting.remove(waiting.id)
        do {
            try await record(perform, details: ["request": .string(waiting.id)])
        } catch {
            standing.waiting.add(waiting)
            throw error
        }
        return authorized
    }

    func listWaiting() async throws -> JSONValue {
        try await settle()
        return [
            "requests": .array(
                standing.waiting.all.map { waiting in
                    [
                        "request": .string(waiting.id), "person": .string(waiting.request.person),
                        "action": .string(waiting.request.action.rawValue), "purpose": .string(waiting.request.purpose),
                        "occasion": .string(waiting.occasion.rawValue), "expires": .string(Moment.text(waiting.expires)),
                        "scope": .object(waiting.request.scope), "signed": .string(String(decoding: waiting.bytes, as: UTF8.self)),
                        "signature": .string(waiting.signature),
                        "approvals": .array(
                            waiting.approvals.map { ["person": .string($0.person), "entry": .integer($0.entry)] }),
                    ]
                })
        ]
    }
}
