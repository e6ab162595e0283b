import AuditCrypto
import CanonicalEncoding

/// What a lab declares of the model that it submits.
package struct Declaration: Hashable, Sendable {
    /// How the lab means to release the weights.
    package enum Release: String, Hashable, Sendable, CaseIterable {
        case openWeights = "open-weights"
        /// Weights handed to applicants who agree to terms.
        case gated = "gated"
        case apiOnly = "api-only"
        case research = "research"
        case `internal` = "internal"
    }

    /// The model that this one was made from.
    package struct Base: Hashable, Sendable {
        package let name: String
        /// Lower-case SHA-256 of its weight file, where it is known.
        package let sha256: String?

        package init(name: String, sha256: String?) {
            self.name = name
            self.sha256 = sha256
        }
    }

    package var name: String
    package var version: String
    /// Nil for a model that was trained from scratch.
    package var base: Base?
    package var release: Release
    /// An SPDX identifier, or the licence's name.
    package var licence: String
    /// Whom to ask: an address or a team's name.
    package var contact: String
    package var notes: String?
    /// The lab's own earlier submission that this one takes the place of: its id, or the SHA-256 of its signed manifest.
    package var supersedes: SHA256Digest?
    package var architecture: ArchitectureSummary

    package init(
        name: String, version: String, base: Base?, release: Release, licence: String, contact: String, notes: String?,
        supersedes: SHA256Digest? = nil, architecture: ArchitectureSummary
    ) {
        self.name = name
        self.version = version
        self.base = base
        self.release = release
        self.licence = licence
        self.contact = contact
        self.notes = notes
        self.supersedes = supersedes
        self.architecture = architecture
    }

    /// Reads a declaration; errors name the field.
    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "architecture", "base", "contact", "licence", "name", "notes", "release", "supersedes", "v", "version",
        ])
        _ = try field.field("v").integer(in: 1...1)
        name = try Self.text(field.field("name"), maxBytes: 128)
        version = try Self.text(field.field("version"), maxBytes: 64)
        if let baseField = try field.optional("base") {
            try baseField.allow(only: ["name", "sha256"])
            let digest = try baseField.optional("sha256")
            let hex = try digest?.string(maxBytes: 64)
            if let digest, let hex, Hex.decode(hex)?.count != 32 {
                throw digest.failure("64 lower-case hexadecimal digits were expected")
            }
            base = Base(name: try Self.text(baseField.field("name"), maxBytes: 128), sha256: hex)
        }
        let releaseField = try field.field("release")
        guard let release = Release(rawValue: try releaseField.string(maxBytes: 32)) else {
            let known = Release.allCases.map(\.rawValue).joined(separator: ", ")
            throw releaseField.failure("one of \(known) was expected")
        }
        self.release = release
        licence = try Self.text(field.field("licence"), maxBytes: 128)
        contact = try Self.text(field.field("contact"), maxBytes: 256)
        notes = try field.optional("notes").map { notes throws(JSONFieldError) in
            try Self.text(notes, maxBytes: 4096, linesAllowed: true)
        }
        if let field = try field.optional("supersedes") {
            guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
                throw field.failure("64 lower-case hexadecimal digits were expected")
            }
            supersedes = digest
        }
        architecture = try ArchitectureSummary(field.field("architecture"))
    }

    package init(json: [UInt8]) throws(MediaError) {
        let advice = "Correct it, or write it again with assay-lab declare."
        do {
            let limits = JSONLimits(maxBytes: 64 << 10, maxDepth: 8, maxValues: 1000)
            try self.init(JSONField(try StrictJSON.parse(json, limits: limits)))
        } catch let error as JSONFieldError {
            throw MediaError(.declaration, "the declaration does not hold: \(error)", advice: advice)
        } catch {
            throw MediaError(.declaration, "the declaration is not JSON: \(error)", advice: advice)
        }
    }

    package var json: JSONValue {
        var object = JSONObject()
        object["architecture"] = architecture.json
        if let base {
            var value = JSONObject()
            value["name"] = .string(base.name)
            if let digest = base.sha256 { value["sha256"] = .string(digest) }
            object["base"] = .object(value)
        }
        object["contact"] = .string(contact)
        object["licence"] = .string(licence)
        object["name"] = .string(name)
        if let notes { object["notes"] = .string(notes) }
        object["release"] = .string(release.rawValue)
        if let supersedes { object["supersedes"] = .string(supersedes.hex) }
        object["v"] = 1
        object["version"] = .string(version)
        return .object(object)
    }

    /// The schema's own check of a declaration that was put together in memory.
    package func validated() throws(MediaError) -> Declaration {
        do {
            return try Declaration(JSONField(json))
        } catch {
            throw MediaError(.declaration, "the declaration does not hold: \(error)", advice: "Correct that field.")
        }
    }

    /// Text that can be shown on a terminal: not empty, no control characters, nothing that turns or hides it.
    static func isPlainText(_ text: String, maxBytes: Int, linesAllowed: Bool = false) -> Bool {
        guard !text.isEmpty, text.utf8.count <= maxBytes else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            if linesAllowed, scalar == "\n" { return true }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
            default: return true
            }
        }
    }

    static func text(
        _ field: JSONField, maxBytes: Int, linesAllowed: Bool = false
    ) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: maxBytes)
        guard isPlainText(text, maxBytes: maxBytes, linesAllowed: linesAllowed) else {
            throw field.failure("printable text was expected, neither empty nor with control characters")
        }
        return text
    }
}
