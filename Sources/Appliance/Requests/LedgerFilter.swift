import CanonicalEncoding
import MerkleLog

/// Which entries somebody wants to see; what is not given lets everything through.
struct LedgerFilter {
    private let actor: String?
    private let action: String?
    /// The beginning of a subject's digest, or a subject's name.
    private let subject: String?
    private let since: Int64
    private let until: Int64

    init(_ parameters: JSONField) throws {
        try parameters.allow(only: ["action", "actor", "count", "from", "since", "subject", "until"])
        actor = try parameters.optional("actor")?.string(maxBytes: 128)
        action = try parameters.optional("action")?.string(maxBytes: 64)
        subject = try parameters.optional("subject")?.string(maxBytes: 512)
        since = try parameters.optional("since")?.integer() ?? 0
        until = try parameters.optional("until")?.integer() ?? .max
    }

    func isWanted(_ entry: LedgerEntry) -> Bool {
        since <= entry.time && entry.time <= until
            && actor.map { ExactString($0) == ExactString(entry.actor) } ?? true
            && action.map { ExactString($0) == ExactString(entry.action) || entry.action.hasPrefix($0 + ".") } ?? true
            && subject.map { wanted in
                entry.subjects.contains { ExactString($0.name) == ExactString(wanted) || $0.sha256.hex.hasPrefix(wanted) }
                    || entry.details["submission"]?.string?.hasPrefix(wanted) ?? false
            } ?? true
    }
}
