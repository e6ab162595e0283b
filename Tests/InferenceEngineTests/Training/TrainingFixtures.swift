import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// What torch, transformers and PEFT say: see `Fixtures/generate-training.py`.
struct TrainingFixture: Sendable, CustomTestStringConvertible {
    let value: JSONValue

    var testDescription: String { string("name") }

    static let gradients = read("training-gradients.jsonl")
    static let curves = read("training-curves.jsonl")
    static let adapters = read("training-adapters.jsonl")
    static let rates = read("training-rates.jsonl")

    private static func read(_ name: String) -> [TrainingFixture] { ((try? ModelFixture.lines(name)) ?? []).map { TrainingFixture(value: $0) } }

    static func adapter(_ name: String) throws -> TrainingFixture { try #require(adapters.first { $0.string("name") == name }) }

    func string(_ name: String) -> String { value[name]?.string ?? "" }
    func number(_ name: String) -> Double { value[name]?.double ?? .nan }
    func integer(_ name: String) -> Int { Int(value[name]?.integer ?? -1) }
    func numbers(_ name: String) -> [Double] { (value[name]?.array ?? []).map { $0.double ?? .nan } }

    func tokens(_ name: String) throws -> [Int32] { try ModelFixture.Continuation.tokens(value[name]) }

    func load(_ configuration: EngineConfiguration = EngineConfiguration()) throws -> LoadedModel {
        var sides = LoadedModel.SideFiles()
        if let config = value["config"]?.object {
            sides.configuration = try CanonicalJSON.encode(.object(config), numbers: .any)
            sides.tokenizer = try TokenFixtures.bytes("small-tokenizer.json")
        }
        return try LoadedModel(MappedFile(path: TokenFixtures.path(string("weights"))), sideFiles: sides, configuration: configuration)
    }

    func examples(_ name: String) throws -> [TrainingExample] {
        try #require(value[name]?.array).map { entry in
            TrainingExample(
                tokens: try ModelFixture.Continuation.tokens(entry["tokens"]), isLabel: try #require(entry["labels"]?.array).map { $0.bool ?? false })
        }
    }

    func adapterConfiguration() throws -> AdapterConfiguration {
        try AdapterConfiguration(json: try CanonicalJSON.encode(try #require(value["adapter_config"]), numbers: .any))
    }

    func adapter(_ model: LoadedModel) throws -> Adapter {
        try Adapter(MappedFile(path: TokenFixtures.path(string("adapter"))), configuration: adapterConfiguration(), model.model)
    }

    func distance(_ found: [Float?], _ name: String = "logprobs") throws -> Double {
        let expected = (value[name]?.array ?? []).map(\.double)
        guard found.count == expected.count else { return .infinity }
        return zip(found, expected).dropFirst().map { found, expected in
            guard let found, let expected else { return Double.infinity }
            return abs(Double(found) - expected)
        }.max() ?? .infinity
    }
}

/// Some elements of an array of numbers, and the norm of all.
struct NumberSummary {
    let count: Int
    let norm: Double
    let step: Int
    let samples: [Double]

    init(_ value: JSONValue) {
        count = Int(value["count"]?.integer ?? -1)
        norm = value["norm"]?.double ?? .nan
        step = Int(value["step"]?.integer ?? 1)
        samples = (value["samples"]?.array ?? []).map { $0.double ?? .nan }
    }

    /// The largest error of an element beside itself or the root of the mean square, whichever is the larger, and of the norm.
    func error(_ found: [Float]) -> Double {
        guard found.count == count, !samples.isEmpty else { return .infinity }
        let mean = norm / Double(count).squareRoot()
        // All of it nothing, as where a router's gate is the only one.
        guard mean > 1e-9 else { return found.map { abs(Double($0)) }.max() ?? 0 }
        let own = found.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        let errors = samples.enumerated().map { abs(Double(found[$0 * step]) - $1) / max(abs($1), mean) }
        return max(errors.max() ?? .infinity, abs(own / norm - 1))
    }
}

/// A folder that is gone when the value is.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
