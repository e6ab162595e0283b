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

    let file: String
    /// `config.json`, for safetensors.
    let config: JSONObject?
    let sequences: [Sequence]
    let greedy: [Continuation]

    var testDescription: String { file }

    static let small = (try? read()) ?? []

    private static func read() throws -> [ModelFixture] {
        try lines("small-models.jsonl").map { value in
            ModelFixture(
                file: value["file"]?.string ?? "", config: value["config"]?.object,
                sequences: try (value["sequences"]?.array ?? []).map(Sequence.init),
                greedy: try (value["greedy"]?.array ?? []).map(Continuation.init))
        }
    }

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
