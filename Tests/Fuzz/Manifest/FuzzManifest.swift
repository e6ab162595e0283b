import CanonicalEncoding
import FuzzSupport
import SealedMedia

private let parts = (0..<7).map { StatedPart(path: "segments/00000\($0).zst.age", size: 200, digest: String(repeating: "a\($0)", count: 32)) }
private let pieces = (0..<4).map { StatedPart(path: "repair/0000\($0).rs", size: 8192, digest: String(repeating: "b\($0)", count: 32)) }
private let statements = [
    submissionStatement(segments: Array(parts.prefix(3))), submissionStatement(segments: parts, pieces: pieces, groups: 2),
    submissionStatement(segments: Array(parts.prefix(3)), pieces: Array(pieces.prefix(2)), groups: 1, volumes: 3),
].map { text in mustSucceed("the statement is JSON") { try StrictJSON.parse(Array(text.utf8), limits: SubmissionManifest.limits) } }

/// Signed statements: as they come, and as edits of one that holds, which reach behind the grammar. One that holds survives being
/// written, and its numbers fit each other.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let way = input.choice(of: 1 + statements.count)
    let bytes: [UInt8]
    if way == 0 {
        bytes = input.bytes
    } else {
        var value = statements[way - 1]
        for _ in 0...input.choice(of: 4) { value = edited(value, &input).first ?? .null }
        guard let encoded = try? CanonicalJSON.encode(value) else { return 0 }
        bytes = encoded
    }
    guard let manifest = try? SubmissionManifest(statement: bytes) else { return 0 }
    let written = mustSucceed("a manifest that was read can be written") { try manifest.statement() }
    if way > 0 {
        require(written == bytes, "what is canonical has one spelling")
    } else if written != bytes {
        let again = mustSucceed("a manifest that was written can be read") { try SubmissionManifest(statement: written) }
        require(again == manifest, "a manifest survives being written")
    }
    check(manifest)
    return 0
}

private func check(_ manifest: SubmissionManifest) {
    var names: Set<String> = ["manifest.dsse.json", "repair/manifest.dsse.json"]
    for part in manifest.parts {
        require(names.insert(part.path.lowercased()).inserted, "no two parts have one name")
        require(MediaPath.isValid(part.path), "no path leads out")
        require((1...MediaSegment.maximumSealedSize).contains(part.sealedSize), "a part fits the memory that it is read into")
        require(part.volume.map { 1...(manifest.volumes ?? 0) ~= $0 } ?? (manifest.volumes == nil), "a part lies on one of the volumes")
    }
    for file in manifest.files {
        require(MediaPath.isValid(file.path), "no path leads out")
        require(file.segments.reduce(0) { $0 + $1.plainSize } == file.size, "segments are the file")
        require(file.segments.allSatisfy { (1...MediaSegment.maximumPlainSize).contains($0.plainSize) }, "a segment fits memory")
    }
    guard let repair = manifest.repair else { return }
    let groups = repair.groups
    require((1...max(1, manifest.segments.count)).contains(groups.groups) && groups.pieces == repair.pieces.count, "groups have members")
    for group in 0..<groups.groups {
        let members = groups.segments(of: group), pieces = groups.pieces(of: group)
        require(!members.isEmpty && (1...64).contains(pieces.count), "a group has segments and pieces")
        for piece in pieces {
            require(members.allSatisfy { manifest.segments[$0].sealedSize <= repair.pieces[piece].sealedSize }, "no segment is longer than a piece")
        }
    }
}

private let integers: [Int64] = [
    0, 1, -1, 2, 16, 63, 64, 65, 99, 100, 101, 200, 999, 1000, 1001, 4096, 8191, 8192, 8193, 16_384, 32_768, 160_000, 1 << 24, 1 << 24 + 1,
    17 << 20, 17 << 20 + 1, 1 << 31, 1 << 50, 1 << 50 + 1, 1 << 53, .max, .min,
]
private let texts = [
    "", ".", "..", "/", "a/../b", "segments/000000.zst.age", "SEGMENTS/000001.zst.age", "repair/00000.rs", "repair/00001.RS", "manifest.dsse.json",
    "repair/manifest.dsse.json", "w.gguf", "W.gguf", "train.log", "1/2/3/4/5/6/7/8", "1/2/3/4/5/6/7/8/9", "none", "planes-2", "planes-4", "zstd",
    "weights", "other", "cauchy-gf65536", "2030-02-29T12:00:00Z", "\u{202e}", "e\u{301}", "\u{e9}", "a\u{0}b", String(repeating: "0f", count: 32),
    String(repeating: "0F", count: 32), String(repeating: "n", count: 128), String(repeating: "n", count: 129),
]

/// What stands in the place of a value after one edit, somewhere in it: nothing, one value, or two.
private func edited(_ value: JSONValue, _ input: inout FuzzInput) -> [JSONValue] {
    let step = Int(input.byte())
    if step < 0xE8 {
        switch value {
        case .object(var object) where object.count > 0:
            let key = object.keys[step % object.count]
            let new = object[key].map { edited($0, &input) } ?? []
            object[key] = new.first
            if new.count > 1 { object[String(decoding: [input.byte(), input.byte()], as: UTF8.self)] = new[1] }
            return [.object(object)]
        case .array(var array) where !array.isEmpty:
            let index = step % array.count
            array.replaceSubrange(index...index, with: edited(array[index], &input))
            return [.array(array)]
        default: break
        }
    }
    switch input.choice(of: 12) {
    case 0: return [.integer(integers[Int(input.byte()) % integers.count])]
    case 1: return [.integer((0..<8).reduce(0) { value, _ in value << 8 | Int64(input.byte()) })]
    case 2: return [.string(texts[Int(input.byte()) % texts.count])]
    case 3: return [.string(String(decoding: input.part(), as: UTF8.self))]
    case 4: return [.integer((value.integer ?? 0) &+ 1)]
    case 5: return [.integer((value.integer ?? 0) &- 1)]
    case 6: return []
    case 7: return [value, value]
    case 8: return [.array([value])]
    case 9: return [.array((value.array ?? []).reversed())]
    case 10: return [["": value]]
    default: return [[.null, .bool(true), .number(1.5), [], [:]][Int(input.byte()) % 5]]
    }
}
