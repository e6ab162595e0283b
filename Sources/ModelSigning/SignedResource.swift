import AuditCrypto
import CanonicalEncoding

/// One entry of a signed manifest (ossf/model-signing-spec, `spec/v1.0.md`, sections 5.2.1 and 6.3): a file or a range of
/// one, and a digest of it.
package struct SignedResource: Hashable, Sendable {
    /// The file's path in the model's folder, with `/` between its parts. Where a single file was signed, which
    /// model-signing names `.`, the model's name.
    package let path: String
    /// The bytes of the file that the digest is of; nil for all of them.
    package let range: Range<Int64>?
    /// As it is written: `sha256`, `blake2b`, `blake3`, or of ranges also `sha256-sharded-1000000`.
    package let algorithm: String
    package let digest: [UInt8]

    /// The whole file's SHA-256, nil where the signature gives none.
    package var sha256: SHA256Digest? { range == nil && algorithm == "sha256" ? SHA256Digest(bytes: digest) : nil }

    /// The digest sizes of the specification's algorithm registry, in bytes.
    private static let sizes = ["sha256": 32, "blake2b": 64, "blake3": 32]
    private static let maximumDigestBytes = 64
    private static let maximumPathBytes = 4096

    /// The members of an entry, before its name is understood.
    struct Entry {
        let name: String
        let algorithm: String
        let digest: [UInt8]

        /// - Parameter hashType: the algorithm that all entries have, nil where names vary (of ranges).
        init(_ field: JSONField, hashType: String?) throws(JSONFieldError) {
            // Room for the two numbers after a range's path.
            name = try field.field("name").string(maxBytes: maximumPathBytes + 64)
            let algorithmField = try field.field("algorithm"), digestField = try field.field("digest")
            algorithm = try algorithmField.string(maxBytes: 64)
            if let hashType, ExactString(hashType) != ExactString(algorithm) {
                throw algorithmField.failure("the manifest's hash_type is \(hashType.debugDescription), not \(algorithm.debugDescription)")
            }
            let size = sizes[algorithm]
            guard let bytes = Hex.decode(try digestField.string()), !bytes.isEmpty, bytes.count <= maximumDigestBytes,
                size == nil || bytes.count == size
            else { throw digestField.failure("lower-case hexadecimal digits were expected, as many as the algorithm's digest has") }
            digest = bytes
        }
    }

    /// - Throws: `resourceName` for what is no path in a folder, no range, or there twice.
    static func resources(
        _ entries: [Entry], method: ModelStatement.Method, modelName: String
    ) throws(ModelSignatureError) -> [SignedResource] {
        var names: Set<ExactString> = [], resources: [SignedResource] = []
        resources.reserveCapacity(entries.count)
        for entry in entries {
            guard names.insert(ExactString(entry.name)).inserted else { throw refusal(entry.name, "stands twice") }
            var path = entry.name, range: Range<Int64>?
            if method == .shards {
                guard let parts = parts(entry.name) else { throw refusal(entry.name, "is no path:start:end with start before end") }
                (path, range) = parts
            }
            resources.append(SignedResource(path: path, range: range, algorithm: entry.algorithm, digest: entry.digest))
        }
        if resources.allSatisfy({ $0.path == "." }) {
            resources = resources.map { SignedResource(path: modelName, range: $0.range, algorithm: $0.algorithm, digest: $0.digest) }
        }
        for resource in resources where !isPath(resource.path) {
            throw refusal(
                resource.path, "is no path inside a folder: not relative, with empty parts, '.' or '..', with control characters, or too long")
        }
        return resources
    }

    /// The path and the range: the numbers are the last two, since a file's name may have colons too.
    private static func parts(_ name: String) -> (String, Range<Int64>)? {
        let parts = name.utf8Split(":")
        guard parts.count >= 3, let start = offset(parts[parts.count - 2]), let end = offset(parts[parts.count - 1]), start < end else { return nil }
        return (parts.dropLast(2).joined(separator: ":"), start..<end)
    }

    private static func offset(_ text: String) -> Int64? {
        guard let number = Int64(text), number >= 0, ExactString(String(number)) == ExactString(text) else { return nil }
        return number
    }

    private static func isPath(_ path: String) -> Bool {
        path.utf8.count <= maximumPathBytes && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
            && path.utf8Split("/").allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    }

    private static func refusal(_ name: String, _ reason: String) -> ModelSignatureError {
        ModelSignatureError(.resourceName, "the signed resource \(String(name.prefix(128)).debugDescription) \(reason)")
    }
}
