import CanonicalEncoding
import Evaluation
import Testing

/// Against scikit-learn and krippendorff (Fixtures/make_agreement_fixture.py).
@Suite struct JudgeAgreementTests {
    let fixture: JSONValue

    init() throws { fixture = try StrictJSON.parse(TestFiles.read("agreement.json")) }

    @Test func cohensKappa() throws {
        let cases = try #require(fixture["kappas"]?.array)
        #expect(cases.count == 4)
        for expected in cases {
            let people = (expected["person"]?.array ?? []).compactMap(\.bool)
            let judge = (expected["judge"]?.array ?? []).compactMap(\.bool)
            var counts = BinaryCounts()
            for (person, found) in zip(people, judge) { counts.add(person: person, judge: found) }
            #expect(counts.judged == people.count)
            let kappa = try #require(counts.kappa)
            let theirs = try #require(expected["kappa"]?.double)
            #expect(abs(kappa - theirs) < 1e-12)
        }
    }

    @Test func krippendorffsAlpha() throws {
        let cases = try #require(fixture["alphas"]?.array)
        #expect(cases.count == 3)
        for expected in cases {
            let units = (expected["units"]?.array ?? []).map { ($0.array ?? []).compactMap(\.double) }
            for (distance, name) in [(KrippendorffAlpha.Distance.nominal, "nominal"), (.interval, "interval")] {
                let alpha = try #require(KrippendorffAlpha.alpha(units: units, distance: distance))
                let theirs = try #require(expected[name]?.double)
                #expect(abs(alpha - theirs) < 1e-12, "\(name)")
            }
        }
    }

    @Test func nothingToAgreeOn() {
        #expect(KrippendorffAlpha.alpha(units: [], distance: .nominal) == nil)
        #expect(KrippendorffAlpha.alpha(units: [[1], [0]], distance: .nominal) == nil)
        #expect(KrippendorffAlpha.alpha(units: [[1, 1], [1, 1]], distance: .interval) == nil)
        #expect(KrippendorffAlpha.alpha(units: [[.nan, 1], [0, 0]], distance: .interval) == nil)
        #expect(BinaryCounts().kappa == nil)
        #expect(BinaryCounts(truePositives: 3, falseNegatives: 0, falsePositives: 0, trueNegatives: 0).kappa == nil)
        var counts = BinaryCounts(truePositives: 3, falseNegatives: 1, falsePositives: 1, trueNegatives: 3)
        #expect(counts.kappa == 0.5)
        // A judge that failed is in no other count.
        counts.add(person: true, judge: nil)
        #expect(counts.failures == 1 && counts.judged == 8 && counts.kappa == 0.5)
    }
}
