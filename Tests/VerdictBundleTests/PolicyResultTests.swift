import CanonicalEncoding
import Testing
import VerdictBundle

@Suite struct PolicyResultTests {
    static func suite(_ name: String, failures: Int64 = 0) -> JSONValue {
        EvidenceTests.suite.setting(["task"], to: .string(name)).setting(["threshold"], to: "0.50").setting(["failures"], to: .integer(failures))
            .setting(["decision"], to: "above")
    }

    static func elicitation(_ suite: String, _ bounds: (String, String)?) -> JSONValue {
        ["suite": .string(suite), "threshold": "0.50", "bounds": bounds.map { ["low": .string($0.0), "high": .string($0.1)] } ?? nil]
    }

    static func domain(_ name: String, _ decision: String, tier: String, best: String?, _ elicitations: [JSONValue]) -> JSONValue {
        [
            "domain": .string(name), "decision": .string(decision), "tier": .string(tier), "best": best.map { .string($0) } ?? nil, "itemsNeeded": nil,
            "elicitations": .array(elicitations), "facts": ["means": "an example"],
        ]
    }

    static let value: JSONValue = [
        "digest": EvidenceTests.digestSet("policy"), "tiers": ["open", "staged", "closed"], "tier": "staged",
        "release": ["declared": "open-weights", "tier": "open"], "facts": ["name": "Example"],
        "domains": [
            // 123 of 200 in both; the bounds are those of the domain.
            domain("cyber", "above", tier: "staged", best: "one", [elicitation("one", ("0.53", "0.69")), elicitation("two", ("0.49", "0.69"))]),
            domain("biology", "not-evaluated", tier: "closed", best: nil, [elicitation("three", nil)]),
        ],
    ]

    private func result(_ value: JSONValue) throws -> PolicyResult { try PolicyResult(json: JSONField(value)) }

    private func suites(_ names: [String], failures: Int64 = 0) throws -> [SuiteResult] {
        let evidence = EvidenceTests.value.setting(["suites"], to: .array(names.map { Self.suite($0, failures: failures) }))
        return try Evidence(json: JSONField(evidence)).suites
    }

    @Test func everyFieldCounts() throws {
        let policy = try result(Self.value)
        #expect(policy.contradiction(with: try suites(["one", "two"])) == nil)
        #expect(policy.suites == ["one", "two", "three"] && policy.outcome == .fail)
        for path in EvidenceTests.paths(Self.value, []) {
            #expect(throws: JSONFieldError.self, "without \(path)") { try result(Self.value.setting(path, to: nil)) }
            #expect(throws: JSONFieldError.self, "another type at \(path)") { try result(Self.value.setting(path, to: true)) }
        }
        #expect(throws: JSONFieldError.self) { try result(Self.value.setting(["domains", "0", "extra"], to: 1)) }
    }

    /// Bounds, threshold 0.50, and what follows: (low, high) of two elicitations, nil for one that was not run.
    @Test(arguments: [
        (("0.53", "0.69"), ("0.10", "0.69"), "above"), (("0.40", "0.69"), ("0.49", "0.69"), "inconclusive"),
        // A bound at the threshold, as written: digits were dropped, so both are right.
        (("0.50", "0.69"), ("0.49", "0.69"), "above"), (("0.50", "0.69"), ("0.49", "0.69"), "inconclusive"),
        (("0.53", "0.69"), nil, "above"), (("0.40", "0.69"), nil, "inconclusive"), (nil, nil, "not-evaluated"),
    ] as [((String, String)?, (String, String)?, String)])
    func decisions(one: (String, String)?, two: (String, String)?, decision: String) throws {
        let names = [("one", one), ("two", two)].filter { $0.1 != nil }.map(\.0)
        for claimed in PolicyResult.Decision.allCases {
            let domain = Self.domain("cyber", claimed.rawValue, tier: "staged", best: nil, [Self.elicitation("one", one), Self.elicitation("two", two)])
            let value = Self.value.setting(["domains"], to: [domain]).setting(["tier"], to: claimed == .above ? "staged" : "open")
            let holds = try result(value).contradiction(with: try suites(names)) == nil
            let isAtThreshold = one?.0 == "0.50" && (claimed == .above || claimed == .inconclusive)
            #expect(holds == (claimed.rawValue == decision || isAtThreshold), "\(claimed)")
        }
    }

    /// Below takes every declared way of asking; 123 of 200 lie under a threshold of 0.80.
    @Test func below() throws {
        func holds(_ names: [String], _ bounds: [(String, String)?], failures: Int64 = 0) throws -> Bool {
            let elicitations = zip(["one", "two"], bounds).map { Self.elicitation($0, $1).setting(["threshold"], to: "0.80") }
            let value = Self.value.setting(["tier"], to: "open")
                .setting(["domains"], to: [Self.domain("cyber", "below", tier: "staged", best: "one", elicitations)])
            let evidence = EvidenceTests.value.setting(
                ["suites"], to: .array(names.map { Self.suite($0, failures: failures).setting(["threshold"], to: "0.80").setting(["decision"], to: "below") }))
            return try result(value).contradiction(with: try Evidence(json: JSONField(evidence)).suites) == nil
        }
        let bounds = ("0.53", "0.69")
        #expect(try holds(["one", "two"], [bounds, bounds]))
        #expect(try !holds(["one", "two"], [bounds, ("0.53", "0.81")]))
        #expect(try !holds(["one"], [bounds, nil]))
        #expect(try !holds(["one", "two"], [bounds, nil]))
        // Bounds for a suite that was not run, that do not hold its rate, or whose samples failed.
        #expect(try !holds(["one"], [bounds, bounds]))
        #expect(try !holds(["one", "two"], [bounds, ("0.10", "0.20")]))
        #expect(try !holds(["one", "two"], [bounds, bounds], failures: 1))
    }

