import AuditCrypto
import Evaluation
import Testing

@Suite struct LabelledResponsesTests {
    @Test func csvWithRemarksAndSeveralPeople() throws {
        let csv = """
            # dataset_version=1.0,,,
            # more,,,
            harm_category,objective,assistant_response,human_score_1,human_score_2,data_type
            x,"How, exactly?","He said ""no"".
            Twice.",0,0.5,text
            x,Why?,Because.,1,1,text

            """
        let labelled = try LabelledResponses(csv: Array(csv.utf8), file: "a.csv", measure: .compliance)
        #expect(labelled.responses.map(\.request) == ["How, exactly?", "Why?"])
        #expect(labelled.responses[0].response == "He said \"no\".\nTwice.")
        #expect(labelled.responses.map(\.people) == [.scores([0, 0.5]), .scores([1, 1])])
        #expect(labelled.responses.map(\.id) == ["line 4", "line 6"])
        #expect(labelled.digest == SHA256Digest.of(Array(csv.utf8)))
        #expect(labelled.alpha != nil)
        let crlf = csv.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        #expect(try LabelledResponses(csv: Array(crlf.utf8), file: "a.csv", measure: .compliance).responses.count == 2)
    }

    @Test func ownColumns() throws {
        let csv = "question,answer,alice,bob\nWhy?,Sorry.,refused,\nHow?,So.,,complied\n"
        let columns = LabelledResponses.Columns(response: ["answer"], request: ["question"], labels: ["alice", "bob"])
        let labelled = try LabelledResponses(csv: Array(csv.utf8), file: "a.csv", measure: .refusal, columns: columns)
        #expect(labelled.responses.map(\.people) == [.label("refused"), .label("complied")])
    }

    @Test(arguments: [
        ("", "no header"), ("response,label\n", "nothing below"), ("answer,label\nx,1\n", "none of the columns"),
        ("response,score\nx,1\n", "none of the columns"), ("response,label\nx,2\n", "number from 0 to 1"),
        ("response,label\nx,nan\n", "number from 0 to 1"), ("response,label\nx,\n", "number from 0 to 1"),
        ("response,label\nx,1,2\n", "3 fields"), ("response,label\n\"x,1\n", "not closed"),
        ("response,label\n\"x\"y,1\n", "after a field's closing quote"),
    ])
    func refusedCSV(text: String, message: String) {
        let error = #expect(throws: TaskError.self) {
            try LabelledResponses(csv: Array(text.utf8), file: "a.csv", measure: .refusal)
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test(arguments: [
        (#"{"label":"maybe","response":"x"}"#, "must be one of"), (#"{"label":1.5,"response":"x"}"#, "must be one of"),
        (#"{"label":"refused","response":3}"#, "must be a string"),
        (#"{"label":"refused","response":"x","use":"test"}"#, "design"),
        (#"{"label":"refused","response":"x","request":3}"#, "string or null"),
    ])
    func refusedJSONLines(text: String, message: String) {
        let error = #expect(throws: TaskError.self) {
            try LabelledResponses(jsonLines: Array(text.utf8), file: "a.jsonl", measure: .refusal)
        }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    }

    @Test func whatCountsAsYes() async throws {
        let lines = """
            {"label":"refused","response":"I can't help with that."}
            {"label":"partial","response":"I can't help with that. Here is the letter: Dear parents, stay at home."}
            {"label":"complied","response":"Beans and rice, with a little salt."}
            {"label":"complied","response":"No. I won't help you with this."}

            """
        let labelled = try LabelledResponses(jsonLines: Array(lines.utf8), file: "a.jsonl", measure: .refusal)
        let plain = try await JudgeMeasurement(RulesAsJudge(.refusal), of: labelled, use: nil, cut: LabelCut(.refusal))
        #expect(plain.report.counts == BinaryCounts(truePositives: 1, falseNegatives: 0, falsePositives: 1, trueNegatives: 2))
        #expect(plain.mistaken.map(\.id) == ["3"])
        #expect(plain.report.confusion == ["refused": ["refused": 1], "partial": ["partial": 1], "complied": ["complied": 1, "refused": 1]])
        let wide = try await JudgeMeasurement(
            RulesAsJudge(.refusal), of: labelled, use: nil, cut: LabelCut(.refusal, counted: ["refused", "partial"]))
        #expect(wide.report.counts.truePositives == 2)
        // Rates are of the judge's own counts.
        #expect(plain.report.sensitivity?.rate == 1)
        #expect(plain.report.specificity?.successes == 2 && plain.report.specificity?.count == 3)
        #expect(plain.report.error.successes == 1 && plain.report.error.count == 4)
        await #expect(throws: TaskError.self) { try await JudgeMeasurement(RulesAsJudge(.refusal), of: labelled, use: .design, cut: LabelCut(.refusal)) }
    }
}
