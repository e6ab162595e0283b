import CanonicalEncoding
import CommandSupport
import Testing

@Suite struct OutlineTests {
    @Test func aRowForEachMember() {
        let rows = Outline.rows(
            of: [
                "v": 1, "training": ["flop": "3.2e24", "acceleratorHours": 7], "name": "Example", "notes": "One line,\nand another.",
                "languages": ["en", "de"], "open": true,
                "datasets": [["licence": "MIT", "name": "Ours"], ["name": "Theirs"], ["rows": 5, "licence": "none"]],
            ], except: ["v"])
        #expect(rows == [
            ["datasets", "Ours, licence MIT"], ["datasets", "Theirs"], ["datasets", "licence none, rows 5"], ["languages", "en, de"],
            ["name", "Example"], ["notes", "One line,"], ["", "and another."], ["open", "yes"], ["training.acceleratorHours", "7"],
            ["training.flop", "3.2e24"],
        ])
    }

    @Test func linesOfAMembersMember() {
        #expect(Outline.rows(of: ["card": ["limitations": "One,\ntwo."]]) == [["card.limitations", "One,"], ["", "two."]])
        #expect(Outline.rows(of: "a text").isEmpty && Outline.rows(of: [:]).isEmpty)
    }
}
