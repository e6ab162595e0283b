/// The caches of beginnings that were read lately, such as the examples before every question of a suite.
///
/// Whether one is found changes no bit, only the time.
final class PrefixStore {
    /// Fewer tokens are not worth a pass of their own.
    static let worthwhile = 16
    private static let kept = 4
    /// The one used last at the end.
    private var caches: [KeyValueCache] = []

    /// A cache for a sequence that begins with `tokens`, holding as many of them as have been read before.
    ///
    /// - Parameters:
    ///   - limit: tokens that it may hold: those after it are wanted computed.
    ///   - embeddedLength: the shape's, of the tokens that the sequence will have in all.
    func cache(for tokens: ArraySlice<Int32>, upTo limit: Int, embeddedLength: Int, _ model: Transformer) -> KeyValueCache {
        var best: (place: Int, count: Int)?
        for (place, cache) in caches.enumerated() where cache.embeddedLength == embeddedLength {
            let count = tokens.prefix(limit).countShared(with: cache.tokens[...])
            if count > best?.count ?? 0 { best = (place, count) }
        }
        guard let best else { return model.makeCache(embeddedLength: embeddedLength) }
        let cache = caches.remove(at: best.place)
        caches.append(cache)
        return cache.fork(at: best.count)
    }

    /// Keeps what a cache holds.
    func keep(_ cache: KeyValueCache) {
        guard cache.count >= Self.worthwhile else { return }
        // One that the new one continues is not needed beside it.
        caches.removeAll { $0.embeddedLength == cache.embeddedLength && $0.count <= cache.count && cache.tokens.starts(with: $0.tokens) }
        caches.append(cache.fork(at: cache.count))
        if caches.count > Self.kept { caches.removeFirst() }
    }

    /// Gives the memory back; false where there is nothing.
    func forget() -> Bool {
        guard !caches.isEmpty else { return false }
        caches = []
        return true
    }
}
