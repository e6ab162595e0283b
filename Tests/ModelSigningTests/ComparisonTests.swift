import AuditCrypto
import ModelSigning
import Testing

struct ComparisonTests {
    private typealias Pair = FileComparison.Pair
    private static let other = SHA256Digest.of([1])

    private func manifest(_ name: String = "key") throws -> SignedManifest { try Fixtures.signature(name).verify(with: Fixtures.key("key")) }

    private func pairs(_ pairs: [FileComparison.Pair]) -> [String] {
        pairs.map { $0.file == $0.signedPath ? $0.file : "\($0.file) as \($0.signedPath)" }
    }

    @Test func theSignedFiles() throws {
        let comparison = try manifest().compare(files: Fixtures.files().reversed())
        #expect(comparison.isComplete)
        #expect(pairs(comparison.matching) == Fixtures.digests.map(\.path).reversed())
    }

    @Test func everyWayToDiffer() throws {
        var files = try Fixtures.files()
        files[0].sha256 = Self.other
        files[2].path = "weights/part-3.bin"
        let comparison = try manifest().compare(files: files)
        #expect(pairs(comparison.differing) == ["config.json"])
        #expect(comparison.missing == ["weights/part-1.bin"])
        #expect(comparison.notCovered == ["weights/part-3.bin"])
        #expect(pairs(comparison.matching) == ["empty.txt", "weights/part-2.bin", "weights-beside.bin"])
        #expect(comparison.notComparable.isEmpty && !comparison.isComplete)
    }

    @Test func oneFlawIsEnough() throws {
        let manifest = try manifest(), files = try Fixtures.files()
        #expect(!manifest.compare(files: files.dropLast()).isComplete)
        #expect(!manifest.compare(files: files + [("more", Self.other)]).isComplete)
        #expect(!manifest.compare(files: files + [files[0]]).isComplete)
        #expect(!manifest.compare(files: []).isComplete)
        #expect(manifest.compare(files: []).missing == Fixtures.digests.map(\.path))
    }

    @Test func namesWithoutAFolder() throws {
        let files = try Fixtures.files().map { (path: String($0.path.split(separator: "/").last ?? ""), sha256: $0.sha256) }
        let comparison = try manifest().compare(files: files)
        #expect(comparison.isComplete)
        #expect(pairs(comparison.matching) == [
            "config.json", "empty.txt", "part-1.bin as weights/part-1.bin", "part-2.bin as weights/part-2.bin", "weights-beside.bin",
        ])
        // Only the last part, and only where there is no folder.
        #expect(try manifest().compare(files: [("1.bin", Self.other), ("x/part-1.bin", files[2].sha256)]).notCovered == ["1.bin", "x/part-1.bin"])
        #expect(pairs(try manifest().compare(files: [("part-1.bin", Self.other)]).differing) == ["part-1.bin as weights/part-1.bin"])
        let twice = try manifest().compare(files: [("part-1.bin", files[2].sha256), ("part-1.bin", files[2].sha256)])
        #expect(twice.matching.count == 1 && twice.notCovered == ["part-1.bin"])
        // A path that is signed itself comes first, whatever its digest.
        let both = try manifest().compare(files: [("part-1.bin", files[2].sha256), ("weights/part-1.bin", Self.other)])
        #expect(pairs(both.differing) == ["weights/part-1.bin"])
        #expect(both.notCovered == ["part-1.bin"])
    }

    @Test func aNameInTwoFoldersGoesByItsDigest() throws {
        // The root digest is of digests, not of names.
        let statement = try Fixtures.statement("key").replacing("weights/part-1.bin", with: "a/part.bin")
            .replacing("weights/part-2.bin", with: "b/part.bin")
        let manifest = try TestSigner().verify(statement)
        let comparison = manifest.compare(files: [("part.bin", try Fixtures.files()[3].sha256)])
        #expect(pairs(comparison.matching) == ["part.bin as b/part.bin"])
        #expect(comparison.missing.contains("a/part.bin"))
        #expect(pairs(manifest.compare(files: [("part.bin", Self.other)]).differing) == ["part.bin as a/part.bin"])
    }

    /// Two spellings of "é" are two names.
    @Test func namesAreBytes() throws {
        let statement = try Fixtures.statement("key").replacing("config.json", with: "caf\u{e9}")
        let manifest = try TestSigner().verify(statement)
        #expect(manifest.compare(files: [("caf\u{65}\u{301}", try Fixtures.files()[0].sha256)]).matching.isEmpty)
        #expect(manifest.compare(files: [("caf\u{e9}", try Fixtures.files()[0].sha256)]).matching.count == 1)
    }

    @Test func otherDigestsAreNeverMatching() throws {
        let blake2 = try manifest("blake2").compare(files: Fixtures.files())
        #expect(pairs(blake2.notComparable) == Fixtures.digests.map(\.path))
        #expect(blake2.matching.isEmpty && blake2.differing.isEmpty && !blake2.isComplete)
        // weights/part-1.bin is one range, whose digest is the file's; whether it is all of the file is not known.
        let shards = try manifest("shards").compare(files: Fixtures.files())
        #expect(pairs(shards.notComparable) == ["config.json", "weights/part-1.bin", "weights/part-2.bin", "weights-beside.bin"])
        #expect(shards.notCovered == ["empty.txt"])
        #expect(shards.matching.isEmpty && shards.missing.isEmpty && !shards.isComplete)
        #expect(try manifest("shards").compare(files: []).missing.count == 4)
    }

    @Test func aSingleFile() throws {
        #expect(try manifest("file").compare(files: [Fixtures.files()[0]]).isComplete)
    }
}
