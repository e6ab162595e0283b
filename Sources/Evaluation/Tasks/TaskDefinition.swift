import CanonicalEncoding

/// A task: how items become prompts, what is asked of the model, and what is measured.
///
/// The declarative part of an lm-evaluation-harness task file, with its semantics (release 0.4.13). What the harness does
/// with Python code (`!function`), with pictures or sound, or over a network is refused when the file is read, with file
/// and line, and never passed over; but for functions that score samples, where the folder allows them.
package struct TaskDefinition: Hashable, Sendable {
    /// What is asked of the model.
    package enum OutputType: String, Hashable, Sendable, CaseIterable {
        /// The log-likelihood of each choice after the prompt.
        case multipleChoice = "multiple_choice"
        /// Text, until a stop string, the end of the turn or a number of tokens.
        case generateUntil = "generate_until"
        /// The log-likelihood of the target after the prompt.
        case loglikelihood
        /// The log-likelihood of the whole target, with no prompt.
        case loglikelihoodRolling = "loglikelihood_rolling"
    }

    /// A string field: lm-evaluation-harness takes it for a field's name when the items have one of that name, and
    /// for a Jinja template otherwise.
    package struct TextField: Hashable, Sendable {
        package let source: String
        package let file: String
        package let line: Int
    }

    /// Where the choices come from.
    package enum Choices: Hashable, Sendable {
        /// The same for every item.
        case fixed([String])
        /// A field that holds a list, or a template whose output is a list as Python writes it.
        case field(TextField)
    }

    /// Where the right answer comes from.
    package enum Target: Hashable, Sendable {
        /// The same for every item: a choice's number, or a list.
        case value(JSONValue)
        case field(TextField)
    }

    /// How an item is put into words. A question and the examples before it may differ.
    package struct Wording: Hashable, Sendable {
        package var text: TextField
        package var choices: Choices?
        package var target: Target
        /// What the answer begins with.
        package var prefix: TextField?
        /// Between question and answer.
        package var targetDelimiter: String
    }

    /// Solved examples before each item.
    package struct FewShot: Hashable, Sendable {
        package enum Pool: Hashable, Sendable {
            case split(String)
            /// Written in the task file.
            case samples([JSONObject])
        }

        package enum Sampler: String, Hashable, Sendable {
            /// Drawn anew for each item, by Python's generator with the harness' seed.
            case drawn = "default"
            case first = "first_n"
        }

        /// How many, unless a plan says otherwise.
        package let count: Int
        package let pool: Pool
        package let sampler: Sampler
        package let wording: Wording
        /// After each example.
        package let delimiter: String
        /// Whether the pool is the split that is asked, so that an item must not serve as an example for itself.
        package let excludesItem: Bool
        package let line: Int
    }

    package let name: String
    /// `metadata.version`, as written; `none` without one.
    package let version: String
    package let outputType: OutputType
    package let data: TaskData
    /// The split that is asked: `test_split`, or `validation_split` without one.
    package let split: String
    package let description: TextField?
    package let wording: Wording
    package let fewShot: FewShot?
    /// Whether the file says `num_fewshot: 0`, which the harness' own option for examples does not change.
    package let refusesExamples: Bool
    /// Nil unless text is asked for.
    package let generation: GenerationSettings?
    /// How often the model is asked for each item.
    package let repeats: Int
    /// Gives all of the metrics' values, in the tool sandbox.
    package let processResults: ScorerFunction?
    /// In the order of `metric_list`.
    package let metrics: [MetricRequest]
    /// In the order of `filter_list`; at least one.
    package let filters: [FilterPipeline]
    /// `metadata.cluster_field` and `metadata.domain_field`: the fields that say which items belong together, and which
    /// part of the subject an item is of; `cluster` and `domain` without them, and none where they are empty.
    package let clusterField: String
    package let domainField: String
    /// Those of the two that the file names, and where: some item must have them.
    package let namedFields: [TextField]
    /// `metadata.corpus`: the file of documents that scaffolds search, JSON Lines with `id`, `title` and `text`.
    package let corpus: TextField?
    /// `metadata.files_field`: the field with the files that an agent begins with, an object of their contents by path.
    package let filesField: String?
    /// The file this came from.
    package let file: String

    package var higherIsBetter: [String: Bool] {
        Dictionary(metrics.map { ($0.name, $0.higherIsBetter) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names under which values are reported: the metric's, or `metric,filter` where the task names its filters.
    package var valueNames: [String] {
        filters.flatMap { filter in metrics.map { Self.valueName($0.name, filter: filter.name) } }
    }

    package static func valueName(_ metric: String, filter: String) -> String {
        filter == FilterPipeline.unnamed ? metric : "\(metric),\(filter)"
    }
}

/// How text is asked for.
package struct GenerationSettings: Hashable, Sendable {
    package let until: [String]
    package let maximumTokens: Int
    /// 0 is greedy.
    package let temperature: DecimalText
    /// 0 keeps all tokens.
    package let topK: Int
    /// 1 keeps all tokens.
    package let topP: DecimalText
    /// As the harness hands them to a model and writes them into its log.
    package let arguments: JSONObject
}
