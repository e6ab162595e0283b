import CanonicalEncoding
import Foundation
import Testing
import WeightFormats

/// A model's files held against each other. The sound ones were cut by gguf and huggingface_hub (`generate-shards.py`).
@Suite struct ShardTests {
    private static let splits = (1...3).map { "sharded/every-type-0000\($0)-of-00003.gguf" }
    private static let shards = (1...2).map { "sharded/model-0000\($0)-of-00002.safetensors" }

    private func container(_ name: String) throws -> WeightContainer { try .open(MappedFile(path: Fixtures.path(name))) }

    private func parsed(_ name: String) throws -> WeightShards.File { .init(path: name, try container(name)) }

    private func index(_ text: String) throws -> WeightShards.Index { .init(path: "i.json", try SafetensorsIndex(json: Array(text.utf8))) }

    private func file(_ path: String, _ tensors: String...) -> WeightShards.File {
        .init(path: path, isGGUF: false, split: nil, tensors: tensors, sizes: tensors.map { _ in 8 })
    }

    private func part(_ path: String, _ number: Int, of count: Int, tensors: Int, _ names: String...) -> WeightShards.File {
        .init(path: path, isGGUF: true, split: .init(number: number, count: count, tensors: tensors), tensors: names, sizes: names.map { _ in 8 })
    }

    /// What is refused, in which file, with which tensor.
    private func refusal(_ files: [WeightShards.File], _ index: WeightShards.Index? = nil) -> ShardError? {
        do {
            _ = try WeightShards(files, index: index)
            return nil
        } catch {
            return error
        }
    }

    @Test("What gguf cut is one model, in whatever order it comes, with every tensor's bytes as they were") func splitByGGUF() throws {
        let files = try [2, 0, 1].map { try parsed(Self.splits[$0]) }
        #expect(try WeightShards(files).order == [1, 2, 0])
        #expect(files.map { $0.split } == [2, 0, 1].map { GGUFSplit(number: $0, count: 3, tensors: 7) })
        let whole = try container("every-type.gguf")
        var found = 0
        for part in try Self.splits.map(container) {
            for tensor in part.tensors {
                let original = try #require(whole.tensors.first { $0.name == tensor.name })
                #expect(part.bytes(of: tensor).elementsEqual(whole.bytes(of: original)) && tensor.shape == original.shape)
                found += 1
            }
        }
        #expect(found == whole.tensors.count)
    }

    @Test("What huggingface_hub cut is one model, as the index that it wrote says") func splitByHub() throws {
        let files = try Self.shards.map(parsed)
        let index = WeightShards.Index(
            path: "sharded/model.safetensors.index.json", try SafetensorsIndex(json: Fixtures.bytes("sharded/model.safetensors.index.json")))
        #expect(try WeightShards(files, index: index).order == [0, 1])
        #expect(try WeightShards(files.reversed(), index: index).order == [1, 0])
        #expect(Set(files.flatMap(\.tensors)) == ["brain", "empty", "half", "single"])
        // Without the second file, and with an index of another folder.
        #expect(refusal([files[0]], index)?.code == .shardMissing)
        #expect(refusal(files, .init(path: "model.safetensors.index.json", index.index))?.code == .shardMissing)
    }

    @Test("Parts of a split are all there, once, and agree") func splits() throws {
        let files = try Self.splits.map(parsed)
        for missing in files.indices {
            var rest = files
            rest.remove(at: missing)
            let error = try #require(refusal(rest))
            #expect(error.code == .shardMissing && error.message.contains("part \(missing + 1)"))
        }
        func a(_ number: Int, _ count: Int = 2, tensors: Int = 2) -> WeightShards.File { part("a.gguf", number, of: count, tensors: tensors, "a") }
        func b(_ number: Int, _ count: Int = 2, tensors: Int = 2) -> WeightShards.File { part("b.gguf", number, of: count, tensors: tensors, "b") }
        #expect(refusal([a(0), b(1)]) == nil)
        for (files, code, path) in [
            ([a(0)], .shardMissing, "a.gguf"), ([a(0), b(0)], .partNumbers, "b.gguf"), ([a(0), b(2)], .partNumbers, "b.gguf"),
            ([a(0), b(1, 3)], .shardMissing, "b.gguf"), ([a(0, 1), b(1)], .partNumbers, "a.gguf"),
            ([a(0), b(1, tensors: 3)], .tensorCount, "b.gguf"), ([a(0), b(0, 0)], .shardUnknown, "b.gguf"),
            ([a(0), .init(path: "c.gguf", isGGUF: true, split: nil, tensors: ["c"], sizes: [8])], .shardUnknown, "c.gguf"),
            ([a(0), part("b.gguf", 1, of: 2, tensors: 2, "a")], .tensorTwice, "b.gguf"),
            ([a(0), file("b.safetensors", "b")], .mixedFormats, nil),
            ([part("m-00002-of-00002.gguf", 0, of: 2, tensors: 2, "a"), part("m-00001-of-00002.gguf", 1, of: 2, tensors: 2, "b")],
             .partNumbers, "m-00002-of-00002.gguf"),
            ([file("m-00001-of-00002.safetensors", "a"), file("m-000001-of-000002.safetensors", "b")],
             .partNumbers, "m-000001-of-000002.safetensors"),
        ] as [([WeightShards.File], ShardError.Code, String?)] {
            let error = refusal(files)
            #expect(error?.code == code && error?.file == path)
        }
        // A file that gguf-split merged says 0 of 0.
        #expect(refusal([a(0, 0)]) == nil && refusal([a(0, 1)]) == nil)
    }

