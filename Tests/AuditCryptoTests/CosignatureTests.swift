import AuditCrypto
import AuditSigning
import Testing

struct CosignatureTests {
    // Made with Go: golang.org/x/mod/sumdb/note for the ledger, transparency-dev/formats/note for the witness, whose
    // seeds are 32 bytes of 7 and of 9.
    static let ledger = "assay.example/ledger+9f389980+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"
    static let witness = "witness.example/one+c718abff+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY"
    static let text = "assay.example/ledger\n3\nLCDjZKa3GJkLfRFgcSnYzgXcnP9y6nAo5Sz+RVbtcUQ=\n"
    static let ledgerLine = "— assay.example/ledger nziZgDi8mMunMXU+0KDc0XlygMI20FYJ3myy9izgF4pm1nyiLYXBEM+zrJBxsoiZgdjFHw3MXLw19ELsvTbHrnh9tgE=\n"
    static let witnessLine = "— witness.example/one xxir/wAAAABrBs7fCdC2E5WPFHCAgjCJplBQHVhN3XVfFQINC59w96aJtaYW7eyxVhWW8+v83QTFjgytcQ6SdOgGAHOVLkAYguxvAw==\n"
    static let time: Int64 = 1_795_608_287
    static let note = text + "\n" + ledgerLine + witnessLine

    private func code(_ body: () throws -> some Any) -> NoteErrorCode? { NoteTests.code(body) }

    @Test func verifiesGosCosignature() throws {
        let key = try CosignerKey(text: Self.witness), note = try SignedNote(note: Self.note)
        #expect(key.text == Self.witness && key.keyHash == 0xc718_abff)
        let found = try note.cosignatures(by: [key])
        #expect(found.map(\.key) == [key] && found.map(\.time) == [Self.time])
        #expect(try note.verified(by: [NoteVerifierKey(text: Self.ledger)]).count == 1)
        let stranger = try CosignerKey(name: "witness.example/two", publicKey: key.publicKey)
        #expect(try note.cosignatures(by: [stranger, key]).map(\.key) == [key])
        #expect(try note.cosignatures(by: []) == [])
    }

    @Test func cosignsAsGoDoes() throws {
        let key = try Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32))
        let cosigner = try Cosigner(name: "witness.example/one", key: key)
        #expect(cosigner.verifierKey.text == Self.witness)
        #expect(cosigner.line(text: Self.text, time: Self.time) == Self.witnessLine)
        let note = try SignedNote(note: Self.note)
        #expect(note.note { _ in true } == Self.note)
        #expect(note.note { $0.name == "witness.example/one" } == Self.text + "\n" + Self.witnessLine)
    }

    @Test func refusesWhatWasChanged() throws {
        let key = try CosignerKey(text: Self.witness)
        let changed = [
            Self.note.replacing("\n3\n", with: "\n4\n"),
            // Another time, another signature, and one without a time.
            Self.note.replacing("xxir/wAAAABrBs7f", with: "xxir/wAAAABrBs7e"),
            Self.note.replacing("CdC2E5WP", with: "CdC2E5WQ"), Self.note.replacing("xxir/wAAAABrBs7f", with: "xxir/w=="),
            Self.note.replacing("xxir/wAAAAB", with: "xxir/4AAAAB"), Self.note.replacing("xxir/wAAAABrBs7f", with: "xxir/wAAAAAAAAAA"),
        ]
        for (index, note) in changed.enumerated() {
            #expect(code { try SignedNote(note: note).cosignatures(by: [key]) }.map { [.badSignature, .malformed].contains($0) } == true, "\(index)")
        }
        // An old and a newer one by the same witness: the newer counts.
        let newer = try Cosigner(name: "witness.example/one", key: Ed25519PrivateKey(seed: [UInt8](repeating: 9, count: 32)))
            .line(text: Self.text, time: Self.time + 5)
        #expect(try SignedNote(note: Self.note + newer).cosignatures(by: [key]).map(\.time) == [Self.time + 5])
        #expect(try SignedNote(note: Self.text + "\n" + newer + Self.witnessLine).cosignatures(by: [key]).map(\.time) == [Self.time + 5])
    }

    @Test func keysOfOneKindAreNotTheOther() throws {
        #expect(code { try CosignerKey(text: Self.ledger) } == .badKey)
        #expect(code { try NoteVerifierKey(text: Self.witness) } == .badKey)
        #expect(code { try CosignerKey(text: Self.witness.replacing("c718", with: "c719")) } == .badKey)
        #expect(try CosignerKey.list(text: "").isEmpty)
        #expect(try CosignerKey.list(text: Self.witness + "\n").map(\.text) == [Self.witness])
        let renamed = try CosignerKey(name: "other", publicKey: CosignerKey(text: Self.witness).publicKey)
        #expect(code { try CosignerKey.list(text: Self.witness + "\n" + renamed.text) } == .badKey)
    }
}
