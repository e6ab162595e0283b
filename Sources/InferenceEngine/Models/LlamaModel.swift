import WeightFormats

/// The Llama family's forward pass in float32.
///
/// A pass takes rows (tokens) of one or several sequences, each with its own cache. Not for use by two tasks at once:
/// all passes use the same buffers.
package final class LlamaModel {
    /// Tokens of one sequence that a pass is to take.
    struct Segment {
        let cache: KeyValueCache
        let tokens: [Int32]
        /// The first token whose logits are wanted; the number of tokens for none.
        let firstLogits: Int
    }

    /// What follows one token, for as long as the call lasts that it is given to.
    struct Logits {
        /// The sequence's place among those given.
        let sequence: Int
        /// The token's place among those given of the sequence.
        let token: Int
        /// [vocabulary]
        let values: UnsafeBufferPointer<Float>
        /// ln Σ e^value: a value less this is the logarithm of a probability.
        let logSum: Double
        /// The lowest id among those of the largest value.
        let likeliest: Int32
    }

    package let shape: LlamaConfiguration
    package let configuration: EngineConfiguration
    private let weights: LlamaWeights
    private let splitter: WorkSplitter
    private let budget: MemoryBudget
    private let rotary: RotaryTable
    private let attention: AttentionPass

    // Buffers for one tile: [tileRows, …]. Within the layers nothing is allocated.
    private let residual, normed, joined, attended, gated: FloatBuffer
    /// [logitRows, vocabulary]
    private let logits: FloatBuffer

    /// - Throws: `EngineError` for weights that are not those of `shape`, or too little memory.
    package init(
        _ table: WeightTable, shape: LlamaConfiguration, configuration: EngineConfiguration
    ) throws(EngineError) {
        try configuration.check()
        self.shape = shape
        self.configuration = configuration
        let budget = MemoryBudget(limit: configuration.maximumMemoryBytes, threads: configuration.threads)
        self.budget = budget
        splitter = WorkSplitter(threads: configuration.threads)
        rotary = RotaryTable(headWidth: shape.headWidth, base: shape.ropeBase, budget)
        attention = AttentionPass(shape, configuration, splitter, budget)
        weights = try LlamaWeights(table, shape, threads: configuration.threads, budget)
        func buffer(_ width: Int) throws(EngineError) -> FloatBuffer {
            try FloatBuffer(count: configuration.tileRows * width, budget, for: "the buffers of one tile")
        }
        residual = try buffer(shape.width)
        normed = try buffer(shape.width)
        joined = try buffer(shape.joinedWidth)
        attended = try buffer(shape.queryWidth)
        gated = try buffer(2 * shape.feedForwardWidth)
        logits = try FloatBuffer(count: configuration.logitRows * shape.vocabulary, budget, for: "the logits")
    }

    /// The longest sequence that is taken.
    package var contextLimit: Int { min(shape.contextLength, configuration.maximumContextTokens ?? .max) }

    func makeCache() -> KeyValueCache {
        KeyValueCache(layers: shape.layers, stride: shape.keyValueWidth, budget)
    }

    // MARK: Passes

    /// Passes the segments' tokens through the model and appends them to their caches.
    ///
    /// - Parameter receive: gets the logits that were asked for, in order.
    /// - Throws: before anything is computed: `contextExceeded`, `invalidRequest` for a token that the vocabulary does
    ///   not have, `limitExceeded`.
    func forward(_ segments: [Segment], receive: (Logits) -> Void) throws(EngineError) {
        for segment in segments { try prepare(segment.cache, for: segment.tokens) }
        var tile = Tile()
        for (number, segment) in segments.enumerated() {
            var taken = 0
            while taken < segment.tokens.count {
                let count = min(segment.tokens.count - taken, configuration.tileRows - tile.rows.count)
                for index in taken..<(taken + count) {
                    tile.add(segment.tokens[index], to: segment.cache, after: index - taken)
                    if index >= segment.firstLogits {
                        tile.wanted.append(.init(row: tile.rows.count - 1, sequence: number, token: index))
                    }
                }
                tile.closeSpan(segment.cache, count: count)
                taken += count
                if tile.rows.count == configuration.tileRows {
                    try pass(tile, receive)
                    tile = Tile()
                }
            }
        }
        if !tile.rows.isEmpty { try pass(tile, receive) }
    }

    /// Passes one token of each of at most `decodeRows` sequences. Sequence i is always row i of as many rows, those of
    /// no sequence being padding, so that what a sequence gets depends on its place but not on the others.
    ///
    /// - Parameter inputs: nil for a sequence that has ended.
    func step(_ inputs: [(cache: KeyValueCache, token: Int32)?], receive: (Logits) -> Void) throws(EngineError) {
        precondition(inputs.count <= configuration.decodeRows, "more sequences than decodeRows")
        for case let input? in inputs { try prepare(input.cache, for: [input.token]) }
        var tile = Tile()
        for number in 0..<configuration.decodeRows {
            if number < inputs.count, let input = inputs[number] {
                tile.add(input.token, to: input.cache, after: 0)
                tile.closeSpan(input.cache, count: 1)
                tile.wanted.append(.init(row: number, sequence: number, token: 0))
            } else {
                tile.addPadding()
                tile.wanted.append(.init(row: number, sequence: nil, token: 0))
            }
        }
        try pass(tile, receive)
    }

    private func prepare(_ cache: KeyValueCache, for tokens: [Int32]) throws(EngineError) {
        let length = cache.count + tokens.count
        guard length <= contextLimit else {
            throw EngineError(.contextExceeded, "\(length) tokens; at most \(contextLimit) are allowed")
        }
        for token in tokens where !(0..<shape.vocabulary).contains(Int(token)) {
            throw EngineError(.invalidRequest, "the token \(token) is not in the vocabulary of \(shape.vocabulary)")
        }
        try cache.reserve(length, limit: contextLimit)
    }

    private func pass(_ tile: Tile, _ receive: (Logits) -> Void) throws(EngineError) {
        let rows = tile.rows.count
        let longest = tile.spans.map { $0.cache.count + $0.count }.max() ?? 0
        let angles = try rotary.angles(below: longest, limit: contextLimit)
        let places = tile.rows.map { RowPlace($0, angles, headWidth: shape.headWidth) }
        try attention.prepare(tile.spans, longest: longest)
        for (row, entry) in tile.rows.enumerated() {
            let target = residual.base + row * shape.width
            if let entry {
                target.update(from: weights.embedding.base + Int(entry.token) * shape.width, count: shape.width)
            } else {
                target.update(repeating: 0, count: shape.width)
                (attended.base + row * shape.queryWidth).update(repeating: 0, count: shape.queryWidth)
            }
        }
        stage(rows) { openLayer(0, $0, $1, places) }
        for number in weights.layers.indices {
            attention.run(layer: number, joined: joined.base, into: attended.base)
            stage(rows) { range, isAlone in
                closeLayer(number, range, isAlone)
                if number + 1 < weights.layers.count { openLayer(number + 1, range, isAlone, places) }
            }
        }
        for span in tile.spans { span.cache.append(span.count) }
        project(tile.wanted, receive)
    }

    // MARK: Layers

    /// Work that each row can do without the others. A wide tile is cut by rows, and each piece goes through all of it
    /// on one thread; a narrow one stays whole, and each product is cut by columns.
    private func stage(_ rows: Int, _ body: (_ rows: Range<Int>, _ isAlone: Bool) -> Void) {
        if WorkShape.isWide(rows) {
            splitter.ranges(rows, grain: 4, pieces: WorkShape.rowPieces(rows)) { body($0, true) }
        } else {
            body(0..<rows, false)
        }
    }

    private func apply(
        _ linear: Linear, _ input: FloatBuffer, stride: Int, _ output: FloatBuffer, _ rows: Range<Int>, _ isAlone: Bool,
        adding: Bool = false
    ) {
        if isAlone {
            linear.apply(
                input.base, stride: stride, into: output.base, rows: rows, columns: 0..<linear.outputs, adding: adding)
        } else {
            splitter.ranges(linear.outputs, grain: WorkShape.columnGrain, pieces: WorkShape.columnPieces) { columns in
                linear.apply(input.base, stride: stride, into: output.base, rows: rows, columns: columns, adding: adding)
            }
        }
    }

    /// Element-wise work on each row, on this thread or on all: the result is the same.
    private func eachRow(_ rows: Range<Int>, _ isAlone: Bool, _ body: (Int) -> Void) {
        if isAlone || rows.count < 8 {
            for row in rows { body(row) }
        } else {
            splitter.ranges(rows.count, grain: 1, pieces: 2 * splitter.threads) { range in
                for row in range { body(rows.lowerBound + row) }
            }
        }
    }

    private func normalise(_ gain: FloatBuffer, _ rows: Range<Int>, _ isAlone: Bool) {
        eachRow(rows, isAlone) { row in
            Kernels.normalise(
                residual.base + row * shape.width, gain: gain.base, epsilon: shape.normEpsilon, count: shape.width,
                into: normed.base + row * shape.width)
        }
    }

    /// Up to the attention: queries stay in `joined`, turned; keys, turned, and values go to the caches.
    private func openLayer(_ number: Int, _ rows: Range<Int>, _ isAlone: Bool, _ places: [RowPlace]) {
        let layer = weights.layers[number]
        normalise(layer.attentionNorm, rows, isAlone)
        apply(layer.queryKeyValue, normed, stride: shape.width, joined, rows, isAlone)
        eachRow(rows, isAlone) { row in
            guard let place = places[row].cache else { return }
            let queries = joined.base + row * shape.joinedWidth
            for head in 0..<(shape.heads + shape.keyValueHeads) {
                Kernels.rotate(
                    queries + head * shape.headWidth, cosines: place.angles, sines: place.angles + shape.headWidth,
                    count: shape.headWidth)
            }
            let keys = place.keys + 2 * number * place.layerHalf
            keys.update(from: queries + shape.queryWidth, count: shape.keyValueWidth)
            (keys + place.layerHalf).update(
                from: queries + shape.queryWidth + shape.keyValueWidth, count: shape.keyValueWidth)
        }
    }

    /// From the attention to the layer's end.
    private func closeLayer(_ number: Int, _ rows: Range<Int>, _ isAlone: Bool) {
        let layer = weights.layers[number]
        let width = shape.feedForwardWidth
        apply(layer.attentionOutput, attended, stride: shape.queryWidth, residual, rows, isAlone, adding: true)
        normalise(layer.feedForwardNorm, rows, isAlone)
        apply(layer.gateUp, normed, stride: shape.width, gated, rows, isAlone)
        eachRow(rows, isAlone) { row in
            let gate = gated.base + row * 2 * width
            Kernels.gatedLinearUnit(gate, up: gate + width, count: width)
        }
        apply(layer.down, gated, stride: 2 * width, residual, rows, isAlone, adding: true)
    }

    /// The logits of the rows that are wanted, `logitRows` at a time.
    private func project(_ wanted: [Tile.Wanted], _ receive: (Logits) -> Void) {
        let vocabulary = shape.vocabulary
        var findings = [(logSum: Double, likeliest: Int32)](repeating: (0, 0), count: configuration.logitRows)
        for start in stride(from: 0, to: wanted.count, by: configuration.logitRows) {
            let rows = wanted[start..<min(start + configuration.logitRows, wanted.count)]
            for (index, entry) in rows.enumerated() {
                Kernels.normalise(
                    residual.base + entry.row * shape.width, gain: weights.outputNorm.base, epsilon: shape.normEpsilon,
                    count: shape.width, into: normed.base + index * shape.width)
            }
            apply(weights.output, normed, stride: shape.width, logits, 0..<rows.count, false)
            findings.withUnsafeMutableBufferPointer { findings in
                nonisolated(unsafe) let findings = findings
                splitter.perform(pieces: rows.count) { index, _ in
                    let values = logits.base + index * vocabulary
                    findings[index] = (
                        Kernels.logSumExp(values, count: vocabulary),
                        Int32(truncatingIfNeeded: Kernels.indexOfMaximum(values, count: vocabulary))
                    )
                }
            }
            for (index, entry) in rows.enumerated() {
                guard let sequence = entry.sequence else { continue }
                receive(
                    Logits(
                        sequence: sequence, token: entry.token,
                        values: UnsafeBufferPointer(start: logits.base + index * vocabulary, count: vocabulary),
                        logSum: findings[index].logSum, likeliest: findings[index].likeliest))
            }
        }
    }
}