    @Test("A split's numbers are whole and all there", arguments: ["split.no", "split.count", "split.tensors.count"])
    func splitKeys(_ key: String) throws {
        func opened(_ values: [(String, UInt32, [UInt8])]) throws -> Result<WeightContainer, WeightError> {
            let file = try MappedFile.holding(GGUFBuilder.oneTensor { builder in for (key, type, value) in values { builder.add(key, type: type, value) } })
            return Result { () throws(WeightError) in try WeightContainer.open(file) }
        }
        func values(_ change: (UInt32, [UInt8])?) -> [(String, UInt32, [UInt8])] {
            ["split.no", "split.count", "split.tensors.count"].compactMap { name in
                name == key ? change.map { (name, $0.0, $0.1) } : (name, 4, littleEndian(UInt32(1)))
            }
        }
        _ = try opened(values((4, littleEndian(UInt32(1))))).get()
        // Missing, negative, a text, too many.
        for change in [nil, (5, littleEndian(Int32(-1))), (8, GGUFBuilder.string("1")), (10, littleEndian(UInt64(1) << 40))] as [(UInt32, [UInt8])?] {
            guard case .failure(let error) = try opened(values(change)) else { Issue.record("accepted"); continue }
            #expect(error.code == .badValue && error.key == key)
        }
    }

