import CSodium
import CanonicalEncoding

/// A detached signature as `ssh-keygen -Y sign` makes it (OpenSSH's PROTOCOL.sshsig), by an Ed25519 key.
package struct SSHSignature: Hashable, Sendable {
    package enum HashAlgorithm: String, Sendable { case sha256, sha512 }

    package let publicKey: SSHPublicKey
    package let namespace: String
    /// Kept because it is signed; it has no meaning yet.
    package let reserved: [UInt8]
    package let hashAlgorithm: HashAlgorithm
    /// 64 bytes.
    package let signature: [UInt8]
    /// What a security key says of how it came to sign; nil for a key in a file.
    package let security: Security?

    /// PROTOCOL.u2f, SSH U2F signatures.
    package struct Security: Hashable, Sendable {
        package let flags: UInt8
        package let counter: UInt32

        package init(flags: UInt8, counter: UInt32) { (self.flags, self.counter) = (flags, counter) }

        /// Somebody touched the key.
        package var isUserPresent: Bool { flags & 0x01 != 0 }
        /// The key saw a PIN or a fingerprint.
        package var isUserVerified: Bool { flags & 0x04 != 0 }
    }

    package static let preamble = Array("SSHSIG".utf8)
    package static let armor = Armor(label: "SSH SIGNATURE", lineLength: 70)
    private static let largestArmor = 4096

    package init(armored: String) throws(SSHError) { try self.init(armor: Array(armored.utf8)) }

    /// The same of a text's bytes.
    package init(armor: [UInt8]) throws(SSHError) { try self.init(blob: Self.blob(armor: armor)) }

    /// What the armor holds.
    package static func blob(armor: [UInt8]) throws(SSHError) -> [UInt8] {
        guard armor.count <= largestArmor, let blob = Self.armor.decode(armor) else {
            throw SSHError(.badSignatureFormat, "not one '-----BEGIN SSH SIGNATURE-----' block")
        }
        return blob
    }

    package init(blob: [UInt8]) throws(SSHError) {
        var reader = ByteReader(blob)
        do {
            guard try reader.bytes(6) == Self.preamble[...], try reader.uint32(bigEndian: true) == 1 else {
                throw SSHError(.badSignatureFormat, "not an SSHSIG of version 1")
            }
            publicKey = try SSHPublicKey(blob: reader.sshString())
            guard let namespace = String(validating: try reader.sshString(), as: UTF8.self), !namespace.isEmpty else {
                throw SSHError(.badSignatureFormat, "the namespace is empty or not UTF-8")
            }
            self.namespace = namespace
            reserved = Array(try reader.sshString())
            guard let algorithm = HashAlgorithm(rawValue: String(decoding: try reader.sshString(), as: UTF8.self)) else {
                throw SSHError(.badSignatureFormat, "the hash is neither sha512 nor sha256")
            }
            hashAlgorithm = algorithm
            var inner = ByteReader(try reader.sshString())
            guard try inner.sshString() == publicKey.typeBytes[...] else {
                throw SSHError(.unsupportedKeyType, "the signature is not of its key's type, \(publicKey.type)")
            }
            signature = Array(try inner.sshString())
            security = publicKey.application == nil
                ? nil : Security(flags: try inner.bytes(1).first ?? 0, counter: try inner.uint32(bigEndian: true))
            guard inner.remaining == 0, reader.remaining == 0 else {
                throw SSHError(.badSignatureFormat, "bytes follow the signature")
            }
        } catch let error as SSHError { throw error } catch {
            throw SSHError(.badSignatureFormat, "a truncated SSHSIG: \(error)")
        }
    }

    package init(
        publicKey: SSHPublicKey, namespace: String, reserved: [UInt8] = [], hashAlgorithm: HashAlgorithm, signature: [UInt8],
        security: Security? = nil
    ) {
        (self.publicKey, self.namespace, self.reserved) = (publicKey, namespace, reserved)
        (self.hashAlgorithm, self.signature, self.security) = (hashAlgorithm, signature, security)
    }

    /// Checks that `publicKey` signed `message` for `namespace`. The key inside the signature is not trusted: it
    /// only has to be the one that the caller expects.
    package func verify(message: [UInt8], namespace: String, publicKey: SSHPublicKey) throws(SSHError) {
        guard ExactString(namespace) == ExactString(self.namespace) else {
            throw SSHError(.wrongNamespace, "signed for '\(self.namespace.prefix(64))', not for '\(namespace)': sign again "
                + "with 'ssh-keygen -Y sign -n \(namespace)'")
        }
        guard publicKey == self.publicKey else {
            throw SSHError(.wrongKey, "signed by key \(self.publicKey.fingerprint), not by \(publicKey.fingerprint)")
        }
        var data = Self.signedData(message, namespace: namespace, reserved: reserved, hashAlgorithm: hashAlgorithm)
        if let application = publicKey.application {
            guard let security, security.isUserPresent else {
                throw SSHError(.noUserPresence, "the security key \(publicKey.fingerprint) signed without being touched: sign again "
                    + "with a key that was made without 'no-touch-required'")
            }
            data = Self.securedData(data, application: application, security)
        }
        guard publicKey.key.isValidSignature(signature, for: data) else {
            throw SSHError(.badSignature, "the signature by \(publicKey.fingerprint) does not fit the message: "
                + "one of them was changed")
        }
    }

    /// What the key signs (PROTOCOL.sshsig section 3).
    package static func signedData(
        _ message: [UInt8], namespace: String, reserved: [UInt8], hashAlgorithm: HashAlgorithm
    ) -> [UInt8] {
        var digest = SHA256Digest.of(message).bytes
        if hashAlgorithm == .sha512 {
            digest = [UInt8](repeating: 0, count: 64)
            crypto_hash_sha512(&digest, message, UInt64(message.count))
        }
        var writer = ByteWriter(reserving: 256)
        writer.append(preamble)
        writer.appendSSHString(Array(namespace.utf8))
        writer.appendSSHString(reserved)
        writer.appendSSHString(Array(hashAlgorithm.rawValue.utf8))
        writer.appendSSHString(digest)
        return writer.bytes
    }

    /// What a security key signs in its place (PROTOCOL.u2f).
    package static func securedData(_ data: [UInt8], application: String, _ security: Security) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(SHA256Digest.of(Array(application.utf8)).bytes)
        writer.append([security.flags])
        writer.append(security.counter, bigEndian: true)
        writer.append(SHA256Digest.of(data).bytes)
        return writer.bytes
    }
}
