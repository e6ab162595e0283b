import AuditCrypto
import CanonicalEncoding
import Clearance
import Ledger
import LocalAPI
import MerkleLog

/// Sessions: opened, unlocked and ended with a person's signature; locked by whoever holds the token, or by time.
extension RequestDesk {
    func openSession(_ authorized: AuthorizedRequest, known: (String) throws -> String) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["minutes", "submissions"])
        let seconds = 60 * (try scope.field("minutes").integer(in: 1...SessionBook.longest / 60))
        let submissions = try scope.field("submissions").array(maxCount: 64).map { try known($0.string(maxBytes: 128)) }
        let entry = try await record(authorized, details: ["expires": .integer(await ledger.time + seconds)])
        let expires = entry.time + seconds
        let token = sessions.open(
            entry.sequence, person: authorized.person.name, submissions: submissions, expires: expires, now: entry.time)
        return ["session": .integer(entry.sequence), "token": .string(token), "expires": .string(Moment.text(expires))]
    }

    /// What a look under a session stands on. A refusal is recorded, as that of a signed request is.
    func authorize(_ action: Action, scope: JSONObject, session entry: Int64, token: String) async throws -> AuthorizedRequest {
        try await settle()
        let (moment, checkpoint) = (try await moment(), try await checkpoint())
        do {
            let session = try sessions.use(entry, token: token, now: moment.now)
            return try AuthorizedRequest(action, scope: scope, under: session, checkpoint: checkpoint, standing: moment)
        } catch {
            try await refuse(.of(try CanonicalJSON.encode(.object(scope))), error)
            throw error
        }
    }

    func unlockSession(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let session = try session(authorized)
        guard session.person == authorized.person.name else {
            throw ClearanceError(.notPermitted, "only '\(session.person)' can unlock session \(session.entry)")
        }
        let entry = try await record(authorized, details: ["session": .integer(session.entry)])
        sessions.unlock(session.entry, now: entry.time)
        return ["session": .integer(session.entry), "entry": .integer(entry.sequence)]
    }

    /// Ends one's own session, or, as a custodian or from another side, anybody's.
    func endSession(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let session = try session(authorized), person = authorized.person
        let isOtherSide = try roster().person(named: session.person)?.side != person.side
        guard session.person == person.name || person.roles.contains(.custodian) || isOtherSide else {
            throw ClearanceError(.notPermitted, "session \(session.entry) is another person's of your side: they end it, or a custodian, "
                + "or somebody of another side")
        }
        // At once, whatever becomes of the record: ending takes nothing from anybody that they may not lose.
        sessions.end(session.entry)
        let entry = try await record(authorized, details: ["session": .integer(session.entry)])
        return ["session": .integer(session.entry), "entry": .integer(entry.sequence)]
    }

    private func session(_ authorized: AuthorizedRequest) throws -> Session {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["session"])
        return try sessions.session(scope.field("session").integer())
    }

    /// Locks a session: whoever holds its token may.
    func lockSession(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["session", "token"])
        let entry = try parameters.field("session").integer(), now = await ledger.time
        _ = try sessions.use(entry, token: parameters.field("token").string(maxBytes: 64), now: now)
        sessions.lock(entry)
        _ = try await append(EntryDraft(.sessionLocked, details: ["session": .integer(entry)]))
        return ["session": .integer(entry)]
    }

    func listSessions() async throws -> JSONValue {
        try await settle()
        return [
            "sessions": .array(
                sessions.all.map { session in
                    [
                        "session": .integer(session.entry), "person": .string(session.person), "locked": .bool(session.isLocked),
                        "expires": .string(Moment.text(session.expires)),
                        "submissions": .array(session.submissions.map { .string($0) }),
                    ]
                })
        ]
    }
}
