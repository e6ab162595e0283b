import CanonicalEncoding
import Evaluation
import Testing

/// Compares with what scikit-learn makes of the same labels (`Fixtures/overlap/make_overlap_fixture.py`).
@Suite struct OverlapLabelTests {
    @Test func f1AndMatthewsAreScikitLearns() throws {
        let rows = try #require(try StrictJSON.parse(try TestFiles.read("overlap/labels.json"))["rows"]?.array)
        try #require(rows.count == 60)
        var refused = 0
        for row in rows {
            let truth = try #require(row["truth"]?.array).compactMap(\.integer).map(Int.init)
            let predictions = try #require(row["predictions"]?.array).compactMap(\.integer).map(Int.init)
            // In two parts, added up.
            var (first, second) = (LabelCounts.zero, LabelCounts.zero)
            for (index, (truth, prediction)) in zip(truth, predictions).enumerated() {
                if index % 3 == 0 { first.add(truth: truth, prediction: prediction) } else { second.add(truth: truth, prediction: prediction) }
            }
            let counts = first + second
            #expect(counts == second + first && counts.count == truth.count)
            func agrees(_ name: String, _ value: Double?) throws {
                let expected = try #require(row[name]?.string.flatMap { Double($0) })
                #expect(abs(try #require(value) - expected) <= 1e-9, "\(name) of \(row)")
            }
            if row["binary"] == .null {
                refused += 1
                #expect(throws: OverlapError.self) { try counts.f1(.binary(positive: 1)) }
            } else {
                try agrees("binary", counts.f1(.binary(positive: 1)))
            }
            try agrees("macro", counts.f1(.macro))
            try agrees("micro", counts.f1(.micro))
            try agrees("weighted", counts.f1(.weighted))
            try agrees("matthews", counts.matthewsCorrelation)
        }
        #expect(refused > 5)
        #expect(try LabelCounts.zero.f1(.macro) == nil)
        #expect(LabelCounts.zero.matthewsCorrelation == nil)
    }

    @Test func refusalsSayWhatToDo() {
        var counts = LabelCounts.zero
        counts.add(truth: 0, prediction: 2)
        let other = #expect(throws: OverlapError.self) { try counts.f1(.binary(positive: 1)) }
        #expect(other?.description == "F1 is asked for label 1, and the labels are [0, 2]; number the classes 0 and 1, or ask for an average")
        counts.add(truth: 1, prediction: 1)
        #expect(throws: OverlapError.tooManyLabels(3)) { try counts.f1(.binary(positive: 1)) }
    }
}
