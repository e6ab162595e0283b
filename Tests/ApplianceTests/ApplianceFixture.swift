import Appliance
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import Foundation
import TestTools
import LocalAPI
import SealedMedia
import Synchronization

/// A clock that stands still until it is told otherwise.
final class TestClock: Sendable {
    private let time = Mutex<Int64>(1_800_000_000)

    var now: Int64 { time.withLock { $0 } }

    func advance(by seconds: Int64) { time.withLock { $0 += seconds } }
}

/// An appliance in a folder of its own with a lab, an authority and three people, talked to as `assay` does, without the
/// socket.
final class ApplianceFixture: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "appliance-\(UUID().uuidString)").path
    let lab = Ed25519PrivateKey.generate()
    let otherLab = Ed25519PrivateKey.generate()
    let alice = Ed25519PrivateKey.generate()
    let bob = Ed25519PrivateKey.generate()
    let carol = Ed25519PrivateKey.generate()
    let authority = Ed25519PrivateKey.generate()
    let appliance: Appliance
    let clock = TestClock()
    static let passphrase = Base64.encode(Array("correct horse".utf8))

    var home: String { folder + "/home" }

    /// - Parameter engine: for looks into weights: `Self.engine`, the program that is built beside the tests.
    init(engine: String = "/nonexistent/assay-engine") throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        appliance = try Self.open(folder + "/home", clock, engine: engine)
    }

    /// Nil where it is not built.
    static let engine = BuiltProgram.path("assay-engine")

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// The appliance of that folder as a new process would open it.
    static func open(
        _ home: String, _ clock: TestClock = TestClock(), anchorInterval: Duration = .seconds(600),
        engine: String = "/nonexistent/assay-engine", snapshotInterval: Int64 = 50_000
    ) throws -> Appliance {
        let suites = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/EvaluationSuites/Resources").standardizedFileURL.path
        return try Appliance(
            home: ApplianceHome(path: home),
            programs: AppliancePrograms(engine: engine, suites: suites, snapshotInterval: snapshotInterval), anchorInterval: anchorInterval
        ) { clock.now }
    }

    /// The appliance after a restart, unlocked.
    func reopen(snapshotInterval: Int64 = 50_000) async throws -> Appliance {
        let other = try Self.open(home, clock, snapshotInterval: snapshotInterval)
        _ = try await call("unlock", ["passphrase": .string(Self.passphrase)], on: other)
        return other
    }

    /// Alice inspects, Bob keeps and decides, Carol stands for the lab.
    func roster(version: Int64 = 1, without absent: String? = nil, expires: String = "2030-01-01T00:00:00Z") throws -> Roster {
        func person(_ name: String, _ side: Side, _ roles: [Role], _ key: Ed25519PrivateKey) -> Person {
            Person(
                name: name, side: side, roles: roles, clearances: side == .lab ? [] : DisclosureClass.allCases,
                keys: [SSHPublicKey(key.publicKey)])
        }
        let people = [
            person("alice", .authority, [.inspector], alice), person("bob", .authority, [.adjudicator, .custodian], bob),
            person("carol", .lab, [.labRepresentative], carol),
        ]
        return try Roster(
            version: version, issued: try Self.moment("2026-01-01T00:00:00Z"), expires: try Self.moment(expires),
            people: people.filter { $0.name != absent })
    }

    func terms(
        version: Int64 = 1, person: Int64 = 1 << 20, total: Int64 = 1 << 20, rowsAlone: Int64 = 1000,
        approvals: ApprovalPolicy = .standard, lab key: Ed25519PrivateKey? = nil, retention: Int64? = nil
    ) throws -> EngagementTerms {
        EngagementTerms(
            version: version, lab: (key ?? lab).publicKey.keyID, issued: try Self.moment("2026-01-01T00:00:00Z"),
            expires: try Self.moment("2030-01-01T00:00:00Z"),
            budgets: Dictionary(uniqueKeysWithValues: DisclosureClass.allCases.map { ($0, .init(person: person, total: total)) }),
            rowsAlone: rowsAlone, approvals: approvals, retention: retention)
    }

    private static func moment(_ text: String) throws -> Timestamp {
        guard let time = Timestamp(rfc3339: text) else { throw LocalFailure(code: "test", message: text) }
        return time
    }

    func signed(_ roster: Roster, by key: Ed25519PrivateKey? = nil) throws -> String {
        try envelope(roster.encoded(), Roster.document, [key ?? authority])
    }

    func signed(_ terms: EngagementTerms, by keys: [Ed25519PrivateKey]? = nil) throws -> String {
        try envelope(terms.encoded(), EngagementTerms.document, keys ?? [authority, lab])
    }

    private func envelope(_ payload: [UInt8], _ document: SignedDocument, _ keys: [Ed25519PrivateKey]) throws -> String {
        String(decoding: DSSEEnvelope.sign(payload: payload, payloadType: document.payloadType, with: keys).encoded(), as: UTF8.self)
    }

    /// Makes the appliance's keys, and takes terms in.
    @discardableResult
    func initialise(terms: EngagementTerms? = nil) async throws -> JSONValue {
        let identity = try await makeKeys()
        _ = try await install("terms.install", "terms", signed(try terms ?? self.terms()))
        return identity
    }

    func install(_ action: String, _ member: String, _ document: String, as person: String = "bob") async throws -> JSONValue {
        try await act(action, ["\(member)": .string(SHA256Digest.of(Array(document.utf8)).hex)], as: person, attachment: document)
    }

    func makeKeys(tpm: String? = nil, witnesses: [String] = []) async throws -> JSONValue {
        var parameters: JSONObject = [
            "name": "test", "passphrase": .string(Self.passphrase), "roster": .string(try signed(roster())),
            "labs": [.string(lab.publicKey.pem), .string(otherLab.publicKey.pem)], "authorities": [.string(authority.publicKey.pem)],
        ]
        if let tpm { parameters["tpm"] = .string(tpm) }
        if !witnesses.isEmpty { parameters["witnesses"] = .array(witnesses.map { .string($0) }) }
        return try await call("init", .object(parameters))
    }

    func call(_ method: String, _ parameters: JSONValue = [:], on other: Appliance? = nil) async throws -> JSONValue {
        switch await (other ?? appliance).handle(LocalRequest(method: method, parameters: parameters), progress: { _ in }) {
        case .result(let value): return value
        case .failure(let failure): throw failure
        case .progress: throw LocalFailure(code: "test", message: "progress as a final reply")
        }
    }

    /// A request as `assay` makes it; `change` may spoil it before it is signed.
    func request(
        _ action: String, _ scope: JSONValue, as person: String, on other: Appliance? = nil,
        change: (inout JSONObject) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let challenge = try await call("challenge", ["person": .string(person)], on: other)
        var request: JSONObject = [
            "action": .string(action), "checkpoint": challenge["checkpoint"] ?? nil, "nonce": challenge["nonce"] ?? nil,
            "person": .string(person), "purpose": "test", "scope": scope, "v": 1,
        ]
        change(&request)
        return try CanonicalJSON.encode(.object(request))
    }

    func submit(
        _ request: [UInt8], signedBy key: Ed25519PrivateKey, on other: Appliance? = nil, attachment: String? = nil
    ) async throws -> JSONValue {
        let signature = SSHSignature(signing: request, namespace: "assay-request@v1", with: key)
        var parameters: JSONObject = [
            "request": .string(String(decoding: request, as: UTF8.self)), "signature": .string(signature.armored),
        ]
        if let attachment { parameters["attachment"] = .string(attachment) }
        return try await call("act", .object(parameters), on: other)
    }

    func key(of person: String) -> Ed25519PrivateKey { ["alice": alice, "bob": bob][person] ?? carol }

    func act(
        _ action: String, _ scope: JSONValue, as person: String, on other: Appliance? = nil, attachment: String? = nil
    ) async throws -> JSONValue {
        let request = try await request(action, scope, as: person, on: other)
        return try await submit(request, signedBy: key(of: person), on: other, attachment: attachment)
    }

    /// The name under which a request waits.
    static func waiting(_ result: JSONValue) throws -> String {
        guard let id = result["waiting"]?["request"]?.string else { throw LocalFailure(code: "test", message: "nothing waits") }
        return id
    }

    /// Seals a small submission to this appliance; the folder of the medium.
    ///
    /// - Parameters:
    ///   - weights: safetensors, in place of two by two zeros.
    ///   - parts: several weight files by name, in place of one.
    ///   - others: more files, by name.
    ///   - format: `gguf` or `safetensors`.
    ///   - supersedes: the submission that it says it takes the place of.
    ///   - under: the terms that the declaration names.
    ///   - key: the lab's, in place of the fixture's own.
    func seal(
        _ name: String = "media", model: String = "tiny", weights: [UInt8]? = nil, parts: [(String, [UInt8])]? = nil,
        others: [(String, [UInt8])] = [], format: String = "safetensors", key: Ed25519PrivateKey? = nil, supersedes: String? = nil,
        under terms: EngagementTerms? = nil, repair: RepairShare? = nil, volumeSize: Int? = nil
    ) async throws -> String {
        let identity = try await call("identity")["appliance"]?.string ?? ""
        let keys = try ApplianceKeys(json: Array(identity.utf8))
        var files: [SealInput] = []
        func input(_ path: String, _ kind: MediaFileKind, _ bytes: [UInt8]) throws {
            let source = "\(folder)/\(name)-\(path.replacing("/", with: "-"))"
            try Data(bytes).write(to: URL(filePath: source))
            files.append(SealInput(source: source, path: path, kind: kind))
        }
        let header = Array(#"{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#.utf8)
        var length = ByteWriter()
        length.append(UInt64(header.count))
        let whole = weights ?? length.bytes + header + [UInt8](repeating: 0, count: 16)
        for (path, bytes) in parts ?? [("model.\(format)", whole)] { try input(path, .weights, bytes) }
        try input("records.jsonl", .datasetRecords, Array((0..<10).map { #"{"q":"row \#($0)"}"# + "\n" }.joined().utf8))
        try input("log.jsonl", .trainingLog, Array((1...10).map { #"{"step":\#($0),"loss":\#(3.0 / Double($0))}"# + "\n" }.joined().utf8))
        for (path, bytes) in others { try input(path, .other, bytes) }
        var declaration = try Declaration(json: Array(#"""
            {"architecture":{"family":"llama","format":"\#(format)","parameters":4,"tensors":1,"types":{"F32":1}},
             "contact":"lab@example.org","licence":"Apache-2.0","name":"\#(model)","release":"open-weights","v":1,"version":"1"}
            """#.utf8))
        declaration.supersedes = supersedes.flatMap { SHA256Digest(hex: $0) }
        declaration.terms = try terms.map { .init(sha256: try $0.digest(), version: $0.version) }
        let media = "\(folder)/\(name)"
        try SubmissionSealer(declaration: declaration, lab: "Test lab", recipients: [keys.mediaRecipient], key: key ?? lab, repair: repair, volumeSize: volumeSize)
            .seal(files, into: media)
        return media
    }

    /// The ledger's entries, newest last: action and the code in its details.
    func entries(on other: Appliance? = nil) async throws -> [(action: String, code: String?)] {
        let shown = try await call("ledger.show", ["from": 0, "count": 1000], on: other)["entries"]?.array ?? []
        return shown.map { ($0["action"]?.string ?? "", $0["details"]?["code"]?.string) }
    }
}
