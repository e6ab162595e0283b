import AuditCrypto
import CanonicalEncoding

/// The predicate `urn:assay:evidence:v1`: everything that a verdict rests on, as digests, figures, ledger
/// positions and closed vocabularies. (The schema: Runbooks/verdict-bundle-format.md.)
///
/// There is no other way to make one than to read its JSON, so whoever issues evidence has checked it as
/// its readers will.
package struct Evidence: Sendable {
    package static let predicateType = "urn:assay:evidence:v1"

    /// Ordered from worst to best.
    package enum Verdict: String, Sendable, CaseIterable, Comparable {
        case fail, inconclusive, pass

        private var rank: Int { self == .fail ? 0 : self == .inconclusive ? 1 : 2 }
        package static func < (one: Verdict, other: Verdict) -> Bool { one.rank < other.rank }
    }

    /// An entry of the ledger: its index and its RFC 6962 leaf hash.
    package struct EntryReference: Sendable {
        package let index: Int64
        package let leaf: SHA256Digest
    }

    package let json: JSONValue
    /// The sealed submission: its id, the SHA-256 of its signed manifest's bytes, the lab key's keyid.
    package let submission: String
    package let manifest, labKey: SHA256Digest
    /// What the lab declared: its digest, and the part that readers are shown.
    package let declaration: SHA256Digest
    package let declaredFacts: [(name: String, value: String)]
    package let ingest: EntryReference
    /// The evaluation plan, and the entry that registered it before there was any result.
    package let plan: SHA256Digest
    package let planEntry: EntryReference
    /// What computed the results, how it was confined, and the entry that recorded them.
    package let engineBuild, openBLASCore: String
    package let configuration, confinement: [(name: String, value: String)]
    package let resultsEntry: EntryReference
    package let suites: [SuiteResult]
    /// What the plan's capability policy decided on the suites that are there for it; nil for a plan without one.
    package let policy: PolicyResult?
    /// How often inspectors looked, and the entries from the first to the last time (nil for never).
    package let inspectionCount: Int64
    package let inspectionEntries: ClosedRange<Int64>?
    /// Who decided what, with a reason's code.
    package let person, reason: String
    package let verdict: Verdict
    /// The ledger's origin.
    package let ledger: String
    /// By the appliance's clock.
    package let time: Timestamp

    package init(json field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "adjudication", "declaration", "engine", "ingest", "inspections", "ledger", "plan", "policy", "submission",
            "suites", "time",
        ])
        json = field.value
        let submission = try field.object("submission", ["id", "labKey", "manifest"])
        self.submission = try submission.token("id")
        (manifest, labKey) = (try submission.digestSet("manifest"), try submission.digest("labKey"))
        let declaration = try field.object("declaration", ["digest", "facts"])
        self.declaration = try declaration.digestSet("digest")
        declaredFacts = try declaration.facts("facts")
        ingest = try EntryReference(json: field, "ingest")
        let plan = try field.object("plan", ["digest", "entry"])
        (self.plan, planEntry) = (try plan.digestSet("digest"), try EntryReference(json: plan, "entry"))
        let engine = try field.object("engine", ["build", "configuration", "confinement", "entry", "openBLASCore"])
        (engineBuild, openBLASCore) = (try engine.token("build"), try engine.token("openBLASCore"))
        (configuration, confinement) = (try engine.facts("configuration"), try engine.facts("confinement"))
        resultsEntry = try EntryReference(json: engine, "entry")
        suites = try field.field("suites").array(maxCount: 256)
            .map { suite throws(JSONFieldError) in try SuiteResult(json: suite) }
        policy = try field.nullable("policy").map { parent throws(JSONFieldError) in try PolicyResult(json: parent.field("policy")) }
        let inspections = try field.object("inspections", ["count", "first", "last"])
        inspectionCount = try inspections.field("count").integer()
        if inspectionCount > 0 {
            let first = try inspections.field("first").integer()
            inspectionEntries = first...(try inspections.field("last").integer(in: first...Int64.max))
        } else {
            inspectionEntries = nil
            for name in ["first", "last"] where try inspections.nullable(name) != nil {
                throw inspections.failure("\(name) must be null where nothing was inspected")
            }
        }
        let adjudication = try field.object("adjudication", ["person", "reason", "verdict"])
        (person, reason) = (try adjudication.token("person"), try adjudication.token("reason"))
        verdict = try adjudication.word("verdict")
        ledger = try field.token("ledger")
        let time = try field.object("time", ["rfc3339", "unix"])
        self.time = try time.timestamp("rfc3339")
        _ = try time.field("unix").integer(in: self.time.unixSeconds...self.time.unixSeconds)
    }

    /// The best verdict that the results allow: the worst outcome of the policy and of the suites that are not there for it. Those
    /// without a threshold and a policy under which no domain counts say nothing; where there is nothing else, nothing was shown.
    package var suitesOutcome: Verdict {
        let others = suites.filter { suite in policy?.suites.contains(suite.task) != true }.compactMap(\.outcome)
        return (others + [policy?.outcome].compactMap(\.self)).min() ?? .inconclusive
    }
}

extension Evidence.EntryReference {
    init(json parent: JSONField, _ name: String) throws(JSONFieldError) {
        let field = try parent.object(name, ["index", "leaf"])
        self.init(index: try field.field("index").integer(), leaf: try field.digest("leaf"))
    }
}
