/// Reads an entry's bytes in one pass: it accepts only what `LedgerEntry(encoded:)` accepts too, and says the same of it.
package enum EntryScanner {
    /// What an ordinary entry holds; ranges are offsets into its bytes.
    package struct Entry {
        package let action: Range<Int>
        package let actor: Range<Int>
        package let details: Range<Int>
        /// Whether its details have a member `session`.
        package let namesSession: Bool
        /// 64 hexadecimal digits.
        package let previous: Range<Int>
        package let sequence: Int64
        package let time: Int64
        package let request: Request?
    }

    /// What an entry says of the request that a person signed.
    package struct Request {
        /// 64 hexadecimal digits.
        package let sha256: Range<Int>
        /// The armored signature; its line ends stand as `\\n`, and it has no other escape.
        package let sshsig: Range<Int>
    }

    /// Nil where the bytes are no entry, or one for the other reader.
    package static func scan(_ bytes: UnsafeRawBufferPointer) -> Entry? {
        guard bytes.count <= 65_535, var at = CanonicalScanner(bytes), at.take("{\"action\":\""), let action = at.text(atMost: 64),
            at.take("\",\"actor\":\""), let actor = at.text(atMost: 128), at.take("\",\"details\":")
        else { return nil }
        let (start, scanner) = (at.at, at)
        var namesSession = false
        guard at.object({ namesSession = namesSession || scanner.holds("session", at: $0) }) else { return nil }
        let details = start..<at.at
        guard at.take(",\"previous\":\""), let previous = at.digest(), at.take("\"") else { return nil }
        var request: Request?
        if at.take(",\"request\":{\"sha256\":\"") {
            guard let sha256 = at.digest(), at.take("\",\"sshsig\":\""), let sshsig = at.text(atMost: 4096, lines: true),
                at.take("\"}")
            else { return nil }
            request = Request(sha256: sha256, sshsig: sshsig)
        }
        guard at.take(",\"sequence\":"), let sequence = at.integer(), sequence >= 0, at.take(",\"subjects\":"), at.array({ subject(&$0) }),
            at.take(",\"time\":"), let time = at.integer(), time >= 0, at.take(",\"v\":1}"), at.isAtEnd
        else { return nil }
        return Entry(
            action: action, actor: actor, details: details, namesSession: namesSession, previous: previous, sequence: sequence, time: time,
            request: request)
    }

    private static func subject(_ at: inout CanonicalScanner) -> Bool {
        at.take("{\"name\":\"") && at.text(atMost: 512) != nil && at.take("\",\"sha256\":\"") && at.digest() != nil && at.take("\"}")
    }
}

/// Reads the request that a person signed, as far as its entry is held against it. It accepts only what is one JSON object
/// of these members.
enum RequestScanner {
    struct Request {
        let action: Range<Int>
        let person: Range<Int>
        /// Whether its scope has a member `request`: another request, which it decides on.
        let namesRequest: Bool
    }

    /// Nil where the bytes are no request, or one for a strict reader.
    static func scan(_ bytes: UnsafeRawBufferPointer) -> Request? {
        guard bytes.count <= 65_536, var at = CanonicalScanner(bytes), at.take("{\"action\":\""), let action = at.text(atMost: 64),
            at.take("\",\"checkpoint\":"), at.value(), at.take(",\"nonce\":\""), at.text(atMost: 64) != nil, at.take("\",\"person\":\""),
            let person = at.text(atMost: 64), at.take("\",\"purpose\":\""), at.text(atMost: 512) != nil, at.take("\",\"scope\":")
        else { return nil }
        let scanner = at
        var namesRequest = false
        guard at.object({ namesRequest = namesRequest || scanner.holds("request", at: $0) }), at.take(",\"v\":1}"), at.isAtEnd
        else { return nil }
        return Request(action: action, person: person, namesRequest: namesRequest)
    }
}
