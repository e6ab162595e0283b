import CanonicalEncoding

extension InstalledPack {
    /// What an inspection of everything came to.
    package struct Inspected: Hashable, Sendable {
        package let targets: Int
        package let bytes: Int
        package let items: Int
        /// Splits whose items cannot be read here.
        package let sealed: Int
    }

    /// Reads all of it: every target against its digests, every item that is not sealed against what was retired, and every
    /// file of the folder, none of which may be there that nothing signed accounts for.
    package func inspectEverything() throws(PackError) -> Inspected {
        var bytes = 0
        for (path, file) in verified.targets {
            try check(path)
            bytes += file.length
        }
        try inspectFolder()
        var items = 0, sealed = 0
        for task in description.tasks {
            for split in task.splits {
                items += split.items
                if split.sealedTo.isEmpty { try forEachItem(of: split, task: task.name) { _ in } } else { sealed += 1 }
            }
        }
        return Inspected(targets: verified.targets.count, bytes: bytes, items: items, sealed: sealed)
    }

    /// Every file is metadata that was accepted, an earlier root of the chain, or a target.
    private func inspectFolder() throws(PackError) {
        var expected: Set<ExactString> = Set(verified.accepted.map { ExactString($0.file) }), twins: [ExactString: FileReference] = [:]
        for (path, file) in verified.targets {
            expected.insert(ExactString(TargetPath.stored(path, digest: file.sha256.hex)))
            // Section 6.2 of the specification: a copy for each digest.
            if let digest = file.sha512 { twins[ExactString(TargetPath.stored(path, digest: Hex.encode(digest)))] = file }
        }
        let paths = try files.list()
        let roots = paths.compactMap(Self.rootVersion).filter { $0 <= verified.root.version }.sorted()
        for version in roots { expected.insert(ExactString("metadata/\(version).root.json")) }
        for path in paths where !expected.contains(ExactString(path)) {
            guard let file = twins[ExactString(path)], let (_, digests) = try files.digests(of: path, maxBytes: file.length) else {
                throw PackError(.extraneous, "nothing that is signed names this file", file: path)
            }
            if let difference = file.difference(of: digests) { throw PackError(.targetChanged, difference, file: path) }
        }
        try inspectRoots(roots)
    }

    /// The roots up to the one that trust began with are not needed, but where they are there, they are what they should be.
    private func inspectRoots(_ versions: [Int64]) throws(PackError) {
        var previous: RootMetadata?
        for version in versions {
            let file = "metadata/\(version).root.json"
            guard let bytes = try files.read(file, maxBytes: Role.root.maximumBytes) else { throw PackError(.missingFile, "it was taken away", file: file) }
            let root = try RootMetadata(bytes, file: file)
            guard root.version == version else { throw PackError(.rootSequence, "it is version \(root.version)", file: file) }
            if let previous, previous.version + 1 == version { try root.verify(after: previous) } else { try root.verifyItself() }
            for trusted in [verified.firstRoot, verified.root] where trusted.version == version && root.metadata.contentDigest != trusted.metadata.contentDigest {
                throw PackError(.equivocation, "it is not the root that is trusted, whose version it has", file: file)
            }
            previous = root
        }
    }

    /// The version in a root's file name, as it is written there.
    private static func rootVersion(of path: String) -> Int64? {
        guard path.hasPrefix("metadata/"), path.hasSuffix(".root.json") else { return nil }
        let digits = path.dropFirst("metadata/".count).dropLast(".root.json".count)
        guard let version = Int64(digits), version > 0, String(version) == digits else { return nil }
        return version
    }
}
