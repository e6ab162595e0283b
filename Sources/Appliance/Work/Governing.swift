import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import Ledger
import LocalAPI
import MerkleLog

/// Changes to who may do what: rosters, terms, suspensions; and work on the machine itself.
extension OpenAppliance {
    /// Takes in a newer roster, signed by the authority. It takes two persons.
    func installRoster(_ authorized: AuthorizedRequest, attachment: String) async throws -> JSONValue {
        let (envelope, digest) = try signedFor(attachment, authorized, member: "roster")
        let (roster, current) = try await refusing(authorized) {
            let roster = try desk.documents.roster(in: envelope), current = try await desk.roster(), now = await ledger.time
            guard roster.version > current.version else {
                throw ClearanceError(.notNewer, "the roster has version \(roster.version); version \(current.version) is in force")
            }
            guard now < roster.expires.unixSeconds else {
                throw ClearanceError(.expired, "the roster expired at \(roster.expires.rfc3339)")
            }
            return (roster, current)
        }
        try await desk.requireConsent(authorized, to: .roster, current.approvals)
        try desk.documents.keep(envelope)
        let entry = try await record(
            authorized, subjects: [.init(name: "roster", sha256: digest)],
            details: ["people": .integer(Int64(roster.people.count)), "version": .integer(roster.version)])
        return ["entry": .integer(entry.sequence), "version": .integer(roster.version), "people": .integer(Int64(roster.people.count))]
    }

    /// Takes in newer terms, which the lab and the authority have signed.
    func installTerms(_ authorized: AuthorizedRequest, attachment: String) async throws -> JSONValue {
        let (envelope, digest) = try signedFor(attachment, authorized, member: "terms")
        let terms = try await refusing(authorized) {
            let terms = try desk.documents.terms(in: envelope)
            if let current = await desk.standing.terms[terms.lab], terms.version <= current.version {
                throw ClearanceError(.notNewer, "the terms have version \(terms.version); version \(current.version) is in force")
            }
            return terms
        }
        try desk.documents.keep(envelope)
        let entry = try await record(
            authorized, subjects: [.init(name: "terms", sha256: digest)],
            details: ["lab": .string(terms.lab), "version": .integer(terms.version)])
        return ["entry": .integer(entry.sequence), "lab": .string(terms.lab), "version": .integer(terms.version)]
    }

    /// The attachment that a request was signed for.
    private func signedFor(_ attachment: String, _ authorized: AuthorizedRequest, member: String) throws -> ([UInt8], SHA256Digest) {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: [member])
        let bytes = Array(attachment.utf8), digest = SHA256Digest.of(bytes)
        guard try scope.field(member).string(maxBytes: 64) == digest.hex else {
            throw LocalFailure(
                code: "request.other-attachment", message: "The request was signed for another file than the one that came with it.",
                advice: "Use assay \(member) install FILE, which signs for what it sends.")
        }
        return (bytes, digest)
    }

    /// Bars a person at once, until the next roster. One person is enough: it takes nothing but access away.
    func suspend(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["person"])
        let name = try scope.field("person").string(maxBytes: 64)
        guard try await desk.roster().person(named: name) != nil else {
            throw ClearanceError(.unknownPerson, "'\(name)' is not in the roster")
        }
        let entry = try await record(authorized, details: ["person": .string(name)])
        return ["entry": .integer(entry.sequence), "person": .string(name)]
    }

    /// Puts on record that work on the machine outside these programs was agreed to.
    func maintain(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        try JSONField(.object(authorized.request.scope), path: "$.scope").allow(only: [])
        try await desk.requireConsent(authorized, to: .maintenance, desk.roster().approvals)
        let entry = try await record(authorized)
        return ["entry": .integer(entry.sequence)]
    }

    /// Erases a submission's keys, its segments and what was recorded of the model's words.
    func purge(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
        try scope.allow(only: ["submission"])
        let submission = try submissions.submission(scope.field("submission").string(maxBytes: 128))
        try await requireConsent(authorized, to: .purge, on: submission)
        let entry = try await record(
            authorized, subjects: [.init(name: "manifest", sha256: submission.manifestDigest)],
            details: ["submission": .string(submission.id)])
        try runs.eraseSamples(of: submission.id)
        try submissions.purge(submission.id)
        return ["entry": .integer(entry.sequence), "submission": .string(submission.id)]
    }
}
