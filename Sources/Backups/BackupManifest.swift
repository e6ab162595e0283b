import AuditCrypto
import CanonicalEncoding

/// What a backup holds: `backup.json`, written last. It says of each file where it belongs in the appliance's folder, and
/// what it must be; and of which ledger, at which checkpoint, all of it is.
///
/// It is not signed. The ledger in the backup signs for itself, and what the store holds is authenticated or named by the
/// ledger: whoever changes the manifest can change no more than whoever changes the disk.
package struct BackupManifest: Sendable, Hashable {
    package struct File: Sendable, Hashable {
        /// In the appliance's folder, such as `store/store.sqlite`.
        package let path: String
        package let size: Int64
        package let sha256: SHA256Digest

        package init(path: String, size: Int64, sha256: SHA256Digest) {
            (self.path, self.size, self.sha256) = (path, size, sha256)
        }
    }

    /// The folder, in the backup's, of the files that are copied anew each time.
    package let folder: String
    /// The signed checkpoint of the ledger that was copied.
    package let checkpoint: String
    package let origin: String
    /// The number of the ledger's entries.
    package let size: Int64
    /// Its root, in hexadecimal.
    package let root: String
    /// When the copy was begun, by the appliance's clock, in seconds since 1970-01-01 UTC.
    package let time: Int64
    package let files: [File]

    package init(folder: String, checkpoint: String, origin: String, size: Int64, root: String, time: Int64, files: [File]) {
        (self.folder, self.checkpoint, self.origin, self.size, self.root) = (folder, checkpoint, origin, size, root)
        (self.time, self.files) = (time, files)
    }

    /// Of all files together.
    package var bytes: Int64 { files.reduce(0) { $0 + $1.size } }

    private static let type = "assay-backup"
    /// A file takes about 200 bytes.
    package static let maxBytes = 256 << 20

    package func encoded() throws(JSONError) -> [UInt8] {
        try CanonicalJSON.encode([
            "checkpoint": .string(checkpoint),
            "files": .array(
                files.map { ["path": .string($0.path), "sha256": .string($0.sha256.hex), "size": .integer($0.size)] }),
            "folder": .string(folder),
            "ledger": ["origin": .string(origin), "root": .string(root), "size": .integer(size)],
            "time": .integer(time), "type": .string(Self.type), "v": 1,
        ])
    }

    package init(json: [UInt8]) throws(BackupError) {
        do {
            let limits = JSONLimits(maxBytes: Self.maxBytes, maxDepth: 8, maxValues: 8_000_000)
            let field = JSONField(try StrictJSON.parse(json, limits: limits))
            try field.allow(only: ["checkpoint", "files", "folder", "ledger", "time", "type", "v"])
            guard try field.field("type").string() == Self.type else { throw try field.field("type").failure("'\(Self.type)' was expected") }
            _ = try field.field("v").integer(in: 1...1)
            checkpoint = try field.field("checkpoint").string(maxBytes: 64 << 10)
            let ledger = try field.field("ledger")
            try ledger.allow(only: ["origin", "root", "size"])
            origin = try ledger.field("origin").string(maxBytes: 256)
            root = try Self.digest(ledger.field("root")).hex
            size = try ledger.field("size").integer(in: 1...1 << 53)
            time = try field.field("time").integer()
            folder = try Self.path(field.field("folder"))
            guard !folder.contains("/") else { throw try field.field("folder").failure("one name was expected") }
            var names: Set<String> = []
            files = try field.field("files").array(maxCount: 2_000_000).map { file in
                try file.allow(only: ["path", "sha256", "size"])
                let path = try Self.path(file.field("path"))
                guard names.insert(path).inserted else { throw try file.field("path").failure("it is named twice") }
                return File(path: path, size: try file.field("size").integer(), sha256: try Self.digest(file.field("sha256")))
            }
        } catch {
            throw BackupError(
                .malformed, "This is no backup's manifest: \(error).", advice: "Use another backup, or another copy of this one.")
        }
    }

    /// A path that stays below the folder it is put after.
    private static func path(_ field: JSONField) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: 1024)
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !text.unicodeScalars.contains("\0") else {
            throw field.failure("a path below the folder was expected")
        }
        return text
    }

    private static func digest(_ field: JSONField) throws(JSONFieldError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
            throw field.failure("64 lower-case hexadecimal digits were expected")
        }
        return digest
    }
}
