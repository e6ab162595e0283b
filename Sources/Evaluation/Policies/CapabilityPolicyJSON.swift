import CanonicalEncoding

/// A policy as JSON. Its YAML has the same members; there, numbers may stand without quotes.
extension CapabilityPolicy {
    package static let kind = "assay-capability-policy"
    package static let mostTiers = 16
    /// A plan has no more suites than these.
    package static let mostElicitations = 64

    package var json: JSONValue {
        var words = JSONObject()
        for release in releases { words[release.word] = .string(release.tier) }
        var object: JSONObject = [
            "kind": .string(Self.kind), "v": 1, "name": .string(name), "version": .string(version), "tiers": .array(tiers.map { .string($0) }),
            "releases": .object(words), "exportClasses": .array(exportClasses.map { .string($0) }), "domains": .array(domains.map(\.json)),
        ]
        object["notes"] = notes.map { .string($0) }
        object["uncrossedExportClass"] = uncrossedExportClass.map { .string($0) }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["kind", "v", "name", "version", "notes", "tiers", "releases", "exportClasses", "uncrossedExportClass", "domains"])
        guard try field.field("kind").string(maxBytes: 64) == Self.kind else { throw try field.field("kind").failure("\(Self.kind) was expected") }
        _ = try field.field("v").integer(in: 1...1)
        name = try field.field("name").line()
        version = try field.field("version").word()
        notes = try field.optional("notes")?.string(maxBytes: 2048)

        let tierList = try field.field("tiers")
        var tiers: [String] = []
        for element in try tierList.array(maxCount: Self.mostTiers) { tiers.append(try element.word()) }
        guard tiers.count >= 2 else { throw tierList.failure("at least two tiers were expected, from the least strict to the strictest") }
        try tierList.distinct(tiers)
        self.tiers = tiers

        let words = try field.field("releases")
        releases = []
        for word in try words.object().keys.sorted(by: { ExactString($0) < ExactString($1) }) {
            releases.append(Release(word: word, tier: try words.field(word).member(of: tiers, "the policy's tiers")))
        }
        guard (1...64).contains(releases.count), releases.allSatisfy({ (1...64).contains($0.word.utf8.count) }) else {
            throw words.failure("1 to 64 words of declarations were expected, each with the tier that it is")
        }

        let classList = try field.optional("exportClasses")
        var classes: [String] = []
        for element in try classList?.array(maxCount: 64) ?? [] { classes.append(try element.line(maxBytes: 64)) }
        try classList?.distinct(classes)
        // Evidence states those that were crossed in one text.
        if let classList, classes.joined(separator: ", ").utf8.count > 2048 {
            throw classList.failure("the export classes come to more than 2048 bytes, with a comma and a space between each two")
        }
        exportClasses = classes
        uncrossedExportClass = try field.optional("uncrossedExportClass").map { value throws(JSONFieldError) in
            try value.member(of: classes, "the policy's export classes")
        }

        let list = try field.field("domains")
        domains = []
        for element in try list.array(maxCount: 32) { domains.append(try Domain(element, tiers: tiers, exportClasses: classes)) }
        guard !domains.isEmpty else { throw list.failure("no domain is named") }
        try list.distinct(domains.map(\.name))
        let names = domains.flatMap { $0.elicitations.map(\.elicitation.name) }
        guard names.count <= Self.mostElicitations else {
            throw list.failure("\(names.count) elicitations; a plan has at most \(Self.mostElicitations) suites")
        }
        try list.distinct(names)
    }
}

extension CapabilityPolicy.Domain {
    var json: JSONValue {
        var crossing: JSONObject = ["tier": .string(self.crossing.tier), "means": .string(self.crossing.means)]
        crossing["exportClass"] = self.crossing.exportClass.map { .string($0) }
        return ["domain": .string(name), "crossing": .object(crossing), "suites": .array(suites.map(\.json))]
    }

