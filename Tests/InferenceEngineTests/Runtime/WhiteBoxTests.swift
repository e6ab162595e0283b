import CanonicalEncoding
import InferenceEngine
import Testing

/// The inside of a small model, against transformers' own modules run one by one.
@Suite struct WhiteBoxTests {
    static func fixture() throws -> (LoadedModel, JSONValue, [Int32]) {
        let small = try #require(ModelFixture.small.first { $0.file == "small-f32.safetensors" })
        let value = try StrictJSON.parse(TokenFixtures.bytes("whitebox.json"))
        let tokens = try #require(value["tokens"]?.array).compactMap { $0.integer.map { Int32($0) } }
        return (try small.load(), value, tokens)
    }

    static func numbers(_ value: JSONValue?) -> [Double] { value?.array?.compactMap(\.double) ?? [] }

    static func distance(_ found: [Float], _ expected: [Double]) -> Double {
        found.count == expected.count ? zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
    }

    @Test(arguments: [
        ("embedded", Interventions.Place.embedded), ("attended 0", .attended(layer: 0)), ("fed 0", .fed(layer: 0)),
        ("attended 1", .attended(layer: 1)), ("fed 1", .fed(layer: 1)),
    ])
    func streams(name: String, place: Interventions.Place) throws {
        let (model, value, tokens) = try Self.fixture()
        let expected = try #require(value["streams"]?[name]?.array)
        let found = try model.activations(of: tokens, at: place)
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected.map(Self.numbers)) {
            let largest = expected.map { abs($0) }.max() ?? 0
            #expect(Self.distance(found, expected) < 3e-6 * max(1, largest))
        }
    }

    @Test func attentionMaps() throws {
        let (model, value, tokens) = try Self.fixture()
        let heads = try #require(value["attention"]?.array)
        let found = try model.attentionMap(of: tokens, layer: 1)
        #expect(found.count == heads.count)
        for (head, expected) in zip(found, heads) {
            for (position, row) in (expected.array ?? []).enumerated() {
                #expect(Self.distance(head[position], Array(Self.numbers(row).prefix(position + 1))) < 1e-5)
            }
        }
    }

    @Test func logitLens() throws {
        let (model, value, tokens) = try Self.fixture()
        let found = try model.logitLens(of: tokens, at: .fed(layer: 0))
        #expect(found.count == tokens.count)
        #expect(Self.distance(found.last ?? [], Self.numbers(value["lens"])) < 1e-4)
        // After the last layer it is what the model says.
        let last = try model.logitLens(of: tokens, at: .fed(layer: 1))
        let logprobs = try model.logprobs(of: tokens)
        for (position, logits) in last.dropLast().enumerated() {
            let sum = VectorKernels.best.logSumExp(logits, count: logits.count)
            #expect(Float(Double(logits[Int(tokens[position + 1])]) - sum) == logprobs[position + 1])
        }
    }

    @Test func interventionsChangeWhatTheModelSays() throws {
        let (model, value, tokens) = try Self.fixture()
        let direction = Self.numbers(value["direction"]).map { Float($0) }
        var skipping = Interventions()
        skipping.skippedLayers = [1]
        func editing(_ change: Interventions.Edit.Change, _ places: Set<Interventions.Place>) throws -> Interventions {
            var interventions = Interventions()
            interventions.edits = [try .init(direction, change, at: places)]
            return interventions
        }
        let cases = [
            ("plain", Interventions()), ("removed", try editing(.remove, Interventions.everywhere(layers: 2))),
            ("added", try editing(.add(0.75), [.fed(layer: 0)])), ("set", try editing(.set(1.5), [.attended(layer: 1)])),
            ("skipped", skipping), ("plain", Interventions()),
        ]
        for (name, interventions) in cases {
            try model.setInterventions(interventions)
            let found = try model.logprobs(of: tokens).compactMap { $0 }
            #expect(Self.distance(found, Self.numbers(value["logprobs"]?[name])) < 1e-4, "\(name)")
        }
        // A removed direction is gone from the stream.
        try model.setInterventions(try editing(.remove, Interventions.everywhere(layers: 2)))
        let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
        for stream in try model.activations(of: tokens, at: .fed(layer: 1)) {
            #expect(abs(zip(stream, direction).reduce(0) { $0 + $1.0 * $1.1 / length }) < 1e-5)
        }
    }

    @Test func whatDoesNotFitIsRefused() throws {
        let (model, _, tokens) = try Self.fixture()
        func refused(_ body: () throws -> Void) -> Bool { HostileModelTests.error(body)?.code == .invalidRequest }
        let width = model.model.shape.width
        #expect(refused { _ = try Interventions.Edit([Float](repeating: 0, count: width), .remove, at: []) })
        #expect(refused { _ = try Interventions.Edit([.nan], .remove, at: []) })
        var short = Interventions()
        short.edits = [try .init([1, 2], .remove, at: [.embedded])]
        #expect(refused { try model.setInterventions(short) })
        var far = Interventions()
        far.skippedLayers = [2]
        #expect(refused { try model.setInterventions(far) })
        far.skippedLayers = []
        far.edits = [try .init([Float](repeating: 1, count: width), .remove, at: [.fed(layer: -1)])]
        #expect(refused { try model.setInterventions(far) })
        #expect(refused { _ = try model.activations(of: tokens, at: .attended(layer: 9)) })
        #expect(refused { _ = try model.attentionMap(of: tokens, layer: -1) })
        #expect(refused { _ = try model.model.logits(ofStream: [1]) })
    }
}
