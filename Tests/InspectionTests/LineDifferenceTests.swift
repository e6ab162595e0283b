import Inspection
import Testing

@Suite struct LineDifferenceTests {
    /// As `diff -u` has it.
    @Test func unified() {
        let old = (1...12).map { "line \($0)" }
        var new = old
        new[1] = "changed"
        new.remove(at: 10)
        new.append("last")
        let hunks = LineDifference(old, new).hunks()
        #expect(hunks.map(\.head) == ["@@ -1,5 +1,5 @@", "@@ -8,5 +8,5 @@"])
        #expect(hunks[0].lines == [" line 1", "-line 2", "+changed", " line 3", " line 4", " line 5"])
        #expect(hunks[1].lines == [" line 8", " line 9", " line 10", "-line 11", " line 12", "+last"])
        #expect(LineDifference([], ["a"]).hunks().map(\.head) == ["@@ -0,0 +1,1 @@"])
        #expect(LineDifference(["a"], ["a"]).hunks().isEmpty)
    }

    /// The number of changes is the least there is, by the longest common subsequence; and they lead from one to the other.
    @Test(arguments: 0..<200) func shortest(seed: UInt64) {
        var random = SystemLike(state: seed)
        func text() -> [String] { (0..<random.next(20)).map { _ in String(random.next(4)) } }
        let (old, new) = (text(), text())
        let difference = LineDifference(old, new)
        var lengths = [[Int]](repeating: [Int](repeating: 0, count: new.count + 1), count: old.count + 1)
        for i in old.indices {
            for j in new.indices {
                lengths[i + 1][j + 1] = old[i] == new[j] ? lengths[i][j] + 1 : max(lengths[i][j + 1], lengths[i + 1][j])
            }
        }
        let common = lengths[old.count][new.count]
        #expect((difference.removed, difference.added) == (old.count - common, new.count - common))
        let changes = difference.changes ?? []
        #expect(changes.compactMap { if case .added = $0 { nil } else { $0.line } } == old)
        #expect(changes.compactMap { if case .removed = $0 { nil } else { $0.line } } == new)
    }

    @Test func tooDifferent() {
        let difference = LineDifference((0..<50).map { "a\($0)" } + ["x"], (0..<40).map { "b\($0)" } + ["y", "a7"], maximumChanges: 20)
        #expect(difference.changes == nil && difference.hunks().isEmpty)
        #expect((difference.removed, difference.added) == (50, 41))
    }
}

extension LineDifference.Change {
    fileprivate var line: String {
        switch self {
        case .same(let line), .removed(let line), .added(let line): line
        }
    }
}

/// A small generator, so that a failure can be repeated from its seed.
private struct SystemLike {
    var state: UInt64

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
