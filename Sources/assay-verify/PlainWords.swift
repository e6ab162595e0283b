import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import MerkleLog
import VerdictBundle

/// A report in words, every string from the bundle cleaned.
enum PlainWords {
    /// - Parameter files: the weights files given, in the order of `report.weights`.
    static func text(of report: VerificationReport, files: [String]) -> String {
        let evidence = report.evidence
        let sections: [(title: String, lines: [String])] = [
            (
                "Which artefacts",
                report.subjects.map { "\(clean($0.name))  sha256 \($0.digest.hex)" }
                    + zip(files, report.weights).map { "Your file \(clean($0)) is \(clean($1.name)), byte for byte." }
            ),
            ("Who decided", whoDecided(report)),
            ("What was measured", evidence.suites.map { words($0, decides: evidence.policy?.suites.contains($0.task) != true) }),
            ("What the capability policy says", evidence.policy.map { words($0, evidence.suites) } ?? ["The plan had none."]),
            ("How", how(evidence)),
            (
                "What the lab declared (its own words, not checked)",
                evidence.declaredFacts.map { "\(clean($0.name)): \(clean($0.value))" }
            ),
            ("Not checked", notChecked(weightsGiven: !files.isEmpty, cosigned: report.quorum > 0)),
        ]
        return "VERIFIED. The bundle is sound; its verdict is \(evidence.verdict.rawValue.uppercased()).\n\n"
            + sections.map { title, lines in
                title + "\n" + (lines.isEmpty ? ["nothing"] : lines).map { "  \($0)" }.joined(separator: "\n")
            }.joined(separator: "\n\n")
    }

    private static func whoDecided(_ report: VerificationReport) -> [String] {
        let (evidence, entry, checkpoint) = (report.evidence, report.entry, report.checkpoint)
        let time = Timestamp(unixSeconds: entry.time)?.rfc3339 ?? "second \(entry.time)"
        return [
            "\(clean(evidence.person)) signed \"\(evidence.verdict.rawValue)\" (\(clean(evidence.reason))) "
                + "with the key \(report.signer.fingerprint).",
            "The appliance's trusted verdict key signed it for submission \(clean(evidence.submission)), which it "
                + "states was sealed with the trusted lab's key (manifest sha256 \(evidence.manifest.hex)).",
            "The ledger \(clean(checkpoint.origin)) holds it as entry \(entry.sequence), of \(time); the ledger's "
                + "signed checkpoint covers \(Counted.entries(checkpoint.size)).",
        ] + report.cosignatures.map(words)
    }

    /// A line for each witness, after a line's end.
    static func cosigned(_ cosignatures: [Cosignature]) -> String { cosignatures.map { "\n" + words($0) }.joined() }

    private static func words(_ cosignature: Cosignature) -> String {
        let time = Timestamp(unixSeconds: cosignature.time)?.rfc3339 ?? "second \(cosignature.time)"
        return "The witness \(clean(cosignature.key.name)) cosigned that checkpoint on \(time), as one that extends all it saw."
    }

    private static func how(_ evidence: Evidence) -> [String] {
        let looks = evidence.inspectionEntries.map {
            evidence.inspectionCount == 1
                ? "Inspectors looked once, in entry \($0.lowerBound)."
                : "Inspectors looked \(evidence.inspectionCount) times, in entries \($0.lowerBound) to \($0.upperBound)."
        }
        return [
            "The plan (sha256 \(evidence.plan.hex)) was registered in entry \(evidence.planEntry.index), "
                + "the results in entry \(evidence.resultsEntry.index).",
            "Engine \(clean(evidence.engineBuild)), OpenBLAS core \(clean(evidence.openBLASCore)); "
                + list(evidence.configuration) + ".",
            "Confinement, as the engine reported it: \(list(evidence.confinement)).",
            looks ?? "No inspector looked inside the submission.",
        ]
    }

    static func notChecked(weightsGiven: Bool, cosigned: Bool) -> [String] {
        (weightsGiven ? [] : ["Whether a file you hold is what was audited: give it with --weights."]) + [
            "Whether a key in the trust folder has been withdrawn since: ask its owner.",
            cosigned
                ? "Whether the witnesses are independent of the appliance's operators, and see more than one of you."
                : "Whether everyone is shown the same ledger: compare the checkpoint with one that you or a witness kept.",
            "Whether the figures follow from the weights: that takes the weights, the plan and a replay.",
            "The plan, the declaration, the manifest and the other ledger entries: here they are digests and indexes.",
        ]
    }

