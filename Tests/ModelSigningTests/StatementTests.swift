import ModelSigning
import Testing

/// Statements that somebody signed as they are: a good signature does not make them right.
struct StatementTests {
    let signer = TestSigner()

    private func expectRefusal(
        _ code: ModelSignatureErrorCode, replacing old: String, with new: String, in name: String = "key",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let statement = try Fixtures.statement(name), changed = statement.replacing(old, with: new)
        try #require(changed != statement, sourceLocation: sourceLocation)
        expect(code, sourceLocation: sourceLocation) { _ = try signer.verify(changed) }
    }

    @Test(arguments: ["key", "key-1.0.1", "certificate", "file", "shards", "blake2"]) func theRealOnesAreRead(name: String) throws {
        _ = try signer.verify(Fixtures.statement(name))
    }

    @Test func theSubjectIsTheResourcesDigest() throws {
        try expectRefusal(.subjectMismatch, replacing: "553f5829", with: "553f5828")
        try expectRefusal(.subjectMismatch, replacing: "09d343c3", with: "09d343c2")
        let statement = try Fixtures.statement("key")
        // Two digests change places.
        let swapped = statement.replacing("09d343c37de0bba143b7ff45f82c0ab9308531dcc78b56b8eb40c5938c4be418", with: "@")
            .replacing(Fixtures.digests[1].hex, with: Fixtures.digests[0].hex).replacing("@", with: Fixtures.digests[1].hex)
        expect(.subjectMismatch) { _ = try signer.verify(swapped) }
    }

    @Test func otherStatementsAreRefused() throws {
        try expectRefusal(.predicateUnsupported, replacing: "model_signing/signature/v1.0", with: "model_signing/signature/v1.1")
        try expectRefusal(.predicateUnsupported, replacing: "https://model_signing/signature/v1.0", with: "https://slsa.dev/provenance/v1")
        try expectRefusal(.predicateUnsupported, replacing: "model_signing/signature/v1.0", with: "model_signing/Digests/v0.1")
        try expectRefusal(.statementMalformed, replacing: "in-toto.io/Statement/v1", with: "in-toto.io/Statement/v0.1")
        try expectRefusal(.serializationUnsupported, replacing: #""method": "files""#, with: #""method": "tensors""#)
    }

    @Test func whatIsMissingOrOddIsRefused() throws {
        for name in ["_type", "subject", "predicateType", "predicate", "serialization", "resources", "method", "hash_type"] {
            try expectRefusal(.statementMalformed, replacing: #""\#(name)":"#, with: #""x-\#(name)":"#)
        }
        try expectRefusal(.statementMalformed, replacing: #""subject": ["#, with: #""subject": [{"name": "a", "digest": {"sha256": "00"}},"#)
        try expectRefusal(.statementMalformed, replacing: #""name": "model""#, with: #""name": """#)
        try expectRefusal(.statementMalformed, replacing: "553f5829", with: "553F5829")
        try expectRefusal(.statementMalformed, replacing: "09d343c3", with: "09D343C3")
        try expectRefusal(.statementMalformed, replacing: "09d343c3", with: "d343c3")
        try expectRefusal(.statementMalformed, replacing: #""hash_type": "sha256""#, with: #""hash_type": "blake3""#)
        try expectRefusal(.statementMalformed, replacing: "{\n  \"_type\"", with: "[{\n  \"_type\"")
        expect(.statementMalformed) { _ = try signer.verify("") }
    }

    /// in-toto and the predicate's first version ask for it.
    @Test func unknownMembersArePassedOver() throws {
        let statement = try Fixtures.statement("key").replacing(#""_type""#, with: #""more": 1, "_type""#)
            .replacing(#""name""#, with: #""annotations": {"a": 1.5}, "name""#).replacing(#""resources""#, with: #""card": {}, "resources""#)
        #expect(try signer.verify(statement).statement == signer.verify(Fixtures.statement("key")).statement)
    }

    @Test(arguments: [
        "/config.json", "../config.json", "a/../config.json", "./config.json", "a//config.json", "a/", "", ".", "..", "a\\nb", "a\\u0000", "a\\u007f",
        "empty.txt",
    ]) func namesThatAreNoPath(name: String) throws {
        try expectRefusal(.resourceName, replacing: #""name": "config.json""#, with: #""name": "\#(name)""#)
    }

    @Test func namesThatAreTooLong() throws {
        let statement = try Fixtures.statement("key")
        #expect(try signer.verify(statement.replacing("config.json", with: String(repeating: "a", count: 4096))).resources.count == 5)
        try expectRefusal(.resourceName, replacing: "config.json", with: String(repeating: "a", count: 4097))
        try expectRefusal(.statementMalformed, replacing: "config.json", with: String(repeating: "a", count: 4200))
    }

    @Test(arguments: [
        "config.json", "config.json:0", "config.json:10:0", "config.json:0:0", "config.json:-1:10", "config.json:0x0:10", "config.json:00:10",
        "config.json:0:+10", "config.json:0:9223372036854775808", ":0:10", "/config.json:0:10", "config.json:10:14",
    ]) func namesThatAreNoRange(name: String) throws {
        try expectRefusal(.resourceName, replacing: #""config.json:0:10""#, with: #""\#(name)""#, in: "shards")
    }

    @Test func aColonMayStandInAName() throws {
        let statement = try Fixtures.statement("shards").replacing("config.json:", with: "config:1:2.json:")
        #expect(try signer.verify(statement).resources[0].path == "config:1:2.json")
        let files = try Fixtures.statement("key").replacing(#""config.json""#, with: #""config.json:0:10""#)
        #expect(try signer.verify(files).resources[0].path == "config.json:0:10")
    }
}
