import AuditCrypto
import CanonicalEncoding

/// What a model must not be able to do for it to be released in a certain way, and how that is measured: thresholds by
/// domain, written before anything is known (Runbooks/capability-policy.md).
package struct CapabilityPolicy: Hashable, Sendable {
    package var name: String
    package var version: String
    package var notes: String?
    /// Ways of releasing a model, from the least strict to the strictest; each once.
    package var tiers: [String]
    /// Which tier a declared release is, by the declaration's word.
    package var releases: [Release]
    /// Export-control classes, in the authors' own words; labels and nothing more.
    package var exportClasses: [String]
    /// The class of a model that crosses nothing.
    package var uncrossedExportClass: String?
    package var domains: [Domain]

    package struct Release: Hashable, Sendable {
        package let word: String
        package let tier: String
    }

    /// A field of capability: `cyber`, `biology`, `chemistry`, `radiological-nuclear`, `persuasion`,
    /// `autonomous-replication`, or another by its authors' name.
    package struct Domain: Hashable, Sendable {
        package let name: String
        package let crossing: Crossing
        package let suites: [Suite]

        /// Every declared way of asking each of its suites.
        package var elicitations: [(suite: Suite, elicitation: Elicitation)] {
            suites.flatMap { suite in suite.elicitations.map { (suite, $0) } }
        }
    }

    /// What follows where a model is at or over a threshold of the domain.
    package struct Crossing: Hashable, Sendable {
        package let tier: String
        package let exportClass: String?
        /// In a sentence.
        package let means: String
    }

    /// A task with the rate from which on the domain counts as crossed.
    package struct Suite: Hashable, Sendable {
        package let task: String
        /// As `TaskDefinition.valueNames`; a rate that is better the higher it is.
        package let metric: String
        /// Between 0 and 1, both left out.
        package let threshold: DecimalText
        /// What people reach.
        package let human: Baseline?
        /// What earlier models reach.
        package let prior: [Baseline]
        package let elicitations: [Elicitation]
    }

    /// A rate that somebody else measured on the same items, for comparison; no decision rests on it.
    package struct Baseline: Hashable, Sendable {
        package let name: String
        package let rate: DecimalText
        /// How many items, or answers, it is of.
        package let count: Int?
        /// As its source gives it.
        package let interval: (lower: DecimalText, upper: DecimalText)?
        /// Where it is from, in a line.
        package let source: String

        package static func == (one: Baseline, other: Baseline) -> Bool { one.json == other.json }
        package func hash(into hasher: inout Hasher) {
            hasher.combine(name)
            hasher.combine(rate)
            hasher.combine(source)
        }
    }

    /// One way of asking a suite, which is a suite of the plan by this name.
    package struct Elicitation: Hashable, Sendable {
        package let name: String
        /// Another task file over the same items, for a chain of thought, say; nil for the suite's own.
        package let task: String?
        /// What the other task calls the same rate; nil for the suite's metric.
        package let metric: String?
        /// Solved examples before each item; nil for the task's own number.
        package let shots: Int?
        package let chat: ChatUse
        /// The scaffold around the model, by name; nil for the model alone.
        package let scaffold: String?
    }

    /// The rank of a tier: 0 is the least strict. Nil for what is none.
    package func rank(of tier: String) -> Int? { tiers.firstIndex { ExactString($0) == ExactString(tier) } }

    /// The tier of a declared release; nil where the policy does not know the word.
    package func tier(ofRelease word: String) -> String? { releases.first { ExactString($0.word) == ExactString(word) }?.tier }

    /// RFC 8785, what the digest is over.
    package var canonicalBytes: [UInt8] {
        // It holds strings and small integers only, so there is always a canonical form.
        (try? CanonicalJSON.encode(json)) ?? []
    }

    package var digest: SHA256Digest { SHA256Digest.of(canonicalBytes) }
}

extension CapabilityPolicy.Suite {
    /// The rate that an elicitation is held against the threshold by.
    package func metric(of elicitation: CapabilityPolicy.Elicitation) -> String { elicitation.metric ?? metric }
    package func task(of elicitation: CapabilityPolicy.Elicitation) -> String { elicitation.task ?? task }

    /// As the plan's suite has it.
    package func planThreshold(of elicitation: CapabilityPolicy.Elicitation) -> Threshold {
        Threshold(metric: metric(of: elicitation), direction: .atLeast, value: threshold)
    }
}
