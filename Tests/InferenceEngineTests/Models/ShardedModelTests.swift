import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// A model whose tensors lie in several files is the model that it is in one.
@Suite struct ShardedModelTests {
    private static let fixture = ModelFixture.small.first { $0.file == "small-f32.safetensors" }

    /// The fixture's tensors dealt out to `count` files, by their names.
    private static func parts(_ count: Int) throws -> [(name: String, tensors: [WeightFile.Tensor])] {
        let whole = try WeightContainer.open(MappedFile(path: TokenFixtures.path("small-f32.safetensors")))
        var parts = [[WeightFile.Tensor]](repeating: [], count: count)
        for (number, tensor) in whole.tensors.enumerated() {
            let values = whole.bytes(of: tensor).withMemoryRebound(to: UInt8.self) { bytes in
                (0..<tensor.elementCount).map { UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
            }
            parts[number % count].append(.init(name: tensor.name, shape: tensor.shape, values: values))
        }
        return parts.enumerated().map { ("model-0000\($0.offset + 1)-of-0000\(count).safetensors", $0.element) }
    }

    private static func table(_ parts: [(name: String, tensors: [WeightFile.Tensor])]) throws -> WeightTable {
        try WeightTable(parts.map { (path: $0.name, container: try WeightContainer.open(WeightFile.mapped($0.tensors))) })
    }

    @Test(arguments: [1, 2, 5]) func severalFilesAreOneModel(count: Int) throws {
        let fixture = try #require(Self.fixture), whole = try fixture.load()
        // In whatever order they come.
        let sharded = try fixture.load(Self.table(Self.parts(count).reversed()))
        for sequence in fixture.sequences.prefix(3) {
            #expect(try sharded.logprobs(of: sequence.tokens) == whole.logprobs(of: sequence.tokens))
        }
        #expect(sharded.weights.tensors.count == whole.weights.tensors.count)
    }

    @Test func partsThatAreNotOneModelAreRefused() throws {
        let fixture = try #require(Self.fixture)
        var parts = try Self.parts(3)
        #expect(throws: ShardError.self) { try Self.table(Array(parts.dropLast())) }
        let lost = parts[1].tensors.removeLast().name
        let error = #expect(throws: EngineError.self) { try fixture.load(Self.table(parts)) }
        #expect(error?.code == .malformedModel && error?.message.contains(lost) == true)
        parts[1].tensors.append(parts[0].tensors[0])
        #expect((#expect(throws: ShardError.self) { try Self.table(parts) })?.code == .tensorTwice)
    }

    /// The folder as it is downloaded, with and without its index.
    @Test func theProgramReadsAFolder() throws {
        let fixture = try #require(Self.fixture), parts = try Self.parts(2)
        let folder = FileManager.default.temporaryDirectory.appending(path: "model-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: folder.appending(path: name)) }
        for part in parts { try write(WeightFile.bytes(part.tensors), part.name) }
        try write(CanonicalJSON.encode(.object(#require(fixture.config)), numbers: .any), "config.json")
        try write(TokenFixtures.bytes("small-tokenizer.json"), "tokenizer.json")
        let tokens = fixture.sequences[1].tokens
        let line = String(decoding: try CanonicalJSON.encode(["tokens": .array(tokens.map { .integer(Int64($0)) })]), as: UTF8.self)
        func scored() throws -> (lines: [JSONValue], status: Int32, errors: String) {
            try EngineProgram.answers(["score", "--model", folder.path], [line])
        }
        let bare = try scored()
        #expect(bare.status == 0)
        #expect(fixture.sequences[1].distance((bare.lines.first?["logprobs"]?.array ?? []).map { $0.double.map { Float($0) } }) < 1e-4)

        var map: JSONObject = [:]
        for part in parts { for tensor in part.tensors { map[tensor.name] = .string(part.name) } }
        try write(CanonicalJSON.encode(["weight_map": .object(map)]), "model.safetensors.index.json")
        #expect(try scored().lines == bare.lines)
        map[parts[0].tensors[0].name] = .string(parts[1].name)
        try write(CanonicalJSON.encode(["weight_map": .object(map)]), "model.safetensors.index.json")
        let wrong = try scored()
        #expect(wrong.status == 65 && wrong.errors.contains("tensor"), "\(wrong.errors)")
        try FileManager.default.removeItem(at: folder.appending(path: "model.safetensors.index.json"))
        try FileManager.default.removeItem(at: folder.appending(path: parts[1].name))
        #expect(try scored().status == 65)
    }
}
