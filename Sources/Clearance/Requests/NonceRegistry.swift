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
    }

    private var issued: [String: Issued] = [:]
    /// Seconds.
    private let lifetime: Int64
    private let capacity: Int

    /// `lifetime` in seconds; `capacity` bounds what is outstanding for one person.
    package init(lifetime: Int64 = 300, capacity: Int = 64) {
        self.lifetime = lifetime
        self.capacity = capacity
    }

    static func isWellFormed(_ nonce: String) -> Bool { Hex.decode(nonce)?.count == 16 }

    /// `now`: seconds on a clock that does not go back. Throws `tooManyNonces`.
    package mutating func issue(to person: String, now: Int64) throws(ClearanceError) -> String {
        issued = issued.filter { $0.value.expires > now }
        let person = ExactString(person)
        guard issued.values.count(where: { $0.person == person }) < capacity else {
            throw ClearanceError(.tooManyNonces, "\(capacity) requests of '\(person.string)' are already open: finish one, or "
                + "wait \(lifetime) seconds")
        }
        let nonce = Hex.encode(SecureRandom.bytes(16))
        let (expires, overflow) = now.addingReportingOverflow(lifetime)
        issued[nonce] = Issued(person: person, expires: overflow ? .max : expires)
        return nonce
    }

    /// Uses a nonce up. Throws `unknownNonce` or `expiredNonce`.
    package mutating func consume(_ nonce: String, by person: String, now: Int64) throws(ClearanceError) {
        guard let entry = issued[nonce], entry.person == ExactString(person) else {
            throw ClearanceError(.unknownNonce, "the nonce was not issued to '\(person)', or was used already: make a new request")
        }
        issued[nonce] = nil
        guard entry.expires > now else {
            throw ClearanceError(.expiredNonce, "the nonce was good for \(lifetime) seconds: make a new request")
        }
    }
}
