/// Why an evaluation could not start or go on. Nothing that was recorded before is lost.
package enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The plan names something else than what is here.
    case planMismatch(String)
    /// The machine or the engine is not configured as the plan says.
    case engineMismatch(String)
    /// The model broke its contract.
    case modelMisbehaved(String)
    /// An answer took longer than it may.
    case engineTooSlow(String)
    /// The recorded samples do not belong to this plan, or cannot be read.
    case store(String)

    package var description: String {
        switch self {
        case .planMismatch(let message): "the plan does not fit: \(message)"
        case .engineMismatch(let message): "the engine is not as the plan says: \(message)"
        case .modelMisbehaved(let message): "the model's answer makes no sense: \(message)"
        case .engineTooSlow(let message):
            "the engine did not answer in time: \(message); every sample before is kept, and the same command goes on from there. More threads, "
                + "fewer examples, shorter answers (max_gen_toks) or a shorter context take less time; assay-eval run --patience gives more"
        case .store(let message): "the recorded samples cannot be used: \(message)"
        }
    }
}
