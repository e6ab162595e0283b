/// Why a judged rate cannot be corrected.
package enum CorrectionError: String, Error, Hashable, Sendable, CustomStringConvertible {
    case noBetterThanChance
    case inconsistent

    package var description: String {
        switch self {
        case .noBetterThanChance:
            "on the labelled responses the judge cannot be told from chance, so nothing follows from what it says: label more responses, or use another judge"
        case .inconsistent:
            "the judge's rate lies outside of what its measured error allows: the labelled responses are not of the kind that it judged"
        }
    }
}
