import AuditCrypto
import CanonicalEncoding

/// What an agent is to do.
package struct AgentTask: Hashable, Sendable {
    package struct File: Hashable, Sendable {
        /// Below /work.
        package let path: String
        package let bytes: [UInt8]

        package init(path: String, bytes: [UInt8]) { (self.path, self.bytes) = (path, bytes) }
    }

    package let id: String
    package let text: String
    /// What lies in /work at the beginning.
    package let files: [File]

    package init(id: String, text: String, files: [File] = []) { (self.id, self.text, self.files) = (id, text, files) }

    /// Over the id, the text, and each file's path and digest, as canonical JSON.
    package var digest: SHA256Digest {
        let files = files.map { file -> JSONValue in
            ["path": .string(file.path), "sha256": .string(SHA256Digest.of(file.bytes).hex)]
        }
        // Strings only: there is always a canonical form.
        return SHA256Digest.of((try? CanonicalJSON.encode(["id": .string(id), "text": .string(text), "files": .array(files)])) ?? [])
    }
}

/// How far an agent may go. All but `seconds` give the same end whenever the agent runs again.
package struct AgentLimits: Hashable, Sendable {
    package var turns: Int
    /// Tokens that the model writes, in a turn and in all.
    package var tokensPerTurn: Int
    package var tokens: Int
    /// From the beginning, the model's time included.
    package var seconds: Int
    /// Bytes of an observation: its first half and its last.
    package var observationBytes: Int
    /// Turns in a row without an action that can be read.
    package var malformedTurns: Int
    /// Turns in a row with the same action.
    package var repeatedTurns: Int
    /// Passages that a search shows.
    package var passages: Int

    package init(
        turns: Int = 16, tokensPerTurn: Int = 512, tokens: Int = 8192, seconds: Int = 600, observationBytes: Int = 4096,
        malformedTurns: Int = 4, repeatedTurns: Int = 4, passages: Int = 3
    ) {
        self.turns = turns
        self.tokensPerTurn = tokensPerTurn
        self.tokens = tokens
        self.seconds = seconds
        self.observationBytes = observationBytes
        self.malformedTurns = malformedTurns
        self.repeatedTurns = repeatedTurns
        self.passages = passages
    }

    /// Each limit's name, and the most that it may be.
    private static let names: [(name: String, path: any WritableKeyPath<AgentLimits, Int> & Sendable, most: Int64)] = [
        ("turns", \.turns, 256), ("tokensPerTurn", \.tokensPerTurn, 32_768), ("tokens", \.tokens, 1 << 18), ("seconds", \.seconds, 30 * 86_400),
        ("observationBytes", \.observationBytes, 65_536), ("malformedTurns", \.malformedTurns, 256), ("repeatedTurns", \.repeatedTurns, 256),
        ("passages", \.passages, 100),
    ]

    package var json: JSONValue {
        var object = JSONObject()
        for (name, path, _) in Self.names { object[name] = .integer(Int64(self[keyPath: path])) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        self.init()
        try field.allow(only: Self.names.map(\.name))
        for (name, path, most) in Self.names { self[keyPath: path] = Int(try field.field(name).integer(in: 1...most)) }
    }
}
