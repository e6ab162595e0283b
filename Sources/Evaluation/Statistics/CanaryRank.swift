import Glibc

/// Where the loss of a text that a model may have seen stands among those of texts made the same way that it cannot
/// have seen. Before training all were exchangeable, so that every rank is equally likely for a text not seen.
package struct CanaryRank: Hashable, Sendable {
    /// From 1, the smallest loss; controls of the same loss stand before it.
    package let rank: Int
    package let controls: Int

    /// - Returns: nil without controls, or where a loss is not a number.
    package init?(canary: Double, controls: [Double]) {
        guard !controls.isEmpty, !canary.isNaN, !controls.contains(where: \.isNaN) else { return nil }
        rank = 1 + controls.count { $0 <= canary }
        self.controls = controls.count
    }

    /// The chance of a rank as small, without assumption on the losses' distribution: rank / (controls + 1).
    package var pValue: Double { Double(rank) / Double(controls + 1) }

    /// In bits (Carlini et al., "The secret sharer", USENIX Security 2019): log2 of all texts less log2 of the rank.
    package var exposure: Double { log2(Double(controls + 1)) - log2(Double(rank)) }
}
