import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// Nonces that make each signed request good for one use, by the person it was issued to, for a few minutes.
///
/// Kept in memory only: after a restart every outstanding nonce is unknown, which is the safe side.
package struct NonceRegistry: Sendable {
    private struct Issued {
        let person: ExactString
        let expires: Int64
        let checkpoint: Request.CheckpointReference?
    }

    private var issued: [String: Issued] = [:]
    /// How many are outstanding, by person.
    private var outstanding: [ExactString: Int] = [:]
    /// In the order of issue, which is that of expiry; those used up are still there until their turn.
    private var queue: [String] = []
    private var head = 0
    /// Seconds.
    private let lifetime: Int64
    private let capacity: Int

    /// `lifetime` in seconds; `capacity` bounds what is outstanding for one person.
    package init(lifetime: Int64 = 300, capacity: Int = 64) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    static func isWellFormed(_ nonce: String) -> Bool { Hex.decode(nonce)?.count == 16 }

    /// Throws `tooManyNonces`.
    ///
    /// - Parameters:
    ///   - now: seconds on a clock that does not go back.
    ///   - checkpoint: what is shown with the nonce, to be signed with it.
    package mutating func issue(
        to person: String, now: Int64, with checkpoint: Request.CheckpointReference? = nil
    ) throws(ClearanceError) -> String {
        dropExpired(now)
        let person = ExactString(person)
        guard outstanding[person, default: 0] < capacity else {
            throw ClearanceError(.tooManyNonces, "\(capacity) requests of '\(person.string)' are already open: finish one, or "
                + "wait \(lifetime) seconds")
        }
        let nonce = Hex.encode(SecureRandom.bytes(16))
        let (expires, overflow) = now.addingReportingOverflow(lifetime)
        issued[nonce] = Issued(person: person, expires: overflow ? .max : expires, checkpoint: checkpoint)
        outstanding[person, default: 0] += 1
        queue.append(nonce)
        return nonce
    }

    private mutating func dropExpired(_ now: Int64) {
        while head < queue.count {
            if let entry = issued[queue[head]] {
                guard entry.expires <= now else { break }
                remove(queue[head])
            }
            head += 1
        }
        guard head > queue.count / 2 else { return }
        queue.removeFirst(head)
        head = 0
    }

    private mutating func remove(_ nonce: String) {
        guard let entry = issued.removeValue(forKey: nonce) else { return }
        outstanding[entry.person] = outstanding[entry.person].flatMap { $0 > 1 ? $0 - 1 : nil }
    }

    /// Uses a nonce up. Throws `unknownNonce` or `expiredNonce`.
    ///
    /// - Returns: the checkpoint that was shown with it.
    @discardableResult
    package mutating func consume(
        _ nonce: String, by person: String, now: Int64
    ) throws(ClearanceError) -> Request.CheckpointReference? {
        guard let entry = issued[nonce], entry.person == ExactString(person) else {
            throw ClearanceError(.unknownNonce, "the nonce was not issued to '\(person)', or was used already: make a new request")
        }
        remove(nonce)
        guard entry.expires > now else {
            throw ClearanceError(.expiredNonce, "the nonce was good for \(lifetime) seconds: make a new request")
        }
        return entry.checkpoint
    }
}