    init(_ field: JSONField, tiers: [String], exportClasses: [String]) throws(JSONFieldError) {
        try field.allow(only: ["domain", "crossing", "suites"])
        name = try field.field("domain").word()
        let crossing = try field.field("crossing")
        try crossing.allow(only: ["tier", "exportClass", "means"])
        self.crossing = CapabilityPolicy.Crossing(
            tier: try crossing.field("tier").member(of: tiers, "the policy's tiers"),
            exportClass: try crossing.optional("exportClass").map { value throws(JSONFieldError) in
                try value.member(of: exportClasses, "the policy's export classes")
            }, means: try crossing.field("means").line(maxBytes: 1024))
        let list = try field.field("suites")
        var suites: [CapabilityPolicy.Suite] = []
        for element in try list.array(maxCount: 32) { suites.append(try CapabilityPolicy.Suite(element)) }
        guard !suites.isEmpty else { throw list.failure("no suite is named") }
        self.suites = suites
    }
}

extension CapabilityPolicy.Suite {
    var json: JSONValue {
        var object: JSONObject = [
            "task": .string(task), "metric": .string(metric), "threshold": .string(threshold.text),
            "elicitations": .array(elicitations.map(\.json)),
        ]
        object["human"] = human?.json
        if !prior.isEmpty { object["prior"] = .array(prior.map(\.json)) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["task", "metric", "threshold", "human", "prior", "elicitations"])
        task = try field.field("task").line()
        metric = try field.field("metric").rateMetric()
        let value = try field.field("threshold")
        threshold = try value.rate()
        // At 0 everything crosses and at 1 nothing can be shown to lie below.
        guard threshold.double > 0, threshold.double < 1 else { throw value.failure("a rate above 0 and below 1 was expected") }
        // The point and six digits: bounds are stated with as many, and finer thresholds could not be told from them.
        guard threshold.text.utf8.drop(while: { $0 != UInt8(ascii: ".") }).count <= 7 else {
            throw value.failure("at most six digits after the point were expected, as bounds have")
        }
        human = try field.optional("human").map { human throws(JSONFieldError) in try CapabilityPolicy.Baseline(human, name: "people") }
        var prior: [CapabilityPolicy.Baseline] = []
        for element in try field.optional("prior")?.array(maxCount: 16) ?? [] { prior.append(try CapabilityPolicy.Baseline(element, name: nil)) }
        try field.optional("prior")?.distinct(prior.map(\.name) + ["people"])
        self.prior = prior
        let list = try field.field("elicitations")
        var elicitations: [CapabilityPolicy.Elicitation] = []
        for element in try list.array(maxCount: CapabilityPolicy.mostElicitations) { elicitations.append(try CapabilityPolicy.Elicitation(element)) }
        guard !elicitations.isEmpty else { throw list.failure("no elicitation is declared: say in which way the suite is asked") }
        self.elicitations = elicitations
    }
}

extension CapabilityPolicy.Baseline {
    var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "rate": .string(rate.text), "source": .string(source)]
        object["n"] = count.map { .integer(Int64($0)) }
        object["interval"] = interval.map { .array([.string($0.lower.text), .string($0.upper.text)]) }
        return .object(object)
    }

    /// - Parameter name: what it is called where it does not say so itself.
    init(_ field: JSONField, name fixed: String?) throws(JSONFieldError) {
        try field.allow(only: ["name", "rate", "n", "interval", "source"])
        if let fixed {
            if let own = try field.optional("name"), try own.line() != fixed { throw own.failure("\(fixed) was expected, or nothing") }
            name = fixed
        } else {
            name = try field.field("name").line(maxBytes: 64)
        }
        rate = try field.field("rate").rate()
        count = try field.optional("n").map { count throws(JSONFieldError) in Int(try count.integer(in: 1...1_000_000_000)) }
        interval = try field.optional("interval").map { pair throws(JSONFieldError) in
            let bounds = try pair.array(maxCount: 2)
            guard bounds.count == 2 else { throw pair.failure("two bounds were expected") }
            return (try bounds[0].rate(), try bounds[1].rate())
        }
        source = try field.field("source").line(maxBytes: 512)
        // A rate never stands alone.
        guard count != nil || interval != nil else { throw field.failure("a rate needs its \"n\" or its \"interval\"") }
        if let interval, !(interval.lower.double <= rate.double && rate.double <= interval.upper.double) {
            throw field.failure("the rate \(rate.text) is not inside its interval")
        }
    }
}

