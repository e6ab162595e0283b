import AuditCrypto
import BulkCrypto
import CommandSupport
import Evaluation
import Glibc
import WeightFormats

/// SHA-256 of the files that a model is read from.
enum ModelDigests {
    /// - Parameter path: a weight file, or a folder.
    static func of(_ path: String) throws -> [EvaluationPlan.ModelFile] {
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError(operation: .read, path: path, reason: String(cString: strerror(errno))) }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        let names = isFolder ? try Files.names(in: path) : [path.split(separator: "/").last.map(String.init) ?? path]
        var files: [EvaluationPlan.ModelFile] = []
        for name in names {
            let file = isFolder ? "\(path)/\(name)" : path
            guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            files.append(.init(path: name, digest: try digest(file)))
        }
        return files
    }

    private static func digest(_ path: String) throws -> SHA256Digest {
        let file = try MappedFile(path: path)
        var hash = BulkSHA256()
        withExtendedLifetime(file) { hash.update(file.bytes) }
        guard let digest = SHA256Digest(bytes: hash.finalize()) else {
            throw FileError(operation: .read, path: path, reason: "it has no digest")
        }
        return digest
    }
}