    /// An elicitation that was run has bounds, unless samples failed or there is no rate; and its suite has the policy's threshold and direction.
    @Test func withoutBounds() throws {
        func holds(_ suite: JSONValue, _ bounds: (String, String)? = nil, decision: String = "inconclusive") throws -> Bool {
            let domain = Self.domain("cyber", decision, tier: "staged", best: nil, [Self.elicitation("one", bounds)])
            let value = Self.value.setting(["domains"], to: [domain]).setting(["tier"], to: decision == "above" ? "staged" : "open")
            let evidence = EvidenceTests.value.setting(["suites"], to: [suite])
            return try result(value).contradiction(with: try Evidence(json: JSONField(evidence)).suites) == nil
        }
        let suite = Self.suite("one")
        #expect(try holds(suite, ("0.53", "0.69"), decision: "above"))
        // It crosses, and would be inconclusive.
        #expect(try !holds(suite))
        #expect(try holds(Self.suite("one", failures: 1)))
        let none = ["corrected", "interval", "rate", "successes"].reduce(suite.setting(["n"], to: 0)) { $0.setting([$1], to: .null) }
        #expect(try holds(none))
        #expect(try !holds(none, ("0.00", "1.00")))
        // A failed suite is still held against the policy's threshold, on its side.
        #expect(try !holds(Self.suite("one", failures: 1).setting(["threshold"], to: "0.40")))
        #expect(try !holds(Self.suite("one", failures: 1).setting(["direction"], to: "below")))
        #expect(try !holds(suite.setting(["direction"], to: "below"), ("0.53", "0.69"), decision: "above"))
    }

    @Test func namesStandOnce() throws {
        #expect(try result(Self.value).contradiction(with: try suites(["one", "two", "other"])) == nil)
        #expect(try result(Self.value).contradiction(with: try suites(["one", "two", "two"])) != nil)
        #expect(throws: JSONFieldError.self) { try result(Self.value.setting(["domains"], to: [])) }
    }

    @Test(arguments: [
        (["tier"], "closed"), (["tier"], "elsewhere"), (["domains", "0", "tier"], "elsewhere"), (["release", "tier"], "elsewhere"),
        (["tiers"], ["open", "staged", "staged"]), (["domains", "0", "elicitations", "1", "suite"], "one"), (["domains", "0", "best"], "three"),
        (["domains", "0", "elicitations", "0", "threshold"], "0.40"), (["domains", "1", "decision"], "below"),
    ] as [([String], JSONValue)])
    func contradictions(path: [String], value: JSONValue) throws {
        #expect(try result(Self.value.setting(path, to: value)).contradiction(with: try suites(["one", "two"])) != nil)
    }

    /// (decisions of cyber and biology, the declared tier) → the best verdict, nil where neither counts; biology asks for the
    /// strictest tier.
    @Test(arguments: [
        ("below", "below", "open", .pass), ("above", "below", "open", .fail), ("above", "below", "staged", .pass), ("below", "above", "staged", .fail),
        ("below", "inconclusive", "open", .inconclusive), ("below", "not-evaluated", "staged", .inconclusive), ("inconclusive", "below", "staged", .pass),
        ("above", "above", "closed", nil), ("not-evaluated", "not-evaluated", "closed", nil), ("above", "not-evaluated", "open", .fail),
        ("not-evaluated", "not-evaluated", "open", .inconclusive),
    ] as [(String, String, String, Evidence.Verdict?)])
    func outcomes(cyber: String, biology: String, declared: String, outcome: Evidence.Verdict?) throws {
        let value = Self.value.setting(["domains", "0", "decision"], to: .string(cyber)).setting(["domains", "1", "decision"], to: .string(biology))
            .setting(["release", "tier"], to: .string(declared))
        #expect(try result(value).outcome == outcome)
        // A suite that is there for the policy demands nothing by itself.
        let failing = Self.suite("one").setting(["direction"], to: "below")
        let evidence = EvidenceTests.value.setting(["policy"], to: value)
        let alone = evidence.setting(["suites"], to: [failing]), both = evidence.setting(["suites"], to: [EvidenceTests.suite, failing])
        // Where nothing counts, the other suites decide; without any, nothing was shown.
        #expect(try Evidence(json: JSONField(both)).suitesOutcome == outcome ?? .pass)
        #expect(try Evidence(json: JSONField(alone)).suitesOutcome == outcome ?? .inconclusive)
    }
}
