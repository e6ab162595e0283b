import AgeFormat
import CanonicalEncoding
import CommandSupport
import DatasetFormats

extension InstalledPack {
    /// A file as the task file calls it: items that are private are unsealed, in memory, and none of a split is a retired one.
    ///
    /// - Parameter maxBytes: of a file of items.
    /// - Returns: nil where the pack has no such file.
    package func contents(_ path: String, maxBytes: Int, identities: [any AgeIdentity]) throws(PackError) -> [UInt8]? {
        var found: [UInt8]?
        for task in description.tasks {
            for split in task.splits {
                if ExactString(split.file.path) == ExactString(path + ".age") {
                    found = try unseal(split, task: task.name, identities: identities)
                } else if ExactString(split.file.path) == ExactString(path) {
                    let bytes: [UInt8]
                    if let found { bytes = found } else { bytes = try read(path, maxBytes: maxBytes) }
                    try check(items: bytes, of: split, task: task.name)
                    found = bytes
                }
            }
        }
        if let found { return found }
        return verified.target(path) == nil ? nil : try read(path, maxBytes: Self.largestTaskFile)
    }
}

extension PackFiles {
    /// Copies all files into a folder, durably.
    ///
    /// - Parameters:
    ///   - maxBytes: of all together.
    ///   - each: is told how many bytes more were copied; what it throws ends the copying.
    package func copy(to folder: String, maxBytes: Int, each: (Int) throws -> Void) throws {
        var left = maxBytes
        for path in try list() {
            guard let file = try open(path) else { throw PackError(.missingFile, "it was taken away while the pack was copied", file: path) }
            guard file.count <= left else {
                throw PackError(.endlessData, "with it the pack has more than the \(maxBytes) bytes that its metadata lets expect", file: path)
            }
            left -= file.count
            try Files.makeFolder(OutputFolder.folder(of: "\(folder)/\(path)"), mode: 0o700)
            try FileWriter.copy(file, from: path, to: "\(folder)/\(path)") { try each($0.count) }
        }
        try OutputFolder.sync(folder)
    }
}
