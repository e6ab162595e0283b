/// The keys and values of one sequence's tokens, in pages that sequences with the same beginning share.
///
/// Not for use by two tasks at once: a pass through the model appends to it.
package final class KeyValueCache {
    private let pool: CachePages
    /// Tokens held.
    package private(set) var tokens: [Int32] = []
    private(set) var pages: [CachePages.Page] = []
    /// Positions are embedded as in sequences of this length (`TransformerShape.embeddedLength`).
    package private(set) var embeddedLength: Int

    init(_ pool: CachePages, embeddedLength: Int) {
        self.pool = pool
        self.embeddedLength = embeddedLength
    }

    package var count: Int { tokens.count }

    /// Makes room for `count` tokens in all, in pages that no other sequence reads where new tokens go.
    func reserve(_ count: Int) throws(EngineError) {
        let first = self.count / CachePages.tokens
        if first < pages.count, !isKnownUniquelyReferenced(&pages[first]) {
            let own = try pool.page()
            own.buffer.base.update(from: pages[first].buffer.base, count: own.buffer.count)
            pages[first] = own
        }
        while pages.count * CachePages.tokens < count { pages.append(try pool.page()) }
    }

    /// Pages for `count` tokens that no other sequence reads, so that this one can begin again in them.
    func ownPages(for count: Int) throws(EngineError) -> [CachePages.Page] {
        var own: [CachePages.Page] = []
        for place in 0..<((count + CachePages.tokens - 1) / CachePages.tokens) {
            let isOwn = place < pages.count && isKnownUniquelyReferenced(&pages[place])
            own.append(isOwn ? pages[place] : try pool.page())
        }
        return own
    }

    /// Forgets all tokens; those that come are embedded as in sequences of another length.
    func begin(in pages: [CachePages.Page], embeddedLength: Int) {
        tokens = []
        self.pages = pages
        self.embeddedLength = embeddedLength
    }

    /// Takes in the tokens whose keys and values a pass has written.
    func append(_ tokens: ArraySlice<Int32>) { self.tokens += tokens }

    /// Forgets all tokens but the first `count`.
    package func truncate(to count: Int) {
        guard count < tokens.count else { return }
        tokens.removeLast(tokens.count - max(0, count))
        pages.removeLast(pages.count - (tokens.count + CachePages.tokens - 1) / CachePages.tokens)
    }

    /// A second sequence that begins with the first `count` tokens of this one.
    package func fork(at count: Int) -> KeyValueCache {
        let copy = KeyValueCache(pool, embeddedLength: embeddedLength)
        copy.tokens = Array(tokens.prefix(count))
        copy.pages = Array(pages.prefix((copy.tokens.count + CachePages.tokens - 1) / CachePages.tokens))
        return copy
    }
}

/// Pages of 64 tokens' keys and values in all layers. A page that nobody needs any more is kept for the next one.
final class CachePages {
    /// As many as a tile of the attention kernel takes in.
    static let tokens = 64

    final class Page {
        let buffer: FloatBuffer
        private let pool: CachePages

        fileprivate init(_ buffer: FloatBuffer, _ pool: CachePages) {
            self.buffer = buffer
            self.pool = pool
        }

        deinit { pool.takeBack(buffer) }
    }

    private let budget: MemoryBudget
    private let headWidth: Int
    private let paddedWidth: Int
    private let heads: Int
    private let layers: Int
    private var free: [FloatBuffer] = []
    /// Free pages that are kept, at most.
    private static let kept = 64

    init(_ shape: TransformerShape, _ budget: MemoryBudget) {
        self.budget = budget
        headWidth = shape.headWidth
        paddedWidth = shape.paddedHeadWidth
        heads = shape.keyValueHeads
        layers = shape.layers.count
        budget.reclaim = { [weak self] in self?.free = [] }
    }

    /// Floats of a page.
    var size: Int { layers * heads * Self.tokens * (headWidth + paddedWidth) }

    /// Where in a page a head's keys begin, [4, headWidth, 16].
    func keys(layer: Int, head: Int) -> Int { (layer * heads + head) * Self.tokens * (headWidth + paddedWidth) }

    /// Where in a page a head's values begin, [64, paddedWidth].
    func values(layer: Int, head: Int) -> Int { keys(layer: layer, head: head) + Self.tokens * headWidth }

    /// Writes one token's keys and values, [heads, headWidth] each, in one layer.
    func write(
        _ page: UnsafeMutablePointer<Float>, place: Int, layer: Int, keys newKeys: UnsafePointer<Float>, values newValues: UnsafePointer<Float>
    ) {
        for head in 0..<heads {
            let keys = page + (keys(layer: layer, head: head) + place / 16 * headWidth * 16 + place % 16)
            let source = newKeys + head * headWidth
            for element in 0..<headWidth { keys[16 * element] = source[element] }
            let values = page + (values(layer: layer, head: head) + place * paddedWidth)
            values.update(from: newValues + head * headWidth, count: headWidth)
        }
    }

    fileprivate func page() throws(EngineError) -> Page {
        if let buffer = free.popLast() { return Page(buffer, self) }
        return Page(try FloatBuffer(count: size, budget, for: "the keys and values of \(Self.tokens) tokens"), self)
    }

    private func takeBack(_ buffer: FloatBuffer) {
        if free.count < Self.kept { free.append(buffer) }
    }
}
