import Synchronization

/// Submissions that are being worked on: one run at a time takes media of a submission in, accepts it, or drops it.
final class IntakeClaims: Sendable {
    private let taken = Mutex<Set<String>>([])

    /// - Throws: `StoreError` (`busy`) where another run has it.
    func claim(_ id: String) throws(StoreError) -> IntakeClaim {
        guard taken.withLock({ $0.insert(id).inserted }) else {
            throw StoreError(.busy, "Submission \(id) is being taken in already. Wait until that is done: assay submissions says how far it is.")
        }
        return IntakeClaim { [self] in taken.withLock { _ = $0.remove(id) } }
    }
}

/// The right to work on a submission that is not accepted yet; it ends with the last reference.
package final class IntakeClaim: Sendable {
    private let release: @Sendable () -> Void

    fileprivate init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
