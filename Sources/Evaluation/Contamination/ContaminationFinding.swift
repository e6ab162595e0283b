import CanonicalEncoding

/// What one test of contamination came to.
package struct ContaminationFinding: Hashable, Sendable {
    package enum Test: String, Hashable, Sendable, CaseIterable {
        case canary
        case choiceOrder
        case itemOrder
        case completion
        case loss

        /// What the figure is.
        package var figure: String {
            switch self {
            case .canary: "exposure in bits: log2 of all GUIDs less log2 of the canary's rank"
            case .choiceOrder: "nats per byte by which the author's order of choices is likelier than the mean of other orders"
            case .itemOrder: "nats per byte by which the file's order of items is likelier than the mean of other orders"
            case .completion: "mean share of an item's second half that the model writes after the first, up to the first difference"
            case .loss: "nats per byte by which items are likelier than the control items"
            }
        }

        /// What it cannot show.
        package var limits: String {
            switch self {
            case .canary:
                "A canary that was taken out of the training text, or that stood in another context, is not found. A GUID that is found was read, with what stood around it or elsewhere."
            case .choiceOrder:
                "It assumes that authors put choices in an order as good as random: sorted choices, or \"all of these\" as the last, look like contamination. Items read in other words, or with choices in another order, are not found."
            case .itemOrder:
                "It assumes that neighbouring items could as well stand in another order: a file sorted by number or difficulty looks like contamination. Items read one by one, shuffled, are not found."
            case .completion:
                "Formulas, lists and sayings are completed without having been read: hold it against control items. A model that was trained on an item once seldom completes it."
            case .loss:
                "It says that items are likelier than the controls, and nothing more, unless both are of the same kind, made the same way, and in random order: another subject or style is enough for a difference."
            }
        }
    }

    package let test: Test
    /// The task, file or GUID.
    package let subject: String
    /// GUIDs beside the canary; items; or shards of items.
    package let count: Int
    package let clusters: Int
    package let figure: Double
    package let interval: ConfidenceInterval?
    /// One-sided, that nothing of it was read; nil where there is nothing to compare with.
    package let pValue: Double?
    /// Further figures, by name, in order.
    package let details: [Detail]
    /// Items that the model could not read (longer than its context, or the like), left out.
    package let failures: Int
    /// By Holm, over all tests of a report.
    package var adjusted: Double?

    package struct Detail: Hashable, Sendable {
        package let name: String
        package let value: JSONValue
    }

    package var json: JSONValue {
        func decimal(_ value: Double, _ places: Int = 6) -> JSONValue { .string(DecimalText.fixed(value, places: places) ?? "beyond") }
        var object: JSONObject = [
            "test": .string(test.rawValue), "subject": .string(subject), "n": .integer(Int64(count)), "figure": decimal(figure),
            "figureIs": .string(test.figure), "cannotShow": .string(test.limits), "failures": .integer(Int64(failures)),
        ]
        if clusters < count { object["clusters"] = .integer(Int64(clusters)) }
        if let interval { (object["lower"], object["upper"]) = (decimal(interval.lower), decimal(interval.upper)) }
        // Exact tests go far below a millionth.
        object["p"] = pValue.map { decimal($0, 12) }
        object["pHolm"] = adjusted.map { decimal($0, 12) }
        for detail in details { object[detail.name] = detail.value }
        return .object(object)
    }
}

/// The tests of a model, with p-values for all of them together.
package struct ContaminationReport: Sendable {
    package let findings: [ContaminationFinding]
    /// Below which an adjusted p-value is a finding.
    package static let level = 0.05

    package init(_ findings: [ContaminationFinding]) {
        var findings = findings
        let tested = findings.indices.filter { findings[$0].pValue != nil }
        let adjusted = Multiplicity.holm.adjusted(tested.compactMap { findings[$0].pValue }) ?? []
        for (index, value) in zip(tested, adjusted) { findings[index].adjusted = value }
        self.findings = findings
    }

    package var found: [ContaminationFinding] { findings.filter { ($0.adjusted ?? 1) < Self.level } }
}
