import PromptTemplates

/// What two texts may differ in and still match, as the harness' `exact_match` has it: expressions are removed first, then
/// letters are lowered, then punctuation and digits go (ASCII only).
package struct TextNormalisation: Hashable, Sendable {
    package let removing: [PythonExpression]
    package let ignoresCase: Bool
    package let ignoresPunctuation: Bool
    package let ignoresNumbers: Bool

    package init(
        removing: [PythonExpression] = [], ignoresCase: Bool = false, ignoresPunctuation: Bool = false, ignoresNumbers: Bool = false
    ) {
        self.removing = removing
        self.ignoresCase = ignoresCase
        self.ignoresPunctuation = ignoresPunctuation
        self.ignoresNumbers = ignoresNumbers
    }

    /// - Throws: where an expression took more steps than it may.
    func apply(_ text: String) throws(PythonExpression.Failure) -> String {
        var (text, budget) = (text, MatchBudget())
        for expression in removing { text = try expression.replacingAll(in: text, with: "", within: &budget) }
        if ignoresCase { text = PythonText.lowercased(text) }
        guard ignoresPunctuation || ignoresNumbers else { return text }
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if ignoresPunctuation, TextScalars.isPunctuation(scalar) { continue }
            if ignoresNumbers, TextScalars.isDigit(scalar) { continue }
            kept.append(scalar)
        }
        return String(kept)
    }
}
