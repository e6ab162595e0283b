import CanonicalEncoding

package enum SSHErrorCode: String, Sendable {
    case badKey = "ssh.bad-key"
    case unsupportedKeyType = "ssh.unsupported-key-type"
    case badSignatureFormat = "ssh.bad-signature-format"
    case wrongNamespace = "ssh.wrong-namespace"
    case wrongKey = "ssh.wrong-key"
    case badSignature = "ssh.bad-signature"
    /// A security key signed without being touched.
    case noUserPresence = "ssh.no-user-presence"
    case badAllowedSigners = "ssh.bad-allowed-signers"
}

package typealias SSHError = CodedError<SSHErrorCode>

/// An OpenSSH Ed25519 public key: in a file (`ssh-ed25519`, RFC 8709) or in a security key
/// (`sk-ssh-ed25519@openssh.com`, PROTOCOL.u2f).
package struct SSHPublicKey: Hashable, Sendable {
    package let key: Ed25519PublicKey
    /// What a security key was enrolled for, such as `ssh:`; nil for a key in a file.
    package let application: String?

    package init(_ key: Ed25519PublicKey, application: String? = nil) { (self.key, self.application) = (key, application) }

    static let types = ["ssh-ed25519", "sk-ssh-ed25519@openssh.com"]
    private static let typeBytes = types.map { Array($0.utf8) }

    package var type: String { Self.types[application == nil ? 0 : 1] }
    var typeBytes: [UInt8] { Self.typeBytes[application == nil ? 0 : 1] }

    /// Reads the line of a `.pub` file: type, base64, and a comment that is dropped.
    package init(openSSH line: String) throws(SSHError) {
        let lines = line.utf8Split("\n"), words = lines[0].utf8Split(" ", maxSplits: 2)
        guard words.count >= 2, lines.dropFirst().allSatisfy(\.isEmpty) else {
            throw SSHError(.badKey, "an OpenSSH public key is one line: type, base64, comment")
        }
        let base64 = words[1].utf8.last == UInt8(ascii: "\r") ? String(words[1].unicodeScalars.dropLast()) : words[1]
        try self.init(type: words[0], base64: base64)
    }

    init(type: String, base64: String) throws(SSHError) {
        guard Self.types.contains(where: { ExactString($0) == ExactString(type) }) else {
            throw SSHError(.unsupportedKeyType, "key type '\(type.prefix(64))' is not accepted: make one with "
                + "'ssh-keygen -t ed25519' or '-t ed25519-sk'")
        }
        guard let blob = Base64.decode(base64) else {
            throw SSHError(.badKey, "the key after '\(type)' is not canonical base64")
        }
        try self.init(blob: blob[...])
        guard ExactString(self.type) == ExactString(type) else {
            throw SSHError(.badKey, "the line says '\(type)', the key in it '\(self.type)'")
        }
    }

    /// `blob`: string "ssh-ed25519", string of 32 bytes (RFC 8709 section 4); a security key has another type, and its
    /// application as a last string (PROTOCOL.u2f).
    init(blob: ArraySlice<UInt8>) throws(SSHError) {
        var reader = ByteReader(blob)
        do {
            let type = try reader.sshString()
            guard let kind = Self.typeBytes.firstIndex(where: { type == $0[...] }) else {
                throw SSHError(.unsupportedKeyType, "the key is of none of the types \(Self.types.joined(separator: ", "))")
            }
            key = try Ed25519PublicKey(bytes: Array(reader.sshString()))
            if kind == 0 { application = nil } else {
                guard let text = String(validating: try reader.sshString(), as: UTF8.self), (1...256).contains(text.utf8.count)
                else { throw SSHError(.badKey, "the security key's application is empty, too long or not UTF-8") }
                application = text
            }
            guard reader.remaining == 0 else { throw SSHError(.badKey, "bytes follow the key") }
        } catch let error as SSHError { throw error } catch {
            throw SSHError(.badKey, "not an Ed25519 key: \(error)")
        }
    }

    package var blob: [UInt8] {
        var writer = ByteWriter()
        writer.appendSSHString(type.utf8)
        writer.appendSSHString(key.bytes)
        if let application { writer.appendSSHString(application.utf8) }
        return writer.bytes
    }

    /// Type and base64, as in `authorized_keys`, without a comment.
    package var openSSH: String { "\(type) \(Base64.encode(blob))" }

    /// As `ssh-keygen -l` prints it.
    package var fingerprint: String { "SHA256:" + Base64.encode(SHA256Digest.of(blob).bytes, padding: false) }
}

extension ByteReader {
    /// RFC 4251 section 5: a big-endian 32-bit length, then as many bytes.
    mutating func sshString() throws(ByteReaderError) -> ArraySlice<UInt8> {
        try bytes(Int(uint32(bigEndian: true)))
    }
}

extension ByteWriter {
    package mutating func appendSSHString(_ bytes: some Collection<UInt8>) { appendSSHString(Array(bytes)) }

    package mutating func appendSSHString(_ bytes: [UInt8]) {
        append(UInt32(bytes.count), bigEndian: true)
        append(bytes)
    }
}