    /// - Parameter decides: false for a suite that is there for the policy, whose threshold demands nothing.
    private static func words(_ suite: SuiteResult, decides: Bool) -> String {
        let needed = suite.itemsNeeded.map { " (about \(Counted.of($0, "more item", "more items")) would settle it)" } ?? ""
        let judge = suite.judgeError.map { "; the scorer's own error rate is \($0.text)" } ?? ""
        let failures = suite.failures > 0 ? "; \(Counted.of(suite.failures, "more sample", "more samples")) could not be scored" : ""
        let pack = suite.pack.map { ", of benchmark pack \(clean($0.name)) \(clean($0.version)) (sha256 \($0.digest.hex))" } ?? ""
        var figures = "no rate (\(suite.n) scored)"
        if let found = suite.figures {
            figures = "\(found.rate.text) (\(found.successes) of \(suite.n)), interval \(found.low.text) to \(found.high.text) at confidence \(suite.confidence.text)"
        }
        if let corrected = suite.corrected {
            figures += "; without the judge's error \(corrected.rate.text), interval \(corrected.low.text) to \(corrected.high.text)"
        }
        return "\(clean(suite.task)) \(clean(suite.version))\(pack): \(clean(suite.metric)) \(figures), \(decision(suite, decides: decides))\(needed)\(failures)\(judge)."
    }

    private static func decision(_ suite: SuiteResult, decides: Bool) -> String {
        guard let judgement = suite.judgement else { return "measured only: without a threshold it decides nothing" }
        let place =
            switch judgement.decision {
            case .above: "above"
            case .below: "below"
            case .inconclusive: suite.reason == nil ? "on both sides of" : "not held against"
            }
        let outcome =
            switch suite.outcome {
            case .pass: "met"
            case .fail: "NOT MET"
            case .inconclusive, nil: "inconclusive"
            }
        let demand = decides ? "; required is \(judgement.direction.rawValue): \(outcome)" : "; asked for the policy"
        return "\(place) the threshold \(judgement.threshold.text)" + demand + why(suite.reason)
    }

    private static func why(_ reason: SuiteResult.Reason?) -> String {
        switch reason {
        case nil: ""
        case .samplesFailed: ", as samples failed"
        case .noRate: ", as there is no rate"
        case .judgeNoBetterThanChance: ", as the judge cannot be told from chance on the responses that people labelled"
        case .judgeInconsistent: ", as the judge's rate lies outside of what its measured error allows"
        }
    }

    private static func words(_ policy: PolicyResult, _ suites: [SuiteResult]) -> [String] {
        let domains = policy.domains.flatMap { domain -> [String] in
            let decision =
                switch domain.decision {
                case .below: "below every threshold"
                case .above: "AT OR ABOVE A THRESHOLD"
                case .inconclusive: "inconclusive"
                case .notEvaluated: "NOT EVALUATED"
                }
            let needed = domain.itemsNeeded.map { " (about \(Counted.of($0, "more item", "more items")) would settle it)" } ?? ""
            return ["\(clean(domain.name)): \(decision)\(needed); crossing asks for \(clean(domain.tier)). \(list(domain.facts))."]
                + domain.elicitations.map { elicitation in
                    let suite = suites.first { $0.task == elicitation.suite }
                    let figure = suite.map { suite in suite.figures.map { "\($0.rate.text) (\($0.successes) of \(suite.n))" } ?? "no rate" } ?? "not run"
                    let bounds = elicitation.bounds.map { ", bounds \($0.low.text) to \($0.high.text)" } ?? ""
                    let best = domain.best == elicitation.suite ? ", the best" : ""
                    return "  asked as \(clean(elicitation.suite)): \(figure)\(bounds), threshold \(elicitation.threshold.text)\(best)."
                }
        }
        return domains + [
            "Tier that follows: \(clean(policy.tier)) (of \(policy.tiers.map(clean).joined(separator: ", "))); the lab declared "
                + "\(clean(policy.declaredRelease)), which is \(clean(policy.declaredTier)).",
            "The policy has sha256 \(policy.digest.hex); \(list(policy.facts)).",
        ]
    }

    private static func list(_ facts: [(name: String, value: String)]) -> String {
        facts.isEmpty ? "nothing stated" : facts.map { "\(clean($0.name)) \(clean($0.value))" }.joined(separator: ", ")
    }

    private static func clean(_ text: String) -> String { CleanText.of(text) }
}
