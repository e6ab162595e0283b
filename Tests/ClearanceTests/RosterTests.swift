import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Testing

struct RosterTests {
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7QiTFCb5"
    static let json = (#"{"expires":"2027-01-01T00:00:00Z","issued":"2026-01-01T00:00:00Z","people":[{"clearances":["datasets"],"#
        + #""keys":["KEY"],"name":"ada","roles":["inspector","adjudicator"],"side":"authority"}],"type":"assay-roster","v":1,"version":3}"#)
        .replacing("KEY", with: key)

    @Test func roundTrip() throws {
        let roster = try Roster(json: Array(Self.json.utf8))
        #expect(roster.people.map(\.name) == ["ada"])
        #expect(roster.person(named: "ada")?.roles == [.inspector, .adjudicator])
        #expect(roster.person(named: "ada")?.keys.map(\.openSSH) == [Self.key])
        #expect(roster.person(named: "bea") == nil)
        #expect(try String(decoding: roster.encoded(), as: UTF8.self) == Self.json)
        // A comment after the key and white space are allowed in, and not kept.
        let loose = Self.json.replacing(#"Cb5""#, with: #"Cb5 ada@desk""#).replacing(",", with: ",\n ")
        #expect(try Roster(json: Array(loose.utf8)) == roster)
    }

    @Test func mayWhatAnyRoleMay() throws {
        let roster = try Roster(json: Array(Self.json.utf8))
        #expect((roster.version, roster.issued.unixSeconds, roster.expires.unixSeconds) == (3, 1_767_225_600, 1_798_761_600))
        let both = try #require(try Roster(json: Array(Self.json.utf8)).person(named: "ada"))
        #expect(both.may(.evaluate) && both.may(.verdict))
        #expect(Person(name: "b", roles: [.custodian], keys: []).may(.ingest))
        #expect(!Person(name: "b", roles: [.custodian], keys: []).may(.inspectTensors))
    }

    @Test(arguments: [
        ("\"clearances\"", "\"clearance\""), ("datasets", "everything"), ("[\"datasets\"]", "[\"datasets\",\"datasets\"]"),
        ("authority", "both"), (#","side":"authority""#, ""), ("2027", "2025"), ("2027-01-01", "2027-13-01"), (#""version":3"#, #""version":0"#),
        (#""version":3"#, #""version":3,"approvals":{"verdict":{"approvals":1,"crossesSides":true,"roles":["custodian"]}}"#),
        (#""version":3"#, #""version":3,"approvals":{"roster":{"approvals":1,"crossesSides":true,"roles":[]}}"#),
        (#""name":"ada""#, #""from":"yesterday","name":"ada""#), (#""side":"#, #""verification":true,"side":"#),
        ("{", ""), (#""v":1"#, #""v":2"#), (#""v":1"#, #""v":1,"x":1"#), ("assay-roster", "roster"), (#""name":"ada""#, #""name":"ada","admin":true"#),
        (#""name":"ada""#, #""name":"Ada""#), (#""name":"ada""#, #""name":"a da""#), (#""name":"ada""#, #""name":"""#),
        (#""name":"ada""#, #""name":"1ada""#), (#""name":"ada""#, #""name":"a,b""#), (#""name":"ada""#, #""name":"\#(String(repeating: "a", count: 65))""#),
        (#"["inspector","adjudicator"]"#, "[]"), ("inspector", "root"), ("inspector", "adjudicator"), ("ssh-ed25519", "ssh-rsa"),
        ("[\"\(key)\"]", "[]"), ("[\"\(key)\"]", "[\"\(key)\",\"\(key) again\"]"), (#"[{"#, #"[{"clearances":[],"keys":["KEY"],"name":"bea","roles":["inspector"],"side":"lab"},{"#),
        (#"[{"#, #"[{"keys":["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKSsaCwSQYr1DzU1CVErJUE7doQ46Myrx2qynjfLmBaq"],"clearances":[],"name":"ada","roles":["inspector"],"side":"lab"},{"#),
    ])
    func refused(_ old: String, _ new: String) {
        let changed = Self.json.replacing(old, with: new.replacing("KEY", with: Self.key))
        #expect(changed != Self.json)
        #expect(code { try Roster(json: Array(changed.utf8)) } == .badRoster)
    }

    @Test func refusesEmptyAndEndless() {
        #expect(code { try Office.roster([]) } == .badRoster)
        let many = (0...256).map { Person(name: "p\($0)", roles: [.inspector], keys: [SSHPublicKey(Ed25519PrivateKey.generate().publicKey)]) }
        #expect(code { try Office.roster(many) } == .badRoster)
    }

    /// The error names the place.
    @Test func saysWhere() {
        do {
            _ = try Roster(json: Array(Self.json.replacing("adjudicator", with: "judge").utf8))
            Issue.record("accepted")
        } catch {
            #expect(error.description.contains("$.people[0].roles[1]"))
        }
    }
}

struct NonceTests {
    @Test func singleUse() throws {
        var nonces = NonceRegistry(lifetime: 10)
        let first = nonces.issue(to: "ada", now: 0)
        #expect(first.utf8.count == 64)
        #expect(code { try nonces.consume(first, by: "ben", now: 1) } == .unknownNonce)
        try nonces.consume(first, by: "ada", now: 9)
        #expect(code { try nonces.consume(first, by: "ada", now: 9) } == .unknownNonce)
        // Used up and forgotten, it has expired.
        #expect(code { try nonces.consume(first, by: "ada", now: 10) } == .expiredNonce)
        let second = nonces.issue(to: "ada", now: 10)
        #expect(code { try nonces.consume(second, by: "ada", now: 20) } == .expiredNonce)
        for text in ["", String(repeating: "0", count: 32), String(repeating: "0", count: 64)] {
            #expect(code { try nonces.consume(text, by: "ada", now: 0) } == .unknownNonce)
        }
        // A clock that was set back: what has expired stays so, and new ones are good.
        #expect(code { try nonces.consume(second, by: "ada", now: 11) } == .expiredNonce)
        let third = nonces.issue(to: "ada", now: 11)
        try nonces.consume(third, by: "ada", now: 12)
        #expect(code { try nonces.consume(third, by: "ada", now: 12) } == .unknownNonce)
        _ = nonces.issue(to: "cyd", now: .max)
    }

    /// No bit of one can be changed, in particular not when it expires; another process's are unknown.
    @Test func nobodyElseMakesOne() throws {
        var nonces = NonceRegistry(), others = NonceRegistry()
        let bytes = try #require(Hex.decode(nonces.issue(to: "ada", now: 0)))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(code { try nonces.consume(Hex.encode(changed), by: "ada", now: 1) } == .unknownNonce)
        }
        #expect(code { try others.consume(Hex.encode(bytes), by: "ada", now: 1) } == .unknownNonce)
        try nonces.consume(Hex.encode(bytes), by: "ada", now: 1)
    }

    /// What is kept is bounded for each person by itself, and only what that person signed counts.
    @Test func bounded() throws {
        var nonces = NonceRegistry(lifetime: 10, capacity: 3)
        let issued = (0..<1000).map { _ in nonces.issue(to: "ada", now: 0) }
        #expect(Set(issued).count == 1000)
        for nonce in issued.suffix(3) { try nonces.consume(nonce, by: "ada", now: 1) }
        #expect(code { try nonces.consume(issued[0], by: "ada", now: 1) } == .tooManyNonces)
        try nonces.consume(nonces.issue(to: "ben", now: 1), by: "ben", now: 1)
        let later = nonces.issue(to: "ada", now: 9)
        // The three have expired: there is room again.
        try nonces.consume(later, by: "ada", now: 10)
    }

    /// Checkpoints that are shown are remembered for a while, not for ever.
    @Test func shownCheckpoints() {
        var nonces = NonceRegistry()
        func reference(_ size: Int64) -> Request.CheckpointReference { .init(origin: "test", size: size, root: .of([])) }
        for size in Int64(0)..<10_000 { _ = nonces.issue(to: "ada", now: 0, with: reference(size)) }
        #expect(nonces.hasShown(reference(9_999)) && nonces.hasShown(reference(9_000)))
        #expect(!nonces.hasShown(reference(0)) && !nonces.hasShown(reference(10_000)))
    }
}
