import Foundation
import SealedMedia
import Testing
import WeightFormats

/// A lab's own weight files, before they are sealed. The parts were cut by gguf and huggingface_hub.
@Suite struct WeightFilesTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "WeightFormatsTests/Fixtures").path
    private static let splits = (1...3).map { "\(fixtures)/sharded/every-type-0000\($0)-of-00003.gguf" }
    private static let shards = (1...2).map { "\(fixtures)/sharded/model-0000\($0)-of-00002.safetensors" }

    private func index() throws -> (path: String, bytes: [UInt8]) {
        let path = "\(Self.fixtures)/sharded/model.safetensors.index.json"
        return ("model.safetensors.index.json", Array(try Data(contentsOf: URL(filePath: path))))
    }

    private func opened(_ paths: [String], index: (path: String, bytes: [UInt8])? = nil) throws -> [WeightContainer] {
        try WeightFiles.open(paths.map { SealInput($0, .weights) }, index: index)
    }

    @Test("Parts say of their architecture what the whole file says") func architecture() throws {
        let whole = try ArchitectureSummary(opened(["\(Self.fixtures)/every-type.gguf"]), family: nil)
        #expect(try ArchitectureSummary(opened(Self.splits), family: nil) == whole)
        #expect(try ArchitectureSummary(opened(Self.splits.reversed()), family: nil) == whole)
        #expect((whole.family, whole.tensors) == ("fixture", 7))
        let one = try ArchitectureSummary(opened(["\(Self.fixtures)/every-type.safetensors"]), family: "llama")
        #expect(try ArchitectureSummary(opened(Self.shards, index: index()), family: "llama") == one)
    }

    @Test("Quantised safetensors are declared by what they store") func quantised() throws {
        let summary = try ArchitectureSummary(opened(["\(Self.fixtures)/schemes/gptq-4-order.safetensors"]), family: "llama")
        #expect(summary.types == ["I32": 3, "F16": 2] && summary.tensors == 5)
        let experts = try ArchitectureSummary(opened(["\(Self.fixtures)/schemes/mxfp4.safetensors"]), family: "gpt_oss")
        #expect(experts.types == ["U8": 4, "BF16": 2])
    }

    @Test("What is not one whole model is not sealed") func refusals() throws {
        let index = try index()
        let without = String(decoding: index.bytes, as: UTF8.self).replacing("\"half\"", with: "\"other\"")
        for (paths, index, file, word) in [
            (Array(Self.splits.dropLast()), nil, "every-type-00001-of-00003.gguf", "shard-missing"),
            (Self.shards, (index.path, Array(without.utf8)), "model-00002-of-00002.safetensors", "tensor-missing"),
            (Self.shards, (index.path, Array(String(decoding: index.bytes, as: UTF8.self).replacing("236", with: "237").utf8)),
             "model.safetensors.index.json", "total-size"),
            (Self.shards, ("folder/" + index.path, index.bytes), "folder/model.safetensors.index.json", "shard-missing"),
            (Self.shards, (index.path, [0x7B]), "model.safetensors.index.json", "index-malformed"),
            (Self.shards + ["\(Self.fixtures)/every-type.safetensors"], nil, "model-00001-of-00002.safetensors", "tensor-twice"),
        ] as [([String], (path: String, bytes: [UInt8])?, String, String)] {
            let error = #expect(throws: MediaError.self) { try opened(paths, index: index) }
            #expect(error?.code == .weightsFormat && error?.file == file && error?.message.contains(word) == true)
        }
    }
}
