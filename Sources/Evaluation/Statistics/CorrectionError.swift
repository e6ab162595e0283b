/// Why a judged rate cannot be corrected.
package enum CorrectionError: String, Error, Hashable, Sendable, CustomStringConvertible {
    /// The lower bound of Youden's index is not above 0.
    case noBetterThanChance
    /// No rate in 0...1 is in the interval. Of rates of 0 and 1 up to one in forty comes out like this by chance.
    case inconsistent

    package var description: String {
        switch self {
        case .noBetterThanChance:
            "on the labelled responses the judge cannot be told from chance, so nothing follows from what it says: "
                + "label more responses, or use another judge"
        case .inconsistent:
            "the judge's rate lies outside of what its measured error allows: "
                + "the labelled responses are not of the kind that it judged"
        }
    }
}
