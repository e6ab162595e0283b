import AuditCrypto
import CanonicalEncoding
import LocalAPI
import Testing
import VerdictBundle

/// Evaluates a model as labs publish them: safetensors in two files with their index, configuration, tokenizer and chat
/// template beside them.
@Suite("Evaluates a model of several files", .enabled(if: ApplianceFixture.engine != nil, "assay-engine is not built"))
struct ShardedEvaluationTests {
    @Test func draftsEvaluatesAndReplays() async throws {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        let id = try await fixture.ingest(TinyModel())
        let draft = try await fixture.call("plan.draft", ["submission": .string(id), "limit": 2])
        let plan = try #require(draft["plan"]?.string)
        #expect(
            try StrictJSON.parse(Array(plan.utf8))["model"]?.array?.compactMap { $0["path"]?.string } == [
                "m/chat_template.jinja", "m/config.json", "m/model-00001-of-00002.safetensors", "m/model-00002-of-00002.safetensors",
                "m/model.safetensors.index.json", "m/tokenizer.json",
            ])
        let scope: JSONValue = ["submission": .string(id), "plan": draft["sha256"] ?? nil]
        let result = try await fixture.act("evaluate", scope, as: "alice", attachment: plan)
        #expect(result["results"]?.array?.count == 3)
        let entry = try #require(
            try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array?.last { $0["action"] == "evaluate" })
        #expect(entry["subjects"]?.array?.compactMap { $0["name"]?.string } == ["plan", "weights", "weights"])
        let replay = try await fixture.act("evaluate.replay", ["run": result["run"] ?? nil], as: "alice")
        #expect(replay["identical"] == true)

        // A version that evidence could not state: refused before there is a run.
        let spaced = plan.replacing(#/"version":"[^"]*"/#, with: "\"version\":\"1 beta\"")
        let unstatable = await #expect(throws: LocalFailure.self) {
            try await fixture.act(
                "evaluate", ["submission": .string(id), "plan": .string(SHA256Digest.of(Array(spaced.utf8)).hex)], as: "alice", attachment: spaced)
        }
        #expect(unstatable?.code == "evaluate.unstatable-name")

        // A plan for other files than these.
        let other = try await fixture.ingest(TinyModel(seed: 2), "other")
        let failure = await #expect(throws: LocalFailure.self) {
            try await fixture.act("evaluate", ["submission": .string(other), "plan": draft["sha256"] ?? nil], as: "alice", attachment: plan)
        }
        #expect(failure?.code == "evaluate.other-submission")
    }

    /// One suite in three arms: planned, run in the confined engine and the tool sandbox, repeated, and looked at.
    @Test func asksThroughScaffolds() async throws {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        let id = try await fixture.ingest(TinyModel())
        let asked: JSONObject = ["submission": .string(id), "limit": 2, "suites": ["assay_questions"], "scaffolds": ["agent", "bare", "retrieval"]]
        let draft = try await fixture.call("plan.draft", .object(asked))
        let plan = try #require(draft["plan"]?.string)
        let scope: JSONValue = ["submission": .string(id), "plan": draft["sha256"] ?? nil]
        let result = try await fixture.act("evaluate", scope, as: "alice", attachment: plan)
        #expect(result["results"]?.array?.compactMap { $0["task"]?.string } == ["assay_questions", "assay_questions+retrieval", "assay_questions+agent"])
        // Nonsense from a model that knows nothing: no arm gains anything.
        #expect(result["uplift"]?.array?.map { $0["difference"] } == ["0.000000", "0.000000"] && result["uplift"]?.array?.first?["n"] == 2)
        let run: JSONValue = result["run"] ?? nil
        #expect(try await fixture.act("evaluate.replay", ["run": run], as: "alice")["identical"] == true)
        let rows = try await fixture.act("inspect.transcripts", ["run": run, "from": 0, "count": 6], as: "alice")["view"]?["rows"]?.array
        #expect(rows?.count == 6 && rows?[2]["retrieved"]?.array?.count == 4 && rows?[4]["agents"]?.array?.first?["turns"]?.array?.isEmpty == false)

        for (change, code) in [
            (["scaffolds": ["oracle"]], "plan.unknown-scaffold"), (["scaffolds": ["agent"], "stopEarly": true], "plan.scaffold-stops-early"),
            (["suites": ["assay_terminal"], "scaffolds": ["retrieval"]], "plan.scaffold-suits-none"),
        ] as [(JSONObject, String)] {
            var other = asked
            for (key, value) in change.members { other[key] = value }
            let failure = await #expect(throws: LocalFailure.self) { try await fixture.call("plan.draft", .object(other)) }
            #expect(failure?.code == code)
        }
    }

    @Test func refusesWhatIsNotOneModel() async throws {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        var model = TinyModel()
        model.index = model.index.replacing("-00002-of", with: "-00003-of")
        let broken = try await fixture.ingest(model)
        let draft = try await fixture.call("plan.draft", ["submission": .string(broken), "limit": 1])
        let failure = await #expect(throws: LocalFailure.self) {
            try await fixture.act(
                "evaluate", ["submission": .string(broken), "plan": draft["sha256"] ?? nil], as: "alice", attachment: draft["plan"]?.string)
        }
        #expect(failure?.message.contains("model-00003-of-00002.safetensors") == true, "\(String(describing: failure))")

        model.folders = ["m/", "n/"]
        let scattered = try await fixture.ingest(model, "scattered")
        let refusal = await #expect(throws: LocalFailure.self) {
            try await fixture.call("plan.draft", ["submission": .string(scattered)])
        }
        #expect(refusal?.code == "engine.no-model")
    }

    /// A plan with a capability policy: drafted, run, decided, and put into the evidence; another word in the policy is another plan.
    @Test func decidesByAPolicy() async throws {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        let id = try await fixture.ingest(TinyModel())
        func elicitation(_ name: String, shots: Int64) -> JSONValue { ["name": .string(name), "shots": .integer(shots)] }
        func suite(_ elicitations: [JSONValue]) -> JSONValue {
            ["task": "assay_statements", "metric": "acc", "threshold": "0.90", "elicitations": .array(elicitations)]
        }
        let policy: JSONValue = [
            "kind": "assay-capability-policy", "v": 1, "name": "Test", "version": "1", "tiers": ["open", "staged"],
            "releases": ["open-weights": "open"], "exportClasses": ["EAR99"], "uncrossedExportClass": "EAR99",
            "domains": [
                [
                    "domain": "persuasion", "crossing": ["tier": "staged", "means": "an example"],
                    "suites": [suite([elicitation("plain", shots: 0), elicitation("shown", shots: 2)])],
                ],
                ["domain": "chemistry", "crossing": ["tier": "open", "means": "an example"], "suites": [suite([elicitation("other", shots: 1)])]],
            ],
        ]
        #expect(try await fixture.call("policy.check", ["policy": policy])["missing"] == [])
        let draft = try await fixture.call("plan.draft", ["submission": .string(id), "limit": 2, "policy": policy])
        let plan = try #require(draft["plan"]?.string)
        let scope: JSONValue = ["submission": .string(id), "plan": draft["sha256"] ?? nil]
        let result = try await fixture.act("evaluate", scope, as: "alice", attachment: plan)
        #expect(result["results"]?.array?.compactMap { $0["task"]?.string } == ["plain", "shown", "other"])
        #expect(result["policy"]?["domains"]?.array?.compactMap { $0["decision"]?.string } == ["inconclusive", "inconclusive"])
        #expect(result["policy"]?["facts"]?["samples"] == "6" && result["policy"]?["tier"] == "open")
        #expect(result["suggested"] == "inconclusive")
        let milder = await #expect(throws: LocalFailure.self) {
            try await fixture.call("verdict.prepare", ["submission": .string(id), "decision": "pass", "person": "bob"])
        }
        #expect(milder?.code == "verdict.contradicts-evidence")
        let prepared = try await fixture.call("verdict.prepare", ["submission": .string(id), "decision": "fail", "person": "bob"])
        let evidence = try Evidence(json: JSONField(prepared["statement"] ?? nil))
        #expect(evidence.policy?.contradiction(with: evidence.suites) == nil && evidence.policy?.declaredRelease == "open-weights")
        #expect(evidence.suitesOutcome == .inconclusive)

        // Nothing but the sentence about what crossing means.
        let changed = plan.replacing("\"means\":\"an example\"", with: "\"means\":\"another example\"", maxReplacements: 1)
        let digest = SHA256Digest.of(Array(changed.utf8)).hex
        let waits = try await fixture.act("evaluate", ["submission": .string(id), "plan": .string(digest)], as: "alice", attachment: changed)
        #expect(waits["waiting"]?["request"]?.string != nil)
        // The same plan again does not wait.
        #expect(try await fixture.act("evaluate", scope, as: "alice", attachment: plan)["run"]?.string != nil)

        let unknown = await #expect(throws: LocalFailure.self) {
            try await fixture.call("plan.draft", ["submission": .string(id), "policy": Self.with(policy, "releases", ["gated": "staged"])])
        }
        #expect(unknown?.code == "policy.unknown-release")
        let missing = String(decoding: try CanonicalJSON.encode(policy), as: UTF8.self).replacing("assay_statements", with: "no_such_task")
        let refused = await #expect(throws: LocalFailure.self) {
            try await fixture.call("plan.draft", ["submission": .string(id), "policy": try StrictJSON.parse(Array(missing.utf8))])
        }
        #expect(refused?.code == "policy.missing-suites")
        // Arms are of the suites that are named, and none is.
        let arms = await #expect(throws: LocalFailure.self) {
            try await fixture.call("plan.draft", ["submission": .string(id), "policy": policy, "scaffolds": ["agent"]])
        }
        #expect(arms?.code == "plan.scaffold-of-policy")
        // An elicitation by the name of a suite that is asked beside the policy.
        let named = String(decoding: try CanonicalJSON.encode(policy), as: UTF8.self).replacing("\"other\"", with: "\"assay_statements\"")
        let twice = await #expect(throws: LocalFailure.self) {
            try await fixture.call(
                "plan.draft", ["submission": .string(id), "policy": try StrictJSON.parse(Array(named.utf8)), "suites": ["assay_statements"]])
        }
        #expect(twice?.code == "plan.refused")
    }

    private static func with(_ value: JSONValue, _ name: String, _ member: JSONValue) -> JSONValue {
        var object = value.object ?? [:]
        object[name] = member
        return .object(object)
    }
}

