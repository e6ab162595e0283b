import CKernels

/// What a decoder-only transformer computes, whichever family it is of: the files in `Models/` say it of theirs.
package struct TransformerShape: Hashable, Sendable {
    /// The family's name, as `config.json` or a GGUF file gives it.
    package var architecture: String
    /// The width of the residual stream.
    package var width: Int
    package var vocabulary: Int
    package var contextLength: Int
    package var heads: Int
    package var keyValueHeads: Int
    package var headWidth: Int
    package var layers: [LayerShape]
    /// The kinds of position embedding that layers have.
    package var rotaries: [RotaryShape]

    package var normEpsilon: Float
    package var norms = NormPlacement.before
    package var queryKeyNorm = QueryKeyNorm.none
    /// Queries, normalised, keys, normalised, and values are held within ± it (OLMoE).
    package var queryKeyValueLimit: Float?
    /// Scores are scaled by it; 1 / √headWidth but for a few.
    package var attentionScale: Float
    /// Scores s become c · tanh(s / c) (Gemma 2).
    package var attentionSoftcap: Float?
    /// Each head has a score that takes its share of the softmax and gives nothing (gpt-oss).
    package var hasAttentionSinks = false

    /// Embeddings are multiplied by it.
    package var embeddingScale: Float = 1
    /// What a layer's two halves give is multiplied by it before it is added to the stream.
    package var residualScale: Float = 1
    /// Logits are multiplied by it.
    package var logitScale: Float = 1
    package var logitSoftcap: Float?
    /// Whether the embedding and the output matrix serve for each other where there is one of them only.
    package var tiesEmbedding = false
    package var biases: Set<Bias> = []

    /// Products to which a bias is added.
    package enum Bias: Hashable, Sendable { case queryKeyValue, attentionOutput, feedForward }

    package enum NormPlacement: Hashable, Sendable {
        /// On what goes into attention and feed-forward.
        case before
        /// On what comes out of them (OLMo 2).
        case after
        /// On both (Gemma 2 and 3).
        case both
    }

    package enum QueryKeyNorm: Hashable, Sendable {
        case none
        /// Of each head by itself, one gain of the head's width for all (Qwen3, Gemma 3).
        case head
        /// Of all heads as one row (OLMo 2).
        case row
    }

    package var queryWidth: Int { heads * headWidth }
    package var keyValueWidth: Int { keyValueHeads * headWidth }
    /// The shortest length whose sequences are embedded as those of `length` tokens are. Keys and values of sequences for which it
    /// differs are not each other's, were all their tokens the same.
    package func embeddedLength(of length: Int) -> Int { rotaries.map { $0.embeddedLength(of: length) }.max() ?? 0 }
    /// The output of the joined query, key and value product.
    package var joinedWidth: Int { queryWidth + 2 * keyValueWidth }
    /// A head's values in the cache are padded to whole lanes.
    var paddedHeadWidth: Int { (headWidth + 15) / 16 * 16 }
    /// The widest feed-forward's hidden width.
    package var feedForwardWidth: Int { layers.map(\.feedForward.width).max() ?? 0 }
}

package struct LayerShape: Hashable, Sendable {
    /// Tokens that a token sees, itself included; nil for all before it.
    package var window: Int?
    /// The place in `rotaries`; nil for no position embedding.
    package var rotary: Int?
    package var feedForward: FeedForwardShape

    package init(window: Int? = nil, rotary: Int? = 0, feedForward: FeedForwardShape) {
        self.window = window
        self.rotary = rotary
        self.feedForward = feedForward
    }
}

/// down · (activation(gate · x) ⊙ up · x), one or a choice of several.
package struct FeedForwardShape: Hashable, Sendable {
    /// The hidden width, of one expert where there are several.
    package var width: Int
    package var activation: Activation
    package var mixture: MixtureShape?

    package init(width: Int, activation: Activation = .silu, mixture: MixtureShape? = nil) {
        self.width = width
        self.activation = activation
        self.mixture = mixture
    }
}

/// A mixture of experts (Shazeer et al. 2017): each token goes to `chosen` of them.
package struct MixtureShape: Hashable, Sendable {
    package enum Gate: Hashable, Sendable {
        /// Softmax over all experts, of which the chosen keep theirs; made to sum to 1 again or not.
        case softmaxFirst(renormalises: Bool)
        /// Softmax over the chosen ones' scores.
        case softmaxOfChosen
    }

    package var experts: Int
    package var chosen: Int
    package var gate: Gate
    package var hasRouterBias = false

    package init(experts: Int, chosen: Int, gate: Gate, hasRouterBias: Bool = false) {
        self.experts = experts
        self.chosen = chosen
        self.gate = gate
        self.hasRouterBias = hasRouterBias
    }
}

package enum Activation: Hashable, Sendable {
    /// x · sigmoid(x) (SwiGLU; Shazeer 2020)
    case silu
    /// The tanh approximation (Hendrycks and Gimpel 2016)
    case geluTanh
    /// gpt-oss's: the gate at most `limit`, x · sigmoid(1.702 x); the up within ±`limit`, plus 1.
    case clamped(limit: Float)

    var number: ck_activation {
        switch self {
        case .silu: CK_SILU
        case .geluTanh: CK_GELU_TANH
        case .clamped: CK_CLAMPED
        }
    }

    var limit: Float { if case .clamped(let limit) = self { limit } else { 0 } }
}
