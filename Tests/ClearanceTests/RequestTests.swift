import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import Testing

struct RequestTests {
    static let canonical = #"{"action":"inspect.tensor","checkpoint":{"origin":"assay.local/ledger/0123456789abcdef","root":""#
        + #"4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a","size":12},"nonce":"00112233445566778899aabbccddeeff","#
        + #""person":"ada","purpose":"Look at the embedding","scope":{"submission":"s-1","tensor":"token_embd.weight"},"v":1}"#

    @Test func bytes() throws {
        let request = try Office().request(.inspectTensor, by: "ada", nonce: "00112233445566778899aabbccddeeff")
        #expect(String(decoding: try request.encoded(), as: UTF8.self) == Self.canonical)
        #expect(try Request(encoded: Array(Self.canonical.utf8)) == request)
    }

    @Test(arguments: [
        ("{", "{ "), (#""v":1"#, #""v":2"#), (#""v":1"#, #""v":1,"w":1"#), ("inspect.tensor", "inspect.everything"), (#""size":12"#, #""size":-1"#),
        (#""size":12"#, #""size":12.5"#), (#""size":12"#, #""size":"12""#), ("4bf5", "4BF5"), ("4bf5", ""), ("ddeeff", "ddee"), ("ddeeff", "DDEEFF"),
        (#""person":"ada""#, #""person":"""#), (#""person":"ada""#, #""person":"Ada""#), (#""person":"ada""#, #""person":"аda""#),
        ("Look at the embedding", ""), ("Look at the embedding", "  "), ("Look at the embedding", #"a\nb"#), ("Look at", "Look\u{202E}at"),
        ("Look at", String(repeating: "x", count: 512)), (#""scope":{"submission":"s-1","tensor":"token_embd.weight"}"#, #""scope":[]"#),
        (#""scope":{"#, #""scope":{"":1.5,"#), (#","scope":{"submission":"s-1","tensor":"token_embd.weight"}"#, ""),
        (#""submission":"s-1""#, #""a":[[[[[[[[1]]]]]]]],"submission":"s-1""#), ("token_embd.weight", String(repeating: "x", count: 65_536)),
        (#""origin":"assay.local/ledger/0123456789abcdef","#, ""), (#""person":"ada""#, #""person":"ada","person":"ada""#),
    ])
    func refusesMalformed(_ old: String, _ new: String) {
        let changed = Self.canonical.replacing(old, with: new)
        #expect(changed != Self.canonical)
        #expect(code { try Request(encoded: Array(changed.utf8)) } == .badRequest)
    }

    @Test func refusesToWriteWhatWouldBeRefused() throws {
        #expect(code { try Office().request(.export, by: "Ada", nonce: "00112233445566778899aabbccddeeff").encoded() } == .badRequest)
        #expect(code { try Office().request(.export, by: "ada", nonce: "").encoded() } == .badRequest)
    }

    @Test func accepted() throws {
        var office = try Office()
        let bytes = try office.request(.inspectTensor, by: "ada", nonce: office.nonces.issue(to: "ada", now: 990)).encoded()
        let signature = try office.sign(bytes, as: "ada")
        let authorized = try office.verify(bytes, signature)
        #expect(authorized.person.name == "ada")
        #expect(authorized.request.action == .inspectTensor)
        #expect(authorized.grant == .signed(try #require(office.roster.person(named: "ada")?.keys[0]), signature: signature))
        #expect(authorized.digest == SHA256Digest.of(bytes))
        // Once only.
        #expect(code { try office.verify(bytes, signature) } == .unknownNonce)
    }

    @Test func refusals() throws {
        var office = try Office()
        func bytes(_ action: Action, by person: String, nonceOf owner: String? = nil, checkpoint: Request.CheckpointReference? = nil) throws -> [UInt8] {
            try office.request(action, by: person, nonce: office.nonces.issue(to: owner ?? person, now: 1000), checkpoint: checkpoint).encoded()
        }
        let good = try bytes(.inspectTensor, by: "ada")
        let signature = try office.sign(good, as: "ada")
        #expect(code { try office.verify(good, "") } == .badSignature)
        #expect(code { try office.verify(good, office.sign(good, as: "ada", namespace: "file")) } == .badSignature)
        #expect(code { try office.verify(good, office.sign(good + [0], as: "ada")) } == .badSignature)
        #expect(code { try office.verify(good, office.sign(good, as: "ben")) } == .unknownKey)
        #expect(code { try office.verify(good + Array("\n".utf8), signature) } == .badRequest)
        let stranger = try bytes(.inspectTensor, by: "eve")
        #expect(code { try office.verify(stranger, office.sign(stranger, as: "ada")) } == .unknownPerson)
        // None of that used the nonce up.
        _ = try office.verify(good, signature)

        let borrowed = try bytes(.inspectTensor, by: "ada", nonceOf: "ben")
        #expect(code { try office.verify(borrowed, office.sign(borrowed, as: "ada")) } == .unknownNonce)
        let late = try bytes(.inspectTensor, by: "ada")
        #expect(code { try office.verify(late, office.sign(late, as: "ada"), now: 1300) } == .expiredNonce)
        let onTime = try bytes(.inspectTensor, by: "ada")
        _ = try office.verify(onTime, office.sign(onTime, as: "ada"), now: 1299)

        // A validly signed request is used up even where it is refused.
        let checkpoint = office.checkpoint
        for wrong in [
            Request.CheckpointReference(origin: checkpoint.origin, size: 13, root: checkpoint.root),
            Request.CheckpointReference(origin: checkpoint.origin, size: 12, root: SHA256Digest.of([])),
            Request.CheckpointReference(origin: "elsewhere", size: 12, root: checkpoint.root),
        ] {
            let forked = try bytes(.inspectTensor, by: "ada", checkpoint: wrong), signature = try office.sign(forked, as: "ada")
            #expect(code { try office.verify(forked, signature) } == .unknownCheckpoint)
            #expect(code { try office.verify(forked, signature) } == .unknownNonce)
        }
        let forbidden = try bytes(.verdict, by: "ada"), forbiddenSignature = try office.sign(forbidden, as: "ada")
        #expect(code { try office.verify(forbidden, forbiddenSignature) } == .notPermitted)
        #expect(code { try office.verify(forbidden, forbiddenSignature) } == .unknownNonce)
    }

    /// The table, written out: who may ask for what. Everybody may ask for what is not in it.
    @Test func roles() {
        let looks: [Action] = [
            .inspectTensors, .inspectTensor, .inspectRecords, .inspectLog, .inspectFiles, .inspectValues, .inspectCompare,
            .inspectDifferences, .inspectSearch, .inspectSample, .inspectDataset, .inspectCurves, .inspectTranscripts, .inspectRunLog,
            .inspectRuns,
        ]
        let table: [Action: [Role]] = [
            .ingest: [.custodian, .inspector], .purge: [.custodian, .labRepresentative], .evaluate: [.inspector], .replay: [.inspector],
            .verdict: [.adjudicator], .export: [.custodian, .adjudicator], .suspend: [.custodian, .labRepresentative],
            .installRoster: [.custodian], .installTerms: [.custodian], .maintain: [.custodian, .maintainer], .rotate: [.custodian],
            .backup: [.custodian], .restore: [.custodian], .archive: [.custodian], .prepareTPM: [.custodian], .rebindTPM: [.custodian],
            .installPack: [.custodian, .inspector], .removePack: [.custodian],
        ]
        let everybody: [Action] = [
            .exportLedger, .receipt, .openSession, .unlockSession, .endSession, .approve, .decline, .perform, .withdraw,
        ]
        for action in Action.allCases {
            let roles = looks.contains(action) ? [.inspector, .adjudicator] : everybody.contains(action) ? Role.allCases : table[action]
            #expect(action.roles == roles, "\(action)")
            #expect(action.isLook == looks.contains(action))
        }
    }

    /// Dates, suspension, and what an expired roster still lets through.
    @Test func standing() throws {
        var office = try Office(until: 500)
        #expect(code { try office.ask(.export, by: "cyd", now: 499) } == nil)
        #expect(code { try office.ask(.export, by: "cyd", now: 500) } == .expired)
        #expect(code { try office.ask(.inspectTensors, by: "ada", now: 99_999) } == nil)
        #expect(code { try office.ask(.inspectTensors, by: "ada", now: 100_000) } == .expired)
        #expect(code { try office.ask(.exportLedger, by: "ada", now: 100_000) } == nil)
        #expect(code { try office.ask(.receipt, by: "ada", now: 100_000) } == nil)
        office.suspended = ["ada"]
        #expect(code { try office.ask(.exportLedger, by: "ada") } == .suspended)
        #expect(code { try office.ask(.exportLedger, by: "ben") } == nil)
    }

    /// A roster that asks for verification takes a signature with the flag, by a security key only.
    @Test func verifiedSecurityKey() throws {
        let secret = Ed25519PrivateKey.generate(), key = SSHPublicKey(secret.publicKey, application: "ssh:")
        let roster = try Office.roster([Person(name: "ada", roles: [.inspector], keys: [key], needsVerification: true)])
        let office = try Office()
        for (flags, expected) in [(UInt8(0x05), nil), (0x01, ClearanceErrorCode.notVerified), (0x04, .badSignature)] {
            var nonces = NonceRegistry()
            let bytes = try office.request(.inspectTensor, by: "ada", nonce: nonces.issue(to: "ada", now: 0)).encoded()
            let security = SSHSignature.Security(flags: flags, counter: 1)
            let data = SSHSignature.signedData(bytes, namespace: Request.namespace, reserved: [], hashAlgorithm: .sha512)
            let signature = SSHSignature(
                publicKey: key, namespace: Request.namespace, hashAlgorithm: .sha512,
                signature: secret.signature(for: SSHSignature.securedData(data, application: "ssh:", security)), security: security)
            let standing = AuthorizedRequest.Standing(roster: roster, suspended: [], now: 1)
            #expect(code {
                try AuthorizedRequest(
                    SignedRequest(encoded: bytes, signature: signature.armored), standing: standing, nonces: &nonces, isIssued: { _ in true })
            } == expected)
        }
        #expect(code {
            try Office.roster([Person(name: "ada", roles: [.inspector], keys: [SSHPublicKey(secret.publicKey)], needsVerification: true)])
        } == .badRoster)
    }

    /// With the key in a file, and with the key in a real ssh-agent only.
    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/ssh-keygen"), "ssh-keygen is not installed"),
        arguments: [false, true])
    func signedBySSHKeygen(throughAgent: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var agent: Process?
        defer { agent?.terminate() }
        let socket = folder.appending(path: "agent").path
        func process(_ program: String, _ arguments: [String]) throws -> Process {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.environment = ProcessInfo.processInfo.environment.merging(
                throughAgent ? ["SSH_AUTH_SOCK": socket] : [:], uniquingKeysWith: { $1 })
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            return process
        }
        func run(_ program: String, _ arguments: [String]) throws {
            let process = try process(program, arguments)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "key"])
        if throughAgent {
            agent = try process("ssh-agent", ["-D", "-a", socket])
            while !FileManager.default.fileExists(atPath: socket), agent?.isRunning == true { usleep(10_000) }
            try run("ssh-add", ["-q", "key"])
            try FileManager.default.removeItem(at: folder.appending(path: "key"))
        }
        let key = try SSHPublicKey(openSSH: String(decoding: Data(contentsOf: folder.appending(path: "key.pub")), as: UTF8.self))
        let roster = try Office.roster([Person(name: "ada", roles: [.inspector], keys: [key])])
        let office = try Office()
        var nonces = NonceRegistry()
        let bytes = try office.request(.inspectTensor, by: "ada", nonce: nonces.issue(to: "ada", now: 0)).encoded()
        try Data(bytes).write(to: folder.appending(path: "request.json"))
        try run("ssh-keygen", ["-q", "-Y", "sign", "-f", throughAgent ? "key.pub" : "key", "-n", Request.namespace, "request.json"])
        let signature = String(decoding: try Data(contentsOf: folder.appending(path: "request.json.sig")), as: UTF8.self)
        let authorized = try AuthorizedRequest(
            SignedRequest(encoded: bytes, signature: signature), standing: .init(roster: roster, suspended: [], now: 1), nonces: &nonces,
            isIssued: { _ in true })
        #expect(authorized.grant == .signed(key, signature: signature))
        #expect(roster.allowedSigners.principals(for: key, namespace: Request.namespace) == ["ada"])
        #expect(roster.allowedSigners.principals(for: key, namespace: "file").isEmpty)
    }
}
