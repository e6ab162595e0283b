/// Why a benchmark pack is refused: a stable code, the file within the pack, and what is wrong with it.
package struct PackError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Hashable, Sendable, CaseIterable {
        // Reading
        case missingFile = "pack.missing-file"
        case unreadable = "pack.unreadable-file"
        /// A symbolic link, or what is neither a file nor a folder.
        case notPlain = "pack.not-a-plain-file"
        /// More bytes than the metadata promises, or than such a file may have at all.
        case endlessData = "pack.endless-data"
        case limit = "pack.limit"

        // Metadata
        case malformed = "pack.malformed"
        /// Metadata of one role in the place of another's.
        case wrongRole = "pack.wrong-role"
        case specificationVersion = "pack.specification-version"
        /// A key that is not Ed25519.
        case unsupportedKey = "pack.unsupported-key"
        /// A key's id is not the digest of the key.
        case wrongKeyID = "pack.wrong-keyid"
        /// One key twice, under whatever ids.
        case duplicateKey = "pack.duplicate-key"
        /// A threshold of zero, or of more keys than the role has.
        case badThreshold = "pack.bad-threshold"

        // The attacks of the specification, section 1.5.2
        /// No signature by any key of the role: arbitrary software.
        case notSigned = "pack.not-signed"
        case belowThreshold = "pack.below-threshold"
        /// A freeze: metadata that has expired.
        case expired = "pack.expired"
        case rollback = "pack.rollback"
        /// Metadata that an earlier snapshot named and this one does not.
        case vanished = "pack.vanished"
        case mixAndMatch = "pack.mix-and-match"
        /// The same version of a role's metadata with other content.
        case equivocation = "pack.equivocation"
        /// A root that is not the successor of the one before it.
        case rootSequence = "pack.root-sequence"
        case targetChanged = "pack.target-changed"

        // Contents
        case badPath = "pack.bad-path"
        case pathCollision = "pack.path-collision"
        /// A file that nothing signed names, or a target that the description does not account for.
        case extraneous = "pack.extraneous-file"
        case badDescription = "pack.bad-description"
        case badItems = "pack.bad-items"
        case retiredItem = "pack.retired-item"
        case badCanary = "pack.bad-canary"

        // Building, signing, importing
        case badTask = "pack.bad-task"
        case badSource = "pack.bad-source"
        case badKeyFile = "pack.bad-key-file"
        /// The key has no part in the role that is to be signed.
        case notAKeyOfRole = "pack.not-a-key-of-role"
        /// What the role refers to has not been signed yet.
        case signOthersFirst = "pack.sign-others-first"
        case cannotWrite = "pack.cannot-write"
    }

    package let code: Code
    package let message: String
    /// The path within the pack, or of the file that was read; nil where the pack as a whole is meant.
    package let file: String?
    /// From 1; 0 where no line is to blame.
    package let line: Int

    package init(_ code: Code, _ message: String, file: String? = nil, line: Int = 0) {
        (self.code, self.message, self.file, self.line) = (code, message, file, line)
    }

    package var description: String {
        let place = file.map { line == 0 ? "\($0): " : "\($0):\(line): " } ?? ""
        return "\(place)\(message) [\(code.rawValue)]"
    }
}
