import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Testing

@Suite struct TermsTests {
    static let json = #"{"approvals":{"verdict":{"approvals":2,"crossesSides":false,"roles":["adjudicator","witness"]}},"#
        + #""budgets":{"datasets":{"person":100,"total":150},"logs":{"person":10,"total":10}},"expires":"2027-01-01T00:00:00Z","#
        + #""issued":"2026-01-01T00:00:00Z","lab":"LAB","rowsAlone":20,"type":"assay-terms","v":1,"version":4}"#

    @Test func roundTrip() throws {
        let terms = try EngagementTerms(json: Array(Self.json.utf8))
        #expect((terms.version, terms.lab, terms.rowsAlone) == (4, "LAB", 20))
        #expect(terms.budget(.datasets) == .init(person: 100, total: 150))
        #expect(terms.budget(.weights) == .init(person: 0, total: 0), "what is not named is not shown")
        #expect(terms.approvals.rule(for: .verdict) == ApprovalRule(2, of: [.adjudicator, .witness], crossesSides: false))
        #expect(terms.approvals.rule(for: .export) == ApprovalPolicy.standard.rule(for: .export))
        #expect(try String(decoding: terms.encoded(), as: UTF8.self) == Self.json)
    }

    /// However the file is laid out, and whoever has signed it. The digest is sha256sum's, of the JSON above.
    @Test func oneDigest() throws {
        let digest = "2c7e23c6eccc463dcd2383028ea70ae7e7796cf250b6391e55a2102a47f4fa84"
        let payload = Array(Self.json.utf8), type = EngagementTerms.document.payloadType
        let once = DSSEEnvelope.sign(payload: payload, payloadType: type, with: [.generate()]).encoded()
        let twice = DSSEEnvelope.sign(payload: payload, payloadType: type, with: [.generate(), .generate()]).encoded()
        for file in [payload, Array(Self.json.replacing(",", with: " ,\n").utf8), once, twice] {
            #expect(try EngagementTerms(file: file).digest().hex == digest)
        }
        #expect(try EngagementTerms(json: Array(Self.json.replacing(":20,", with: ":21,").utf8)).digest().hex != digest)
        #expect(code { try EngagementTerms(file: Array("[]".utf8)) } == .badTerms)
    }

