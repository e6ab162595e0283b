import CommandSupport
import Dispatch

/// Work that blocks its thread (a command in a sandbox), done beside what is asynchronous and a few at a time.
enum BlockingWork {
    /// The results in the order of the items.
    /// - Parameter width: how many are worked on at a time; nil for one a processor.
    /// - Throws: what the first item in order throws.
    static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], width: Int?, _ work: @escaping @Sendable (Item) throws -> Result
    ) async throws -> [Result] {
        guard !items.isEmpty else { return [] }
        return try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "assay.blocking-work").async {
                var results: [Result] = []
                do {
                    try OrderedWork.run(items.count, threads: width, work: { try work(items[$0]) }, take: { results.append($1) })
                    continuation.resume(returning: results)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}
