import AuditCrypto
import CanonicalEncoding
import Testing
import VerdictBundle

@Suite struct EvidenceTests {
    static let suite: JSONValue = [
        "confidence": "0.95", "corrected": nil, "decision": "above", "direction": "above", "failures": 0,
        "interval": ["high": "0.6815", "low": "0.5473"], "items": digestSet("items"), "itemsNeeded": nil,
        "judgeError": nil, "metric": "accuracy", "n": 200,
        "pack": ["digest": digestSet("pack"), "name": "science", "version": "1.2"], "rate": "0.6150", "reason": nil, "samples": digestSet("samples"),
        "successes": 123, "task": "assay_science", "taskFile": digestSet("task"), "threshold": "0.40", "version": "1.0",
    ]

    static let value: JSONValue = [
        "adjudication": ["person": "bob", "reason": "thresholds-met", "verdict": "pass"],
        "declaration": ["digest": digestSet("declaration"), "facts": ["license": "Apache-2.0", "model": "Tiny 1M"]],
        "engine": [
            "build": "0.1.0+abcdef", "configuration": ["threads": "2"], "confinement": ["network": "none"],
            "entry": ["index": 5, "leaf": .string(digest("results").hex)], "openBLASCore": "Zen",
        ],
        "ingest": ["index": 1, "leaf": .string(digest("ingest").hex)],
        "inspections": ["count": 3, "first": 2, "last": 4],
        "ledger": "assay.local/ledger/0011223344556677",
        "plan": ["digest": digestSet("plan"), "entry": ["index": 3, "leaf": .string(digest("entry").hex)]],
        "policy": nil,
        "submission": ["id": "4f1c", "labKey": .string(digest("lab").hex), "manifest": digestSet("manifest")],
        "suites": [suite],
        "time": ["rfc3339": "2026-01-31T12:00:00Z", "unix": 1_769_860_800],
    ]

    static func digest(_ text: String) -> SHA256Digest { SHA256Digest.of(Array(text.utf8)) }
    static func digestSet(_ text: String) -> JSONValue { digest(text).digestSet }

    @Test func read() throws {
        let evidence = try Evidence(json: JSONField(Self.value))
        #expect(evidence.submission == "4f1c")
        #expect(evidence.manifest == Self.digest("manifest"))
        #expect(evidence.declaredFacts.map(\.name) == ["license", "model"])
        #expect(evidence.resultsEntry.index == 5)
        #expect(evidence.inspectionEntries == 2...4)
        #expect(evidence.verdict == .pass)
        #expect(evidence.suitesOutcome == .pass)
        #expect(evidence.suites.first?.itemsNeeded == nil)
        #expect(evidence.suites.first?.contradiction == nil)
        #expect(evidence.time.unixSeconds == 1_769_860_800)
    }

