import CanonicalEncoding

/// A metadata file as another names it: version, length and digests.
package struct MetadataReference: Hashable, Sendable {
    package let version: Int64
    package let file: FileReference

    init(_ field: JSONField, role: Role, file name: String) throws(PackError) {
        do { version = try field.field("version").integer(in: 1...UnverifiedMetadata.highestVersion) } catch {
            throw PackError(.malformed, "\(error)", file: name)
        }
        file = try FileReference(field, maximumLength: role.maximumBytes, file: name)
    }

    package init(version: Int64, of bytes: [UInt8]) { (self.version, file) = (version, FileReference(of: bytes)) }

    package var json: JSONValue {
        var object = file.json
        object["version"] = .integer(version)
        return .object(object)
    }
}

/// The content of a timestamp: which snapshot is the present one.
package struct TimestampMetadata: Sendable {
    package let metadata: UnverifiedMetadata
    package let snapshot: MetadataReference

    /// Reads, and verifies nothing.
    package init(_ bytes: [UInt8], file: String) throws(PackError) {
        metadata = try UnverifiedMetadata(bytes, file: file, role: .timestamp)
        do {
            let meta = try metadata.signed.field("meta")
            // Section 4.6: it describes the snapshot and nothing else.
            try meta.allow(only: ["snapshot.json"])
            snapshot = try MetadataReference(try meta.field("snapshot.json"), role: .snapshot, file: file)
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }
}

/// The content of a snapshot: which metadata of the targets roles belongs together.
package struct SnapshotMetadata: Sendable {
    package let metadata: UnverifiedMetadata
    /// By name, such as `targets.json`.
    package let files: [ExactString: MetadataReference]

    static let maximumFiles = 64

    /// Reads, and verifies nothing.
    package init(_ bytes: [UInt8], file: String) throws(PackError) {
        metadata = try UnverifiedMetadata(bytes, file: file, role: .snapshot)
        do {
            let meta = try metadata.signed.field("meta")
            let members = try meta.object().members
            guard members.count <= Self.maximumFiles else {
                throw PackError(.limit, "\(members.count) metadata files are named; at most \(Self.maximumFiles) are read", file: file)
            }
            var files: [ExactString: MetadataReference] = [:]
            for member in members {
                files[ExactString(member.key)] = try MetadataReference(
                    JSONField(member.value, path: "\(meta.path)[\(shown(member.key))]"), role: .targets, file: file)
            }
            self.files = files
        } catch let error as PackError { throw error } catch {
            throw PackError(.malformed, "\(error)", file: file)
        }
    }

    package func reference(_ name: String) throws(PackError) -> MetadataReference {
        guard let reference = files[ExactString(name)] else {
            throw PackError(.missingFile, "the snapshot does not name \(name)", file: metadata.file)
        }
        return reference
    }
}
