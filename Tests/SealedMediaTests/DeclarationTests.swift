import AuditCrypto
import CanonicalEncoding
import Foundation
import SealedMedia
import Testing

/// What a lab may declare: each member is taken in and written again as it was, and a wrong one is refused by its name.
@Suite struct DeclarationTests {
    /// The least there can be: what was written before there were the other members.
    static let least = #"""
        {"architecture":{"family":"llama","format":"gguf","parameters":64,"tensors":1,"types":{"F32":1}},
         "contact":"lab@example.org","licence":"Apache-2.0","name":"Test model","release":"open-weights","v":1,"version":"1.0"}
        """#
    private static let digest = String(repeating: "0f", count: 32)
    private static let base: (String, JSONValue) = ("base", ["name": "Base model"])

    /// The least declaration with these members besides, as its file.
    private static func file(_ members: [(String, JSONValue)]) throws -> [UInt8] {
        var object = try #require(StrictJSON.parse(Array(least.utf8)).object)
        for (name, value) in members { object[name] = value }
        return try CanonicalJSON.encode(.object(object))
    }

    private static func refusal(_ members: [(String, JSONValue)]) throws -> MediaError? {
        let file = try file(members)
        do {
            _ = try Declaration(json: file)
            return nil
        } catch { return error }
    }

    private static func list(_ count: Int, _ value: JSONValue) -> JSONValue { .array(Array(repeating: value, count: count)) }

    @Test func theLeastThereCanBe() throws {
        let declaration = try Declaration(json: Array(Self.least.utf8))
        #expect(declaration.base == nil && declaration.adapters.isEmpty && declaration.datasets.isEmpty)
        #expect(declaration.training == nil && declaration.card == nil && declaration.terms == nil)
        #expect(try declaration.json == StrictJSON.parse(Array(Self.least.utf8)))
    }

    @Test func everythingThereCanBe() throws {
        var declaration = try Declaration(json: Array(Self.least.utf8))
        declaration.base = .init(name: "Base model", sha256: Self.digest)
        declaration.notes = "One line,\nand another."
        declaration.supersedes = .of([1])
        declaration.adapters = [.init(name: "tools", sha256: nil), .init(name: "chat", sha256: .of([2]))]
        declaration.training = .init(flop: "3.2e24", accelerators: "512 x H100", acceleratorHours: 1_000_000, ended: "2028-02-29")
        declaration.datasets = [
            .init(name: "Ours", licence: "CC-BY-4.0", manifest: .submitted(path: "croissant.json")),
            .init(name: "Theirs", licence: nil, manifest: .elsewhere(.of([3]))), .init(name: "The web"),
        ]
        declaration.card = .init(
            languages: ["en", "pt-BR", "zh-Hant-TW"], modalities: [.text, .image], intendedUse: "Chat.\nTools.", outOfScope: "Medicine.",
            limitations: "Dates.")
        declaration.terms = .init(sha256: .of([4]), version: 2)
        #expect(try declaration.validated() == declaration)
        #expect(try Declaration(json: CanonicalJSON.encode(declaration.json)) == declaration)
        let written = declaration.json
        #expect(written["adapters"] == [["name": "tools"], ["name": "chat", "sha256": .string(SHA256Digest.of([2]).hex)]])
        #expect(written["training"] == ["flop": "3.2e24", "accelerators": "512 x H100", "acceleratorHours": 1_000_000, "ended": "2028-02-29"])
        #expect(written["datasets"] == [
            ["name": "Ours", "licence": "CC-BY-4.0", "manifest": "croissant.json"],
            ["name": "Theirs", "sha256": .string(SHA256Digest.of([3]).hex)], ["name": "The web"],
        ])
        #expect(written["card"]?["languages"] == ["en", "pt-BR", "zh-Hant-TW"] && written["card"]?["modalities"] == ["text", "image"])
        #expect(written["terms"] == ["sha256": .string(SHA256Digest.of([4]).hex), "version": 2])
    }

    @Test(arguments: [
        ("adapters", [["name": "a"]]), ("adapters", list(16, ["name": "a", "sha256": .string(digest)])),
        ("training", ["flop": "1"]), ("training", ["flop": "6.02e23"]), ("training", ["flop": "10.50"]), ("training", ["flop": "1e99"]),
        ("training", ["accelerators": "8 x A100"]), ("training", ["acceleratorHours": 1]), ("training", ["ended": "2029-12-31"]),
        ("datasets", list(64, ["name": "a", "licence": "MIT"])), ("datasets", [["name": "a", "manifest": "data/croissant.json"]]),
        ("card", ["languages": ["en"]]), ("card", ["languages": ["gsw-CH", "sr-Latn-RS", "es-419"]]),
        ("card", ["modalities": ["text", "image", "audio", "video"]]),
        ("card", ["intendedUse": "a"]), ("card", ["outOfScope": "a"]), ("card", ["limitations": .string(String(repeating: "a", count: 4096))]),
        ("terms", ["sha256": .string(digest), "version": 1]),
    ] as [(String, JSONValue)])
    func accepted(member: String, value: JSONValue) throws {
        let file = try Self.file([Self.base, (member, value)])
        let declaration = try Declaration(json: file)
        #expect(try CanonicalJSON.encode(declaration.json) == file)
    }

    /// What is wrong, and the field that the message must name.
    @Test(arguments: [
        ("name", 3, "$.name"), ("name", "a\u{202e}b", "$.name"), ("version", "", "$.version"), ("v", 2, "$.v"),
        ("licence", .null, "$.licence"), ("contact", .string(String(repeating: "a", count: 257)), "$.contact"),
        ("release", "whatever", "$.release"), ("notes", "a\tb", "$.notes"), ("supersedes", "4f1c", "$.supersedes"), ("more", 1, "$"),
        ("base", "Base model", "$.base"), ("base", ["sha256": .string(digest)], "$.base"), ("base", ["name": ""], "$.base.name"),
        ("base", ["name": "a", "sha256": "abc"], "$.base.sha256"), ("base", ["name": "a", "revision": "main"], "$.base"),

        ("adapters", [], "$.adapters"), ("adapters", list(17, ["name": "a"]), "$.adapters"), ("adapters", "a", "$.adapters"),
        ("adapters", ["a"], "$.adapters[0]"), ("adapters", [["name": "a"], [:]], "$.adapters[1]"),
        ("adapters", [["name": "a\u{1b}[2J"]], "$.adapters[0].name"),
        ("adapters", [["name": .string(String(repeating: "a", count: 129))]], "$.adapters[0].name"),
        ("adapters", [["name": "a", "sha256": .string(digest.uppercased())]], "$.adapters[0].sha256"),
        ("adapters", [["name": "a", "sha256": .null]], "$.adapters[0].sha256"), ("adapters", [["name": "a", "rank": 8]], "$.adapters[0]"),

        ("training", [:], "$.training"), ("training", [], "$.training"), ("training", ["hours": 1], "$.training"),
        ("training", ["flop": 32], "$.training.flop"), ("training", ["flop": ""], "$.training.flop"),
        ("training", ["flop": "0"], "$.training.flop"), ("training", ["flop": "0.5e24"], "$.training.flop"),
        ("training", ["flop": "-1e24"], "$.training.flop"), ("training", ["flop": "3.2E24"], "$.training.flop"),
        ("training", ["flop": "3.2e+24"], "$.training.flop"), ("training", ["flop": "3,2e24"], "$.training.flop"),
        ("training", ["flop": "3.e24"], "$.training.flop"), ("training", ["flop": ".2e24"], "$.training.flop"),
        ("training", ["flop": "1.2.3"], "$.training.flop"), ("training", ["flop": "3e"], "$.training.flop"),
        ("training", ["flop": "3e2e4"], "$.training.flop"), ("training", ["flop": "3e100"], "$.training.flop"),
        ("training", ["flop": "3e04"], "$.training.flop"), ("training", ["flop": "3.2e24 "], "$.training.flop"),
        ("training", ["flop": "٣"], "$.training.flop"), ("training", ["flop": .string(String(repeating: "1", count: 33))], "$.training.flop"),
        ("training", ["accelerators": ""], "$.training.accelerators"), ("training", ["accelerators": 512], "$.training.accelerators"),
        ("training", ["accelerators": "a\nb"], "$.training.accelerators"),
        ("training", ["acceleratorHours": 0], "$.training.acceleratorHours"), ("training", ["acceleratorHours": -1], "$.training.acceleratorHours"),
        ("training", ["acceleratorHours": 1_000_000_000_001], "$.training.acceleratorHours"),
        ("training", ["acceleratorHours": "10"], "$.training.acceleratorHours"),
        ("training", ["ended": "2029-02-29"], "$.training.ended"), ("training", ["ended": "2029-11"], "$.training.ended"),
        ("training", ["ended": "29-11-2030"], "$.training.ended"), ("training", ["ended": "2029-11-30T00:00:00Z"], "$.training.ended"),

        ("datasets", [], "$.datasets"), ("datasets", list(65, ["name": "a"]), "$.datasets"), ("datasets", ["a"], "$.datasets[0]"),
        ("datasets", [["licence": "MIT"]], "$.datasets[0]"), ("datasets", [["name": "a", "url": "b"]], "$.datasets[0]"),
        ("datasets", [["name": ""]], "$.datasets[0].name"), ("datasets", [["name": "a"], ["name": "b", "licence": ""]], "$.datasets[1].licence"),
        ("datasets", [["name": "a", "licence": .string(String(repeating: "a", count: 257))]], "$.datasets[0].licence"),
        ("datasets", [["name": "a", "manifest": "../croissant.json"]], "$.datasets[0].manifest"),
        ("datasets", [["name": "a", "manifest": "https://example.org/c.json"]], "$.datasets[0].manifest"),
        ("datasets", [["name": "a", "sha256": "abc"]], "$.datasets[0].sha256"),
        ("datasets", [["name": "a", "manifest": "croissant.json", "sha256": .string(digest)]], "$.datasets[0].sha256"),

        ("card", [:], "$.card"), ("card", "a", "$.card"), ("card", ["tags": []], "$.card"),
        ("card", ["languages": []], "$.card.languages"), ("card", ["languages": "en"], "$.card.languages"),
        ("card", ["languages": list(65, "en")], "$.card.languages"), ("card", ["languages": ["en", ""]], "$.card.languages[1]"),
        ("card", ["languages": ["English"]], "$.card.languages[0]"), ("card", ["languages": ["en_US"]], "$.card.languages[0]"),
        ("card", ["languages": ["en-"]], "$.card.languages[0]"), ("card", ["languages": ["e"]], "$.card.languages[0]"),
        ("card", ["languages": ["e1"]], "$.card.languages[0]"), ("card", ["languages": ["en-abcdefghi"]], "$.card.languages[0]"),
        ("card", ["languages": ["en-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa"]], "$.card.languages[0]"),
        ("card", ["modalities": []], "$.card.modalities"), ("card", ["modalities": ["text", "smell"]], "$.card.modalities[1]"),
        ("card", ["modalities": list(5, "text")], "$.card.modalities"),
        ("card", ["intendedUse": ""], "$.card.intendedUse"), ("card", ["intendedUse": ["a"]], "$.card.intendedUse"),
        ("card", ["outOfScope": "a\u{200b}b"], "$.card.outOfScope"),
        ("card", ["limitations": .string(String(repeating: "a", count: 4097))], "$.card.limitations"),

        ("terms", [:], "$.terms"), ("terms", ["version": 1], "$.terms"), ("terms", ["sha256": .string(digest)], "$.terms"),
        ("terms", ["sha256": .string(digest), "version": 0], "$.terms.version"),
        ("terms", ["sha256": .string(digest), "version": "1"], "$.terms.version"),
        ("terms", ["sha256": "abc", "version": 1], "$.terms.sha256"),
        ("terms", ["sha256": .string(digest), "version": 1, "lab": "a"], "$.terms"),
    ] as [(String, JSONValue, String)])
    func refusedByName(member: String, value: JSONValue, path: String) throws {
        let error = try #require(try Self.refusal([Self.base, (member, value)]))
        #expect(error.code == .declaration)
        #expect(error.message.contains("the declaration does not hold: \(path): "), "\(error.message)")
    }

    /// Adapters are a change to a base model, which the lineage must name.
    @Test func adaptersNeedABase() throws {
        let error = try #require(try Self.refusal([("adapters", [["name": "a"]])]))
        #expect(error.message.contains("$.adapters: ") && error.message.contains("\"base\""))
    }

    // MARK: - Of a submission

    private func bench(_ datasets: [Declaration.Dataset]) throws -> (Bench, SubmissionSealer, [SealInput]) {
        let bench = try Bench()
        try bench.write(Bench.gguf(), "weights.gguf")
        try bench.write(Array("{}".utf8), "croissant.json")
        try bench.write(Array("{}".utf8), "card.json")
        var declaration = try bench.declaration()
        declaration.datasets = datasets
        let sealer = SubmissionSealer(declaration: declaration, lab: "Test lab", recipients: [bench.keys.mediaRecipient], key: bench.lab)
        return (bench, sealer, bench.inputs([("weights.gguf", .weights), ("croissant.json", .datasetManifest), ("card.json", .other)]))
    }

    /// Each way to be none of the submission's manifests: no such file, one of another kind, one of another spelling.
    @Test(arguments: ["missing.json", "card.json", "Croissant.json"]) func manifestsThatAreNotThere(path: String) throws {
        let datasets: [Declaration.Dataset] = [.init(name: "a"), .init(name: "b", manifest: .submitted(path: path))]
        let (bench, sealer, inputs) = try bench(datasets)
        let error = try #require(throws: MediaError.self) { try sealer.seal(inputs, into: bench.media) }
        #expect(error.code == .declaration && error.message.contains("$.datasets[1].manifest: ") && error.message.contains(path))
        #expect(!FileManager.default.fileExists(atPath: bench.media))
    }

    @Test func manifestsThatAreThere() throws {
        let datasets: [Declaration.Dataset] = [.init(name: "a", manifest: .submitted(path: "croissant.json"))]
        let (bench, sealer, inputs) = try bench(datasets)
        try sealer.seal(inputs, into: bench.media)
        #expect(try bench.open().manifest.declaration.datasets == datasets)
        #expect(bench.refusal() == nil)
        // What a lab signs without these programs is refused where it is taken in.
        try bench.edit(#""manifest":"croissant.json""#, #""manifest":"card.json""#)
        let error = try #require(bench.refusal())
        #expect(error.code == .declaration && error.message.contains("$.predicate.declaration.datasets[0].manifest: "))
    }
}
