import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// Nonces that make each signed request good for one use, by the person it was issued to, for a few minutes.
///
/// Issuing keeps nothing: a nonce says itself until when it holds, and carries a code over that and the person's name under
/// a key that exists in this process only. So whoever asks for nonces in another's name, which takes no signature, uses
/// nothing up. Only those that came back are kept, with that person's valid signature, until they would have expired. After
/// a restart every nonce is unknown, which is the safe side.
package struct NonceRegistry: Sendable {
    /// Seconds.
    private let lifetime: Int64
    private let capacity: Int
    private let key: [UInt8]
    /// Those that were used, by the second they expire in and the person.
    private var used: [Int64: [ExactString: Set<Tag>]] = [:]
    /// How many of `used` are a person's.
    private var counts: [ExactString: Int] = [:]
    private var swept = Int64.min
    /// The checkpoints that were shown last, each once.
    private var shown: Set<Request.CheckpointReference> = []
    private var shownInOrder: [Request.CheckpointReference] = []

    private static let shownAtMost = 1024
    private static let purpose = Array("assay nonce v1\u{0}".utf8)
    /// When it expires (seconds, 8 bytes), 8 random bytes, and the first 16 bytes of the code.
    private static let bytes = 32

    /// A nonce's code, which no other has.
    private struct Tag: Hashable {
        let high: UInt64
        let low: UInt64

        init(_ bytes: ArraySlice<UInt8>) {
            func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
            (high, low) = (number(bytes.prefix(8)), number(bytes.dropFirst(8)))
        }
    }

    /// `lifetime` in seconds; `capacity` bounds how many requests of one person are taken in within that time.
    package init(lifetime: Int64 = 300, capacity: Int = 1 << 20) {
        (self.lifetime, self.capacity) = (lifetime, capacity)
        key = SecureRandom.bytes(MessageCode.keyBytes)
    }

    /// Requests of earlier versions have 16 bytes, and are read where they stand on a ledger.
    static func isWellFormed(_ nonce: String) -> Bool { [16, bytes].contains(Hex.decode(nonce)?.count) }

    /// - Parameters:
    ///   - now: seconds on a clock that does not go back.
    ///   - checkpoint: what is shown with the nonce, to be signed with it.
    package mutating func issue(to person: String, now: Int64, with checkpoint: Request.CheckpointReference? = nil) -> String {
        if let checkpoint { show(checkpoint) }
        // As `consume` takes the time, which does not go back where the clock does.
        let (expires, overflow) = max(now, swept).addingReportingOverflow(lifetime)
        var nonce = ByteWriter()
        nonce.append(UInt64(bitPattern: overflow ? .max : expires), bigEndian: true)
        nonce.append(SecureRandom.bytes(8))
        return Hex.encode(nonce.bytes + MessageCode.code(for: Self.message(nonce.bytes, person), key: key).prefix(16))
    }

    private static func message(_ nonce: some Collection<UInt8>, _ person: String) -> [UInt8] { purpose + nonce + Array(person.utf8) }

    private mutating func show(_ checkpoint: Request.CheckpointReference) {
        guard shown.insert(checkpoint).inserted else { return }
        shownInOrder.append(checkpoint)
        guard shownInOrder.count >= 2 * Self.shownAtMost else { return }
        for old in shownInOrder.prefix(Self.shownAtMost) { shown.remove(old) }
        shownInOrder.removeFirst(Self.shownAtMost)
    }

    /// Whether the checkpoint was shown lately. One that was not may be the ledger's all the same.
    package func hasShown(_ checkpoint: Request.CheckpointReference) -> Bool { shown.contains(checkpoint) }

    /// Uses a nonce up. Throws `unknownNonce`, `expiredNonce` or `tooManyNonces`.
    package mutating func consume(_ nonce: String, by person: String, now: Int64) throws(ClearanceError) {
        // A clock that was set back does not bring back what has expired and was forgotten.
        let now = max(now, swept)
        sweep(now)
        guard let bytes = Hex.decode(nonce), bytes.count == Self.bytes,
            MessageCode.isValid(bytes.suffix(16), for: Self.message(bytes.prefix(16), person), key: key)
        else {
            throw ClearanceError(.unknownNonce, "the nonce was not issued to '\(person)' since the appliance was started: make a new request")
        }
        let expires = Int64(bitPattern: bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        guard expires > now else {
            throw ClearanceError(.expiredNonce, "the nonce was good for \(lifetime) seconds: make a new request")
        }
        let name = ExactString(person)
        guard counts[name, default: 0] < capacity else {
            throw ClearanceError(.tooManyNonces, "\(capacity) requests of '\(person)' were taken in within \(lifetime) seconds: wait as long")
        }
        guard used[expires, default: [:]][name, default: []].insert(Tag(bytes.suffix(16))).inserted else {
            throw ClearanceError(.unknownNonce, "the nonce was used already: make a new request")
        }
        counts[name, default: 0] += 1
    }

    /// Forgets those that have expired, which are refused for that.
    private mutating func sweep(_ now: Int64) {
        guard now > swept else { return }
        swept = now
        for (expires, people) in used where expires <= now {
            used[expires] = nil
            for (name, tags) in people { counts[name] = counts[name].flatMap { $0 > tags.count ? $0 - tags.count : nil } }
        }
    }
}