    @Test(arguments: [
        ("{", ""), ("assay-terms", "assay-roster"), (#""version":4"#, #""version":0"#), (#""version":4"#, #""version":4,"x":1"#), ("2027", "2025"),
        (#""person":100"#, #""person":-1"#), (#""person":100"#, #""person":1.5"#), ("datasets", "data"), ("verdict", "roster"),
        (#""rowsAlone":20,"#, ""), (#""approvals":2"#, #""approvals":9"#), (#","total":150"#, ""),
    ])
    func refused(_ old: String, _ new: String) {
        let changed = Self.json.replacing(old, with: new)
        #expect(changed != Self.json)
        #expect(code { try EngagementTerms(json: Array(changed.utf8)) } == .badTerms)
    }

    @Test func retention() throws {
        #expect(try EngagementTerms(json: Array(Self.json.utf8)).retention == nil)
        let stated = Self.json.replacing(#""rowsAlone""#, with: #""retention":90,"rowsAlone""#)
        let terms = try EngagementTerms(json: Array(stated.utf8))
        #expect(terms.retention == 90)
        #expect(try String(decoding: terms.encoded(), as: UTF8.self) == stated)
        for wrong in ["0", "-1", "36501", "1.5", "\"90\""] {
            #expect(code { try EngagementTerms(json: Array(stated.replacing(":90,", with: ":\(wrong),").utf8)) } == .badTerms)
        }
    }

    @Test func bothSign() throws {
        let lab = Ed25519PrivateKey.generate(), authority = Ed25519PrivateKey.generate(), other = Ed25519PrivateKey.generate()
        let payload = Array(Self.json.replacing("LAB", with: lab.publicKey.keyID).utf8)
        func verify(_ keys: [Ed25519PrivateKey], type: String = EngagementTerms.document.payloadType) throws -> EngagementTerms {
            try .verified(
                DSSEEnvelope.sign(payload: payload, payloadType: type, with: keys).encoded(),
                labs: [lab.publicKey, other.publicKey], authorities: [authority.publicKey])
        }
        #expect(try verify([lab, authority]).version == 4)
        #expect(try verify([authority, other, lab]).version == 4)
        #expect(code { try verify([lab]) } == .badTerms)
        #expect(code { try verify([authority]) } == .badTerms)
        #expect(code { try verify([other, authority]) } == .badTerms, "another lab's signature")
        #expect(throws: DSSEError.self) { try verify([.generate()]) }
        #expect(throws: DSSEError.self) { try verify([lab, authority], type: Roster.document.payloadType) }
    }

    @Test func budgets() throws {
        let terms = try EngagementTerms(json: Array(Self.json.utf8))
        var book = DisclosureBook()
        func charge(_ cost: Int64, _ person: String, _ kind: DisclosureClass = .datasets, rows: Int64 = 0) -> ClearanceErrorCode? {
            code { try book.charge(.init(lab: "LAB", kind: kind, cost: cost, rows: rows), to: person, terms: terms) }
        }
        #expect(charge(1, "ada", .weights) == .budgetSpent)
        #expect(charge(0, "ada", .weights) == nil)
        #expect(charge(101, "ada") == .budgetSpent)
        #expect(charge(60, "ada", rows: 3) == nil)
        #expect(charge(41, "ada") == .budgetSpent)
        #expect(book.left(terms, .datasets, to: "ada") == 40)
        #expect(charge(91, "ben") == .budgetSpent, "90 are left to all")
        #expect(charge(90, "ben") == nil)
        #expect((book.left(terms, .datasets, to: "ada"), book.left(terms, .datasets, to: "cyd")) == (0, 0))
        #expect((book.spent("LAB", .datasets), book.spent("LAB", .datasets, by: "ben"), book.rows("LAB", by: "ada")) == (150, 90, 3))
        #expect(book.spent("OTHER", .datasets) == 0)
        book.refund(.init(lab: "LAB", kind: .datasets, cost: 90), to: "ben")
        #expect(book.left(terms, .datasets, to: "ada") == 40)
    }

    @Test func sessions() throws {
        var sessions = SessionBook(idle: 100)
        let token = sessions.open(7, person: "ada", submissions: [], expires: 1000, now: 0)
        #expect(token.utf8.count == 64)
        #expect(try sessions.use(7, token: token, now: 50).person == "ada")
        #expect(code { try sessions.use(8, token: token, now: 50) } == .noSession)
        #expect(code { try sessions.use(7, token: String(token.reversed()), now: 50) } == .noSession)
        #expect(sessions.overdue(at: 149).idle.isEmpty)
        #expect(sessions.overdue(at: 150) == ([], [7]))
        sessions.lock(7)
        #expect(code { try sessions.use(7, token: token, now: 150) } == .sessionLocked)
        #expect(sessions.overdue(at: 150).idle.isEmpty)
        sessions.unlock(7, now: 150)
        _ = try sessions.use(7, token: token, now: 249)
        #expect(code { try sessions.use(7, token: token, now: 1000) } == .noSession)
        #expect(sessions.overdue(at: 1000) == ([7], []))
        sessions.end(7)
        #expect(code { try sessions.use(7, token: token, now: 250) } == .noSession)
    }

    @Test func sessionsCoverLooks() throws {
        let office = try Office()
        var sessions = SessionBook()
        let token = sessions.open(7, person: "ada", submissions: ["s-1"], expires: 5000, now: 0)
        let session = try sessions.use(7, token: token, now: 1)
        func ask(_ action: Action, _ submission: String) throws -> AuthorizedRequest {
            try AuthorizedRequest(
                action, scope: ["submission": .string(submission)], under: session, checkpoint: office.checkpoint, standing: office.standing())
        }
        #expect(try ask(.inspectTensors, "s-1").grant == .session(7))
        #expect(code { try ask(.inspectTensors, "s-2") } == .notPermitted)
        #expect(code { try ask(.evaluate, "s-1") } == .notPermitted)
        #expect(code { try ask(.exportLedger, "s-1") } == .notPermitted)
    }
}
