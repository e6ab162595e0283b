import CanonicalEncoding
import Foundation
import TestTools
import Testing

/// `assay pack` from keys to a verified pack, and its exit statuses.
@Suite struct CommandTests {
    private static let assay = Result { try BuiltProgram("assay") }

    private func run(_ scratch: Scratch, _ arguments: String...) throws -> BuiltProgram.Outcome {
        try Self.assay.get().run(["pack"] + arguments, in: scratch.url)
    }

    @Test func fromKeysToAVerifiedPack() throws {
        let scratch = try Suite().scratch
        try scratch.write("pass", "word\n")
        for name in ["alice", "bob"] {
            #expect(try run(scratch, "keygen", "--to", "keys", "--name", name, "--passphrase-file", "pass", "--light-kdf").status == 0)
        }
        #expect(try run(scratch, "keygen", "--to", "keys", "--name", "bob", "--passphrase-file", "pass", "--light-kdf").status == 73)
        let built = try run(
            scratch, "build", "suite", "--out", "s.pack", "--name", "suite", "--version", "1.0", "--root-key", "keys/alice.pub.json", "--root-key", "keys/bob.pub.json",
            "--root-threshold", "2", "--targets-key", "keys/bob.pub.json", "--expires-days", "30", "--json")
        #expect(try built.status == 0 && StrictJSON.parse(built.output)["newRoot"] == true)
        let key = ["--key", "keys/alice.key", "--passphrase-file", "pass"], other = ["--key", "keys/bob.key", "--passphrase-file", "pass"]
        func sign(_ arguments: [String]) throws -> BuiltProgram.Outcome { try Self.assay.get().run(["pack", "sign", "s.pack"] + arguments, in: scratch.url) }
        #expect(try sign(["--role", "snapshot"] + key).status == 77)
        #expect(try sign(["--role", "targets"] + key).status == 77)
        #expect(try sign(["--role", "root", "--role", "targets"] + other).status == 0)
        try scratch.write("root.json", scratch.read("s.pack/metadata/1.root.json"))
        let early = try run(scratch, "verify", "s.pack", "--root", "root.json", "--json")
        #expect(try early.status == 1 && StrictJSON.parse(early.output)["error"]?["code"] == "pack.below-threshold")
        // Roles that no keys were named for have the root's keys and threshold.
        #expect(try sign(["--role", "snapshot", "--role", "root"] + key).status == 0)
        #expect(try sign(["--role", "timestamp", "--role", "snapshot"] + other).status == 0)
        let signed = try sign(["--role", "timestamp", "--json"] + key)
        #expect(try signed.status == 0 && StrictJSON.parse(signed.output)["complete"] == true)
        try scratch.write("root.json", scratch.read("s.pack/metadata/1.root.json"))
        for _ in 0..<2 {
            let verified = try run(scratch, "verify", "s.pack", "--root", "root.json", "--state", "s.state", "--json")
            #expect(verified.status == 0, "\(verified.errors)")
            #expect(try StrictJSON.parse(verified.output)["items"] == 4)
        }
        #expect(try run(scratch, "show", "s.pack").text.contains("Every role has the signatures that it needs."))
        let late = try run(scratch, "verify", "s.pack", "--root", "root.json", "--at", "2999-01-01T00:00:00Z", "--json")
        #expect(try late.status == 1 && StrictJSON.parse(late.output)["error"]?["code"] == "pack.expired")
        #expect(try run(scratch, "verify", "nowhere", "--root", "root.json").status == 66)
        #expect(try run(scratch, "verify", "s.pack", "--root", "nowhere").status == 66)
        #expect(try run(scratch, "verify", "s.pack", "--root", "root.json", "--at", "tomorrow").status == 64)
        #expect(try run(scratch, "build", "suite", "--out", "t.pack", "--name", "a/b", "--version", "1", "--root-key", "keys/bob.pub.json").status == 1)
        #expect(try run(scratch, "build", "suite", "--out", "t.pack", "--name", "a", "--version", "1", "--root-threshold", "2").status == 64)
    }

    @Test func importing() throws {
        let scratch = try Scratch()
        try scratch.write("a.txt", "first\nsecond\n")
        for wasThere in [false, true] {
            let imported = try run(scratch, "import", "a.txt", "--format", "garak", "--out", "out", "--json")
            #expect(imported.status == 0)
            let result = try StrictJSON.parse(imported.output)
            #expect(result["wasThere"]?.bool == wasThere && result["tasks"]?.array?.first?["items"] == 2)
        }
        try scratch.write("a.txt", "other\n")
        #expect(try run(scratch, "import", "a.txt", "--format", "garak", "--out", "out").status == 73)
        #expect(try run(scratch, "import", "a.txt", "--format", "other", "--out", "out").status == 64)
    }
}
