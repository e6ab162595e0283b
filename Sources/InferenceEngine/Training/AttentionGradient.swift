import CKernels
import Glibc

/// Causal attention with grouped queries over whole sequences, and its backward pass.
///
/// Scores are worked out again on the way back, a block of queries at a time, so that memory grows with a sequence's
/// length and not with its square (as Dao et al. 2022, section 3.2).
final class AttentionGradient {
    private let shape: TransformerShape
    private let kernels: VectorKernels
    private let splitter: WorkSplitter
    private let longest: Int
    private let scratch: [Scratch]
    /// Queries of one head that are taken together.
    private static let block = 30

    /// What one thread needs.
    private struct Scratch {
        /// [headWidth, longest]: keys and values, turned.
        let keys, values: FloatBuffer
        /// [block, longest]; `capped` only where scores have a softcap.
        let weights, slopes: FloatBuffer
        let capped: FloatBuffer?
        /// [longest, block]
        let turned: FloatBuffer
    }

    init(
        _ shape: TransformerShape, _ products: Products, longest: Int, _ budget: MemoryBudget
    ) throws(EngineError) {
        self.shape = shape
        kernels = products.kernels
        splitter = products.splitter
        self.longest = longest
        func buffer(_ count: Int) throws(EngineError) -> FloatBuffer { try FloatBuffer(count: count, budget, for: "the attention's scores") }
        var scratch: [Scratch] = []
        for _ in 0..<splitter.threads {
            scratch.append(
                Scratch(
                    keys: try buffer(shape.headWidth * longest), values: try buffer(shape.headWidth * longest),
                    weights: try buffer(Self.block * longest), slopes: try buffer(Self.block * longest),
                    capped: shape.attentionSoftcap == nil ? nil : try buffer(Self.block * longest), turned: try buffer(Self.block * longest)))
        }
        self.scratch = scratch
    }

    private var group: Int { shape.heads / shape.keyValueHeads }

    /// The queries of one head that are taken together, and the keys that any of them sees.
    private struct Block {
        let head: Int
        let rows: Range<Int>
        let keys: Range<Int>
    }

    private func blocks(of count: Int, keyValueHead: Int, window: Int, _ body: (Block) -> Void) {
        for first in stride(from: 0, to: count, by: Self.block) {
            let end = min(count, first + Self.block)
            for member in 0..<group {
                body(Block(head: keyValueHead * group + member, rows: first..<end, keys: (first >= window ? first + 1 - window : 0)..<end))
            }
        }
    }

    /// - Parameters:
    ///   - turned: [rows, joinedWidth]: queries, keys and values as they meet.
    ///   - attended: [rows, queryWidth]
    func forward(
        _ spans: [TrainingRows.Span], window: Int?, sinks: FloatBuffer?, _ turned: UnsafePointer<Float>,
        into attended: UnsafeMutablePointer<Float>
    ) {
        splitter.perform(pieces: spans.count * shape.keyValueHeads) { piece, thread in
            let (span, head) = (spans[piece / shape.keyValueHeads], piece % shape.keyValueHeads)
            let scratch = scratch[thread]
            let joined = turned + span.first * shape.joinedWidth
            turnKeys(joined, head, span.count, scratch)
            let values = joined + (shape.queryWidth + shape.keyValueWidth + head * shape.headWidth)
            blocks(of: span.count, keyValueHead: head, window: window ?? .max) { block in
                weigh(block, joined, window, sinks, span.count, scratch) { _, _ in }
                kernels.plain(
                    scratch.weights.base, block.keys.count, rows: block.rows.count, values + block.keys.lowerBound * shape.joinedWidth,
                    shape.joinedWidth, columns: shape.headWidth, inner: block.keys.count,
                    into: attended + ((span.first + block.rows.lowerBound) * shape.queryWidth + block.head * shape.headWidth), shape.queryWidth)
            }
        }
    }

