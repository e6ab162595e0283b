import AuditCrypto
import AuditSigning
import CanonicalEncoding

/// A person's open session: looks within its scope need no further signature while it lasts.
package struct Session: Hashable, Sendable {
    /// The sequence number of the entry that opened it: its name.
    package let entry: Int64
    package let person: String
    /// The submissions that may be looked at; empty for all.
    package let submissions: [String]
    /// Of the appliance's clock, in seconds.
    package let expires: Int64
    fileprivate var lastUsed: Int64
    package fileprivate(set) var isLocked = false
    /// SHA-256 of the token that the client holds.
    fileprivate let token: SHA256Digest
}

/// The open sessions. In memory only: a restart ends them all.
package struct SessionBook: Sendable {
    private var sessions: [Int64: Session] = [:]
    /// Seconds without a look after which a session is locked.
    private let idle: Int64

    /// The longest that a session lasts, in seconds.
    package static let longest: Int64 = 12 * 3600

    package init(idle: Int64 = 900) { self.idle = idle }

    package var all: [Session] { sessions.values.sorted { $0.entry < $1.entry } }

    package func session(_ entry: Int64) throws(ClearanceError) -> Session {
        guard let session = sessions[entry] else {
            throw ClearanceError(.noSession, "session \(entry) is not open: open one with assay session open")
        }
        return session
    }

    /// Opens a session under the entry that records it; the token is for the client alone.
    package mutating func open(
        _ entry: Int64, person: String, submissions: [String], expires: Int64, now: Int64
    ) -> String {
        let token = Hex.encode(SecureRandom.bytes(32))
        sessions[entry] = Session(
            entry: entry, person: person, submissions: submissions, expires: expires, lastUsed: now, token: .of(Array(token.utf8)))
        return token
    }

    /// The session of that token, which this use keeps from falling idle.
    package mutating func use(_ entry: Int64, token: String, now: Int64) throws(ClearanceError) -> Session {
        var session = try session(entry)
        // Digests are compared, so that time tells nothing of the token.
        guard session.token == SHA256Digest.of(Array(token.utf8)) else {
            throw ClearanceError(.noSession, "this is not the token of session \(entry)")
        }
        guard now < session.expires else {
            throw ClearanceError(.noSession, "session \(entry) has expired: open another with assay session open")
        }
        guard !session.isLocked else {
            throw ClearanceError(.sessionLocked, "session \(entry) is locked: open it again with assay session unlock")
        }
        session.lastUsed = max(session.lastUsed, now)
        sessions[entry] = session
        return session
    }

    package mutating func lock(_ entry: Int64) { sessions[entry]?.isLocked = true }

    package mutating func unlock(_ entry: Int64, now: Int64) {
        sessions[entry]?.isLocked = false
        sessions[entry]?.lastUsed = now
    }

    package mutating func end(_ entry: Int64) { sessions[entry] = nil }

    /// Those that must be ended, and those that must be locked, now.
    package func overdue(at now: Int64) -> (expired: [Int64], idle: [Int64]) {
        let expired = all.filter { $0.expires <= now }.map(\.entry)
        return (expired, all.filter { !$0.isLocked && $0.expires > now && now - $0.lastUsed >= idle }.map(\.entry))
    }
}
