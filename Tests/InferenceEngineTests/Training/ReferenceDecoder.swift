import Foundation
import InferenceEngine

/// A decoder's loss in double precision, one token and one head at a time, from the papers' equations: what the engine's
/// gradients are held against by central differences.
struct ReferenceDecoder {
    let shape: TransformerShape
    /// By the trainer's names of its parameters; a matrix's rows one behind the other.
    var numbers: [String: [Double]]

    /// The mean of -ln p over the labels.
    func loss(_ texts: [TrainingExample]) -> Double {
        let losses = texts.flatMap { text in
            let stream = run(text.tokens)
            return text.tokens.indices.dropFirst().filter { text.isLabel[$0] }.map { place in
                var logits = product(numbers["output.weight"] == nil ? "embedding" : "output", norm("output_norm", stream[place - 1]))
                logits = capped(logits.map { $0 * Double(shape.logitScale) }, shape.logitSoftcap)
                return log(logits.reduce(0) { $0 + exp($1) }) - logits[Int(text.tokens[place])]
            }
        }
        return losses.reduce(0, +) / Double(losses.count)
    }

    /// The stream after the last layer, [tokens][width].
    private func run(_ tokens: [Int32]) -> [[Double]] {
        var stream = tokens.map { token in
            numbers["embedding.weight", default: []][(Int(token) * shape.width)...].prefix(shape.width).map { $0 * Double(shape.embeddingScale) }
        }
        for (number, layer) in shape.layers.enumerated() {
            let name = "layers.\(number)."
            let attended = attention(name, layer, stream.map { opened($0, name + "attention_norm") })
            for place in stream.indices { add(product(name + "attention_output", attended[place]), name + "attention_post_norm", to: &stream[place]) }
            for place in stream.indices {
                let given = feedForward(name, layer.feedForward, opened(stream[place], name + "feed_forward_norm"))
                add(given, name + "feed_forward_post_norm", to: &stream[place])
            }
        }
        return stream
    }

    private func opened(_ x: [Double], _ gain: String) -> [Double] { shape.norms == .after ? x : norm(gain, x) }

    private func add(_ given: [Double], _ gain: String, to stream: inout [Double]) {
        for (index, value) in (shape.norms == .before ? given : norm(gain, given)).enumerated() { stream[index] += Double(shape.residualScale) * value }
    }

    /// w · x + b
    private func product(_ name: String, _ x: [Double]) -> [Double] {
        let (weights, bias) = (numbers[name + ".weight", default: []], numbers[name + ".bias"])
        return weights.withUnsafeBufferPointer { weights in
            x.withUnsafeBufferPointer { x in
                (0..<(weights.count / x.count)).map { row in
                    var sum = bias?[row] ?? 0
                    for column in x.indices { sum += weights[row * x.count + column] * x[column] }
                    return sum
                }
            }
        }
    }

