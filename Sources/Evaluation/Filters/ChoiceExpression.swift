import CanonicalEncoding
import PromptTemplates

/// Finds the letter of a choice in a response: the harness' `multi_choice_regex`.
///
/// 1. The expression's match, stripped. 2. Without one, a choice's own text in the response, for which its letter in
/// brackets stands. 3. Without one, a letter after a colon. 4. The fallback.
package struct ChoiceExpression: Hashable, Sendable {
    package let expression: PythonExpression
    package let match: Int
    package let fallback: String
    /// In step 2 both sides are read without these.
    package let removing: [PythonExpression]
    package let ignoresCase: Bool
    package let ignoresPunctuation: Bool

    func extract(from response: String, choices: [String]) throws(PythonExpression.Failure) -> String {
        var budget = MatchBudget()
        if let found = try select(expression.findAll(in: response, within: &budget)), !found.isEmpty { return found }
        var letters: [ExactString: String] = [:]
        var texts: [String] = []
        for (index, choice) in choices.enumerated() {
            let text = try normalised(PythonText.strip(choice), &budget)
            letters[ExactString(text)] = "(\(Self.letter(index)))"
            texts.append(text)
        }
        // The longest first, by what it is with escapes, so that no choice hides another that begins with it.
        let lengths = texts.map { PythonExpression.escaped($0).unicodeScalars.count }
        let longest = texts.indices.sorted { lengths[$0] != lengths[$1] ? lengths[$0] > lengths[$1] : $0 < $1 }
        let named = TextAlternatives(longest.map { texts[$0] })
        let written = try normalised(response, &budget)
        if let found = try select(named.findAll(in: written, within: &budget).map { [$0] }), !found.isEmpty {
            return letters[ExactString(found)] ?? found
        }
        let alphabet = choices.indices.map { PythonExpression.escaped(Self.letter($0)) }.joined(separator: "|")
        let bare = try PythonExpression(#":[\s]*("# + alphabet + ")")
        if let found = try select(bare.findAll(in: response, within: &budget)), !found.isEmpty {
            return choices.indices.contains { Self.letter($0) == found } ? "(\(found))" : found
        }
        return fallback
    }

    /// - Throws: where the match that is to be selected is not there, as the harness does.
    private func select(_ found: [[String]]) throws(PythonExpression.Failure) -> String? {
        guard !found.isEmpty else { return nil }
        let index = match < 0 ? found.count + match : match
        guard found.indices.contains(index) else {
            throw PythonExpression.Failure(message: "match \(match) is to be selected, and there are \(found.count)")
        }
        let groups = found[index]
        guard groups.count > 1 else { return PythonText.strip(groups[0]) }
        return groups.first { !$0.isEmpty }.map { PythonText.strip($0) } ?? ""
    }

    private func normalised(_ text: String, _ budget: inout MatchBudget) throws(PythonExpression.Failure) -> String {
        var text = text
        for expression in removing { text = try expression.replacingAll(in: text, with: "", within: &budget) }
        if ignoresCase { text = PythonText.lowercased(text) }
        guard ignoresPunctuation else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !Self.isPunctuation($0) }))
    }

    /// Unicode's categories P.
    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation,
            .otherPunctuation:
            true
        default: false
        }
    }

    /// A, B, … and what follows Z in Unicode.
    private static func letter(_ index: Int) -> String {
        Unicode.Scalar(UInt32(65 + index)).map { String(Character($0)) } ?? "?"
    }
}
