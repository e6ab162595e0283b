import AgeFormat
import Appliance
import AuditCrypto
import AuditSigning
import BenchmarkPacks
import CanonicalEncoding
import Foundation

/// The authors of a benchmark pack: their folder of tasks, and their keys. Two sign root and targets, one the rest.
struct PackMaker {
    let folder: String
    private let recipient: String?
    private let keys = (0..<2).map { _ in Ed25519PrivateKey.generate() }

    static func items(_ numbers: Range<Int>) -> String {
        numbers.map { #"{"id":"i\#($0)","question":"Is \#($0) even?","choices":["Yes","No"],"answer":\#($0 % 2)}"# + "\n" }.joined()
    }

    /// - Parameter recipient: whom the second task's items are sealed to.
    init(in folder: String, recipient: String? = nil) throws {
        (self.folder, self.recipient) = (folder, recipient)
        for (task, file) in [("open", "items.jsonl"), ("private", "private.jsonl")] {
            try write("tasks/\(task)/\(task).yaml", """
                task: pack_\(task)
                dataset_path: json
                dataset_kwargs:
                  data_files:
                    test: \(file)
                test_split: test
                output_type: multiple_choice
                doc_to_text: "Question: {{question}}\\nAnswer:"
                doc_to_choice: choices
                doc_to_target: answer
                metric_list:
                  - metric: acc
                metadata:
                  version: 1
                """)
            try write("tasks/\(task)/\(file)", Self.items(task == "open" ? 0..<4 : 10..<13))
        }
    }

    func write(_ path: String, _ text: String) throws {
        let file = URL(filePath: "\(folder)/suite/\(path)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    var pack: String { folder + "/suite.pack" }
    var root: String { get throws { try String(contentsOfFile: pack + "/metadata/1.root.json", encoding: .utf8) } }

    /// The next version, signed.
    ///
    /// - Parameters:
    ///   - expires: by which all of it has.
    ///   - rootSigners: of a new root, where there is to be one; it takes two.
    func build(_ version: String, expires: String = "2029-01-01T00:00:00Z", rootSigners: Int? = nil) throws {
        guard let time = Timestamp(rfc3339: expires) else { throw CocoaError(.formatting) }
        var plan = PackBuilder.Plan(
            name: "suite", version: version, authors: ["A. Author"], licence: "CC0-1.0",
            expires: Dictionary(uniqueKeysWithValues: Role.allCases.map { ($0, time) }), roles: nil)
        let isFirst = !FileManager.default.fileExists(atPath: pack)
        let both = keys.map { PackKey($0.publicKey) }
        if isFirst || rootSigners != nil {
            plan.roles = PackRoles([
                .root: try PackRoles.keys(both, threshold: 2, of: .root), .targets: try PackRoles.keys(both, threshold: 2, of: .targets),
                .snapshot: try PackRoles.keys([both[0]], threshold: 1, of: .snapshot), .timestamp: try PackRoles.keys([both[0]], threshold: 1, of: .timestamp),
            ])
        }
        if let recipient {
            plan.sealed = ["tasks/private/private.jsonl"]
            plan.recipients = [.init(name: "ward", recipient: recipient)]
        }
        _ = try PackBuilder.build(folder + "/suite", to: pack, plan)
        if isFirst || rootSigners != nil { try signRoot(rootSigners ?? 2) }
        try sign()
    }

    func signRoot(_ signers: Int) throws {
        for key in keys.prefix(signers) { try PackMetadata(PackFolder(pack)).sign(.root, with: key) }
    }

    private func sign() throws {
        for key in keys { try PackMetadata(PackFolder(pack)).sign(.targets, with: key) }
        for role in [Role.snapshot, .timestamp] { try PackMetadata(PackFolder(pack)).sign(role, with: keys[0]) }
    }

    /// The pack as it is now, somewhere else.
    func copy(_ name: String) throws -> String {
        let other = "\(folder)/\(name)"
        try FileManager.default.copyItem(atPath: pack, toPath: other)
        return other
    }

    /// Puts other bytes in a target's place, as careless authors might: description and metadata follow, and are signed again.
    func replace(_ path: String, with bytes: [UInt8]) throws {
        let metadata = "\(pack)/metadata/1.targets.json"
        var file = try StrictJSON.parse(Array(Data(contentsOf: URL(filePath: metadata)))).object ?? [:]
        var signed = file["signed"]?.object ?? [:], targets = signed["targets"]?.object ?? [:]
        func stored(_ path: String, _ digest: String) -> String {
            let parts = path.split(separator: "/").map(String.init)
            return "\(pack)/targets/" + (parts.dropLast() + ["\(digest).\(parts[parts.count - 1])"]).joined(separator: "/")
        }
        func put(_ path: String, _ bytes: [UInt8]) throws {
            let digest = SHA256Digest.of(bytes).hex
            try FileManager.default.removeItem(atPath: stored(path, targets[path]?["hashes"]?["sha256"]?.string ?? ""))
            try Data(bytes).write(to: URL(filePath: stored(path, digest)))
            targets[path] = ["hashes": ["sha256": .string(digest)], "length": .integer(Int64(bytes.count))]
        }
        let old = targets[path]?["hashes"]?["sha256"]?.string ?? ""
        let description = try Data(contentsOf: URL(filePath: stored("pack.json", targets["pack.json"]?["hashes"]?["sha256"]?.string ?? "")))
        try put(path, bytes)
        try put("pack.json", Array(String(decoding: description, as: UTF8.self).replacing(old, with: SHA256Digest.of(bytes).hex).utf8))
        signed["targets"] = .object(targets)
        file["signed"] = .object(signed)
        try Data(CanonicalJSON.encode(.object(file))).write(to: URL(filePath: metadata))
        try sign()
    }

    /// age's own form, to one recipient.
    static func seal(_ text: String, to recipient: String) throws -> [UInt8] {
        let sink = MemorySink()
        let writer = try AgeWriter(sink: sink, recipients: [AgeRecipients.parse(recipient)])
        try writer.write(Array(text.utf8))
        try writer.finish()
        return sink.bytes
    }
}

extension ApplianceFixture {
    /// What `assay pack install` signs for, of the pack that lies there now.
    func packScope(_ pack: String, root: String? = nil) throws -> JSONValue {
        let (description, digest, _) = try PackMetadata(PackFolder(pack)).unverifiedDescription()
        var scope: JSONObject = [
            "name": .string(description.name), "pack": .string(pack), "sha256": .string(digest.hex), "version": .string(description.version),
        ]
        if let root { scope["root"] = .string(SHA256Digest.of(Array(root.utf8)).hex) }
        return .object(scope)
    }

    /// - Parameter sound: the pack that this one is taken for, where what lies in `pack` cannot even be read.
    func askToInstall(_ pack: String, takenFor sound: String? = nil, root: String? = nil, on other: Appliance? = nil) async throws -> JSONValue {
        var scope = try packScope(sound ?? pack, root: root).object ?? [:]
        scope["pack"] = .string(pack)
        return try await act("pack.install", .object(scope), as: "alice", on: other, attachment: root)
    }

    /// Alice asks, Carol agrees, Alice has it carried out.
    @discardableResult
    func installPack(_ pack: String, root: String? = nil, on other: Appliance? = nil) async throws -> JSONValue {
        try await carryOut(askToInstall(pack, root: root, on: other), as: "alice", attachment: root, on: other)
    }

    @discardableResult
    func removePack(_ name: String, forget: Bool = false, on other: Appliance? = nil) async throws -> JSONValue {
        let scope: JSONObject = forget ? ["forget": true, "name": .string(name)] : ["name": .string(name)]
        return try await carryOut(act("pack.remove", .object(scope), as: "bob", on: other), as: "bob", on: other)
    }

    func carryOut(_ asked: JSONValue, as person: String, attachment: String? = nil, on other: Appliance? = nil) async throws -> JSONValue {
        let request: JSONValue = ["request": .string(try Self.waiting(asked))]
        _ = try await act("request.approve", request, as: "carol", on: other)
        return try await act("request.perform", request, as: person, on: other, attachment: attachment)
    }

    /// Name and version of each installed pack, and whether it is damaged.
    func packs(on other: Appliance? = nil) async throws -> [String] {
        (try await call("packs", on: other)["packs"]?.array ?? []).map { pack in
            "\(pack["name"]?.string ?? "") \(pack["version"]?.string ?? "")\(pack["damaged"] == nil ? "" : " damaged")"
        }
    }
}