    /// Zhang and Sennrich 2019, equation 4.
    private func norm(_ gain: String, _ x: [Double]) -> [Double] {
        let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + Double(shape.normEpsilon)).squareRoot()
        return zip(x, numbers[gain, default: []]).map { $0 / root * $1 }
    }

    private func capped(_ x: [Double], _ cap: Float?) -> [Double] { cap.map { cap in x.map { Double(cap) * tanh($0 / Double(cap)) } } ?? x }

    // MARK: Attention

    /// Vaswani et al. 2017, equation 1, with grouped queries (Ainslie et al. 2023), a window, a softcap and sinks.
    private func attention(_ name: String, _ layer: LayerShape, _ input: [[Double]]) -> [[Double]] {
        let (width, group) = (shape.headWidth, shape.heads / shape.keyValueHeads)
        let joined = input.enumerated().map { place, x in
            let row = product(name + "query_key_value", x)
            let queries = met(name + "query_norm", Array(row[..<shape.queryWidth]), layer, place)
            let keys = met(name + "key_norm", Array(row[shape.queryWidth..<(shape.queryWidth + shape.keyValueWidth)]), layer, place)
            return (queries: queries, keys: keys, values: held(Array(row[(shape.queryWidth + shape.keyValueWidth)...])))
        }
        return input.indices.map { place in
            let first = layer.window.map { max(0, place - $0 + 1) } ?? 0
            let (queries, seen) = (joined[place].queries, joined[first...place])
            return (0..<shape.heads).flatMap { head -> [Double] in
                let (own, from) = (head * width, head / group * width)
                let scores = capped(
                    seen.map { row in (0..<width).reduce(0) { $0 + queries[own + $1] * row.keys[from + $1] } * Double(shape.attentionScale) },
                    shape.attentionSoftcap)
                let sum = scores.reduce(numbers[name + "sinks"].map { exp($0[head]) } ?? 0) { $0 + exp($1) }
                var result = [Double](repeating: 0, count: width)
                for (score, row) in zip(scores, seen) {
                    let share = exp(score) / sum
                    for index in 0..<width { result[index] += share * row.values[from + index] }
                }
                return result
            }
        }
    }

    /// Queries or keys of one token as they meet.
    private func met(_ gain: String, _ x: [Double], _ layer: LayerShape, _ place: Int) -> [Double] {
        let heads = stride(from: 0, to: x.count, by: shape.headWidth).map { Array(x[$0..<($0 + shape.headWidth)]) }
        let normed =
            switch shape.queryKeyNorm {
            case .none: x
            case .head: heads.flatMap { norm(gain, $0) }
            case .row: norm(gain, x)
            }
        var result = held(normed)
        guard let rotary = layer.rotary.map({ shape.rotaries[$0] }) else { return result }
        for head in heads.indices {
            for pair in 0..<(rotary.width / 2) {
                let start = head * shape.headWidth
                let (one, two) =
                    rotary.pairing == .halves ? (start + pair, start + pair + rotary.width / 2) : (start + 2 * pair, start + 2 * pair + 1)
                let angle = Double(place) * Self.frequency(rotary, pair)
                (result[one], result[two]) = (
                    result[one] * cos(angle) - result[two] * sin(angle), result[two] * cos(angle) + result[one] * sin(angle)
                )
            }
        }
        return result
    }

    /// Su et al. 2021, section 3.2.2, and Chen et al. 2023's interpolation.
    private static func frequency(_ rotary: RotaryShape, _ pair: Int) -> Double {
        let plain = pow(rotary.base, -2 * Double(pair) / Double(rotary.width))
        if case .linear(let factor) = rotary.scaling { return plain / factor }
        return rotary.scaling == .none ? plain : .nan
    }

    private func held(_ x: [Double]) -> [Double] {
        shape.queryKeyValueLimit.map { limit in x.map { max(-Double(limit), min(Double(limit), $0)) } } ?? x
    }

    // MARK: Feed-forward

    /// Shazeer 2020, and Shazeer et al. 2017, equation 1, of experts.
    private func feedForward(_ name: String, _ form: FeedForwardShape, _ x: [Double]) -> [Double] {
        guard let mixture = form.mixture else { return network(name, form, x) }
        let scores = product(name + "router", x)
        let chosen = scores.indices.sorted { scores[$0] > scores[$1] }.prefix(mixture.chosen)
        // Made to sum to 1 again, a softmax over all is the softmax over the chosen.
        let sum = (mixture.gate == .softmaxFirst(renormalises: false) ? Array(scores.indices) : Array(chosen)).reduce(0) { $0 + exp(scores[$1]) }
        var result = [Double](repeating: 0, count: x.count)
        for expert in chosen {
            for (index, value) in network(name + "experts.\(expert).", form, x).enumerated() { result[index] += exp(scores[expert]) / sum * value }
        }
        return result
    }

    private func network(_ name: String, _ form: FeedForwardShape, _ x: [Double]) -> [Double] {
        let gateUp = product(name + "gate_up", x)
        return product(name + "down", (0..<form.width).map { Self.gated(form.activation, gateUp[$0], gateUp[form.width + $0]) })
    }

    static func gated(_ activation: Activation, _ x: Double, _ up: Double) -> Double {
        switch activation {
        case .silu: return x / (1 + exp(-x)) * up
        case .geluTanh: return 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) * up
        case .clamped(let limit):
            let most = Double(limit)
            return min(x, most) / (1 + exp(-1.702 * min(x, most))) * (max(-most, min(up, most)) + 1)
        }
    }
}
