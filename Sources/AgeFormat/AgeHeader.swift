import BulkCrypto
import CanonicalEncoding

/// The header of an age v1 file (age-encryption.org/v1): who can open it, and a code that authenticates it.
package struct AgeHeader: Hashable, Sendable {
    package let stanzas: [AgeStanza]
    /// 32 bytes: HMAC-SHA-256 of `authenticated` under a key derived from the file key.
    package let mac: [UInt8]
    /// The header's bytes up to and including `---`, as they were read.
    let authenticated: [UInt8]

    /// Longest header that is read, in bytes: room for some two hundred hybrid recipients.
    package static let maximumBytes = 512 << 10

    private static let version = Array("age-encryption.org/v1".utf8)
    private static let arrow = Array("-> ".utf8)
    private static let dashes = Array("---".utf8)

    /// A new header that wraps `fileKey` for each recipient.
    package init(wrapping fileKey: FileKey, for recipients: [any AgeRecipient]) throws(AgeError) {
        guard !recipients.isEmpty else { throw AgeError(.key, "an age file needs at least one recipient") }
        // As age itself does: one key that a quantum computer breaks would open what the others are to protect from it.
        guard Set(recipients.map { $0 is HybridRecipient }).count == 1 else {
            throw AgeError(.key, "post-quantum recipients and others do not go into one file")
        }
        var stanzas: [AgeStanza] = []
        for recipient in recipients { stanzas += try recipient.wrap(fileKey) }
        try Self.checkTogether(stanzas, offset: nil)
        self.stanzas = stanzas
        authenticated = Self.version + Array(("\n" + stanzas.map(\.encoded).joined() + "---").utf8)
        mac = HMACSHA256.code(for: authenticated, key: try Self.macKey(fileKey))
    }

    private init(stanzas: [AgeStanza], mac: [UInt8], authenticated: [UInt8]) {
        self.stanzas = stanzas
        self.mac = mac
        self.authenticated = authenticated
    }

    /// The header as it stands at the front of a file, its last line feed included.
    package var encoded: [UInt8] {
        authenticated + Array((" " + Base64.encode(mac, padding: false) + "\n").utf8)
    }

    /// Tries the identities in turn, then checks the header's code with the key that came out.
    package func fileKey(with identities: [any AgeIdentity]) throws(AgeError) -> FileKey {
        for identity in identities {
            guard let key = try identity.unwrap(stanzas) else { continue }
            guard HMACSHA256.isValid(mac, for: authenticated, key: try Self.macKey(key)) else {
                throw AgeError(.mac, "the header's authentication code does not match: the header was changed")
            }
            return key
        }
        let types = Set(stanzas.map(\.type)).sorted().map { String($0.prefix(32)) }.prefix(8).joined(separator: ", ")
        throw AgeError(.noMatch, "no identity here opens this file; it is sealed to another key (stanzas: \(types))")
    }

    private static func macKey(_ fileKey: FileKey) throws(AgeError) -> [UInt8] {
        do {
            return try HKDFSHA256.derive(secret: fileKey.bytes, salt: [], info: Array("header".utf8))
        } catch {
            throw AgeError(.header, "the header's key could not be derived")
        }
    }

    /// A passphrase must stand alone: whoever could open the file otherwise might have written it.
    private static func checkTogether(_ stanzas: [AgeStanza], offset: Int?) throws(AgeError) {
        guard stanzas.count == 1 || !stanzas.contains(where: { $0.type == ScryptPassphrase.stanzaType }) else {
            throw AgeError(.header, "a scrypt stanza must be the only one", offset: offset)
        }
    }

    // MARK: - Reading

    /// Reads one header, leaving the source at the payload's first byte.
    static func read(from source: BufferedSource) throws(AgeError) -> AgeHeader {
        var raw: [UInt8] = []
        var stanzas: [AgeStanza] = []
        var lineStart = 0
        func line() throws(AgeError) -> [UInt8] {
            lineStart = source.position
            guard let line = try source.line(limit: maximumBytes - raw.count) else {
                throw AgeError(.header, "the file ends inside its header", offset: lineStart)
            }
            guard line.complete else {
                throw AgeError(
                    .header, "the header has no end: its line starting here is cut off or too long (a header has at "
                        + "most \(maximumBytes) bytes)", offset: lineStart)
            }
            return line.bytes
        }

        let first = try line()
        guard first == version else {
            let isOther = first.starts(with: Array("age-encryption.org/".utf8))
            throw AgeError(
                isOther ? .version : .header,
                isOther ? "this is another version of the age format; only age-encryption.org/v1 is read"
                    : "this is not an age file: it does not start with \"age-encryption.org/v1\"", offset: 0)
        }
        raw += first + [UInt8(ascii: "\n")]

        while true {
            let opening = try line()
            if opening.starts(with: dashes) {
                let mac = try macLine(opening, offset: lineStart)
                guard !stanzas.isEmpty else {
                    throw AgeError(.header, "the header has no recipient", offset: lineStart)
                }
                try checkTogether(stanzas, offset: lineStart)
                return AgeHeader(stanzas: stanzas, mac: mac, authenticated: raw + dashes)
            }
            raw += opening + [UInt8(ascii: "\n")]
            let arguments = try stanzaArguments(opening, offset: lineStart)
            var text: [UInt8] = []
            var body: [UInt8] = []
            repeat {
                text = try line()
                guard text.count <= AgeStanza.columns else {
                    throw AgeError(.header, "a line of a stanza's body has more than 64 columns", offset: lineStart)
                }
                guard let bytes = String(validating: text, as: UTF8.self).flatMap({ Base64.decode($0, padding: false) })
                else {
                    throw AgeError(
                        .header, "a stanza's body is not canonical base64 without padding, or has no last line",
                        offset: lineStart)
                }
                raw += text + [UInt8(ascii: "\n")]
                body += bytes
            } while text.count == AgeStanza.columns
            stanzas.append(AgeStanza(type: arguments[0], arguments: Array(arguments.dropFirst()), body: body))
        }
    }

    private static func stanzaArguments(_ line: [UInt8], offset: Int) throws(AgeError) -> [String] {
        guard line.starts(with: arrow) else {
            throw AgeError(.header, "a stanza (\"-> ...\") or the header's end (\"---\") was expected", offset: offset)
        }
        let arguments = line.dropFirst(arrow.count).split(
            separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard !arguments.isEmpty, arguments.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (33...126).contains($0) } })
        else {
            throw AgeError(
                .header, "a stanza's arguments are printable ASCII with one space between them", offset: offset)
        }
        return arguments.map { String(decoding: $0, as: UTF8.self) }
    }

    private static func macLine(_ line: [UInt8], offset: Int) throws(AgeError) -> [UInt8] {
        let tail = line.dropFirst(dashes.count)
        guard tail.first == UInt8(ascii: " "),
            let mac = String(validating: tail.dropFirst(), as: UTF8.self).flatMap({ Base64.decode($0, padding: false) }),
            mac.count == 32
        else {
            throw AgeError(
                .header, "the header's last line is \"--- \" and 32 bytes in base64 without padding", offset: offset)
        }
        return mac
    }
}
