/// How long the engine may take for a request before it is taken to be stuck.
///
/// The time grows with what is asked, so that the size of a batch, which changes no result, does not decide whether there is one.
package struct EnginePatience: Hashable, Sendable {
    /// For a prompt with up to sixteen continuations, or with up to 512 tokens to be written; for more of them, as many times.
    package let item: Duration

    package init(item: Duration = .seconds(600)) { self.item = item }

    /// - Parameters:
    ///   - items: prompts, texts or conversations.
    ///   - continuations: of all items together.
    ///   - tokens: that all of them together may write.
    func duration(_ items: Int, continuations: Int = 0, tokens: Int = 0) -> Duration {
        item * max(1, items, (continuations + 15) / 16, (tokens + 511) / 512)
    }
}
