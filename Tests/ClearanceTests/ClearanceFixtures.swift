import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import Testing

/// Four people with a key each, a ledger that issued one checkpoint, and a clock that stands at 1000.
struct Office {
    let keys = ["ada": Ed25519PrivateKey.generate(), "ben": .generate(), "cyd": .generate(), "lia": .generate()]
    let roster: Roster
    var nonces = NonceRegistry(lifetime: 300)
    var suspended: Set<String> = []
    let checkpoint = Request.CheckpointReference(
        origin: "assay.local/ledger/0123456789abcdef", size: 12, root: SHA256Digest.of([1]))

    init(until: Int64? = nil) throws {
        let keys = keys
        func person(_ name: String, _ side: Side = .authority, _ roles: Role...) throws -> Person {
            Person(
                name: name, side: side, roles: roles, clearances: DisclosureClass.allCases,
                keys: [SSHPublicKey(try #require(keys[name]).publicKey)],
                until: name == "cyd" ? until.flatMap(Timestamp.init(unixSeconds:)) : nil)
        }
        roster = try Self.roster([
            person("ada", .authority, .inspector), person("ben", .authority, .adjudicator),
            person("cyd", .authority, .custodian), person("lia", .lab, .labRepresentative),
        ])
    }

    /// A roster that holds until the second 100,000.
    static func roster(version: Int64 = 1, _ people: [Person]) throws -> Roster {
        try Roster(
            version: version, issued: #require(Timestamp(unixSeconds: 0)), expires: #require(Timestamp(unixSeconds: 100_000)),
            people: people)
    }

    func request(_ action: Action, by person: String, nonce: String, checkpoint: Request.CheckpointReference? = nil) -> Request {
        Request(
            action: action, person: person, purpose: "Look at the embedding", scope: ["submission": "s-1", "tensor": "token_embd.weight"],
            checkpoint: checkpoint ?? self.checkpoint, nonce: nonce)
    }

    func sign(_ bytes: [UInt8], as person: String, namespace: String = Request.namespace) throws -> String {
        SSHSignature(signing: bytes, namespace: namespace, with: try #require(keys[person])).armored
    }

    func standing(_ now: Int64 = 1000) -> AuthorizedRequest.Standing {
        AuthorizedRequest.Standing(roster: roster, suspended: suspended, now: now)
    }

    mutating func verify(_ bytes: [UInt8], _ signature: String, now: Int64 = 1000) throws -> AuthorizedRequest {
        let issued = checkpoint
        return try AuthorizedRequest(
            SignedRequest(encoded: bytes, signature: signature), standing: standing(now), nonces: &nonces, isIssued: { $0 == issued })
    }

    /// A request as `person` signs it, verified.
    mutating func ask(_ action: Action, by person: String, now: Int64 = 1000) throws -> AuthorizedRequest {
        let bytes = try request(action, by: person, nonce: nonces.issue(to: person, now: now)).encoded()
        return try verify(bytes, sign(bytes, as: person), now: now)
    }
}

func code(_ body: () throws -> some Any) -> ClearanceErrorCode? {
    do { _ = try body() } catch { return (error as? ClearanceError)?.code }
    return nil
}
