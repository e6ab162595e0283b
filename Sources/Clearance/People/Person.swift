import AuditCrypto
import CanonicalEncoding

/// Whose interest a person serves there. Where two must agree, they must not both be of one side.
package enum Side: String, Hashable, Sendable, CaseIterable {
    case lab, authority, independent
}

/// What of a submission a look can show. Each has a clearance and a budget of its own.
package enum DisclosureClass: String, Hashable, Sendable, CaseIterable {
    /// Weights, and what their files hold besides: names, configuration, tokenizer, template.
    case weights
    /// Rows of datasets.
    case datasets
    /// Lines of training logs.
    case logs
    /// What the model was asked and answered in an evaluation.
    case transcripts
}

/// A cleared person.
package struct Person: Hashable, Sendable {
    /// 1 to 64 of a-z, 0-9, '.', '_', '-' and '@', beginning with a letter: one spelling, no look-alikes.
    package let name: String
    package let side: Side
    package let roles: [Role]
    /// What they may be shown.
    package let clearances: [DisclosureClass]
    package let keys: [SSHPublicKey]
    /// Whether their keys are all security keys that must see a PIN or a fingerprint at each signature.
    package let needsVerification: Bool
    /// From when to when they are cleared; the roster's own dates hold besides.
    package let from: Timestamp?
    package let until: Timestamp?

    package init(
        name: String, side: Side = .authority, roles: [Role], clearances: [DisclosureClass] = [], keys: [SSHPublicKey],
        needsVerification: Bool = false, from: Timestamp? = nil, until: Timestamp? = nil
    ) {
        (self.name, self.side, self.roles, self.clearances, self.keys) = (name, side, roles, clearances, keys)
        (self.needsVerification, self.from, self.until) = (needsVerification, from, until)
    }

    package func may(_ action: Action) -> Bool { roles.contains { $0.actions.contains(action) } }

    package func isCleared(at time: Int64) -> Bool {
        from.map { $0.unixSeconds <= time } ?? true && until.map { time < $0.unixSeconds } ?? true
    }

    static func isValid(name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, isLetter(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "._-@".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }
}

extension Person {
    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["clearances", "from", "keys", "name", "roles", "side", "until", "verification"])
        var keys: [SSHPublicKey] = []
        for key in try field.field("keys").array(maxCount: Roster.maximumKeys) {
            let line = try key.string()
            do { keys.append(try SSHPublicKey(openSSH: line)) } catch { throw key.failure("\(error)") }
        }
        self.init(
            name: try field.field("name").string(), side: try field.field("side").word(),
            roles: try field.field("roles").words(), clearances: try field.field("clearances").words(), keys: keys,
            needsVerification: try field.optional("verification")?.bool() ?? false,
            from: try field.optional("from")?.timestamp(), until: try field.optional("until")?.timestamp())
    }

    var json: JSONValue {
        var object: JSONObject = [
            "clearances": .array(clearances.map { .string($0.rawValue) }), "keys": .array(keys.map { .string($0.openSSH) }),
            "name": .string(name), "roles": .array(roles.map { .string($0.rawValue) }), "side": .string(side.rawValue),
        ]
        if needsVerification { object["verification"] = true }
        object["from"] = from.map { .string($0.rfc3339) }
        object["until"] = until.map { .string($0.rfc3339) }
        return .object(object)
    }
}

extension JSONField {
    /// A word of a closed vocabulary.
    func word<Word>() throws(JSONFieldError) -> Word where Word: CaseIterable & RawRepresentable, Word.RawValue == String {
        guard let word = Word(rawValue: try string(maxBytes: 64)) else {
            throw failure("one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")) was expected")
        }
        return word
    }

    /// Words of a closed vocabulary, none twice.
    func words<Word>() throws(JSONFieldError) -> [Word]
    where Word: CaseIterable & RawRepresentable & Hashable, Word.RawValue == String {
        var words: [Word] = []
        for field in try array(maxCount: Word.allCases.count) { words.append(try field.word()) }
        guard Set(words).count == words.count else { throw failure("a word is there twice") }
        return words
    }

    func timestamp() throws(JSONFieldError) -> Timestamp {
        guard let time = Timestamp(rfc3339: try string(maxBytes: 32)) else {
            throw failure("a time such as 2027-03-01T00:00:00Z was expected")
        }
        return time
    }
}
