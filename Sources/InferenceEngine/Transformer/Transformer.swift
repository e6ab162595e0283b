import WeightFormats

/// A decoder-only transformer's forward pass in float32.
///
/// A pass takes rows (tokens) of one or several sequences, each with its own cache. What a row gets depends on its
/// sequence's tokens alone: every sum has an order that does not know which rows are computed together. Not for use by
/// two tasks at once: all passes use the same buffers.
package final class Transformer {
    /// Tokens of one sequence that a pass is to take.
    package struct Segment {
        let cache: KeyValueCache
        let tokens: [Int32]
        /// The first token whose logits are wanted; the number of tokens for none.
        let firstLogits: Int

        package init(cache: KeyValueCache, tokens: [Int32], firstLogits: Int) {
            self.cache = cache
            self.tokens = tokens
            self.firstLogits = firstLogits
        }
    }

    /// What follows one token, for as long as the call lasts that it is given to.
    package struct Logits {
        /// The sequence's place among those given.
        package let sequence: Int
        /// The token's place among those given of the sequence.
        package let token: Int
        /// [vocabulary]
        package let values: UnsafeBufferPointer<Float>
        /// ln Σ e^value: a value less this is the logarithm of a probability.
        package let logSum: Double
        /// The lowest id among those of the largest value.
        package let likeliest: Int32
    }

    package let shape: TransformerShape
    package let configuration: EngineConfiguration
    /// For every pass from now on. A cache that was begun under others must not be continued.
    var interventions = Interventions()
    /// Reads along, while there is one.
    var observer: Observer?
    /// The weights lie in its files.
    private let stored: LogicalWeights
    let names: TensorNames
    let weights: TransformerWeights
    let products: Products
    let budget: MemoryBudget
    private let pool: CachePages
    private let rotaries: RotaryTables
    private let attention: AttentionPass
    private let mixer: ExpertMixer?

    // Buffers for one tile: [tileRows, …]. Within the layers nothing is allocated.
    private let residual, normed, joined, attended, gated: FloatBuffer
    /// [logitRows, vocabulary]
    private let logits: FloatBuffer

    /// - Throws: `EngineError` for weights that are not those of `shape`, or too little memory.
    package init(
        _ stored: LogicalWeights, _ description: ModelDescription, configuration: EngineConfiguration
    ) throws(EngineError) {
        let shape = description.shape
        try configuration.check()
        try shape.check()
        self.stored = stored
        self.shape = shape
        names = description.names
        self.configuration = configuration
        let budget = MemoryBudget(limit: configuration.maximumMemoryBytes, threads: configuration.threads)
        self.budget = budget
        guard let kernels = configuration.kernels.map({ VectorKernels($0) }) ?? .best else {
            throw EngineError(.invalidRequest, "this processor has no \(configuration.kernels?.rawValue ?? "") kernels")
        }
        let splitter = WorkSplitter(threads: configuration.threads)
        weights = try TransformerWeights(stored, shape, names, budget)
        rotaries = RotaryTables(shape.rotaries, budget)
        pool = CachePages(shape, budget)
        let widest = max(shape.width, shape.queryWidth, shape.feedForwardWidth)
        products = try Products(kernels, splitter, widest: widest, budget)
        attention = try AttentionPass(shape, pool, kernels, splitter, budget)
        func buffer(_ width: Int) throws(EngineError) -> FloatBuffer {
            try FloatBuffer(count: configuration.tileRows * width, budget, for: "the buffers of one tile")
        }
        residual = try buffer(shape.width)
        normed = try buffer(shape.width)
        joined = try buffer(shape.joinedWidth)
        attended = try buffer(max(shape.queryWidth, shape.width))
        gated = try buffer(2 * shape.feedForwardWidth)
        mixer = try ExpertMixer(shape, products, rows: configuration.tileRows, budget)
        logits = try FloatBuffer(count: configuration.logitRows * shape.vocabulary, budget, for: "the logits")
    }

    /// The longest sequence that is taken.
    package var contextLimit: Int { min(shape.contextLength, configuration.maximumContextTokens ?? .max) }

    /// - Parameter embeddedLength: the shape's, of the tokens that the sequence will have in all, where that is known.
    package func makeCache(embeddedLength: Int = 0) -> KeyValueCache { KeyValueCache(pool, embeddedLength: embeddedLength) }

    // MARK: Passes

    /// Passes the segments' tokens through the model and appends them to their caches, which must be different ones.
    ///
    /// - Parameter receive: gets the logits that were asked for, in order.
    /// - Throws: before anything is computed: `contextExceeded`, `invalidRequest` for a token that the vocabulary does
    ///   not have, `limitExceeded`.
    package func forward(_ segments: [Segment], receive: (Logits) -> Void) throws(EngineError) {
        for segment in segments { try check(segment) }
        var begun: [Beginning] = []
        for segment in segments { begun.append(try prepare(segment)) }
        let longest = segments.map { $0.cache.count + $0.tokens.count }.max() ?? 0
        let angles = try rotaries.angles(of: begun.map(\.embeddedLength), below: longest, limit: contextLimit)
        // Nothing fails from here on, so that no sequence has lost its tokens where another had no room.
        var tile = Tile()
        for (number, segment) in segments.enumerated() {
            let repeated = begin(segment, begun[number])
            tile.begin(segment.cache, sequence: number)
            for (place, token) in (repeated + segment.tokens).enumerated() {
                tile.add(token)
                if place - repeated.count >= segment.firstLogits {
                    tile.wanted.append(.init(row: tile.rows.count - 1, sequence: number, token: place - repeated.count))
                }
                if tile.rows.count == configuration.tileRows {
                    pass(&tile, angles, receive)
                    tile = Tile()
                    tile.begin(segment.cache, sequence: number)
                }
            }
        }
        pass(&tile, angles, receive)
    }

    private func check(_ segment: Segment) throws(EngineError) {
        let length = segment.cache.count + segment.tokens.count
        guard length <= contextLimit else {
            throw EngineError(.contextExceeded, "\(length) tokens; at most \(contextLimit) are allowed")
        }
        for token in segment.tokens where !(0..<shape.vocabulary).contains(Int(token)) {
            throw EngineError(.invalidRequest, "the token \(token) is not in the vocabulary of \(shape.vocabulary)")
        }
    }

    /// What a segment's cache will be when it is computed.
    private struct Beginning {
        let embeddedLength: Int
        /// Where all is computed again from the first token on, as every position is embedded otherwise at the new length.
        let pages: [CachePages.Page]?
    }

    /// Makes room for a segment's tokens; what the cache holds stays.
    private func prepare(_ segment: Segment) throws(EngineError) -> Beginning {
        let cache = segment.cache
        let count = cache.count + segment.tokens.count
        let embeddedLength = shape.embeddedLength(of: count)
        guard embeddedLength > cache.embeddedLength else {
            try cache.reserve(count)
            return Beginning(embeddedLength: cache.embeddedLength, pages: nil)
        }
        return Beginning(embeddedLength: embeddedLength, pages: try cache.ownPages(for: count))
    }

    /// The tokens to be computed again.
    private func begin(_ segment: Segment, _ beginning: Beginning) -> [Int32] {
        guard let pages = beginning.pages else { return [] }
        let before = segment.cache.tokens
        segment.cache.begin(in: pages, embeddedLength: beginning.embeddedLength)
        return before
    }

    private func pass(_ tile: inout Tile, _ angles: [UnsafePointer<Float>], _ receive: (Logits) -> Void) {
        guard !tile.rows.isEmpty else { return }
        tile.end()
        attention.prepare(tile.spans)
        let rows = tile.rows.count
        eachRow(rows) { row in
            let target = residual.base + row * shape.width
            let token = Int(tile.rows[row].token)
            let values = weights.embedding.floats(token..<(token + 1), products.kernels, scratch: target)
            if values != UnsafePointer(target) { target.update(from: values, count: shape.width) }
            if shape.embeddingScale != 1 { Kernels.scale(target, by: shape.embeddingScale, count: shape.width) }
        }
        intervene(tile, at: .embedded)
        for number in weights.layers.indices where !interventions.skippedLayers.contains(number) {
            attend(number, tile, angles)
            intervene(tile, at: .attended(layer: number))
            feed(number, rows)
            intervene(tile, at: .fed(layer: number))
        }
        for span in tile.spans { span.cache.append(tile.rows[span.firstRow..<(span.firstRow + span.count)].map(\.token)[...]) }
        project(tile.wanted, receive)
    }

    private func intervene(_ tile: Tile, at place: Interventions.Place) {
        if !interventions.edits.isEmpty {
            eachRow(tile.rows.count) { row in interventions.edit(residual.base + row * shape.width, at: place) }
        }
        guard let observer, observer.places.contains(place) else { return }
        for (row, entry) in tile.rows.enumerated() {
            let values = UnsafeBufferPointer(start: residual.base + row * shape.width, count: shape.width)
            observer.read(.init(place: place, sequence: entry.sequence, position: entry.position, values: values))
        }
    }

    // MARK: Layers

    /// Element-wise work on each row, on this thread or on all: the result is the same.
    private func eachRow(_ rows: Int, _ body: (Int) -> Void) {
        if rows < 8 {
            for row in 0..<rows { body(row) }
        } else {
            products.splitter.ranges(rows, grain: 1, pieces: 4 * products.splitter.threads) { range in
                for row in range { body(row) }
            }
        }
    }

    /// The rows that a layer's half starts from: the stream's, normalised where the family does that before.
    private func opened(_ gain: FloatBuffer?, _ rows: Int) -> FloatBuffer {
        guard let gain else { return residual }
        eachRow(rows) { row in
            Kernels.normalise(
                residual.base + row * shape.width, gain: gain.base, epsilon: shape.normEpsilon, count: shape.width,
                into: normed.base + row * shape.width)
        }
        return normed
    }

    /// Adds what a layer's half gives, in rows of `width` in `result`, to the stream.
    private func close(_ result: FloatBuffer, _ gain: FloatBuffer?, _ rows: Int) {
        eachRow(rows) { row in
            let values = result.base + row * shape.width
            if let gain {
                Kernels.normalise(values, gain: gain.base, epsilon: shape.normEpsilon, count: shape.width, into: values)
            }
            Kernels.add(values, times: shape.residualScale, to: residual.base + row * shape.width, count: shape.width)
        }
    }

    /// Whether a product can be added to the stream where it is computed.
    private func addsDirectly(_ gain: FloatBuffer?) -> Bool { gain == nil && shape.residualScale == 1 }

    private func attend(_ number: Int, _ tile: Tile, _ angles: [UnsafePointer<Float>]) {
        let layer = weights.layers[number]
        let rows = tile.rows.count
        let input = opened(layer.attentionNorm, rows)
        products.apply(layer.queryKeyValue, input.base, stride: shape.width, rows: rows, into: joined.base, stride: shape.joinedWidth)
        let rotary = shape.layers[number].rotary
        eachRow(rows) { row in
            let entry = tile.rows[row]
            let queries = joined.base + row * shape.joinedWidth
            normaliseHeads(queries, layer)
            if let limit = shape.queryKeyValueLimit { Kernels.hold(queries, within: limit, count: shape.joinedWidth) }
            if let rotary {
                let form = shape.rotaries[rotary]
                let start = angles[entry.sequence * shape.rotaries.count + rotary] + entry.position * 2 * form.angleStride
                for head in 0..<(shape.heads + shape.keyValueHeads) { form.turn(queries + head * shape.headWidth, by: start) }
            }
            let page = entry.cache.pages[entry.position / CachePages.tokens].buffer.base
            pool.write(
                page, place: entry.position % CachePages.tokens, layer: number, keys: queries + shape.queryWidth,
                values: queries + shape.queryWidth + shape.keyValueWidth)
        }
        attention.run(layer: number, joined: joined.base, sinks: layer.sinks.map { UnsafePointer($0.base) }, into: attended.base)
        if let observer, observer.attentionLayers.contains(number) {
            attention.weights(
                layer: number, joined: joined.base, sinks: layer.sinks.map { UnsafePointer($0.base) }, tile, observer.readAttention)
        }
        let isDirect = addsDirectly(layer.attentionPostNorm)
        let target = isDirect ? residual : normed
        products.apply(
            layer.attentionOutput, attended.base, stride: shape.queryWidth, rows: rows, into: target.base, stride: shape.width, adding: isDirect)
        if !isDirect { close(target, layer.attentionPostNorm, rows) }
    }

    private func normaliseHeads(_ queries: UnsafeMutablePointer<Float>, _ layer: TransformerWeights.Layer) {
        guard let queryNorm = layer.queryNorm, let keyNorm = layer.keyNorm else { return }
        func normalise(_ row: UnsafeMutablePointer<Float>, _ gain: FloatBuffer, _ count: Int) {
            Kernels.normalise(row, gain: gain.base, epsilon: shape.normEpsilon, count: count, into: row)
        }
        if shape.queryKeyNorm == .row {
            normalise(queries, queryNorm, shape.queryWidth)
            normalise(queries + shape.queryWidth, keyNorm, shape.keyValueWidth)
        } else {
            for head in 0..<(shape.heads + shape.keyValueHeads) {
                normalise(queries + head * shape.headWidth, head < shape.heads ? queryNorm : keyNorm, shape.headWidth)
            }
        }
    }

    private func feed(_ number: Int, _ rows: Int) {
        let layer = weights.layers[number]
        let form = shape.layers[number].feedForward
        let input = opened(layer.feedForwardNorm, rows)
        switch layer.feedForward {
        case .dense(let network):
            let width = form.width
            products.apply(network.gateUp, input.base, stride: shape.width, rows: rows, into: gated.base, stride: 2 * width)
            eachRow(rows) { row in
                let gate = gated.base + row * 2 * width
                products.kernels.gate(form.activation, gate, up: gate + width, count: width)
            }
            let isDirect = addsDirectly(layer.feedForwardPostNorm)
            let target = isDirect ? residual : normed
            products.apply(
                network.down, gated.base, stride: 2 * width, rows: rows, into: target.base, stride: shape.width, adding: isDirect)
            if !isDirect { close(target, layer.feedForwardPostNorm, rows) }
        case .mixture(let router, let networks):
            mixer?.run(router, networks, form, input.base, rows: rows, gated: gated.base, into: attended.base)
            close(attended, layer.feedForwardPostNorm, rows)
        }
    }

    /// The logits that a stream would give if the layers ended there: the logit lens (nostalgebraist 2020).
    ///
    /// - Parameter stream: [width]
    /// - Returns: [vocabulary]
    package func logits(ofStream stream: [Float]) throws(EngineError) -> [Float] {
        guard stream.count == shape.width else {
            throw EngineError(.invalidRequest, "a stream has \(shape.width) elements, not \(stream.count)")
        }
        var found: [Float] = []
        residual.base.update(from: stream, count: stream.count)
        project([.init(row: 0, sequence: 0, token: 0)]) { found = Array($0.values) }
        return found
    }

    /// The logits of the rows that are wanted, `logitRows` at a time.
    private func project(_ wanted: [Tile.Wanted], _ receive: (Logits) -> Void) {
        let vocabulary = shape.vocabulary
        let kernels = products.kernels
        var findings = [(logSum: Double, likeliest: Int32)](repeating: (0, 0), count: configuration.logitRows)
        for start in stride(from: 0, to: wanted.count, by: configuration.logitRows) {
            let rows = wanted[start..<min(start + configuration.logitRows, wanted.count)]
            for (index, entry) in rows.enumerated() {
                Kernels.normalise(
                    residual.base + entry.row * shape.width, gain: weights.outputNorm.base, epsilon: shape.normEpsilon,
                    count: shape.width, into: normed.base + index * shape.width)
            }
            products.apply(
                weights.output, normed.base, stride: shape.width, rows: rows.count, into: logits.base, stride: vocabulary)
            findings.withUnsafeMutableBufferPointer { findings in
                nonisolated(unsafe) let findings = findings
                products.splitter.perform(pieces: rows.count) { index, _ in
                    let values = logits.base + index * vocabulary
                    if shape.logitScale != 1 { Kernels.scale(values, by: shape.logitScale, count: vocabulary) }
                    if let cap = shape.logitSoftcap { kernels.softcap(values, count: vocabulary, cap: cap) }
                    findings[index] = (
                        kernels.logSumExp(values, count: vocabulary),
                        Int32(truncatingIfNeeded: kernels.indexOfMaximum(values, count: vocabulary))
                    )
                }
            }
            for (index, entry) in rows.enumerated() {
                receive(
                    Logits(
                        sequence: entry.sequence, token: entry.token,
                        values: UnsafeBufferPointer(start: logits.base + index * vocabulary, count: vocabulary),
                        logSum: findings[index].logSum, likeliest: findings[index].likeliest))
            }
        }
    }
}
