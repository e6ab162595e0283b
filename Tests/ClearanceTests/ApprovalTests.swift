import AuditCrypto
import CanonicalEncoding
import Clearance
import Testing

/// Who must agree, and that nobody's consent is counted who may not give it.
@Suite struct ApprovalTests {
    private func person(_ name: String, _ side: Side, _ roles: Role...) -> Person { Person(name: name, side: side, roles: roles, keys: []) }

    @Test func rules() {
        let ada = person("ada", .authority, .inspector, .custodian), ben = person("ben", .authority, .custodian)
        let lia = person("lia", .lab, .labRepresentative), wim = person("wim", .independent, .witness)
        let one = ApprovalRule(1, of: [.custodian, .labRepresentative])
        #expect(!one.isMet(by: [], for: ada))
        #expect(!one.isMet(by: [ada], for: ada))
        #expect(!one.isMet(by: [ben], for: ada), "both of the authority")
        #expect(one.isMet(by: [lia], for: ada))
        #expect(!one.isMet(by: [wim], for: ada), "a witness has no such role")
        let sameSide = ApprovalRule(1, of: [.custodian], crossesSides: false)
        #expect(sameSide.isMet(by: [ben], for: ada))
        #expect(!sameSide.isMet(by: [lia], for: ada))
        let two = ApprovalRule(2, of: [.custodian, .labRepresentative])
        #expect(!two.isMet(by: [lia], for: ada))
        #expect(two.isMet(by: [lia, ben], for: ada))
        #expect(!two.isMet(by: [lia, wim], for: ada))
        #expect(ApprovalRule(0, of: []).isMet(by: [], for: ada))
        for occasion in Occasion.allCases {
            #expect(ApprovalPolicy.standard.rule(for: occasion).approvals >= 1, "\(occasion) takes two persons unless a document says otherwise")
        }
        #expect(Set(Occasion.ofAnEngagement + Occasion.ofTheAppliance) == Set(Occasion.allCases))
    }

    @Test func carryingOut() throws {
        var office = try Office()
        let asked = try office.ask(.verdict, by: "ben")
        guard case .signed(_, let signature) = asked.grant else { throw Failure() }
        var waiting = WaitingRequests()
        waiting.add(.init(
            id: asked.digest.hex, request: asked.request, bytes: asked.bytes, signature: signature, occasion: .verdict, expires: 2000))
        let rule = ApprovalPolicy.standard.rule(for: .verdict)
        let id = String(asked.digest.hex.prefix(8))
        #expect(code { try waiting.request("ffff") } == .unknownRequest)
        #expect(code { try waiting.request("") } == .unknownRequest)
        func person(_ name: String) throws -> Person { try #require(office.roster.person(named: name)) }
        #expect(code { try waiting.checkApprover(person("ben"), of: waiting.request(id), rule: rule) } == .notPermitted)
        #expect(code { try waiting.checkApprover(person("ada"), of: waiting.request(id), rule: rule) } == .notPermitted)
        try waiting.checkApprover(person("lia"), of: waiting.request(id), rule: rule)

        let perform = try office.ask(.perform, by: "ben")
        func carryOut(_ perform: AuthorizedRequest? = nil) throws -> AuthorizedRequest {
            try AuthorizedRequest(
                carryingOut: waiting.request(id), asked: perform ?? office.ask(.perform, by: "ben"), rule: rule, standing: office.standing())
        }
        #expect(code { try carryOut() } == .notApproved)
        // Of the authority as well: the rule wants another side.
        waiting.approve(asked.digest.hex, .init(person: "cyd", entry: 5))
        #expect(code { try carryOut() } == .notApproved)
        #expect(code { try waiting.checkApprover(person("cyd"), of: waiting.request(id), rule: rule) } == .notPermitted)
        waiting.approve(asked.digest.hex, .init(person: "lia", entry: 7))
        let carried = try carryOut(perform)
        #expect(carried.request == asked.request)
        #expect(carried.consent?.entries == [5, 7])
        #expect(carried.consent?.performing == perform.bytes)
        // Somebody else's wish to have it done is none; nor does a suspended person's consent count, or the requester's.
        #expect(code { try carryOut(office.ask(.perform, by: "ada")) } == .notPermitted)
        office.suspended = ["lia"]
        #expect(code { try carryOut(perform) } == .notApproved)
        office.suspended = ["ben"]
        #expect(code { try carryOut(perform) } == .suspended)
        office.suspended = []
        #expect(waiting.expired(at: 1999).isEmpty)
        #expect(waiting.expired(at: 2000) == [asked.digest.hex])
        waiting.remove(asked.digest.hex)
        #expect(code { try waiting.request(id) } == .unknownRequest)
    }

    /// One person is one person, however often they agree.
    @Test func nobodyCountsTwice() throws {
        let rule = ApprovalRule(2, of: [.custodian, .labRepresentative])
        let (ada, cyd, lia) = (person("ada", .authority, .inspector), person("cyd", .authority, .custodian), person("lia", .lab, .labRepresentative))
        #expect(!rule.isMet(by: [lia, lia], for: ada))
        #expect(rule.isMet(by: [lia, cyd, lia], for: ada))
        var office = try Office()
        let asked = try office.ask(.verdict, by: "ben")
        var waiting = WaitingRequests()
        waiting.add(.init(id: "abcd", request: asked.request, bytes: asked.bytes, signature: "", occasion: .verdict, expires: 2000))
        for entry in 1...3 { waiting.approve("abcd", .init(person: "lia", entry: Int64(entry))) }
        #expect(try waiting.request("abcd").approvals == [.init(person: "lia", entry: 1)])
        #expect(code { try WaitingRequests.check(waiting.request("abcd"), at: 2000) } == .unknownRequest)
        try WaitingRequests.check(waiting.request("abcd"), at: 1999)
    }

    /// What was kept of a waiting request may have been changed: its signature is looked at again.
    @Test func aChangedRequestIsNotCarriedOut() throws {
        var office = try Office()
        let asked = try office.ask(.verdict, by: "ben"), perform = try office.ask(.perform, by: "ben")
        guard case .signed(_, let signature) = asked.grant else { throw Failure() }
        let forged = Request(
            action: .verdict, person: "ben", purpose: "another", scope: asked.request.scope, checkpoint: asked.request.checkpoint,
            nonce: asked.request.nonce)
        let waiting = WaitingRequests.Waiting(
            id: asked.digest.hex, request: forged, bytes: try forged.encoded(), signature: signature, occasion: .verdict, expires: 2000)
        #expect(code {
            try AuthorizedRequest(carryingOut: waiting, asked: perform, rule: ApprovalRule(0, of: []), standing: office.standing())
        } == .badSignature)
    }

    private struct Failure: Error {}
}
