/// Why a suite decides nothing, whatever its interval says.
package enum NoDecision: Hashable, Sendable, CustomStringConvertible {
    /// Samples failed, so that the rate is one of a selection that nobody chose.
    case failures(Int, of: Int, first: String)
    /// There is no rate.
    case noRate
    /// The judge's error cannot be taken out of the rate.
    case judge(CorrectionError)

    /// For evidence, which holds no words of its own.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case samplesFailed = "samples-failed"
        case noRate = "no-rate"
        case judgeNoBetterThanChance = "judge-no-better-than-chance"
        case judgeInconsistent = "judge-inconsistent"
    }

    package var code: Code {
        switch self {
        case .failures: .samplesFailed
        case .noRate: .noRate
        case .judge(.noBetterThanChance): .judgeNoBetterThanChance
        case .judge(.inconsistent): .judgeInconsistent
        }
    }

    package var description: String {
        switch self {
        case .failures(let count, let total, let first): "\(count) of \(total) samples failed, the first with \(first)"
        case .noRate: "there is no rate to hold against the threshold"
        case .judge(let error): error.description
        }
    }
}
