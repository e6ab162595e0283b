import AuditCrypto
import CanonicalEncoding

/// A metadata file as it was read. Nothing in it is trusted before `verify`.
package struct UnverifiedMetadata: Sendable {
    package struct Signature: Hashable, Sendable {
        package let keyID: String
        /// Nil where it is not hexadecimal: such a signature verifies with no key.
        package let bytes: [UInt8]?
    }

    package let file: String
    package let bytes: [UInt8]
    package let signatures: [Signature]
    /// The member `signed`, whole.
    package let signed: JSONField
    /// Its canonical form: what is signed.
    package let signedBytes: [UInt8]
    package let version: Int64
    package let expires: Timestamp

    /// Versions beyond this are refused, so that there is always a next one.
    package static let highestVersion: Int64 = 1 << 53 - 1
    private static let limits = JSONLimits(maxBytes: Role.targets.maximumBytes, maxDepth: 32, maxValues: 1_000_000)

    /// - Parameters:
    ///   - file: its path in the pack, for messages.
    ///   - role: what it must be; a delegated role's metadata is of the type `targets`.
    package init(_ bytes: [UInt8], file: String, role: Role) throws(PackError) {
        (self.bytes, self.file) = (bytes, file)
        guard bytes.count <= role.maximumBytes else {
            throw PackError(.endlessData, "\(bytes.count) bytes; \(role.rawValue) metadata has at most \(role.maximumBytes)", file: file)
        }
        do {
            let root = JSONField(try StrictJSON.parse(bytes, limits: Self.limits))
            signed = try root.field("signed")
            _ = try signed.object()
            var signatures: [Signature] = []
            for field in try root.field("signatures").array(maxCount: RoleKeys.maximumKeys) {
                signatures.append(
                    Signature(keyID: try field.field("keyid").string(maxBytes: 256), bytes: Hex.decode(try field.field("sig").string(maxBytes: 16 << 10))))
            }
            self.signatures = signatures
            let type = try signed.field("_type").string(maxBytes: 64)
            guard type == role.rawValue else {
                throw PackError(.wrongRole, "this is \(shown(type)) metadata; \(role.rawValue) metadata was expected", file: file)
            }
            let specification = try signed.field("spec_version").string(maxBytes: 64)
            guard Self.isSupported(specification) else {
                throw PackError(.specificationVersion, "written to version \(shown(specification)) of the specification; 1.x is read", file: file)
            }
            version = try signed.field("version").integer(in: 1...Self.highestVersion)
            let time = try signed.field("expires").string(maxBytes: 64)
            guard let expires = Timestamp(rfc3339: time) else {
                throw PackError(.malformed, "$.signed.expires is \(shown(time)), and should be like 2030-01-31T12:00:00Z", file: file)
            }
            self.expires = expires
            signedBytes = try OLPCCanonicalJSON.encode(signed.value)
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    /// What is signed, whatever signatures are there: the same for the same content.
    package var contentDigest: SHA256Digest { SHA256Digest.of(signedBytes) }

    /// The keys of a role that have signed this, each once however often it signed.
    package func signers(of role: RoleKeys) -> [PackKey] {
        role.keys.filter { key in
            signatures.contains { signature in
                guard ExactString(signature.keyID) == ExactString(key.id), let bytes = signature.bytes else { return false }
                return key.publicKey.isValidSignature(bytes, for: signedBytes)
            }
        }
    }

    /// - Parameter whose: the role, for messages: "the targets role of root 2".
    package func verify(by role: RoleKeys, of whose: String) throws(PackError) {
        let valid = signers(of: role).count
        guard valid > 0 else {
            throw PackError(.notSigned, "no valid signature by any of the \(role.keys.count) keys of \(whose)", file: file)
        }
        guard valid >= role.threshold else {
            throw PackError(.belowThreshold, "\(valid) of the \(role.threshold) signatures that \(whose) needs are valid", file: file)
        }
    }

    /// The specification's own versions have the form 1.0.31; 1.0 is the older spelling.
    private static func isSupported(_ version: String) -> Bool {
        let parts = version.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (2...3).contains(parts.count) && parts[0].elementsEqual("1".utf8)
            && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
    }
}
