import AgeFormat
import AuditCrypto
import AuditSigning
import BenchmarkPacks
import CanonicalEncoding
import Evaluation
import Foundation
import Testing

/// A folder of tasks, and keys to sign a pack of them with.
struct Suite {
    let scratch: Scratch
    let keys: [String: Ed25519PrivateKey]

    static let yaml = """
        task: NAME
        include: common
        dataset_path: json
        dataset_kwargs:
          data_files:
            test: items.jsonl
            private: private.csv
        metric_list:
          - metric: acc
          - metric: acc_norm
        """

    init() throws {
        scratch = try Scratch()
        keys = Dictionary(uniqueKeysWithValues: ["a", "b", "c", "d"].map { ($0, .generate()) })
        try scratch.write("suite/tasks/one/one.yaml", Self.yaml.replacingOccurrences(of: "NAME", with: "one"))
        try scratch.write("suite/tasks/one/common", "test_split: test\nmetadata: {version: 1}\n")
        try scratch.write("suite/tasks/one/items.jsonl", "{\"id\": \"1\", \"q\": \"x\"}\n{\"id\": \"2\", \"q\": \"y\"}\n")
        try scratch.write("suite/tasks/one/private.csv", "id,q\np1,\"a, b\"\np2,c\n")
        try scratch.write("suite/tasks/one/left.jsonl", "{}\n")
        try scratch.write("suite/policy.yaml", "domains: []\n")
    }

    func plan(_ roles: PackRoles?, version: String = "1.0") -> PackBuilder.Plan {
        PackBuilder.Plan(
            name: "suite", version: version, authors: ["A. Author"], licence: "CC0-1.0",
            expires: Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, later) }), roles: roles)
    }

    func key(_ name: String) -> PackKey { PackKey(keys[name]!.publicKey) }

    /// Two of a, b and c for the root; a and d for the targets; d for the others.
    func roles() throws -> PackRoles {
        PackRoles([
            .root: try PackRoles.keys(["a", "b", "c"].map(key), threshold: 2, of: .root), .targets: try PackRoles.keys(["a", "d"].map(key), threshold: 2, of: .targets),
            .snapshot: try PackRoles.keys([key("d")], threshold: 1, of: .snapshot), .timestamp: try PackRoles.keys([key("d")], threshold: 1, of: .timestamp),
        ])
    }

    var source: String { scratch.path("suite") }
    var pack: String { scratch.path("suite.pack") }

    @discardableResult
    func build(_ roles: PackRoles?, version: String = "1.0", _ change: (inout PackBuilder.Plan) -> Void = { _ in }) throws -> PackBuilder.Built {
        var plan = plan(roles, version: version)
        change(&plan)
        return try PackBuilder.build(source, to: pack, plan)
    }

    func sign(_ role: Role, _ names: String...) throws {
        for name in names { try PackMetadata(PackFolder(pack)).sign(role, with: keys[name]!) }
    }

    func signAll() throws {
        try sign(.root, "a", "b")
        try sign(.targets, "a", "d")
        try sign(.snapshot, "d")
        try sign(.timestamp, "d")
    }

    func files() throws -> MemoryPack { try MemoryPack(folder: URL(filePath: pack)) }

    func root(_ version: Int = 1) throws -> [UInt8] { try #require(files().files["metadata/\(version).root.json"]) }
}

@Suite struct BuildTests {
    @Test func fromFolderToVerifiedPack() throws {
        let suite = try Suite()
        let built = try suite.build(suite.roles())
        #expect(built.leftOut == ["tasks/one/left.jsonl"])
        #expect(built.canariesNotPlaced == ["one"])
        #expect(refusal(try suite.files(), root: try suite.root()) == "pack.not-signed")
        try suite.signAll()
        let (pack, inspected) = try verifyAll(PackFolder(suite.pack), root: try suite.root())
        #expect(inspected.items == 4 && inspected.targets == 7)
        let task = try #require(pack.task("one"))
        #expect(task.includes.map(\.path) == ["tasks/one/common"])
        #expect(task.splits.map(\.name) == ["test", "private"] && task.splits.map(\.items) == [2, 2])
        #expect(task.scorers == ["acc", "acc_norm"])
        #expect(pack.description.policy?.path == "policy.yaml")
        #expect(String(decoding: try pack.read("policy.yaml", maxBytes: 100), as: UTF8.self) == "domains: []\n")
        // The digest of a file is that which `sha256sum` prints.
        #expect(task.file.sha256 == SHA256Digest.of(Array(try suite.scratch.read("suite/tasks/one/one.yaml").utf8)))
        let canaries = try Canaries(json: Array(try suite.scratch.read("suite/canary.json").utf8))
        #expect(canaries == pack.canaries)
    }

