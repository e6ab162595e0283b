import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// What transformers says of a model: see `Fixtures/generate-models.py`.
struct ModelFixture: Sendable, CustomTestStringConvertible {
    struct Sequence: Sendable {
        let tokens: [Int32]
        let logprobs: [Double?]
    }

    struct Continuation: Sendable {
        let tokens: [Int32]
        let written: [Int32]
    }

    /// What the fixture is called, where several have one file.
    let name: String
    let file: String
    /// `config.json`, for safetensors.
    let config: JSONObject?
    let sequences: [Sequence]
    let greedy: [Continuation]

    var testDescription: String { name == file ? file : "\(name), \(file)" }

    static let small = (try? read("small-models.jsonl") { value in [try ModelFixture(value, file: value["file"]?.string)] }) ?? []

    private static func read(_ name: String, _ make: (JSONValue) throws -> [ModelFixture]) throws -> [ModelFixture] {
        try lines(name).flatMap(make)
    }

    /// Every architecture, of safetensors and, where there is one, of the GGUF file with the same numbers: see
    /// `Fixtures/generate-architectures.py`.
    static let architectures =
        (try? read("architectures.jsonl") { value in
            let gguf = value["gguf"]?.string
            return try [ModelFixture(value, file: value["weights"]?.string)] + (gguf == nil ? [] : [ModelFixture(value, file: gguf)])
        }) ?? []

    static func architecture(_ name: String) throws -> ModelFixture { try #require(architectures.first { $0.name == name }) }

    static func lines(_ name: String) throws -> [JSONValue] {
        try TokenFixtures.bytes(name).split(separator: 0x0a).map { try StrictJSON.parse(Array($0)) }
    }

    /// - Parameter changes: to `config.json`.
    func load(
        _ configuration: EngineConfiguration = EngineConfiguration(), changing changes: JSONObject = [:]
    ) throws -> LoadedModel {
        try load(MappedFile(path: TokenFixtures.path(file)), configuration, changing: changes)
    }

    func load(
        _ weights: MappedFile, _ configuration: EngineConfiguration = EngineConfiguration(), changing changes: JSONObject = [:]
    ) throws -> LoadedModel {
        try LoadedModel(weights, sideFiles: sides(changing: changes), configuration: configuration)
    }

    func load(_ weights: WeightTable) throws -> LoadedModel { try LoadedModel(weights, sideFiles: sides(changing: [:])) }

    private func sides(changing changes: JSONObject) throws -> LoadedModel.SideFiles {
        var sides = LoadedModel.SideFiles()
        if var config {
            for (key, value) in changes.members { config[key] = value }
            sides.configuration = try CanonicalJSON.encode(.object(config), numbers: .any)
            sides.tokenizer = try TokenFixtures.bytes("small-tokenizer.json")
        }
        return sides
    }
}

extension ModelFixture {
    init(_ value: JSONValue, file: String?) throws {
        self.file = file ?? ""
        name = value["name"]?.string ?? self.file
        config = self.file.hasSuffix(".gguf") ? nil : value["config"]?.object
        sequences = try (value["sequences"]?.array ?? []).map(Sequence.init)
        greedy = try (value["greedy"]?.array ?? value["greedy"].map { [$0] } ?? []).map(Continuation.init)
    }
}

extension ModelFixture.Sequence {
    init(_ value: JSONValue) throws {
        tokens = try ModelFixture.Continuation.tokens(value["tokens"])
        logprobs = (value["logprobs"]?.array ?? []).map(\.double)
    }

    /// The largest distance from `found`; infinite where they are not as many.
    func distance(_ found: [Float?]) -> Double {
        guard found.count == logprobs.count, found.first == .some(nil) else { return .infinity }
        return zip(found, logprobs).dropFirst().map { found, expected in
            guard let found, let expected, found.isFinite else { return Double.infinity }
            return abs(Double(found) - expected)
        }.max() ?? 0
    }
}

extension ModelFixture.Continuation {
    init(_ value: JSONValue) throws {
        tokens = try Self.tokens(value["tokens"])
        written = try Self.tokens(value["written"])
    }

    static func tokens(_ value: JSONValue?) throws -> [Int32] {
        guard let tokens = value?.array?.compactMap({ $0.integer.map { Int32($0) } }), !tokens.isEmpty else { throw BadFixture() }
        return tokens
    }
}
