import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import LocalAPI
import Testing

/// Requests that are not what a cleared person signed. Each is refused by its own code and recorded.
@Suite struct RequestTests {
    private func refused(
        _ code: String, _ body: (ApplianceFixture) async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let error = await #expect(throws: LocalFailure.self, sourceLocation: sourceLocation) { try await body(fixture) }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        let last = try #require(try await fixture.entries().last)
        #expect(last == ("request.refused", code), sourceLocation: sourceLocation)
    }

    @Test func anotherPersonsKey() async throws {
        try await refused("clearance.unknown-key") { fixture in
            _ = try await fixture.submit(fixture.request("ledger.export", [:], as: "alice"), signedBy: fixture.bob)
        }
    }

    @Test func aChangedRequest() async throws {
        try await refused("clearance.bad-signature") { fixture in
            let request = try await fixture.request("ledger.export", [:], as: "alice")
            let signature = SSHSignature(signing: request, namespace: "assay-request@v1", with: fixture.alice)
            let changed = String(decoding: request, as: UTF8.self).replacingOccurrences(of: "\"test\"", with: "\"tess\"")
            _ = try await fixture.call("act", ["request": .string(changed), "signature": .string(signature.armored)])
        }
    }

    @Test func anotherNamespace() async throws {
        try await refused("clearance.bad-signature") { fixture in
            let request = try await fixture.request("ledger.export", [:], as: "alice")
            let signature = SSHSignature(signing: request, namespace: "file", with: fixture.alice)
            _ = try await fixture.call(
                "act", ["request": .string(String(decoding: request, as: UTF8.self)), "signature": .string(signature.armored)])
        }
    }

    @Test func theSameRequestTwice() async throws {
        try await refused("clearance.unknown-nonce") { fixture in
            let request = try await fixture.request("ledger.export", [:], as: "alice")
            _ = try await fixture.submit(request, signedBy: fixture.alice)
            _ = try await fixture.submit(request, signedBy: fixture.alice)
        }
    }

    @Test func aNonceOfOnesOwn() async throws {
        try await refused("clearance.unknown-nonce") { fixture in
            let request = try await fixture.request("ledger.export", [:], as: "alice") {
                $0["nonce"] = .string(String(repeating: "0", count: 32))
            }
            _ = try await fixture.submit(request, signedBy: fixture.alice)
        }
    }

    @Test func aCheckpointOfAnotherLedger() async throws {
        try await refused("clearance.unknown-checkpoint") { fixture in
            let request = try await fixture.request("ledger.export", [:], as: "alice") { request in
                var checkpoint = request["checkpoint"]?.object ?? [:]
                checkpoint["root"] = .string(String(repeating: "0", count: 64))
                request["checkpoint"] = .object(checkpoint)
            }
            _ = try await fixture.submit(request, signedBy: fixture.alice)
        }
    }

    @Test func whatTheRoleDoesNotAllow() async throws {
        try await refused("clearance.not-permitted") { fixture in
            _ = try await fixture.act("verdict", [:], as: "alice")
        }
    }

    @Test func whatIsNoRequest() async throws {
        try await refused("clearance.bad-request") { fixture in
            _ = try await fixture.submit(Array("{}".utf8), signedBy: fixture.alice)
        }
        try await refused("clearance.bad-request") { fixture in
            let request = try await fixture.request("open.the.door", [:], as: "alice")
            _ = try await fixture.submit(request, signedBy: fixture.alice)
        }
    }

    @Test func aStrangerGetsNoChallenge() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let error = await #expect(throws: LocalFailure.self) { try await fixture.request("ledger.export", [:], as: "mallory") }
        #expect(error?.code == "clearance.unknown-person")
    }

    @Test func nothingToDecideOrExportYet() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let id = try #require(
            try await fixture.act("submission.ingest", ["media": .string(try await fixture.seal())], as: "alice")["submission"]?.string)
        let early = await #expect(throws: LocalFailure.self) {
            try await fixture.call("verdict.prepare", ["submission": .string(id), "decision": "pass", "person": "bob"])
        }
        #expect(early?.code == "verdict.no-results")
        let export = await #expect(throws: LocalFailure.self) {
            try await fixture.act("export", ["submission": .string(id)], as: "bob")
        }
        #expect(export?.code == "store.no-verdict")
    }

    /// Asking for a nonce takes no signature. However many somebody asks for in another's name, that person's own, from before
    /// and from after, are good, and what was recorded is what that person asked for.
    @Test func challengesInAnothersName() async throws {
        let fixture = try ApplianceFixture()
        try await fixture.initialise()
        let before = try await fixture.request("ledger.receipt", [:], as: "alice"), entries = try await fixture.entries().count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { for _ in 0..<2_500 { _ = try await fixture.call("challenge", ["person": "alice"]) } }
            }
            try await group.waitForAll()
        }
        _ = try await fixture.submit(before, signedBy: fixture.alice)
        _ = try await fixture.act("ledger.receipt", [:], as: "alice")
        #expect(try await fixture.entries().count == entries + 2)
        // And each is good once still.
        let error = await #expect(throws: LocalFailure.self) { try await fixture.submit(before, signedBy: fixture.alice) }
        #expect(error?.code == "clearance.unknown-nonce")
    }
}
