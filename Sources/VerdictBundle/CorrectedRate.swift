import CanonicalEncoding

/// A judged rate without the judge's measured error (Runbooks/statistics.md, "Rates that a judge found"), and the counts of
/// labelled responses from which anybody works it out again.
package struct CorrectedRate: Sendable {
    /// From 0 to 1, the interval at the suite's confidence.
    package let rate, low, high: DecimalString
    /// Of the responses that people say have what is counted, how many the judge says have it; of the others, how many it says lack it.
    package let sensitivity, specificity: Counts

    package struct Counts: Sendable {
        package let successes, n: Int64

        init(json parent: JSONField, _ name: String) throws(JSONFieldError) {
            let field = try parent.object(name, ["n", "successes"])
            n = try field.field("n").integer(in: 1...1_000_000)
            successes = try field.field("successes").integer(in: 0...n)
        }

        var rate: Double { Double(successes) / Double(n) }
    }

    init(json field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["interval", "rate", "sensitivity", "specificity"])
        let interval = try field.object("interval", ["high", "low"])
        (low, high) = (try interval.decimal("low"), try interval.decimal("high"))
        rate = try field.decimal("rate")
        (sensitivity, specificity) = (try Counts(json: field, "sensitivity"), try Counts(json: field, "specificity"))
    }

    /// What is wrong, or nil: with q = successes / n, the sensitivity s and f = 1 - specificity, the rate is (q - f) / (s - f) kept
    /// inside 0 to 1 (to its own last digit), lies in the interval, and s is above f.
    func contradiction(successes: Int64, n: Int64) -> String? {
        let (q, s, f) = (Double(successes) / Double(n), sensitivity.rate, 1 - specificity.rate)
        guard s > f else { return "a judge that says yes as often where people say no cannot be corrected" }
        let expected = min(max((q - f) / (s - f), 0), 1) * 1_000_000_000_000
        guard (expected - Double(rate.trillionths)).magnitude <= Double(rate.step) * 1.000_001 else {
            return "\(successes) of \(n), corrected for the judge's errors, is not a rate of \(rate.text)"
        }
        guard 0 <= low.trillionths, low <= rate, rate <= high, high.trillionths <= 1_000_000_000_000 else {
            return "the corrected rate \(rate.text) is not inside its interval \(low.text) to \(high.text)"
        }
        return nil
    }
}