extension CapabilityPolicy.Elicitation {
    var json: JSONValue {
        var object: JSONObject = ["name": .string(name), "chatTemplate": .bool(chat.usesTemplate)]
        object["task"] = task.map { .string($0) }
        object["metric"] = metric.map { .string($0) }
        object["shots"] = shots.map { .integer(Int64($0)) }
        if chat.examplesAsTurns { object["examplesAsTurns"] = true }
        object["scaffold"] = scaffold.map { .string($0) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "task", "metric", "shots", "chatTemplate", "examplesAsTurns", "scaffold"])
        name = try EvaluationPlan.Suite.label(field.field("name"))
        task = try field.optional("task").map { task throws(JSONFieldError) in try task.line() }
        metric = try field.optional("metric").map { metric throws(JSONFieldError) in try metric.rateMetric() }
        shots = try field.optional("shots").map { shots throws(JSONFieldError) in Int(try shots.integer(in: 0...256)) }
        chat = ChatUse(
            usesTemplate: try field.optional("chatTemplate")?.bool() ?? false,
            examplesAsTurns: try field.optional("examplesAsTurns")?.bool() ?? false)
        scaffold = try field.optional("scaffold").map { scaffold throws(JSONFieldError) in try scaffold.word() }
    }
}

extension JSONField {
    /// A name without spaces, in printable ASCII, as evidence has them.
    fileprivate func word() throws(JSONFieldError) -> String {
        // YAML has a version such as 2 for a number.
        if case .integer(let integer) = value { return String(integer) }
        let text = try string(maxBytes: 64)
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw failure("1 to 64 printable ASCII characters without spaces were expected")
        }
        return text
    }

    /// A text without line ends and control characters.
    fileprivate func line(maxBytes: Int = 256) throws(JSONFieldError) -> String {
        let text = try string(maxBytes: maxBytes)
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw failure("a text of one line was expected")
        }
        return text
    }

    fileprivate func rate() throws(JSONFieldError) -> DecimalText {
        let text: String = if case .integer(let integer) = value { String(integer) } else { try string(maxBytes: 24) }
        // Evidence has up to six digits before the point and twelve after it, which a rate keeps within.
        guard let decimal = DecimalText(text), (0...1).contains(decimal.double) else { throw failure("a rate between 0 and 1 was expected, such as 0.25") }
        return decimal
    }

    /// A built-in metric that is a rate, or one that a task's own functions give; whether a task has it shows when it is held against one.
    fileprivate func rateMetric() throws(JSONFieldError) -> String {
        let name = try line(maxBytes: 128)
        // What a judge found has the judge's errors in it, which the bounds know nothing of.
        func isRate(_ metric: Metric) -> Bool { metric.higherIsBetter && metric.aggregation == .mean && metric != .refusalRate }
        if let metric = Metric(rawValue: String(name.prefix { $0 != "," })), !isRate(metric) {
            let known = Metric.allCases.filter(isRate).map(\.rawValue)
            throw failure("\(name) is no rate that a capability is decided by: one of \(known.joined(separator: ", ")) was expected, or a metric of the task's own")
        }
        return name
    }

    fileprivate func member(of known: [String], _ what: String) throws(JSONFieldError) -> String {
        let text = try string(maxBytes: 64)
        guard known.contains(where: { ExactString($0) == ExactString(text) }) else {
            throw failure("\(text) is none of \(what): \(known.joined(separator: ", "))")
        }
        return text
    }

    fileprivate func distinct(_ names: [String]) throws(JSONFieldError) {
        var seen: Set<ExactString> = []
        for name in names where !seen.insert(ExactString(name)).inserted { throw failure("\(name) stands twice") }
    }
}
