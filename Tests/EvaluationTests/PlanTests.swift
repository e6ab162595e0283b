import AuditCrypto
import CanonicalEncoding
import Evaluation
import EvaluationSuites
import Testing

@Suite struct PlanTests {
    let plan: EvaluationPlan

    init() throws {
        plan = try SuiteLibrary.besideProgram().plan(
            submission: "s-1", model: RunnerTests.model, engine: RunnerTests.engine, seed: 7)
    }

    @Test func roundTrip() throws {
        #expect(try EvaluationPlan(json: plan.canonicalBytes) == plan)
        var other = plan
        other.engine.blasCore = "SkylakeX"
        other.engine.numerics = ["tileRows": "64", "a": "b"]
        other.engine.maximumContextTokens = 512
        other.suites[0].limit = 3
        other.suites[1].threshold = nil
        other.judge = nil
        other.confidence = try #require(DecimalText("0.90"))
        #expect(try EvaluationPlan(json: other.canonicalBytes) == other)
        #expect(other.digest != plan.digest)
        #expect(plan.digest == SHA256Digest.of(plan.canonicalBytes))
    }

    /// White space does not change the digest; the spelling of a number does.
    @Test func digestIsOverTheCanonicalForm() throws {
        let spaced = String(decoding: plan.canonicalBytes, as: UTF8.self).replacing(",", with: ",\n ")
        #expect(try EvaluationPlan(json: Array(spaced.utf8)).digest == plan.digest)
        let spelled = String(decoding: plan.canonicalBytes, as: UTF8.self).replacing("\"0.95\"", with: "\"0.950\"")
        #expect(try EvaluationPlan(json: Array(spelled.utf8)).digest != plan.digest)
    }

    @Test(arguments: [
        ("\"confidence\":\"0.95\"", "\"confidence\":0.95", "$.confidence"),
        ("\"confidence\":\"0.95\"", "\"confidence\":\"1\"", "$.confidence"),
        ("\"confidence\":\"0.95\"", "\"confidence\":\"0.95\",\"extra\":1", "extra"),
        ("\"seed\":7", "\"seed\":-1", "$.seed"), ("\"seed\":7", "\"seed\":4294967296", "$.seed"),
        ("\"v\":1", "\"v\":2", "$.v"), ("\"threads\":2", "\"threads\":0", "$.engine.threads"),
        ("\"atLeast\"", "\"above\"", "$.suites[0].threshold.direction"),
        ("\"metric\":\"acc\"", "\"metric\":\"f2\"", "$.suites[0].threshold.metric"),
        ("\"value\":\"0.35\"", "\"value\":\"1.35\"", "$.suites[0].threshold.value"),
        ("\"task\":\"assay_refusal\"", "\"task\":\"assay_capability\"", "the same name"),
        ("\"threshold\":{\"direction\":\"atLeast\",\"metric\":\"acc\",\"value\":\"0.35\"}", "\"stopping\":\"settled\"", "no threshold"),
        ("\"submission\":\"s-1\",", "", "submission"), ("\"seed\":7", "\"seed\":7,\"seed\":7", "seed"),
    ])
    func refusals(old: String, new: String, words: String) throws {
        let text = String(decoding: plan.canonicalBytes, as: UTF8.self)
        let place = try #require(text.firstRange(of: old), "\(old)")
        let changed = text.replacingCharacters(in: place, with: new)
        let error = #expect(throws: EvaluationPlanError.self) { try EvaluationPlan(json: Array(changed.utf8)) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: text)
        return copy
    }
}
