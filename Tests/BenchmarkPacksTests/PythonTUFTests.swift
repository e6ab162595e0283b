import AuditCrypto
import BenchmarkPacks
import CanonicalEncoding
import Foundation
import Testing

/// Packs that python-tuf made and judged (`Fixtures/make_packs.py`).
@Suite struct PythonTUFTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let files: [String: [UInt8]]
        let isSeen: Bool
        let code: String?
        /// What python-tuf's client did.
        let tuf: String
        var testDescription: String { name }
    }

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    private static let json: JSONValue = {
        let bytes = [UInt8]((try? Data(contentsOf: folder.appending(path: "packs.json"))) ?? Data())
        return (try? StrictJSON.parse(bytes)) ?? nil
    }()
    static let root = Base64.decode(json["root"]?.string ?? "") ?? []
    static let base = files(json["base"])

    private static func files(_ value: JSONValue?) -> [String: [UInt8]] {
        (value?.object?.members ?? []).reduce(into: [:]) { $0[$1.key] = $1.value.string.flatMap { Base64.decode($0) } }
    }

    static let cases: [Case] = (json["cases"]?.array ?? []).map { value in
        var files = base
        for member in value["files"]?.object?.members ?? [] { files[member.key] = member.value.string.flatMap { Base64.decode($0) } }
        return Case(
            name: value["name"]?.string ?? "", files: files, isSeen: value["seen"]?.bool ?? false, code: value["code"]?.string,
            tuf: value["tuf"]?.string ?? "")
    }

    @Test(arguments: cases) func isJudged(_ one: Case) throws {
        let before = one.isSeen ? try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: Self.root, now: now).state : nil
        #expect(refusal(MemoryPack(one.files), root: Self.root, state: before) == one.code)
        // What python-tuf refuses, we refuse.
        if one.tuf != "accepted" { #expect(one.code != nil) }
    }

    @Test func everyAttackIsThere() {
        let codes = Set(Self.cases.compactMap(\.code))
        #expect(Self.cases.count >= 50)
        let expected: [PackError.Code] = [
            .missingFile, .endlessData, .malformed, .wrongRole, .specificationVersion, .unsupportedKey, .wrongKeyID, .duplicateKey, .badThreshold, .notSigned,
            .belowThreshold, .expired, .rollback, .vanished, .mixAndMatch, .equivocation, .rootSequence, .targetChanged, .badPath, .pathCollision, .extraneous,
            .badDescription, .retiredItem, .badCanary,
        ]
        for code in expected { #expect(codes.contains(code.rawValue), "no case is refused by \(code.rawValue)") }
    }

    @Test func whatItHolds() throws {
        let (pack, inspected) = try verifyAll(MemoryPack(Self.base), root: Self.root)
        #expect(inspected.targets == 5 && inspected.items == 4 && inspected.sealed == 0)
        #expect(inspected.bytes == Self.base.filter { $0.key.hasPrefix("targets/") }.map(\.value.count).reduce(0, +))
        #expect(pack.verified.accepted.map(\.role) == ["root", "timestamp", "snapshot", "targets", "extra"])
        #expect(pack.verified.accepted.map(\.version) == [1, 5, 4, 3, 2])
        #expect(pack.verified.accepted.map(\.signers.count) == [2, 1, 1, 2, 1])
        #expect(pack.description.name == "small" && pack.description.scorers == ["acc"])
        #expect(pack.canaries?.guid(of: "small") == "0f3a6c1e-5b7d-4e2a-9c48-1d2e3f405162")
        #expect(pack.retired?.items.map(\.id) == ["small-9"])
        let task = try #require(pack.task("small"))
        var ids: [String] = []
        try pack.forEachItem(of: task.splits[0], task: "small") { item throws(PackError) in ids.append(item.id ?? "") }
        #expect(ids == (0..<4).map { "small-\($0)" })
    }

    /// One bit of each byte: whatever it is in, the pack is refused.
    @Test func everyByteCounts() throws {
        var accepted: [String] = []
        for (path, bytes) in Self.base {
            for place in bytes.indices {
                var files = Self.base
                files[path]?[place] ^= 1 << UInt8(truncatingIfNeeded: place &* 7 % 8)
                if refusal(MemoryPack(files), root: Self.root) == nil { accepted.append("\(path) \(place)") }
            }
        }
        #expect(accepted.isEmpty, "\(accepted.prefix(5))")
    }

    @Test func aPackIsNotAnothersByItsRoot() throws {
        let other = Self.cases.first { $0.name == "new root keys, signed by old and new" }?.files["metadata/2.root.json"] ?? []
        // The second root is trusted, and the pack has only the first: its other roles' keys are the same.
        let verified = try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: other, now: now)
        #expect(verified.root.version == 2)
        var state = verified.state
        state.root = Self.root
        #expect(throws: Never.self) { try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: other, state: state, now: now) }
        let forged = try #require(Self.cases.first { $0.name == "a root that expired" }?.files["metadata/2.root.json"])
        state.root = other
        #expect(throws: PackError.self) { try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: forged, state: state, now: now) }
    }

    @Test func stateSurvivesBeingWritten() throws {
        let state = try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: Self.root, now: now).state
        let again = try PackState(json: CanonicalJSON.encode(state.json), file: "state")
        #expect(again == state)
        #expect(state.timestamp?.version == 5 && state.snapshot?.version == 4)
        #expect(state.named.map(\.key.string).sorted() == ["extra.json", "targets.json"])
        #expect(throws: PackError.self) { try PackState(json: Array("{}".utf8), file: "state") }
    }

    @Test func nothingOfARefusedPackIsRemembered() throws {
        let one = try #require(Self.cases.first { $0.name == "an older timestamp" })
        let state = try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: Self.root, now: now).state
        #expect(throws: PackError.self) { try PackVerifier.verify(MemoryPack(one.files), trustedRoot: Self.root, state: state, now: now) }
        #expect(throws: Never.self) { try PackVerifier.verify(MemoryPack(Self.base), trustedRoot: Self.root, state: state, now: now) }
    }

    /// What securesystemslib makes of the same values (`Fixtures/make_canonical.py`).
    @Test func canonicalForm() throws {
        let bytes = [UInt8](try Data(contentsOf: Self.folder.appending(path: "canonical.json")))
        let cases = try #require(try StrictJSON.parse(bytes).array)
        #expect(cases.count == 20)
        for one in cases {
            let expected = try #require(one["canonical"]?.string.flatMap { Base64.decode($0) })
            #expect(try OLPCCanonicalJSON.encode(one["value"] ?? nil) == expected)
        }
        #expect(throws: JSONError.self) { try OLPCCanonicalJSON.encode(.array([.number(1.5)])) }
    }

    /// The id is the one that securesystemslib gives the key.
    @Test func keyIDs() throws {
        let root = try RootMetadata(Self.root, file: "root")
        for role in Role.allCases {
            for key in root.keys(of: role).keys { #expect(PackKey(key.publicKey).id == key.id) }
        }
    }
}