    /// - Parameters:
    ///   - attended: what `forward` gave.
    ///   - gradient: by `attended`.
    ///   - result: by `turned`, [rows, joinedWidth], overwritten.
    ///   - sinkGradient: [heads], added to.
    func backward(
        _ spans: [TrainingRows.Span], window: Int?, sinks: FloatBuffer?, _ turned: UnsafePointer<Float>, attended: UnsafePointer<Float>,
        _ gradient: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, sinkGradient: FloatBuffer?
    ) {
        let (width, joinedWidth) = (shape.headWidth, shape.joinedWidth)
        var sinkSums = [Float](repeating: 0, count: spans.count * shape.heads)
        sinkSums.withUnsafeMutableBufferPointer { sums in
            nonisolated(unsafe) let sums = sums
            splitter.perform(pieces: spans.count * shape.keyValueHeads) { piece, thread in
                let (number, head) = (piece / shape.keyValueHeads, piece % shape.keyValueHeads)
                let span = spans[number]
                let scratch = scratch[thread]
                let joined = turned + span.first * joinedWidth
                let slopes = result + span.first * joinedWidth
                let (keyPlace, valuePlace) = (
                    shape.queryWidth + head * width, shape.queryWidth + shape.keyValueWidth + head * width
                )
                turnKeys(joined, head, span.count, scratch)
                kernels.transpose(joined + valuePlace, joinedWidth, rows: span.count, columns: width, into: scratch.values.base, span.count)
                for row in 0..<span.count {
                    (slopes + (row * joinedWidth + keyPlace)).update(repeating: 0, count: width)
                    (slopes + (row * joinedWidth + valuePlace)).update(repeating: 0, count: width)
                }
                blocks(of: span.count, keyValueHead: head, window: window ?? .max) { block in
                    let (rows, keys) = (block.rows.count, block.keys.count)
                    let place = (span.first + block.rows.lowerBound) * shape.queryWidth + block.head * width
                    let weights = scratch.weights.base
                    // Σ p dp of a row is the derivative by what was attended, times that.
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.block) { shares in
                        for row in 0..<rows {
                            let own = place + row * shape.queryWidth
                            shares[row] = kernels.dot(attended + own, gradient + own, count: width)
                        }
                        weigh(block, joined, window, sinks, span.count, scratch) { row, sink in
                            sums[number * shape.heads + block.head] -= sink * shares[row]
                        }
                        kernels.transpose(weights, keys, rows: rows, columns: keys, into: scratch.turned.base, rows)
                        kernels.plain(
                            scratch.turned.base, rows, rows: keys, gradient + place, shape.queryWidth, columns: width, inner: rows,
                            into: slopes + (block.keys.lowerBound * joinedWidth + valuePlace), joinedWidth, adding: true)
                        kernels.plain(
                            gradient + place, shape.queryWidth, rows: rows, scratch.values.base + block.keys.lowerBound, span.count,
                            columns: keys, inner: width, into: scratch.slopes.base, keys)
                        for row in 0..<rows {
                            kernels.table.pointee.softmax_gradient(
                                weights + row * keys, scratch.slopes.base + row * keys, shares[row], shape.attentionScale,
                                scratch.capped.map { UnsafePointer($0.base + row * keys) }, shape.attentionSoftcap ?? 0, Int64(keys))
                        }
                    }
                    let queries = block.rows.lowerBound * joinedWidth + block.head * width
                    kernels.plain(
                        weights, keys, rows: rows, joined + (block.keys.lowerBound * joinedWidth + keyPlace), joinedWidth, columns: width,
                        inner: keys, into: slopes + queries, joinedWidth)
                    kernels.transpose(weights, keys, rows: rows, columns: keys, into: scratch.turned.base, rows)
                    kernels.plain(
                        scratch.turned.base, rows, rows: keys, joined + queries, joinedWidth, columns: width, inner: rows,
                        into: slopes + (block.keys.lowerBound * joinedWidth + keyPlace), joinedWidth, adding: true)
                }
            }
        }
        guard let sinkGradient else { return }
        for number in spans.indices {
            for head in 0..<shape.heads { sinkGradient.base[head] += sinkSums[number * shape.heads + head] }
        }
    }

    private func turnKeys(_ joined: UnsafePointer<Float>, _ head: Int, _ count: Int, _ scratch: Scratch) {
        kernels.transpose(
            joined + (shape.queryWidth + head * shape.headWidth), shape.joinedWidth, rows: count, columns: shape.headWidth,
            into: scratch.keys.base, count)
    }

    /// The shares that a block's keys have for each of its queries, [rows, keys] in `weights`; 0 for keys not seen.
    ///
    /// - Parameter receive: gets each row's number in the block and the sink's share.
    private func weigh(
        _ block: Block, _ joined: UnsafePointer<Float>, _ window: Int?, _ sinks: FloatBuffer?, _ count: Int, _ scratch: Scratch,
        _ receive: (_ row: Int, _ sink: Float) -> Void
    ) {
        let keys = block.keys.count
        kernels.plain(
            joined + (block.rows.lowerBound * shape.joinedWidth + block.head * shape.headWidth), shape.joinedWidth, rows: block.rows.count,
            scratch.keys.base + block.keys.lowerBound, count, columns: keys, inner: shape.headWidth, into: scratch.weights.base, keys)
        for (number, row) in block.rows.enumerated() {
            let scores = scratch.weights.base + number * keys
            let first = max(0, row - (window ?? .max) + 1) - block.keys.lowerBound
            let end = row + 1 - block.keys.lowerBound
            Kernels.scale(scores, by: shape.attentionScale, count: keys)
            if let cap = shape.attentionSoftcap, let capped = scratch.capped {
                kernels.softcap(scores, count: keys, cap: cap)
                (capped.base + number * keys).update(from: scores, count: keys)
            }
            let seen = scores + first
            var largest = kernels.maximum(seen, count: end - first)
            let sink = sinks.map { $0.base[block.head] }
            if let sink, sink > largest { largest = sink }
            var sum = kernels.table.pointee.exponentials(seen, Int64(end - first), largest)
            var share: Float = 0
            if var sink {
                share = kernels.table.pointee.exponentials(&sink, 1, largest)
                sum += share
            }
            Kernels.scale(seen, by: 1 / sum, count: end - first)
            scores.update(repeating: 0, count: first)
            (scores + end).update(repeating: 0, count: keys - end)
            receive(number, share / sum)
        }
    }
}
