import Glibc

/// Why media, or what is to be sealed onto it, was refused: what was wrong, where, and what to do next.
package struct MediaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Stable names: the ledger, programs and tests refer to them.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        // The medium as a tree of files.
        case unreadable = "media.unreadable"
        case notADirectory = "media.not-a-directory"
        case tooManyFiles = "media.too-many-files"
        case symlink = "media.symlink"
        case notRegular = "media.not-regular"
        /// A name that is absolute, has `..`, or has characters other than letters, digits, `.`, `_` and `-`.
        case path = "media.path"
        /// The same name twice, or names that differ in case only.
        case duplicate = "media.duplicate"
        case undeclaredFile = "media.undeclared-file"
        case missingFile = "media.missing-file"
        // The manifest.
        case manifestMissing = "media.manifest-missing"
        case manifestTooLarge = "media.manifest-too-large"
        case manifestMalformed = "media.manifest-malformed"
        case unsigned = "media.unsigned"
        case unknownSigner = "media.unknown-signer"
        case signatureInvalid = "media.signature-invalid"
        case statement = "media.statement"
        case declaration = "media.declaration"
        case wrongRecipient = "media.wrong-recipient"
        // A segment.
        case segmentTruncated = "media.segment-truncated"
        case segmentOversized = "media.segment-oversized"
        /// The sealed bytes are not those that the lab signed for: the medium was changed or damaged.
        case segmentDigest = "media.segment-digest"
        /// The sealed bytes are as signed, but do not open: they were sealed wrongly.
        case segmentSeal = "media.segment-seal"
        case compression = "media.compression"
        /// More or fewer bytes come out than the manifest says.
        case decompressionSize = "media.decompression-size"
        case fileDigest = "media.file-digest"
        /// More is lost than the repair data covers.
        case beyondRepair = "media.beyond-repair"
        // The content.
        case pickle = "media.pickle"
        case weightsFormat = "media.weights-format"
        /// The model's own signature does not hold, or a file is not the one that it signs. Only sealing refuses for this.
        case modelSignature = "media.model-signature"
        // Sealing.
        case input = "media.input"
        case outputExists = "media.output-exists"
        case output = "media.output"
        case applianceKeys = "media.appliance-keys"
        case cancelled = "media.cancelled"
        // Receipts.
        case receipt = "media.receipt"
    }

    /// Whether this is a copy's fault, which another copy, or repair data, makes good.
    package var isOfCopy: Bool {
        [.unreadable, .missingFile, .segmentTruncated, .segmentOversized, .segmentDigest].contains(code)
    }

    package let code: Code
    package let message: String
    /// The file concerned, as its path on the medium or as it was named.
    package let file: String?
    /// A byte in that file, from 0.
    package let offset: Int?
    /// What to do next.
    package let advice: String

    package init(_ code: Code, _ message: String, file: String? = nil, offset: Int? = nil, advice: String) {
        self.code = code
        self.message = Self.clean(message)
        self.file = file.map(Self.clean)
        self.offset = offset
        self.advice = advice
    }

    package var description: String {
        var place = file.map { "\($0): " } ?? ""
        if let offset { place += "byte \(offset): " }
        return "\(place)\(message). \(advice) [\(code.rawValue)]"
    }
}

extension MediaError {
    /// Messages quote what hostile media say: whatever could steer a terminal is written as its number.
    private static func clean(_ text: String) -> String {
        var clean = ""
        for scalar in text.unicodeScalars.prefix(2000) {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                clean += "\\u{\(String(scalar.value, radix: 16))}"
            default: clean.unicodeScalars.append(scalar)
            }
        }
        return clean
    }

    static let resealAdvice = "Ask the lab to seal the submission again."
    static let recopyAdvice = "Copy the medium again from its source, or ask the lab for another copy."

    /// - Parameter code: `errno`'s value.
    static func system(_ kind: Code, _ action: String, file: String, code: Int32, advice: String) -> MediaError {
        MediaError(kind, "\(action) failed: \(String(cString: strerror(code)))", file: file, advice: advice)
    }
}