    @Test("An index names each tensor of each file, and nothing else") func index() throws {
        let files = [file("x.safetensors", "a", "b"), file("y.safetensors", "c")]
        #expect(refusal(files, try index(#"{"weight_map":{"a":"x.safetensors","b":"x.safetensors","c":"y.safetensors"}}"#)) == nil)
        #expect(refusal(files) == nil)
        for (map, code, path, tensor) in [
            (#""a":"x.safetensors","b":"x.safetensors""#, .tensorUnknown, "y.safetensors", "c"),
            (#""a":"x.safetensors","b":"x.safetensors","c":"x.safetensors""#, .tensorMisplaced, "y.safetensors", "c"),
            (#""a":"x.safetensors","b":"x.safetensors","c":"y.safetensors","d":"y.safetensors""#, .tensorMissing, "y.safetensors", "d"),
            (#""a":"x.safetensors","b":"x.safetensors","c":"z.safetensors""#, .shardMissing, "i.json", "c"),
        ] as [(String, ShardError.Code, String, String)] {
            let error = refusal(files, try index(#"{"weight_map":{\#(map)}}"#))
            #expect((error?.code, error?.file, error?.tensor) == (code, path, tensor))
        }
        // A file of the weights that no program would read.
        let idle = refusal([files[0], files[1], file("z.safetensors")], try index(#"{"weight_map":{"a":"x.safetensors","b":"x.safetensors","c":"y.safetensors"}}"#))
        #expect((idle?.code, idle?.file) == (.shardUnknown, "z.safetensors"))
        let twice = refusal([files[0], file("y.safetensors", "b")], nil)
        #expect((twice?.code, twice?.file, twice?.tensor) == (.tensorTwice, "y.safetensors", "b"))
        #expect(refusal([part("a.gguf", 0, of: 1, tensors: 1, "a")], try index(#"{"weight_map":{"a":"a.gguf"}}"#))?.code == .indexMisplaced)
    }

    /// Both forms that Hugging Face's programs have written.
    @Test("All tensors together have the bytes that the index says", arguments: [
        ("24", true), ("24.0", true), ("2.4e1", true), ("null", true), ("23", false), ("25", false), ("23.0", false), ("0", false),
        ("1e15", false), ("9223372036854775807", false),
    ]) func totalSize(_ stated: String, holds: Bool) throws {
        let files = [file("x.safetensors", "a", "b"), file("y.safetensors", "c")]
        let map = #""weight_map":{"a":"x.safetensors","b":"x.safetensors","c":"y.safetensors"}"#
        let error = refusal(files, try index(#"{"metadata":{"total_size":\#(stated)},\#(map)}"#))
        #expect(error.map { ($0.code, $0.file) == (.totalSize, "i.json") } ?? holds)
        #expect((error == nil) == holds)
    }

    @Test("What huggingface_hub counted is what the files hold") func totalSizeByHub() throws {
        let text = try String(decoding: Fixtures.bytes("sharded/model.safetensors.index.json"), as: UTF8.self)
        let files = try Self.shards.map(parsed)
        #expect(files.map(\.bytes) == [108, 128] && text.contains("\"total_size\": 236"))
        for (stated, code) in [("236.0", nil), ("235", .totalSize), ("472", .totalSize)] as [(String, ShardError.Code?)] {
            let changed = try SafetensorsIndex(json: Array(text.replacing("236", with: stated).utf8))
            #expect(refusal(files, .init(path: "sharded/model.safetensors.index.json", changed))?.code == code)
        }
        // Sizes whose sum is no number.
        let huge = WeightShards.File(path: "x", isGGUF: false, split: nil, tensors: ["a", "b"], sizes: [.max, .max])
        #expect(refusal([huge], try index(#"{"metadata":{"total_size":24},"weight_map":{"a":"x","b":"x"}}"#))?.code == .totalSize)
    }

    @Test("An index that is none is refused", arguments: [
        "", "[]", "{}", #"{"weight_map":[]}"#, #"{"weight_map":{"a":1}}"#, #"{"weight_map":{"a":"../x.safetensors"}}"#,
        #"{"weight_map":{"a":"/x"}}"#, #"{"weight_map":{"a":".x"}}"#, #"{"weight_map":{"a":""}}"#, #"{"weight_map":{"":"x"}}"#,
        #"{"weight_map":{"a b":"x"}}"#, #"{"weight_map":{"\u212a":"x"}}"#, #"{"weight_map":{"a":"x","a":"y"}}"#,
        #"{"weight_map":{"a":"x"}} "# + "x", #"{"metadata":{"total_size":"8"},"weight_map":{"a":"x"}}"#,
        #"{"metadata":{"total_size":-8},"weight_map":{"a":"x"}}"#, #"{"metadata":{"total_size":8.5},"weight_map":{"a":"x"}}"#,
        #"{"metadata":{"total_size":1e300},"weight_map":{"a":"x"}}"#, #"{"metadata":{"total_size":[8]},"weight_map":{"a":"x"}}"#,
    ]) func malformedIndex(_ text: String) {
        let error = #expect(throws: ShardError.self) { try SafetensorsIndex(json: Array(text.utf8)) }
        #expect(error?.code == .indexMalformed)
    }

    @Test("Names that number parts number all of them") func names() throws {
        let name = try #require(PartName("deep/model-00002-of-00104.safetensors"))
        #expect((name.stem, name.number, name.count, name.suffix) == ("deep/model", 2, 104, ".safetensors"))
        for other in ["model.gguf", "model-1-of-2.gguf", "00001-of-00002.gguf", "model-00001-of-00002", "m-00001-of-00000.gguf", "m-00001of-00002.gguf",
            "m-000001-of-00002.gguf", "m-00001-of-99999999999999999999.gguf"] {
            #expect(PartName(other) == nil)
        }
        func file(_ path: String) -> WeightShards.File { self.file(path, path) }
        #expect(refusal([file("m-00001-of-00002.safetensors"), file("m-00002-of-00002.safetensors")]) == nil)
        for (paths, code) in [
            (["m-00001-of-00002.safetensors"], .shardMissing), (["m-00001-of-00002.safetensors", "m-00003-of-00002.safetensors"], .partNumbers),
            (["m-00001-of-00002.safetensors", "m-00002-of-00003.safetensors"], .partNumbers),
            (["m-00000-of-00001.safetensors"], .partNumbers), (["m-00001-of-00002.safetensors", "n-00002-of-00002.safetensors"], .shardMissing),
        ] as [([String], ShardError.Code)] {
            #expect(refusal(paths.map(file))?.code == code)
        }
    }
}
