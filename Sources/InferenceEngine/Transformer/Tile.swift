/// The rows that go through the layers together.
struct Tile {
    struct Row {
        let token: Int32
        let cache: KeyValueCache
        let position: Int
        let sequence: Int
    }

    struct Wanted {
        let row: Int
        let sequence: Int
        let token: Int
    }

    private(set) var rows: [Row] = []
    private(set) var spans: [AttentionSpan] = []
    var wanted: [Wanted] = []
    private var open: (cache: KeyValueCache, sequence: Int, firstRow: Int)?

    /// The rows that follow are of one sequence.
    ///
    /// - Parameter sequence: its place among those of the pass.
    mutating func begin(_ cache: KeyValueCache, sequence: Int) {
        end()
        open = (cache, sequence, rows.count)
    }

    mutating func add(_ token: Int32) {
        guard let open else { return }
        rows.append(Row(token: token, cache: open.cache, position: open.cache.count + rows.count - open.firstRow, sequence: open.sequence))
    }

    mutating func end() {
        if let open, rows.count > open.firstRow {
            spans.append(AttentionSpan(cache: open.cache, firstRow: open.firstRow, count: rows.count - open.firstRow))
        }
        open = nil
    }
}
