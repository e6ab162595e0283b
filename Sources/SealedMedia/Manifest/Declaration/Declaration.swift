import AuditCrypto
import CanonicalEncoding

/// What a lab declares of the model that it submits.
package struct Declaration: Hashable, Sendable {
    /// Bytes of a declaration's own file.
    package static let maximumBytes = 256 << 10

    /// How the lab means to release the weights.
    package enum Release: String, Hashable, Sendable, CaseIterable {
        case openWeights = "open-weights"
        /// Weights handed to applicants who agree to terms.
        case gated = "gated"
        case apiOnly = "api-only"
        case research = "research"
        case `internal` = "internal"
    }

    package var name: String
    package var version: String
    /// Nil for a model that was trained from scratch.
    package var base: Base?
    /// What changed the base model, in the order in which it was applied; none without a base.
    package var adapters: [Adapter] = []
    package var release: Release
    /// An SPDX identifier, or the licence's name.
    package var licence: String
    /// Whom to ask: an address or a team's name.
    package var contact: String
    package var notes: String?
    /// The lab's own earlier submission that this one takes the place of: its id, or the SHA-256 of its signed manifest.
    package var supersedes: SHA256Digest?
    package var training: Training?
    /// What it was trained on.
    package var datasets: [Dataset] = []
    package var card: Card?
    package var terms: Terms?
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
            "adapters", "architecture", "base", "card", "contact", "datasets", "licence", "name", "notes", "release", "supersedes",
            "terms", "training", "v", "version",
        ])
        _ = try field.field("v").integer(in: 1...1)
        name = try Self.text(field.field("name"), maxBytes: 128)
        version = try Self.text(field.field("version"), maxBytes: 64)
        base = try field.optional("base").map(Base.init)
        let adaptersField = try field.optional("adapters")
        adapters = try Self.list(adaptersField, maxCount: Adapter.maximumCount, Adapter.init)
        // A change to nothing: the lineage would begin with a model that is not named.
        if let adaptersField, base == nil {
            throw adaptersField.failure("adapters change a base model: \"base\" was expected beside them")
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
        supersedes = try field.optional("supersedes").map(SubmissionManifest.digest)
        training = try field.optional("training").map(Training.init)
        datasets = try Self.list(field.optional("datasets"), maxCount: Dataset.maximumCount, Dataset.init)
        card = try field.optional("card").map(Card.init)
        terms = try field.optional("terms").map(Terms.init)
        architecture = try ArchitectureSummary(field.field("architecture"))
    }

    package init(json: [UInt8]) throws(MediaError) {
        let advice = "Correct it, or write it again with assay-lab declare."
        do {
            let limits = JSONLimits(maxBytes: Self.maximumBytes, maxDepth: 8, maxValues: 1000)
            try self.init(JSONField(try StrictJSON.parse(json, limits: limits)))
        } catch let error as JSONFieldError {
            throw MediaError(.declaration, "the declaration does not hold: \(error)", advice: advice)
        } catch {
            throw MediaError(.declaration, "the declaration is not JSON: \(error)", advice: advice)
        }
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "architecture": architecture.json, "contact": .string(contact), "licence": .string(licence), "name": .string(name),
            "release": .string(release.rawValue), "v": 1, "version": .string(version),
        ]
        if let base { object["base"] = base.json }
        if !adapters.isEmpty { object["adapters"] = .array(adapters.map(\.json)) }
        if let notes { object["notes"] = .string(notes) }
        if let supersedes { object["supersedes"] = .string(supersedes.hex) }
        if let training { object["training"] = training.json }
        if !datasets.isEmpty { object["datasets"] = .array(datasets.map(\.json)) }
        if let card { object["card"] = card.json }
        if let terms { object["terms"] = terms.json }
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
}
