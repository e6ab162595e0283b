import CanonicalEncoding

/// What can need the consent of others.
package enum Occasion: String, Hashable, Sendable, CaseIterable {
    /// Raw values of weights.
    case weightValues = "weight-values"
    /// Rows of datasets, beyond what the terms let each person see alone.
    case rowsAboveQuota = "rows-above-quota"
    /// Another plan than the first for a submission.
    case changedPlan = "changed-plan"
    case verdict
    case export
    case purge
    case roster
    case maintenance
    /// Another key for the ledger.
    case ledgerKey = "ledger-key"
    /// Going on from a backup.
    case restore
    /// Binding the ledger to another TPM.
    case tpm
    /// Taking a benchmark pack in, or out.
    case pack

    /// Those that the terms of an engagement rule; the roster rules the others.
    package static let ofAnEngagement: [Occasion] = [.weightValues, .rowsAboveQuota, .changedPlan, .verdict, .export, .purge]
    package static let ofTheAppliance: [Occasion] = [.roster, .maintenance, .ledgerKey, .restore, .tpm, .pack]
}

/// How many others must agree, and who counts.
package struct ApprovalRule: Hashable, Sendable {
    /// Persons besides the one who asks; 0 for none.
    package let approvals: Int
    /// Each of them has one of these roles.
    package let roles: [Role]
    /// Whether those who ask and agree must not all be of one side.
    package let crossesSides: Bool

    package init(_ approvals: Int, of roles: [Role], crossesSides: Bool = true) {
        (self.approvals, self.roles, self.crossesSides) = (approvals, roles, crossesSides)
    }

    /// Whether `approvers` are enough: persons other than `requester`, each counted once.
    package func isMet(by approvers: [Person], for requester: Person) -> Bool {
        var names: Set<String> = []
        let counted = approvers.filter { names.insert($0.name).inserted }.filter { $0.name != requester.name && !roles.allSatisfy { [held = $0.roles] in !held.contains($0) } }
        return counted.count >= approvals
            && (approvals == 0 || !crossesSides || counted.contains { $0.side != requester.side })
    }

    /// In words, for whoever waits.
    package var description: String {
        "\(approvals) other \(approvals == 1 ? "person" : "persons") with the role \(roles.map(\.rawValue).joined(separator: " or "))"
            + (crossesSides ? approvals == 1 ? ", of another side" : ", not all of one side with whoever asks" : "")
    }
}

/// The rule for each occasion: what a document says, else the standard.
package struct ApprovalPolicy: Hashable, Sendable {
    private let stated: [Occasion: ApprovalRule]

    package static let standard = ApprovalPolicy([:])

    package init(_ stated: [Occasion: ApprovalRule]) { self.stated = stated }

    package func rule(for occasion: Occasion) -> ApprovalRule { stated[occasion] ?? Self.standardRule(occasion) }

    private static func standardRule(_ occasion: Occasion) -> ApprovalRule {
        switch occasion {
        case .weightValues: ApprovalRule(1, of: [.labRepresentative])
        case .rowsAboveQuota: ApprovalRule(1, of: [.labRepresentative])
        case .changedPlan: ApprovalRule(1, of: [.adjudicator, .labRepresentative], crossesSides: false)
        case .verdict, .pack: ApprovalRule(1, of: [.adjudicator, .custodian, .labRepresentative, .witness])
        case .export: ApprovalRule(1, of: [.adjudicator, .custodian, .labRepresentative])
        case .purge, .roster, .maintenance, .ledgerKey, .restore, .tpm: ApprovalRule(1, of: [.custodian, .labRepresentative])
        }
    }

    /// Reads `{occasion: {"approvals", "crossesSides", "roles"}}`, absent for the standard.
    init(_ field: JSONField?, for occasions: [Occasion]) throws(JSONFieldError) {
        guard let field else {
            self = .standard
            return
        }
        try field.allow(only: occasions.map(\.rawValue))
        var stated: [Occasion: ApprovalRule] = [:]
        for occasion in occasions {
            guard let rule = try field.optional(occasion.rawValue) else { continue }
            try rule.allow(only: ["approvals", "crossesSides", "roles"])
            let approvals = Int(try rule.field("approvals").integer(in: 0...8)), roles: [Role] = try rule.field("roles").words()
            guard approvals == 0 || !roles.isEmpty else { throw rule.failure("approvals without a role that may give them") }
            stated[occasion] = ApprovalRule(approvals, of: roles, crossesSides: try rule.field("crossesSides").bool())
        }
        self.stated = stated
    }

    var json: JSONValue? {
        guard !stated.isEmpty else { return nil }
        var object: JSONObject = [:]
        for (occasion, rule) in stated {
            object[occasion.rawValue] = [
                "approvals": .integer(Int64(rule.approvals)), "crossesSides": .bool(rule.crossesSides),
                "roles": .array(rule.roles.map { .string($0.rawValue) }),
            ]
        }
        return .object(object)
    }
}