    @Test func theNextVersion() throws {
        let suite = try Suite()
        try suite.build(suite.roles())
        try suite.signAll()
        let root = try suite.root(), first = try verifyAll(suite.files(), root: root).pack.verified
        let old = try suite.files()
        try suite.scratch.write("suite/tasks/one/items.jsonl", "{\"id\": \"2\", \"q\": \"y\"}\n")
        let digest = SHA256Digest.of(Array(#"{"id":"1","q":"x"}"#.utf8)).hex
        try suite.scratch.write("suite/retired.jsonl", #"{"task":"one","id":"1","sha256":"\#(digest)","reason":"leaked","date":"2029-12-31"}"# + "\n")
        let built = try suite.build(nil, version: "1.1")
        #expect(!built.hasNewRoot && built.versions == [.root: 1, .targets: 2, .snapshot: 2, .timestamp: 2])
        try suite.sign(.targets, "a", "d")
        try suite.sign(.snapshot, "d")
        try suite.sign(.timestamp, "d")
        let (pack, inspected) = try verifyAll(suite.files(), root: root, state: first.state)
        #expect(inspected.items == 3 && pack.description.version == "1.1")
        #expect(pack.canaries == (try InstalledPack(old, verified: first).canaries))
        #expect(refusal(old, root: root, state: pack.verified.state) == "pack.rollback")
    }

    @Test func newKeys() throws {
        let suite = try Suite()
        try suite.build(suite.roles())
        try suite.signAll()
        let root = try suite.root(), first = try verifyAll(suite.files(), root: root).pack.verified
        let built = try suite.build(PackRoles([.root: try PackRoles.keys(["c", "d"].map(suite.key), threshold: 2, of: .root)]), version: "2.0")
        #expect(built.hasNewRoot && built.versions[.root] == 2)
        try suite.sign(.targets, "a", "d")
        try suite.sign(.snapshot, "d")
        try suite.sign(.timestamp, "d")
        try suite.sign(.root, "c", "d")
        #expect(refusal(try suite.files(), root: root, state: first.state) == "pack.below-threshold")
        #expect(try PackMetadata(PackFolder(suite.pack)).signatures().filter { !$0.isComplete }.map(\.name) == ["root, by root 1"])
        try suite.sign(.root, "b")
        let pack = try verifyAll(suite.files(), root: root, state: first.state).pack
        #expect(pack.verified.root.version == 2)
        // The second root is enough to begin with.
        try verifyAll(suite.files(), root: try suite.root(2))
        // What lies beside it is looked at all the same.
        var files = try suite.files()
        files.files["metadata/1.root.json"]?[300] ^= 1
        #expect(refusal(files, root: try suite.root(2)) != nil)
    }

    @Test func signaturesGoInOrder() throws {
        let suite = try Suite()
        try suite.build(suite.roles())
        #expect(code(of: #expect(throws: PackError.self) { try suite.sign(.snapshot, "d") }) == "pack.sign-others-first")
        #expect(code(of: #expect(throws: PackError.self) { try suite.sign(.targets, "b") }) == "pack.not-a-key-of-role")
        try suite.sign(.targets, "a", "d")
        try suite.sign(.snapshot, "d")
        try suite.sign(.timestamp, "d")
        let before = try suite.files().files
        // To sign again changes nothing.
        try suite.sign(.targets, "a")
        #expect(try suite.files().files == before)
    }

    /// Any byte of anything, changed to any other value.
    @Test func everyByteCounts() throws {
        let suite = try Suite()
        try suite.build(suite.roles())
        try suite.signAll()
        let files = try suite.files(), root = try suite.root()
        #expect(refusal(files, root: root) == nil)
        var accepted: [String] = [], state: UInt64 = 1
        for (path, bytes) in files.files {
            for place in bytes.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                var changed = files
                changed.files[path]?[place] ^= UInt8(truncatingIfNeeded: state >> 40) | 1
                if refusal(changed, root: root) == nil { accepted.append("\(path) \(place)") }
            }
            for count in [0, 1, bytes.count - 1] where count < bytes.count {
                var changed = files
                changed.files[path] = Array(bytes.prefix(count))
                if refusal(changed, root: root) == nil { accepted.append("\(path) cut to \(count)") }
            }
            var changed = files
            changed.files[path] = nil
            // The root that is trusted need not lie beside.
            if path != "metadata/1.root.json", refusal(changed, root: root) == nil { accepted.append("\(path) taken away") }
        }
        #expect(accepted.isEmpty, "\(accepted.prefix(5))")
    }

    @Test func sealedSplits() throws {
        let suite = try Suite()
        let identity = try X25519Identity.generate()
        let recipient = PackDescription.Recipient(name: "ward-3", recipient: identity.recipient.text)
        try suite.build(suite.roles()) { ($0.sealed, $0.recipients) = (["tasks/one/private.csv"], [recipient]) }
        try suite.signAll()
        let (pack, inspected) = try verifyAll(suite.files(), root: try suite.root())
        #expect(inspected.sealed == 1 && inspected.items == 4)
        let split = try #require(pack.task("one")?.splits.last)
        #expect(split.file.path == "tasks/one/private.csv.age" && split.sealedTo == [recipient])
        #expect(try suite.files().files.values.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("p2,c") })
        #expect(String(decoding: try pack.unseal(split, task: "one", identities: [identity]), as: UTF8.self) == "id,q\np1,\"a, b\"\np2,c\n")
        #expect(throws: PackError.self) { try pack.unseal(split, task: "one", identities: [try X25519Identity.generate()]) }
        #expect(throws: PackError.self) { try pack.forEachItem(of: split, task: "one") { _ in } }
        #expect(code(of: #expect(throws: PackError.self) { try suite.build(nil) { $0.sealed = ["tasks/one/private.csv"] } }) == "pack.bad-source")
        #expect(code(of: #expect(throws: PackError.self) { try suite.build(nil) { $0.sealed = ["tasks/one/other"] } }) == "pack.bad-source")
    }

    @Test func whatIsRefused() throws {
        func refused(_ path: String, _ text: String) throws -> String? {
            let suite = try Suite()
            try suite.scratch.write("suite/" + path, text)
            let error = #expect(throws: PackError.self) { try suite.build(suite.roles()) }
            #expect(!FileManager.default.fileExists(atPath: suite.pack) && !FileManager.default.fileExists(atPath: suite.pack + ".partial"))
            return code(of: error)
        }
        let yaml = Suite.yaml
        #expect(try refused("tasks/one/items.jsonl", "{\"id\": \"1\"}\n{\"id\": \"1\"}\n") == "pack.bad-items")
        #expect(try refused("tasks/one/items.jsonl", "{\"id\": \"1\"}\nnot JSON\n") == "pack.bad-items")
        #expect(try refused("tasks/one/items.jsonl", "") == "pack.bad-items")
        #expect(try refused("tasks/two.yaml", yaml.replacingOccurrences(of: "include: common\n", with: "")) == "pack.missing-file")
        #expect(try refused("tasks/one/one.yaml", yaml.replacingOccurrences(of: "items.jsonl", with: "../../x.jsonl")) == "pack.bad-path")
        #expect(try refused("tasks/one/one.yaml", yaml.replacingOccurrences(of: "items.jsonl", with: "../../../x.jsonl")) == "pack.bad-path")
        #expect(try refused("tasks/one/one.yaml", yaml.replacingOccurrences(of: "items.jsonl", with: "/etc/passwd")) == "pack.bad-path")
        #expect(try refused("tasks/one/one.yaml", yaml.replacingOccurrences(of: "path: json", with: "path: somebody/dataset")) == "pack.bad-task")
        #expect(try refused("tasks/one/one.yaml", yaml + "\n  - metric: !function utils.f\n") == "pack.missing-file")
        #expect(try refused("tasks/one/one.yaml", yaml + "\n  - metric: !function ..utils.f\n") == "pack.bad-task")
        #expect(try refused("tasks/one/one.yaml", yaml + "\n  - metric: !other utils.f\n") == "pack.bad-task")
        #expect(try refused("tasks/one/one.yaml", "process_results: scored\n" + yaml) == "pack.bad-task")
        #expect(try refused("tasks/one/one.yaml", "a: [1, 2") == "pack.bad-task")
        #expect(try refused("tasks/one/two.yaml", yaml.replacingOccurrences(of: "NAME", with: "one")) == "pack.bad-task")
        #expect(try refused("tasks/one/common", "include: one.yaml\n") == "pack.bad-task")
        #expect(try refused("canary.json", "{\"canaries\":[],\"v\":1}") == "pack.bad-canary")
        let retired = #"{"task":"one","id":"p2","sha256":"\#(String(repeating: "0", count: 64))","reason":"x","date":"2029-12-31"}"#
        #expect(try refused("retired.jsonl", retired) == "pack.retired-item")
        #expect(try refused("retired.jsonl", retired.replacingOccurrences(of: "2029-12-31", with: "2029-13-31")) == "pack.bad-items")
    }

    /// Several files of a split, several files included, and those of another task's folder.
    @Test func filesOfOtherFolders() throws {
        let suite = try Suite()
        try suite.scratch.write("suite/tasks/two/two.yaml", """
            task: two
            include: [first, ../one/common]
            """)
        try suite.scratch.write("suite/tasks/two/first", """
            dataset_path: json
            dataset_kwargs:
              data_files:
                test: [../one/items.jsonl, more.jsonl]
            """)
        try suite.scratch.write("suite/tasks/two/more.jsonl", "{\"q\": \"z\"}\n")
        try suite.build(suite.roles())
        try suite.signAll()
        let (pack, inspected) = try verifyAll(suite.files(), root: try suite.root())
        let task = try #require(pack.task("two"))
        #expect(task.includes.map(\.path) == ["tasks/two/first", "tasks/one/common"])
        #expect(task.splits.map(\.file.path) == ["tasks/one/items.jsonl", "tasks/two/more.jsonl"] && task.splits.map(\.name) == ["test", "test"])
        #expect(inspected.items == 7)
    }

    /// A pack may bring Python functions that score its samples: their files are targets as all others, and whoever reads a task out of
    /// the pack says whether they may be used.
    @Test func scorersOfItsOwn() throws {
        let suite = try Suite()
        let code = "def score(doc, results):\n    return {'close': 1.0}\n"
        try suite.scratch.write("suite/tasks/two/lib/scoring.py", code)
        try suite.scratch.write("suite/tasks/two/metrics.py", "def near(references, predictions): return 1.0\n")
        let yaml = """
            task: NAME
            dataset_path: json
            dataset_kwargs: {data_files: {test: ../one/items.jsonl}}
            test_split: test
            doc_to_text: "{{q}}"
            doc_to_target: x

            """
        try suite.scratch.write("suite/tasks/two/two.yaml", yaml.replacingOccurrences(of: "NAME", with: "two") + """
            process_results: !function lib.scoring.score
            metric_list: [{metric: close, aggregation: mean}]
            """)
        try suite.scratch.write("suite/tasks/two/three.yaml", yaml.replacingOccurrences(of: "NAME", with: "three") + """
            metric_list: [{metric: exact_match}, {metric: !function metrics.near, aggregation: mean}]
            """)
        try suite.build(suite.roles())
        try suite.signAll()
        let (pack, _) = try verifyAll(suite.files(), root: try suite.root())
        let two = try #require(pack.task("two")), three = try #require(pack.task("three"))
        #expect(two.scorers == ["close"] && two.code.map(\.path) == ["tasks/two/lib/scoring.py"])
        #expect(two.code.map(\.sha256) == [SHA256Digest.of(Array(code.utf8))])
        #expect(three.scorers == ["exact_match", "near"] && three.code.map(\.path) == ["tasks/two/metrics.py"])
        #expect(pack.task("one")?.code == [])
        let folder = { (allows: Bool) in
            TaskFolder(allowsScorers: allows) { name in pack.verified.target(name) != nil ? try pack.read(name, maxBytes: 1 << 20) : nil }
        }
        let read = try TaskSuite(file: two.file.path, in: folder(true))
        #expect(read.scorers.map(\.source.digest) == two.code.map(\.sha256) && read.task.valueNames == ["close"])
        #expect(throws: TaskError.self) { try TaskSuite(file: two.file.path, in: folder(false)) }
    }

    @Test func errorsNameTheLine() throws {
        let suite = try Suite()
        try suite.scratch.write("suite/tasks/one/items.jsonl", "{\"id\": \"1\"}\n{\"id\": \"1\"}\n")
        let error = #expect(throws: PackError.self) { try suite.build(suite.roles()) }
        #expect(error?.file == "tasks/one/items.jsonl" && error?.line == 2)
    }

    /// It would be built, and no plan could be made over it.
    @Test func corporaAreRefused() throws {
        let suite = try Suite()
        try suite.scratch.write("suite/tasks/one/common", "test_split: test\nmetadata:\n  version: 1\n  corpus: corpus.jsonl\n")
        let error = #expect(throws: PackError.self) { try suite.build(suite.roles()) }
        #expect(error?.code == .badTask && error?.file == "tasks/one/common" && error?.line == 4)
        #expect(error?.description.contains("metadata.corpus") == true)
    }

    @Test func linksAreRefused() throws {
        let suite = try Suite()
        try suite.build(suite.roles())
        try suite.signAll()
        let root = try suite.root(), target = try #require(suite.files().files.keys.first { $0.hasSuffix(".items.jsonl") })
        let file = URL(filePath: suite.pack).appending(path: target)
        try FileManager.default.moveItem(at: file, to: suite.scratch.url.appending(path: "elsewhere"))
        try FileManager.default.createSymbolicLink(at: file, withDestinationURL: suite.scratch.url.appending(path: "elsewhere"))
        #expect(refusal(try PackFolder(suite.pack), root: root) == "pack.not-a-plain-file")
    }

    @Test func hostileTaskFiles() throws {
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "- ", count: 100_000), String(repeating: "? ", count: 100_000),
            (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            "a: &a [x]\n" + (0..<30).map { "b\($0): &b\($0) [\(($0 == 0 ? "*a" : "*b\($0 - 1)")), *a]\n" }.joined(),
        ] {
            let suite = try Suite()
            try suite.scratch.write("suite/tasks/one/one.yaml", text)
            #expect(throws: PackError.self) { try suite.build(suite.roles()) }
        }
    }

    @Test func keysAtRest() throws {
        let key = Ed25519PrivateKey.generate()
        let file = try PackKeyFile.seal(key, passphrase: Array("word".utf8), cost: .interactive)
        #expect(try PackKeyFile.open(file, passphrase: Array("word".utf8)).publicKey == key.publicKey)
        #expect(throws: CryptoError.self) { try PackKeyFile.open(file, passphrase: Array("other".utf8)) }
        let own = try PackKeyFile.publicBytes(key.publicKey)
        #expect(try PackKeyFile.readPublic(own, name: "x") == PackKey(key.publicKey))
        #expect(throws: PackError.self) { try PackKeyFile.readPublic(file, name: "x") }
        #expect(throws: PackError.self) { try PackRoles.keys([PackKey(key.publicKey), PackKey(key.publicKey)], threshold: 2, of: .root) }
    }
}