    /// Every field is needed, of its type, and nothing may be added to any object.
    @Test func everyFieldCounts() throws {
        for path in Self.paths(Self.value, []) {
            #expect(throws: JSONFieldError.self, "without \(path)") {
                try Evidence(json: JSONField(Self.value.setting(path, to: nil)))
            }
            #expect(throws: JSONFieldError.self, "another type at \(path)") {
                try Evidence(json: JSONField(Self.value.setting(path, to: true)))
            }
            if path != ["declaration", "facts"], path != ["engine", "configuration"], path != ["engine", "confinement"],
                Self.at(path, in: Self.value)?.object != nil {
                #expect(throws: JSONFieldError.self, "an unknown member in \(path)") {
                    try Evidence(json: JSONField(Self.value.setting(path + ["unknown"], to: "x")))
                }
            }
        }
        #expect(throws: JSONFieldError.self) { try Evidence(json: JSONField(Self.value.setting(["x"], to: 1))) }
    }

    @Test(arguments: [
        (["adjudication", "verdict"], "passed"), (["adjudication", "person"], "b b"), (["adjudication", "person"], "bo\u{308}b"),
        (["declaration", "digest", "sha256"], "00"), (["ingest", "index"], -1), (["inspections", "last"], 1),
        (["inspections", "count"], 0), (["suites", "0", "n"], 0), (["suites", "0", "successes"], 201),
        (["suites", "0", "rate"], "61%"), (["suites", "0", "decision"], "Above"), (["suites", "0", "direction"], "inconclusive"),
        (["suites", "0", "judgeError"], "?"), (["suites", "0", "pack", "version"], "1 2"), (["suites", "0", "pack"], []), (["suites", "0", "itemsNeeded"], -1), (["time", "unix"], 1_769_860_801),
        (["time", "rfc3339"], "2026-01-31T12:00:01Z"), (["submission", "id"], ""),
    ] as [([String], JSONValue)])
    func refused(path: [String], value: JSONValue) {
        #expect(throws: JSONFieldError.self) { try Evidence(json: JSONField(Self.value.setting(path, to: value))) }
    }

    @Test func factsAreBounded() throws {
        let long = JSONValue.string(String(repeating: "x", count: 2049))
        let many = JSONValue.object((0..<65).reduce(into: [:]) { $0["name \($1)"] = "value" })
        for (path, value) in [(["model"], long), ([], many)] {
            #expect(throws: JSONFieldError.self) {
                try Evidence(json: JSONField(Self.value.setting(["declaration", "facts"] + path, to: value)))
            }
        }
    }

    @Test func noInspections() throws {
        let none: JSONValue = ["count": 0, "first": nil, "last": nil]
        #expect(try Evidence(json: JSONField(Self.value.setting(["inspections"], to: none))).inspectionEntries == nil)
    }

    /// (decision, direction, low, high, threshold, rate, successes of 200) → contradiction?, outcome
    @Test(arguments: [
        ("above", "above", "0.5473", "0.6815", "0.40", "0.6150", 123, true, .pass),
        ("above", "below", "0.5473", "0.6815", "0.40", "0.6150", 123, true, .fail),
        ("below", "below", "0.5473", "0.6815", "0.70", "0.6150", 123, true, .pass),
        ("below", "above", "0.5473", "0.6815", "0.70", "0.615", 123, true, .fail),
        ("inconclusive", "above", "0.5473", "0.6815", "0.60", "0.6150", 123, true, .inconclusive),
        ("inconclusive", "below", "0.5473", "0.6815", "0.6815", "0.6150", 123, true, .inconclusive),
        ("above", "above", "0.5473", "0.6815", "0.5473", "0.62", 123, true, .pass),
        ("above", "above", "0.5473", "0.6815", "0.60", "0.6150", 123, false, .pass),
        ("below", "above", "0.5473", "0.6815", "0.60", "0.6150", 123, false, .fail),
        ("inconclusive", "above", "0.5473", "0.6815", "0.40", "0.6150", 123, false, .inconclusive),
        ("above", "above", "0.5473", "0.6815", "0.40", "0.6250", 123, false, .pass),
        ("above", "above", "0.6200", "0.6815", "0.40", "0.6150", 123, false, .pass),
        ("above", "above", "0.5473", "1.0001", "0.40", "0.6150", 123, false, .pass),
        ("inconclusive", "above", "-0.1", "0.6815", "0.40", "0.6150", 123, false, .inconclusive),
    ] as [(String, String, String, String, String, String, Int64, Bool, Evidence.Verdict)])
    func decisions(
        decision: String, direction: String, low: String, high: String, threshold: String, rate: String,
        successes: Int64, holds: Bool, outcome: Evidence.Verdict
    ) throws {
        var suite = Self.suite.setting(["decision"], to: .string(decision)).setting(["direction"], to: .string(direction))
        suite = suite.setting(["interval"], to: ["high": .string(high), "low": .string(low)])
        suite = suite.setting(["threshold"], to: .string(threshold)).setting(["rate"], to: .string(rate))
        suite = suite.setting(["successes"], to: .integer(successes))
        let evidence = try Evidence(json: JSONField(Self.value.setting(["suites"], to: [suite])))
        #expect((evidence.suites.first?.contradiction == nil) == holds)
        #expect(evidence.suitesOutcome == outcome)
    }

    /// A sample that could not be scored leaves nothing decided, whatever the interval says.
    @Test(arguments: [("above", 1, false), ("inconclusive", 1, true), ("inconclusive", 0, false), ("above", 0, true)] as [(String, Int64, Bool)])
    func failedSamples(decision: String, failures: Int64, holds: Bool) throws {
        var suite = Self.suite.setting(["decision"], to: .string(decision)).setting(["failures"], to: .integer(failures))
        if failures > 0 { suite = suite.setting(["reason"], to: "samples-failed") }
        let evidence = try Evidence(json: JSONField(Self.value.setting(["suites"], to: [suite])))
        #expect((evidence.suites.first?.contradiction == nil) == holds)
    }

    /// 3 of 60, by a judge that found 90 of 100 and passed 98 of 100: (0.05 - 0.02) / (0.9 - 0.02) = 0.0341, and the interval from
    /// Runbooks/statistics.md is 0 to 0.1346.
    static let judged: JSONValue = suite.setting(["judgeError"], to: "0.06").setting(["n"], to: 60).setting(["successes"], to: 3)
        .setting(["rate"], to: "0.0500").setting(["interval"], to: ["high": "0.1370", "low": "0.0171"]).setting(["threshold"], to: "0.1350")
        .setting(["decision"], to: "below").setting(["direction"], to: "below").setting(
            ["corrected"],
            to: [
                "interval": ["high": "0.1346", "low": "0.0000"], "rate": "0.0341", "sensitivity": ["n": 100, "successes": 90],
                "specificity": ["n": 100, "successes": 98],
            ])

    private func contradiction(_ suite: JSONValue) throws -> String? {
        try Evidence(json: JSONField(Self.value.setting(["suites"], to: [suite]))).suites[0].contradiction
    }

    /// The decision is the corrected interval's (the raw one reaches over the threshold), and the corrected rate that of the counts.
    @Test(arguments: [
        ([], nil, nil), (["corrected", "rate"], "0.0342", "is not a rate of 0.0342"), (["corrected", "rate"], "0.0442", "is not a rate of"),
        (["corrected", "sensitivity", "successes"], 2, "cannot be corrected"), (["corrected", "specificity", "successes"], 97, "is not a rate of"),
        (["corrected", "interval", "low"], "0.0342", "not inside"), (["corrected", "interval", "high"], "0.1360", "not below"),
        (["corrected"], JSONValue.null, "not corrected"), (["judgeError"], JSONValue.null, "without a judge"),
        (["reason"], "judge-inconsistent", "without a judge"), (["reason"], "no-rate", "not below"), (["reason"], "samples-failed", "0 failures"),
    ] as [([String], JSONValue?, String?)])
    func judgedSuites(path: [String], value: JSONValue?, words: String?) throws {
        var suite = Self.judged
        if let value { suite = suite.setting(path, to: value) }
        let found = try contradiction(suite)
        #expect(words.map { found?.contains($0) == true } ?? (found == nil), "\(path): \(found ?? "nothing")")
    }

    /// A judge from whom nothing follows: no corrected rate, and no decision.
    @Test func judgesThatDecideNothing() throws {
        let open = Self.judged.setting(["corrected"], to: .null).setting(["reason"], to: "judge-no-better-than-chance").setting(["decision"], to: "inconclusive")
        #expect(try contradiction(open) == nil)
        #expect(try contradiction(open.setting(["decision"], to: "below")) != nil)
        #expect(try contradiction(open.setting(["judgeError"], to: .null)) != nil)
    }

    /// Suites without figures and suites without a threshold: nulls go together, and the latter do not change a verdict.
    @Test func missingFigures() throws {
        let nothing = ["interval", "rate", "successes"].reduce(Self.suite.setting(["n"], to: 0)) { $0.setting([$1], to: .null) }
        let failed = nothing.setting(["failures"], to: 9).setting(["reason"], to: "samples-failed").setting(["decision"], to: "inconclusive")
        #expect(try contradiction(failed) == nil)
        #expect(try contradiction(failed.setting(["decision"], to: "above")) != nil)
        #expect(try contradiction(nothing.setting(["decision"], to: "inconclusive")) != nil)
        #expect(try contradiction(nothing.setting(["decision"], to: "inconclusive").setting(["reason"], to: "no-rate")) == nil)
        #expect(throws: JSONFieldError.self) { try contradiction(failed.setting(["successes"], to: 0)) }
        #expect(throws: JSONFieldError.self) { try contradiction(Self.suite.setting(["n"], to: 0).setting(["successes"], to: 0)) }

        let measured = ["decision", "direction", "threshold"].reduce(Self.suite) { $0.setting([$1], to: .null) }
        #expect(try contradiction(measured) == nil)
        #expect(throws: JSONFieldError.self) { try contradiction(measured.setting(["decision"], to: "above")) }
        for (suites, outcome) in [([measured], .inconclusive), ([measured, Self.suite], .pass), ([failed, Self.suite], .inconclusive)] as [([JSONValue], Evidence.Verdict)] {
            #expect(try Evidence(json: JSONField(Self.value.setting(["suites"], to: .array(suites)))).suitesOutcome == outcome)
        }
    }

    /// The worst suite decides, and nothing measured is nothing shown.
    @Test func outcomes() throws {
        let failed = Self.suite.setting(["direction"], to: "below")
        for (suites, outcome) in [([], .inconclusive), ([Self.suite, failed], .fail)] as [([JSONValue], Evidence.Verdict)] {
            #expect(try Evidence(json: JSONField(Self.value.setting(["suites"], to: .array(suites)))).suitesOutcome == outcome)
        }
        #expect([Evidence.Verdict.pass, .fail, .inconclusive].sorted() == [.fail, .inconclusive, .pass])
    }

    @Test(arguments: [("pass", "PASSED", "ASSAY_EVALUATED"), ("fail", "FAILED", "FAILED"), ("inconclusive", "FAILED", "FAILED")])
    func summary(verdict: String, result: JSONValue, level: JSONValue) throws {
        let evidence = try Evidence(
            json: JSONField(Self.value.setting(["adjudication", "verdict"], to: .string(verdict))))
        let key = try Ed25519PublicKey(bytes: [UInt8](repeating: 7, count: 32))
        let summary = VerificationSummary.predicate(
            of: evidence, digest: Self.digest("evidence"), by: key, at: try #require(Timestamp(unixSeconds: 0)))
        #expect(summary["verificationResult"] == result)
        #expect(summary["verifiedLevels"] == [level])
        #expect(summary["verifier"] == ["id": .string("urn:assay:appliance:" + key.keyID)])
        #expect(summary["timeVerified"] == "1970-01-01T00:00:00Z")
        #expect(summary["policy"]?["digest"] == Self.digestSet("plan"))
        #expect(summary["inputAttestations"]?.array?.first == ["digest": Self.digestSet("evidence"), "uri": "urn:assay:evidence:v1"])
    }

    /// Every path of an object's member, but those of the free-form facts.
    static func paths(_ value: JSONValue, _ path: [String]) -> [[String]] {
        switch value {
        case .object(let object):
            object.members.flatMap { name, value in
                ["facts", "configuration", "confinement"].contains(name)
                    ? [path + [name]] : [path + [name]] + paths(value, path + [name])
            }
        case .array(let elements):
            elements.enumerated().flatMap { paths($0.element, path + [String($0.offset)]) }
        default: []
        }
    }

    static func at(_ path: [String], in value: JSONValue) -> JSONValue? {
        path.reduce(value) { value, name in value?[name] ?? Int(name).flatMap { value?.array?[$0] } }
    }
}
