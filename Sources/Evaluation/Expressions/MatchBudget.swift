/// The steps that expressions may take on one text, all searches together.
///
/// A step is a part of an expression that is tried at a place. PCRE2's own limit is one for each place at which a match may begin,
/// so that the work on a text would be its length times that limit, and once more so where every match is looked for. The same
/// expression and text always take the same steps.
package struct MatchBudget: Hashable, Sendable {
    /// A second or so.
    package static let perText = 50_000_000

    var left: Int

    package init(steps: Int = MatchBudget.perText) { left = steps }

    static let exceeded = PythonExpression.Failure(message: "the expression took more steps on this text than it may")

    /// - Throws: where there are not so many left.
    mutating func take(_ steps: Int) throws(PythonExpression.Failure) {
        left -= steps
        guard left >= 0 else { throw Self.exceeded }
    }
}
