import CKernels

/// A stretch of one sequence within a tile: its rows follow `cache`'s tokens.
struct AttentionSpan {
    let cache: KeyValueCache
    let firstRow: Int
    let count: Int
}

/// Causal attention with grouped queries, softmax(q kᵀ · scale) v (Vaswani et al. 2017, equation 1; Ainslie et al.
/// 2023), 64 keys at a time with a running maximum (Milakov and Gimelshein 2018), so that memory does not grow with the
/// context.
final class AttentionPass {
    /// Query rows of heads that share their keys.
    private struct Block {
        let span: Int
        let keyValueHead: Int
        /// Rows of the span.
        let rows: Range<Int>
    }

    private let shape: TransformerShape
    private let pool: CachePages
    private let kernels: VectorKernels
    private let splitter: WorkSplitter
    /// Rows of a block, so that it has about 48 queries: some registers' worth, for each page that is read.
    private let blockRows: Int
    private var spans: [AttentionSpan] = []
    private var blocks: [Block] = []
    /// Of each span the addresses of its pages.
    private var pages: [[UnsafePointer<Float>?]] = []
    /// For each thread what the kernel needs.
    private let scratch: [FloatBuffer]

    init(
        _ shape: TransformerShape, _ pool: CachePages, _ kernels: VectorKernels, _ splitter: WorkSplitter, _ budget: MemoryBudget
    ) throws(EngineError) {
        self.shape = shape
        self.pool = pool
        self.kernels = kernels
        self.splitter = splitter
        let group = shape.heads / shape.keyValueHeads
        blockRows = max(1, 48 / group)
        var scratch: [FloatBuffer] = []
        for _ in 0..<splitter.threads {
            scratch.append(
                try FloatBuffer(
                    count: blockRows * group * shape.paddedHeadWidth + 6 * CachePages.tokens, budget, for: "the attention's scores"))
        }
        self.scratch = scratch
    }

    /// Lays out the blocks of one tile.
    func prepare(_ spans: [AttentionSpan]) {
        self.spans = spans
        pages = spans.map { span in span.cache.pages.map { UnsafePointer($0.buffer.base) } }
        blocks.removeAll(keepingCapacity: true)
        for (number, span) in spans.enumerated() {
            // The longest first, so that no thread is left with one at the end.
            for start in stride(from: 0, to: span.count, by: blockRows).reversed() {
                for head in 0..<shape.keyValueHeads {
                    blocks.append(Block(span: number, keyValueHead: head, rows: start..<min(span.count, start + blockRows)))
                }
            }
        }
    }

    /// - Parameters:
    ///   - joined: [rows, joinedWidth], queries first.
    ///   - sinks: [heads], or nil.
    ///   - attended: [rows, queryWidth].
    func run(
        layer: Int, joined: UnsafePointer<Float>, sinks: UnsafePointer<Float>?, into attended: UnsafeMutablePointer<Float>
    ) {
        splitter.perform(pieces: blocks.count) { piece, thread in
            run(blocks[piece], layer, joined, sinks, attended, scratch[thread].base)
        }
    }

    /// What `run` weighs the values by, worked out row by row; it is for looking at, not for speed.
    func weights(
        layer: Int, joined: UnsafePointer<Float>, sinks: UnsafePointer<Float>?, _ tile: Tile, _ read: (Observer.AttentionRow) -> Void
    ) {
        let group = shape.heads / shape.keyValueHeads
        let window = shape.layers[layer].window ?? .max
        for (row, entry) in tile.rows.enumerated() {
            for head in 0..<shape.heads {
                let query = joined + (row * shape.joinedWidth + head * shape.headWidth)
                let first = pool.keys(layer: layer, head: head / group)
                let seen = max(0, entry.position + 1 - min(window, entry.position + 1))...entry.position
                var scores = seen.map { position in
                    let place = position % CachePages.tokens
                    let key = entry.cache.pages[position / CachePages.tokens].buffer.base + first + place / 16 * 16 * shape.headWidth + place % 16
                    return (0..<shape.headWidth).reduce(Float(0)) { $0 + query[$1] * key[16 * $1] } * shape.attentionScale
                }
                if let cap = shape.attentionSoftcap { kernels.softcap(&scores, count: scores.count, cap: cap) }
                // A sink takes its share and gives nothing.
                if let sinks { scores.append(sinks[head]) }
                let sum = kernels.exponentials(&scores, count: scores.count)
                let weights = [Float](repeating: 0, count: seen.lowerBound) + scores.prefix(seen.count).map { $0 / sum }
                read(.init(layer: layer, head: head, sequence: entry.sequence, position: entry.position, weights: weights))
            }
        }
    }

    private func run(
        _ block: Block, _ layer: Int, _ joined: UnsafePointer<Float>, _ sinks: UnsafePointer<Float>?,
        _ attended: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>
    ) {
        let group = shape.heads / shape.keyValueHeads
        let span = spans[block.span]
        let window = shape.layers[layer].window ?? .max
        withUnsafeTemporaryAllocation(of: ck_query.self, capacity: block.rows.count * group) { queries in
            var number = 0
            for row in block.rows {
                let end = span.cache.count + row + 1
                for member in 0..<group {
                    let head = block.keyValueHead * group + member
                    queries[number] = ck_query(
                        query: joined + ((span.firstRow + row) * shape.joinedWidth + head * shape.headWidth),
                        output: attended + ((span.firstRow + row) * shape.queryWidth + head * shape.headWidth),
                        from: Int64(end > window ? end - window : 0), to: Int64(end), largest: sinks.map { $0[head] } ?? -.infinity,
                        sum: sinks == nil ? 0 : 1)
                    number += 1
                }
            }
            pages[block.span].withUnsafeBufferPointer { pages in
                var task = ck_attention(
                    queries: queries.baseAddress, count: Int64(number), width: Int64(shape.headWidth), pages: pages.baseAddress,
                    key_offset: Int64(pool.keys(layer: layer, head: block.keyValueHead)),
                    value_offset: Int64(pool.values(layer: layer, head: block.keyValueHead)), scale: shape.attentionScale,
                    softcap: shape.attentionSoftcap ?? 0, scratch: scratch)
                kernels.table.pointee.attend(&task)
            }
        }
    }
}
