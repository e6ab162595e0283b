import AuditCrypto
import CanonicalEncoding

/// How files fit a signed manifest (ossf/model-signing-spec, `spec/v1.0.md`, section 8.4).
package struct FileComparison: Hashable, Sendable {
    /// A file, and the signed path that it was compared with: another one where the file's has lost its folder.
    package struct Pair: Hashable, Sendable {
        package let file: String
        package let signedPath: String
    }

    /// The whole file has the signed SHA-256.
    package let matching: [Pair]
    /// It has another one.
    package let differing: [Pair]
    /// The signature has no SHA-256 of the whole file to compare with: another algorithm, or digests of ranges. It may fit
    /// or not.
    package let notComparable: [Pair]
    /// Signed paths without a file.
    package let missing: [String]
    /// Files that the signature says nothing of. Where ranges were signed, empty files are always among them.
    package let notCovered: [String]

    /// Whether the files are the signed ones, all of them and nothing besides.
    package var isComplete: Bool { differing.isEmpty && notComparable.isEmpty && missing.isEmpty && notCovered.isEmpty }

    /// A file is compared with the signed path that equals its own, byte for byte. One without a folder that finds none is
    /// compared with a path that ends in its name and that no other file took: with that of the same digest if there is
    /// one, else with the first.
    package init(resources: [SignedResource], files: [(path: String, sha256: SHA256Digest)]) {
        var signed: [(path: String, sha256: SHA256Digest?)] = [], places: [ExactString: Int] = [:]
        for resource in resources where places[ExactString(resource.path)] == nil {
            places[ExactString(resource.path)] = signed.count
            signed.append((resource.path, resource.sha256))
        }
        var partners = files.map { places.removeValue(forKey: ExactString($0.path)) }
        var named: [ExactString: [Int]] = [:]
        for place in places.values.sorted() {
            if let name = signed[place].path.utf8Split("/").last { named[ExactString(name), default: []].append(place) }
        }
        for (index, file) in files.enumerated() where partners[index] == nil {
            guard let candidates = named.removeValue(forKey: ExactString(file.path)) else { continue }
            partners[index] = candidates.first { signed[$0].sha256 == file.sha256 } ?? candidates.first
        }

        var matching: [Pair] = [], differing: [Pair] = [], notComparable: [Pair] = [], notCovered: [String] = []
        for (file, partner) in zip(files, partners) {
            guard let partner else {
                notCovered.append(file.path)
                continue
            }
            let pair = Pair(file: file.path, signedPath: signed[partner].path)
            switch signed[partner].sha256 {
            case file.sha256?: matching.append(pair)
            case nil: notComparable.append(pair)
            default: differing.append(pair)
            }
        }
        let taken = Set(partners.compactMap { $0 })
        missing = signed.indices.filter { !taken.contains($0) }.map { signed[$0].path }
        (self.matching, self.differing, self.notComparable, self.notCovered) = (matching, differing, notComparable, notCovered)
    }
}
