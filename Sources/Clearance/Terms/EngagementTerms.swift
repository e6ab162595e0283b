import AuditCrypto
import CanonicalEncoding

/// What a lab and the clearing authority agreed on for an engagement: how much of the lab's submissions may be shown, and
/// where others must consent. Both sign it; each version takes the place of the one before.
///
/// A JCS object: `budgets` (each class with `person` and `total`), `expires`, `issued`, `lab`, `rowsAlone`, `type`, `v`,
/// `version`, and perhaps `approvals`, `retention`.
package struct EngagementTerms: Hashable, Sendable {
    package static let document = SignedDocument(type: "assay-terms", payloadType: "application/vnd.assay.terms+json")

    /// Bytes that carry information: of what is shown, after compression.
    package struct Budget: Hashable, Sendable {
        /// For each person.
        package let person: Int64
        /// For all together.
        package let total: Int64

        package init(person: Int64, total: Int64) { (self.person, self.total) = (person, total) }

        static let none = Budget(person: 0, total: 0)
    }

    /// From 1; a higher one takes the place of a lower.
    package let version: Int64
    /// The lab's key (`keyID`): the terms are for what it signed.
    package let lab: String
    package let issued: Timestamp
    /// From then on nothing more is shown.
    package let expires: Timestamp
    private let budgets: [DisclosureClass: Budget]
    /// Rows of datasets that a person may see before the lab is asked.
    package let rowsAlone: Int64
    package let approvals: ApprovalPolicy
    /// For how many days after it was taken in a submission is to be kept; nil where nothing is agreed. What is older is due
    /// to be purged, which people do.
    package let retention: Int64?

    package init(
        version: Int64, lab: String, issued: Timestamp, expires: Timestamp, budgets: [DisclosureClass: Budget], rowsAlone: Int64,
        approvals: ApprovalPolicy = .standard, retention: Int64? = nil
    ) {
        (self.version, self.lab, self.issued, self.expires) = (version, lab, issued, expires)
        (self.budgets, self.rowsAlone, self.approvals, self.retention) = (budgets, rowsAlone, approvals, retention)
    }

    /// What may be shown of a class; nothing where the terms do not name it.
    package func budget(_ kind: DisclosureClass) -> Budget { budgets[kind] ?? .none }

    package init(json: [UInt8]) throws(ClearanceError) {
        do {
            let root = try Self.document.root(
                json, members: ["approvals", "budgets", "expires", "issued", "lab", "retention", "rowsAlone", "version"])
            let stated = try root.field("budgets")
            try stated.allow(only: DisclosureClass.allCases.map(\.rawValue))
            var budgets: [DisclosureClass: Budget] = [:]
            for kind in DisclosureClass.allCases {
                guard let budget = try stated.optional(kind.rawValue) else { continue }
                try budget.allow(only: ["person", "total"])
                budgets[kind] = Budget(person: try budget.field("person").integer(), total: try budget.field("total").integer())
            }
            self.init(
                version: try root.field("version").integer(in: 1...Int64.max), lab: try root.field("lab").string(maxBytes: 128),
                issued: try root.field("issued").timestamp(), expires: try root.field("expires").timestamp(), budgets: budgets,
                rowsAlone: try root.field("rowsAlone").integer(),
                approvals: try ApprovalPolicy(root.optional("approvals"), for: Occasion.ofAnEngagement),
                retention: try root.optional("retention")?.integer(in: 1...36_500))
        } catch {
            throw ClearanceError(.badTerms, "not the terms of an engagement: \(error)")
        }
        guard issued.unixSeconds < expires.unixSeconds else {
            throw ClearanceError(.badTerms, "the terms expire at \(expires.rfc3339), before they were issued")
        }
    }

    /// - Parameter file: the terms' JSON, or their DSSE envelope, whose signatures are not looked at.
    package init(file: [UInt8]) throws(ClearanceError) {
        try self.init(json: (try? DSSEEnvelope(json: file))?.payload ?? file)
    }

    /// The canonical bytes (RFC 8785).
    package func encoded() throws(ClearanceError) -> [UInt8] {
        var limits: JSONObject = [:]
        for (kind, budget) in budgets {
            limits[kind.rawValue] = ["person": .integer(budget.person), "total": .integer(budget.total)]
        }
        var root: JSONObject = [
            "budgets": .object(limits), "expires": .string(expires.rfc3339), "issued": .string(issued.rfc3339),
            "lab": .string(lab), "rowsAlone": .integer(rowsAlone), "version": .integer(version),
        ]
        root["approvals"] = approvals.json
        if let retention { root["retention"] = .integer(retention) }
        do { return try Self.document.encoded(root) } catch {
            throw ClearanceError(.badTerms, "the terms cannot be written: \(error)")
        }
    }

    /// The SHA-256 of the canonical bytes, by which a lab's declaration names the terms: more signatures make no other terms.
    package func digest() throws(ClearanceError) -> SHA256Digest { SHA256Digest.of(try encoded()) }

    /// Verified terms: signed by the lab that they name and by the authority.
    package static func verified(
        _ envelope: [UInt8], labs: [Ed25519PublicKey], authorities: [Ed25519PublicKey]
    ) throws -> EngagementTerms {
        let (payload, signers) = try document.payload(of: envelope, by: labs + authorities)
        let terms = try EngagementTerms(json: payload)
        guard signers.contains(where: { labs.contains($0) && ExactString($0.keyID) == ExactString(terms.lab) }) else {
            throw ClearanceError(.badTerms, "the lab that the terms name, \(terms.lab), has not signed them, or is none of this "
                + "appliance's labs")
        }
        guard signers.contains(where: authorities.contains) else {
            throw ClearanceError(.badTerms, "the clearing authority has not signed the terms")
        }
        return terms
    }
}