/// The rows that go through the layers together.
private struct Tile {
    struct Row {
        let token: Int32
        let cache: KeyValueCache
        let position: Int
    }

    struct Wanted {
        let row: Int
        /// Nil for padding.
        let sequence: Int?
        let token: Int
    }

    /// Nil is padding.
    var rows: [Row?] = []
    var spans: [AttentionSpan] = []
    var wanted: [Wanted] = []

    /// - Parameter offset: tokens of the same sequence before it in this tile.
    mutating func add(_ token: Int32, to cache: KeyValueCache, after offset: Int) {
        rows.append(Row(token: token, cache: cache, position: cache.count + offset))
    }

    mutating func addPadding() { rows.append(nil) }

    /// Declares the last `count` rows a stretch of one sequence.
    mutating func closeSpan(_ cache: KeyValueCache, count: Int) {
        spans.append(AttentionSpan(cache: cache, firstRow: rows.count - count, count: count))
    }
}

/// Where a row's position has its angles, and where its keys and values go. The pointers hold while a pass lasts.
private struct RowPlace {
    struct Cache {
        /// Cosines, then sines.
        let angles: UnsafePointer<Float>
        /// The row's keys in layer 0.
        let keys: UnsafeMutablePointer<Float>
        /// Floats from a layer's keys to its values.
        let layerHalf: Int
    }

    /// Nil for padding.
    let cache: Cache?

    init(_ row: Tile.Row?, _ angles: UnsafePointer<Float>, headWidth: Int) {
        guard let row, let base = row.cache.base else {
            cache = nil
            return
        }
        cache = Cache(
            angles: angles + row.position * 2 * headWidth, keys: base + row.position * row.cache.stride,
            layerHalf: row.cache.capacity * row.cache.stride)
    }
}
