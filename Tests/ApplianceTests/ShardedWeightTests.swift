import CanonicalEncoding
import Foundation
import LocalAPI
import Testing

/// Looks into weights that lie in several files. The sound ones were cut by gguf and huggingface_hub
/// (`WeightFormatsTests/Fixtures/generate-shards.py`).
@Suite("Looks into weights of several files", .enabled(if: ApplianceFixture.engine != nil, "assay-engine is not built"))
struct ShardedWeightTests {
    private typealias Files = [(String, [UInt8])]

    private static let index = "model.safetensors.index.json"

    private static func file(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appending(path: "WeightFormatsTests/Fixtures/\(name)")))
    }

    private static func parts(_ names: [String]) throws -> Files { try names.map { ($0, try file("sharded/\($0)")) } }

    private static let shards = (1...2).map { "model-0000\($0)-of-00002.safetensors" }
    private static let splits = (1...3).map { "every-type-0000\($0)-of-00003.gguf" }

    private func fixture() async throws -> ApplianceFixture {
        let fixture = try ApplianceFixture(engine: try #require(ApplianceFixture.engine))
        try await fixture.initialise()
        return fixture
    }

    private func ingest(
        _ fixture: ApplianceFixture, _ name: String, _ parts: Files, others: Files = [], format: String = "safetensors"
    ) async throws -> String {
        let medium = try await fixture.seal(name, model: name, parts: parts, others: others, format: format)
        return try #require(try await fixture.act("submission.ingest", ["media": .string(medium)], as: "alice")["submission"]?.string)
    }

    private func failure(_ body: () async throws -> JSONValue) async -> LocalFailure? {
        do { _ = try await body() } catch { return error as? LocalFailure ?? LocalFailure(code: "\(error)", message: "\(error)") }
        return nil
    }

    /// A table's rows by tensor, without what says in which file each lies.
    private func rows(_ look: JSONValue) -> [String: JSONValue] {
        var rows: [String: JSONValue] = [:]
        for row in look["view"]?["tensors"]?.array ?? [] {
            var object = row.object ?? [:]
            object["file"] = nil
            rows[row["name"]?.string ?? ""] = .object(object)
        }
        return rows
    }

    @Test func oneTableOverAllFiles() async throws {
        let fixture = try await fixture()
        let id = try await ingest(fixture, "cut", Self.parts(Self.shards.reversed()), others: Self.parts([Self.index]))
        let look = try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice")
        let view = look["view"]
        // As the index that huggingface_hub wrote has it.
        let map = try #require(StrictJSON.parse(Self.file("sharded/\(Self.index)"))["weight_map"]?.object)
        let tensors = view?["tensors"]?.array ?? []
        #expect(tensors.count == 4 && tensors.allSatisfy { $0["file"] == map[$0["name"]?.string ?? ""] })
        #expect(view?["files"] == [["path": .string(Self.shards[0]), "tensors": 2], ["path": .string(Self.shards[1]), "tensors": 2]])
        #expect(view?["index"] == .string(Self.index))
        let entry = try #require(try await fixture.call("ledger.show", ["from": 0, "count": 1000])["entries"]?.array?.last)
        #expect(entry["subjects"]?.array?.compactMap { $0["name"]?.string } == ["manifest"])
        #expect(!String(decoding: try CanonicalJSON.encode(entry), as: UTF8.self).contains("safetensors"))
        // One file has no more to say than before.
        let one = try await ingest(fixture, "whole", [("model.safetensors", Self.file("every-type.safetensors"))])
        let plain = try await fixture.act("inspect.tensors", ["submission": .string(one)], as: "alice")
        #expect(plain["view"]?["files"] == nil && rows(plain) == rows(look))
    }

    @Test func splitAndWholeCompareEqual() async throws {
        let fixture = try await fixture()
        let whole = try await ingest(fixture, "whole", [("every-type.gguf", Self.file("every-type.gguf"))], format: "gguf")
        let cut = try await ingest(fixture, "cut", Self.parts([2, 0, 1].map { Self.splits[$0] }), format: "gguf")
        let table = try await fixture.act("inspect.tensors", ["submission": .string(cut), "statistics": true], as: "alice")
        #expect(table["view"]?["architecture"] == "fixture" && table["view"]?["index"] == nil)
        #expect((table["view"]?["files"]?.array ?? []).compactMap { $0["path"]?.string } == Self.splits)
        #expect((table["view"]?["tensors"]?.array ?? []).compactMap { $0["name"]?.string }
            == ["plain.f32", "plain.f16", "plain.bf16", "block.q4_0", "block.q4_1", "block.q8_0", "cube.f32"])
        #expect(rows(try await fixture.act("inspect.tensors", ["submission": .string(whole), "statistics": true], as: "alice")) == rows(table))
        for (one, other) in [(whole, cut), (cut, whole), (cut, cut)] {
            let scope: JSONValue = ["submission": .string(one), "with": .string(other)]
            let look = try await fixture.act("inspect.compare", scope, as: "alice")["view"]
            #expect(look?["identical"] == 7 && look?["differing"] == [] && look?["onlyInFirst"] == [] && look?["onlyInSecond"] == [])
            let texts = try await fixture.act("inspect.differences", scope, as: "alice")["view"]?["documents"]?.array ?? []
            #expect(texts.count == 1 && texts[0]["removed"] == 0 && texts[0]["added"] == 0)
        }
        // Of one tensor, in the last file: the numbers that gguf made the file of.
        let expected = try Self.file("every-type.gguf.f32").suffix(4 * 24)
        let scope: JSONValue = ["submission": .string(cut), "tensor": "cube.f32", "from": 0, "count": 24]
        let request = try ApplianceFixture.waiting(try await fixture.act("inspect.values", scope, as: "alice"))
        _ = try await fixture.act("request.approve", ["request": .string(request)], as: "carol")
        let values = try await fixture.act("request.perform", ["request": .string(request)], as: "alice")
        let bytes = (values["view"]?["rows"]?.array ?? []).flatMap { row in
            UInt32(row["stored"]?.string ?? "", radix: 16).map { bits in (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) } } ?? []
        }
        #expect(bytes == Array(expected))
        #expect(await failure { try await fixture.act("inspect.tensor", ["submission": .string(cut), "tensor": "absent"], as: "alice") }?.code
            == "weights.no-such-tensor")
    }

    @Test func oneChangedNumberIsFoundInItsShard() async throws {
        let fixture = try await fixture()
        let one = try await ingest(fixture, "whole", [("model.safetensors", Self.file("every-type.safetensors"))])
        var changed = try Self.parts(Self.shards)
        // The last byte of a file is its last tensor's.
        changed[0].1[changed[0].1.count - 1] ^= 0x40
        let other = try await ingest(fixture, "changed", changed, others: Self.parts([Self.index]))
        let view = try await fixture.act("inspect.compare", ["submission": .string(one), "with": .string(other)], as: "alice")["view"]
        #expect(view?["identical"] == 3 && view?["differing"]?.array?.count == 1)
        #expect(view?["differing"]?.array?.first?["differing"] == 1)
    }

    /// What is no whole model is refused before anything is shown or charged, on the ledger, by file and tensor.
    @Test func hostile() async throws {
        let fixture = try await fixture()
        let (shards, index, splits) = (try Self.parts(Self.shards), try Self.file("sharded/\(Self.index)"), try Self.parts(Self.splits))
        let whole = try Self.file("every-type.safetensors")
        func map(_ change: (inout JSONObject) -> Void) throws -> Files {
            var map = try #require(StrictJSON.parse(index)["weight_map"]?.object)
            change(&map)
            return [(Self.index, try CanonicalJSON.encode(["weight_map": .object(map)]))]
        }
        let spent = try await fixture.call("budgets")
        let cases: [(parts: Files, others: Files, code: String, named: [String])] = [
            (shards, try map { $0["ghost"] = .string(Self.shards[0]) }, "weights.tensor-missing", ["ghost", Self.shards[0]]),
            (shards, try map { $0["half"] = nil }, "weights.tensor-unknown", ["half", Self.shards[1]]),
            (shards, try map { $0["half"] = .string(Self.shards[0]) }, "weights.tensor-misplaced", ["half", Self.shards[1]]),
            (shards, try map { $0["ghost"] = "elsewhere.safetensors" }, "weights.shard-missing", ["ghost", "elsewhere.safetensors"]),
            (shards, [(Self.index, Array("{}".utf8))], "weights.index-malformed", [Self.index]),
            (shards, [(Self.index, index), ("other" + Self.index, index)], "weights.index-misplaced", ["other" + Self.index]),
            (shards + [("extra.safetensors", whole)], [], "weights.tensor-twice", ["extra.safetensors"]),
            ([shards[0]], [], "weights.shard-missing", [Self.shards[0], "part 2"]),
            ([splits[0], splits[2]], [], "weights.shard-missing", ["part 2"]),
            ([("a.gguf", splits[0].1), ("b.gguf", splits[1].1)], [], "weights.shard-missing", ["a.gguf", "3 parts"]),
            ([("a.gguf", splits[0].1), ("b.gguf", splits[0].1), ("c.gguf", splits[2].1)], [], "weights.part-numbers", ["b.gguf", "a.gguf"]),
            (splits + shards, [], "weights.mixed-formats", []),
            ([(Self.shards[0], shards[0].1), (Self.shards[1], Array(shards[1].1.dropLast()))], [], "weights.unreadable", [Self.shards[1]]),
        ]
        for (number, hostile) in cases.enumerated() {
            let id = try await ingest(fixture, "hostile-\(number)", hostile.parts, others: hostile.others)
            let refusal = await failure { try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice") }
            #expect(refusal?.code == hostile.code, "case \(number)")
            for name in hostile.named { #expect(refusal?.message.contains(name) == true, "case \(number): \(refusal?.message ?? "")") }
            let last = try await fixture.entries().last
            #expect(last?.action == "request.refused" && last?.code == hostile.code)
        }
        #expect(try await fixture.call("budgets") == spent)
    }

    /// Of a file of nine segments, the header is in the first and a tensor in the last: what lies between is not opened for
    /// either, so that damage there goes unseen until somebody looks at it.
    @Test func onlyWhatIsLookedAtIsOpened() async throws {
        let fixture = try await fixture()
        let count = (132 << 20) / 4
        let header = Array(
            #"{"big":{"dtype":"F32","shape":[\#(count)],"data_offsets":[0,\#(4 * count)]},"end":{"dtype":"F32","shape":[2],"data_offsets":[\#(4 * count),\#(4 * count + 8)]}}"#
                .utf8)
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header
        bytes += [UInt8](repeating: 0, count: 4 * count)
        for value in [Float(3), -4] { for shift in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt32(shift)))) } }
        let id = try await ingest(fixture, "large", [("model.safetensors", bytes)])
        bytes = []
        let all = try await fixture.act("inspect.tensors", ["submission": .string(id), "statistics": true], as: "alice")["view"]?["tensors"]?.array ?? []
        #expect(all.compactMap { $0["norm"]?.string } == ["0.0", "5.0"] && all[0]["zeros"] == .integer(Int64(count)))

        let store = "\(fixture.home)/store/segments/\(id)"
        let middle = try #require(try FileManager.default.contentsOfDirectory(atPath: store).sorted().dropFirst().first)
        var sealed = try Data(contentsOf: URL(filePath: "\(store)/\(middle)"))
        sealed[sealed.startIndex + 100] ^= 1
        try sealed.write(to: URL(filePath: "\(store)/\(middle)"))
        #expect(try await fixture.act("inspect.tensors", ["submission": .string(id)], as: "alice")["view"]?["tensors"]?.array?.count == 2)
        let end = try await fixture.act("inspect.tensor", ["submission": .string(id), "tensor": "end"], as: "alice")
        #expect(end["view"]?["norm"] == "5.0" && end["view"]?["minimum"] == "-4.0")
        #expect(await failure { try await fixture.act("inspect.tensor", ["submission": .string(id), "tensor": "big"], as: "alice") }?.code == "store.damaged")
    }
}
