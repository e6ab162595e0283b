import CanonicalEncoding

/// Runs the functions with which a task scores its samples, where they can do no harm.
///
/// The module that evaluates starts no programs; whoever has a sandbox hands it in.
package protocol ScorerRunner: Sendable {
    /// One outcome for each sample, in order: for each of its calls what the function returned, by name, or why there is nothing.
    /// What a sample comes to depends on nothing of the others.
    /// - Parameter files: that the functions are in.
    /// - Throws: when there is no sandbox. Whatever a function does is an outcome.
    func run(_ samples: [ScoredSample], files: [ScorerFile]) async throws -> [Result<[[String: Double]], RequestFailure>]
}

/// A sample as functions see it.
package struct ScoredSample: Hashable, Sendable {
    /// The item's fields.
    package let item: JSONObject
    package let calls: [ScorerCall]
}

/// One call of a function.
package struct ScorerCall: Hashable, Sendable {
    package enum Arguments: Hashable, Sendable {
        /// `process_results(doc, results)`: an element for each request. Of a text it is what the filters made of the responses; of a
        /// whole text its log-likelihood; of a continuation a pair, of that and whether it is what greedy decoding gives.
        case results([JSONValue], arePairs: Bool)
        /// `metric(references=[right], predictions=[response], **arguments)`, or, where that is a `TypeError`, `metric([right, response])`.
        /// Of several right answers each is tried; one that gives something other than zero makes it 1.
        case comparison(right: [JSONValue], isOneOfMany: Bool, response: JSONValue, arguments: JSONObject)
    }

    package let function: ScorerFunction
    package let arguments: Arguments
}
