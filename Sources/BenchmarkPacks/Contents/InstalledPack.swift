import AgeFormat
import AuditCrypto
import CanonicalEncoding
import DatasetFormats

/// A verified pack with its contents, each read when it is asked for and held against its digest then. Nothing larger
/// than one file that is asked for whole, or one item, is in memory.
package struct InstalledPack: Sendable {
    package let verified: VerifiedPack
    package let description: PackDescription
    /// Of `pack.json`, and so of all that is in the pack: who signed, and until when, does not matter to it.
    package let digest: SHA256Digest
    package let retired: RetiredItems?
    package let canaries: Canaries?
    let files: any PackFiles

    /// The most bytes of a task file, or of what it includes.
    package static let largestTaskFile = 1 << 20
    /// The most bytes of items that are sealed: they are opened in memory.
    package static let largestSealed = 64 << 20

    /// Reads `pack.json`, `retired.jsonl` and `canary.json`, and refuses a description that does not name each target, and
    /// nothing else, by the digest that the metadata has.
    package init(_ files: any PackFiles, verified: VerifiedPack) throws(PackError) {
        (self.files, self.verified) = (files, verified)
        let own = try Self.read(PackDescription.path, files, verified, maxBytes: PackDescription.maximumBytes)
        (description, digest) = (try PackDescription(json: own), SHA256Digest.of(own))
        var named: Set<ExactString> = [ExactString(PackDescription.path)]
        for file in description.files {
            guard let target = verified.target(file.path) else {
                throw PackError(.badDescription, "it names \(shown(file.path)), which is no target of this pack", file: PackDescription.path)
            }
            guard target.sha256 == file.sha256 else {
                throw PackError(.badDescription, "the digest of \(shown(file.path)) is not the one that the metadata has", file: PackDescription.path)
            }
            named.insert(ExactString(file.path))
        }
        if let other = verified.targets.first(where: { !named.contains(ExactString($0.path)) }) {
            throw PackError(.extraneous, "the description does not account for this target", file: other.path)
        }
        if let file = description.retired {
            retired = try RetiredItems(jsonLines: Self.read(file.path, files, verified, maxBytes: RetiredItems.maximumBytes))
        } else {
            retired = nil
        }
        if let file = description.canaries {
            let canaries = try Canaries(json: Self.read(file.path, files, verified, maxBytes: 1 << 20))
            try canaries.check(tasks: description.tasks.map(\.name))
            self.canaries = canaries
        } else {
            canaries = nil
        }
    }

    package func task(_ name: String) -> PackDescription.Task? { description.tasks.first { ExactString($0.name) == ExactString(name) } }

    /// A target's bytes, held against its digest.
    package func read(_ path: String, maxBytes: Int) throws(PackError) -> [UInt8] {
        try Self.read(path, files, verified, maxBytes: maxBytes)
    }

    private static func read(_ path: String, _ files: any PackFiles, _ verified: VerifiedPack, maxBytes: Int) throws(PackError) -> [UInt8] {
        let (stored, target) = try place(path, verified)
        guard target.length <= maxBytes else {
            throw PackError(.limit, "\(target.length) bytes; at most \(maxBytes) are read here", file: path)
        }
        guard let bytes = try files.read(stored, maxBytes: target.length) else { throw PackError(.missingFile, "there is no such file", file: stored) }
        if let difference = target.difference(of: bytes) { throw PackError(.targetChanged, difference, file: stored) }
        return bytes
    }

    private static func place(_ path: String, _ verified: VerifiedPack) throws(PackError) -> (stored: String, target: FileReference) {
        guard let target = verified.target(path) else { throw PackError(.missingFile, "the pack has no such target", file: path) }
        return (TargetPath.stored(path, digest: target.sha256.hex), target)
    }

    /// A target that can be read in pieces, after all of it was held against its digest. Whoever could change the files
    /// between must be kept out by where the pack is kept.
    package func open(_ path: String) throws(PackError) -> any ByteSource {
        try check(path)
        let (stored, target) = try Self.place(path, verified)
        guard let source = try files.open(stored), source.count == target.length else {
            throw PackError(.targetChanged, "it was changed while it was read", file: stored)
        }
        return source
    }

    /// Holds a target against its digest.
    func check(_ path: String) throws(PackError) {
        let (stored, target) = try Self.place(path, verified)
        guard let (count, digests) = try files.digests(of: stored, maxBytes: target.length) else {
            throw PackError(.missingFile, "there is no such file", file: stored)
        }
        guard count == target.length else { throw PackError(.targetChanged, "\(count) bytes, and \(target.length) are stated", file: stored) }
        if let difference = target.difference(of: digests) { throw PackError(.targetChanged, difference, file: stored) }
    }

    /// Each item of a split that is not sealed, one by one.
    package func forEachItem(
        of split: PackDescription.Split, task: String, _ body: (PackItem) throws(PackError) -> Void
    ) throws(PackError) {
        guard split.sealedTo.isEmpty else {
            throw PackError(.badItems, "the split \(shown(split.name)) is sealed to \(split.sealedTo.map(\.name).joined(separator: ", "))", file: split.file.path)
        }
        try items(open(split.file.path), split.file.path, split, task, body)
    }

    /// The bytes of a sealed split, opened; each item is held against what was retired, and counted.
    package func unseal(
        _ split: PackDescription.Split, task: String, identities: [any AgeIdentity]
    ) throws(PackError) -> [UInt8] {
        let path = split.file.path, sealed = try read(path, maxBytes: Self.largestSealed + Self.largestSealed >> 10)
        var plain: [UInt8] = []
        do {
            let reader = try AgeReader(source: MemorySource(sealed), identities: identities)
            while let chunk = try reader.next() { chunk.withBytes { plain.append(contentsOf: $0) } }
        } catch {
            throw PackError(.badItems, "it cannot be opened: \(error)", file: path)
        }
        try items(ArrayByteSource(plain), String(path.dropLast(".age".count)), split, task) { _ in }
        return plain
    }

    /// Holds a split's bytes, which were read, against what was retired, and counts them.
    func check(items bytes: [UInt8], of split: PackDescription.Split, task: String) throws(PackError) {
        try items(ArrayByteSource(bytes), split.file.path, split, task) { _ in }
    }

    private func items(
        _ source: any ByteSource, _ path: String, _ split: PackDescription.Split, _ task: String, _ body: (PackItem) throws(PackError) -> Void
    ) throws(PackError) {
        var count = 0
        let retired = retired
        try PackItems.forEach(of: source, path: path) { item throws(PackError) in
            count += 1
            try retired?.check(item, task: task)
            try body(item)
        }
        guard count == split.items else {
            throw PackError(.badDescription, "\(path) holds \(count) items, and \(split.items) are stated", file: PackDescription.path)
        }
    }
}