extension ApplianceFixture {
    func ingest(_ model: TinyModel, _ name: String = "media") async throws -> String {
        let medium = try await seal(
            name, model: name, parts: model.weights, others: [
                ("m/config.json", Array(TinyModel.configuration.utf8)), ("m/tokenizer.json", Array(TinyModel.tokenizer.utf8)),
                ("m/chat_template.jinja", Array("{% for m in messages %}{{ m.content }}{% endfor %}A:".utf8)),
                ("m/model.safetensors.index.json", Array(model.index.utf8)), ("README.md", Array("Tiny.".utf8)),
            ])
        guard let id = try await act("submission.ingest", ["media": .string(medium)], as: "alice")["submission"]?.string else {
            throw LocalFailure(code: "test", message: "nothing was taken in")
        }
        return id
    }
}

/// One layer over bytes, with numbers drawn at random: what it says means nothing.
struct TinyModel {
    var seed: UInt64 = 1
    var folders = ["m/", "m/"]
    var index: String

    static let configuration = #"""
        {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":16,"intermediate_size":24,"num_hidden_layers":1,
         "num_attention_heads":2,"num_key_value_heads":1,"vocab_size":256,"max_position_embeddings":4096,"rms_norm_eps":1e-5,
         "rope_theta":10000.0,"hidden_act":"silu","tie_word_embeddings":true,"torch_dtype":"float32"}
        """#

    /// A token for each byte, as GPT-2 spells them (`ByteLevel`).
    static var tokenizer: String {
        let printable = Set(33...126).union(161...172).union(174...255)
        var others: UInt32 = 256
        let vocabulary = (0..<256).map { byte -> String in
            var value = UInt32(byte)
            if !printable.contains(byte) { (value, others) = (others, others + 1) }
            let spelling = Unicode.Scalar(value).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) } ?? ""
            return "\"\(spelling)\":\(byte)"
        }
        return #"""
            {"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},"decoder":{"type":"ByteLevel"},
             "model":{"type":"BPE","merges":[],"vocab":{
            """# + vocabulary.joined(separator: ",") + "}}}"
    }

    private static let shapes: [[(String, [Int])]] = [
        [("model.embed_tokens.weight", [256, 16]), ("model.norm.weight", [16])],
        [
            ("input_layernorm.weight", [16]), ("post_attention_layernorm.weight", [16]), ("self_attn.q_proj.weight", [16, 16]),
            ("self_attn.k_proj.weight", [8, 16]), ("self_attn.v_proj.weight", [8, 16]), ("self_attn.o_proj.weight", [16, 16]),
            ("mlp.gate_proj.weight", [24, 16]), ("mlp.up_proj.weight", [24, 16]), ("mlp.down_proj.weight", [16, 24]),
        ].map { ("model.layers.0." + $0.0, $0.1) },
    ]

    private static func name(_ number: Int) -> String { "model-0000\(number + 1)-of-00002.safetensors" }

    init(seed: UInt64 = 1) {
        self.seed = seed
        let map = Self.shapes.enumerated().flatMap { number, tensors in tensors.map { "\"\($0.0)\":\"\(Self.name(number))\"" } }
        index = "{\"metadata\":{},\"weight_map\":{\(map.joined(separator: ","))}}"
    }

    /// The weight files with their paths.
    var weights: [(String, [UInt8])] {
        var state = seed
        return Self.shapes.enumerated().map { number, tensors in
            var header: [String] = []
            var data = ByteWriter()
            for (name, shape) in tensors {
                let start = data.bytes.count
                for _ in 0..<shape.reduce(1, *) {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    let value = Float(state >> 40) / Float(1 << 24) - 0.5
                    data.append((shape.count == 1 ? 1 + value / 4 : value).bitPattern)
                }
                header.append("\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.bytes.count)]}")
            }
            let text = Array("{\(header.joined(separator: ","))}".utf8)
            var file = ByteWriter()
            file.append(UInt64(text.count))
            return (folders[number] + Self.name(number), file.bytes + text + data.bytes)
        }
    }
}
