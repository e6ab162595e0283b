import BenchmarkPacks
import Testing

@Suite struct TargetPathTests {
    @Test(arguments: ["a", "tasks/a/b.yaml", "a-b_c.d+e=f@g", "A/1"]) func plainPaths(_ path: String) {
        #expect(TargetPath.fault(in: path) == nil)
    }

    @Test(arguments: [
        "", "/a", "a/", "a//b", "..", "../a", "a/../b", ".", "./a", "a/./b", ".hidden", "a/.b", "a\\b", "a b", "a\nb", "é", "a\0b", "a:b", "a*", "~a",
        String(repeating: "a", count: 121), String(repeating: "a/", count: 300) + "a",
    ]) func otherPaths(_ path: String) {
        #expect(TargetPath.fault(in: path) != nil)
    }

    @Test func collisions() {
        #expect(throws: Never.self) { try TargetPath.checkCollisions(["a/b", "a/c", "ab", "a.b"], file: "x") }
        for paths in [["a", "A"], ["a/b", "a/B"], ["A/b", "a/b"], ["a", "a/b"], ["a/b/c", "A"]] {
            #expect(throws: PackError.self, "\(paths)") { try TargetPath.checkCollisions(paths, file: "x") }
        }
    }

    @Test func storedNames() {
        #expect(TargetPath.stored("pack.json", digest: "0f") == "targets/0f.pack.json")
        #expect(TargetPath.stored("a/b/c.jsonl", digest: "0f") == "targets/a/b/0f.c.jsonl")
    }
}
