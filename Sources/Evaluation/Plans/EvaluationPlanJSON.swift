import AuditCrypto
import CanonicalEncoding

/// Why a plan was refused.
package enum EvaluationPlanError: Error, Hashable, Sendable, CustomStringConvertible {
    case json(JSONError)
    case field(JSONFieldError)

    package var description: String {
        switch self {
        case .json(let error): "the evaluation plan: \(error)"
        case .field(let error): "the evaluation plan: \(error)"
        }
    }
}

/// The plan as JSON. `autoRecorded` stands where the machine decides and the record says what it was.
extension EvaluationPlan {
    package static let autoRecorded = "auto-recorded"

    /// Reads a plan; white space and the order of members are free, the digest is over the canonical form.
    package init(json bytes: [UInt8]) throws(EvaluationPlanError) {
        let value: JSONValue
        do {
            value = try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: 1 << 20, maxDepth: 12, maxValues: 20_000))
        } catch {
            throw .json(error)
        }
        do {
            try self.init(JSONField(value))
        } catch {
            throw .field(error)
        }
    }

    /// RFC 8785, what the digest is over.
    package var canonicalBytes: [UInt8] {
        // A plan holds strings and small integers only, so there is always a canonical form.
        (try? CanonicalJSON.encode(json)) ?? []
    }

    package var digest: SHA256Digest { SHA256Digest.of(canonicalBytes) }

    package var json: JSONValue {
        var object: JSONObject = [
            "v": 1, "submission": .string(submission),
            "model": .array(model.map { ["path": .string($0.path), "sha256": .string($0.digest.hex)] }),
            "suites": .array(suites.map(\.json)), "seed": .integer(Int64(seed)), "engine": engine.json,
            "confidence": .string(confidence.text),
        ]
        object["policy"] = policy?.json
        object["judge"] = judge.map {
            ["rulesSha256": .string($0.rulesDigest.hex), "fixtureSha256": .string($0.fixtureDigest.hex)]
        }
        return .object(object)
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["v", "submission", "model", "suites", "judge", "seed", "engine", "confidence", "policy"])
        _ = try field.field("v").integer(in: 1...1)
        let files = try field.field("model")
        var model: [ModelFile] = []
        for file in try files.array(maxCount: 1024) {
            try file.allow(only: ["path", "sha256"])
            model.append(ModelFile(path: try file.field("path").string(maxBytes: 4096), digest: try file.field("sha256").digest()))
        }
        guard !model.isEmpty else { throw files.failure("no file is named") }
        let list = try field.field("suites")
        var suites: [Suite] = []
        for element in try list.array(maxCount: 64) { suites.append(try Suite(element)) }
        guard !suites.isEmpty else { throw list.failure("no suite is named") }
        guard Set(suites.map { ExactString($0.name) }).count == suites.count else {
            throw list.failure("two suites have the same name; give one of them a \"name\" of its own")
        }
        var judge: Judge?
        if let entry = try field.optional("judge") {
            try entry.allow(only: ["rulesSha256", "fixtureSha256"])
            judge = Judge(
                rulesDigest: try entry.field("rulesSha256").digest(),
                fixtureDigest: try entry.field("fixtureSha256").digest())
        }
        let confidence = try field.field("confidence")
        self.init(
            submission: try field.field("submission").string(maxBytes: 256),
            model: model,
            suites: suites, judge: judge, seed: UInt32(try field.field("seed").integer(in: 0...Int64(UInt32.max))),
            engine: try Engine(field.field("engine")), confidence: try confidence.decimal())
        guard self.confidence.double >= 0.5, self.confidence.double <= 0.9999 else {
            throw confidence.failure("a confidence level between 0.5 and 0.9999 was expected")
        }
        if let entry = try field.optional("policy") {
            let policy = try CapabilityPolicy(entry)
            if let fault = policy.fault(in: self) { throw list.failure(fault) }
            self.policy = policy
        }
    }
}

extension EvaluationPlan.Suite {
    var json: JSONValue {
        var object: JSONObject = [
            "task": .string(task), "version": .string(version), "taskSha256": .string(taskDigest.hex),
            "data": .array(
                data.map { ["split": .string($0.split), "path": .string($0.path), "sha256": .string($0.digest.hex)] }),
            "chatTemplate": .bool(chat.usesTemplate),
        ]
        object["threshold"] = threshold?.json
        if !includes.isEmpty {
            object["includes"] = .array(includes.map { ["path": .string($0.path), "sha256": .string($0.digest.hex)] })
        }
        if !scorers.isEmpty {
            object["scorers"] = .array(scorers.map { ["path": .string($0.path), "sha256": .string($0.digest.hex)] })
        }
        object["name"] = label.map { .string($0) }
        object["pack"] = pack.map { ["name": .string($0.name), "sha256": .string($0.digest.hex), "version": .string($0.version)] }
        if chat.examplesAsTurns { object["examplesAsTurns"] = true }
        if stopsEarly { object["stopping"] = "settled" }
        object["scaffold"] = scaffold?.json
        object["corpus"] = corpus.map { ["path": .string($0.path), "sha256": .string($0.digest.hex)] }
        object["shots"] = shots.map { .integer(Int64($0)) }
        object["limit"] = limit.map { .integer(Int64($0)) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "task", "name", "pack", "version", "taskSha256", "includes", "scorers", "data", "limit", "shots", "chatTemplate", "examplesAsTurns", "threshold", "stopping",
            "scaffold", "corpus",
        ])
        if let stopping = try field.optional("stopping"), try stopping.string(maxBytes: 32) != "settled" {
            throw stopping.failure("settled was expected: the suite ends as soon as its threshold is settled")
        }
        let includes = try Self.files(field.optional("includes"), maxCount: TaskSource.maximumIncludes)
        let scorers = try Self.files(field.optional("scorers"), maxCount: ScorerFile.maximumCount)
        let threshold = try field.optional("threshold").map { threshold throws(JSONFieldError) in
            try Threshold(threshold, anyMetric: !scorers.isEmpty)
        }
        if let stopping = try field.optional("stopping"), threshold == nil {
            throw stopping.failure("a suite ends when its threshold is settled, and this one has no threshold")
        }
        var data: [EvaluationPlan.DataFile] = []
        for entry in try field.field("data").array(maxCount: 1024) {
            try entry.allow(only: ["split", "path", "sha256"])
            data.append(
                EvaluationPlan.DataFile(
                    split: try entry.field("split").string(maxBytes: 64),
                    path: try entry.field("path").string(maxBytes: 1024), digest: try entry.field("sha256").digest()))
        }
        self.init(
            task: try field.field("task").string(maxBytes: 256), label: try field.optional("name").map { name throws(JSONFieldError) in try Self.label(name) },
            version: try field.field("version").string(maxBytes: 64),
            taskDigest: try field.field("taskSha256").digest(), includes: includes, scorers: scorers, data: data,
            limit: try field.optional("limit").map { limit throws(JSONFieldError) in
                Int(try limit.integer(in: 1...Int64(ItemFile.maximumItems)))
            },
            shots: try field.optional("shots").map { shots throws(JSONFieldError) in Int(try shots.integer(in: 0...256)) },
            chat: ChatUse(
                usesTemplate: try field.field("chatTemplate").bool(), examplesAsTurns: try field.optional("examplesAsTurns")?.bool() ?? false),
            threshold: threshold,
            scaffold: try field.optional("scaffold").map { scaffold throws(JSONFieldError) in try Scaffold(scaffold) },
            corpus: try field.optional("corpus").map { corpus throws(JSONFieldError) in
                try corpus.allow(only: ["path", "sha256"])
                return .init(path: try corpus.field("path").string(maxBytes: 1024), digest: try corpus.field("sha256").digest())
            }, stopsEarly: try field.optional("stopping") != nil,
            pack: try field.optional("pack").map { pack throws(JSONFieldError) in try EvaluationPlan.Pack(pack) })
        guard let scaffold else { return }
        guard !stopsEarly else { throw field.failure("a suite with a scaffold is asked whole: leave \"stopping\" or \"scaffold\" out") }
        if case .agent(let agent) = scaffold, (agent.form == .chat) != chat.usesTemplate {
            throw field.failure("an agent's form is \"chat\" where \"chatTemplate\" is true, and \"text\" where it is false")
        }
        if case .retrieval = scaffold, corpus == nil { throw field.failure("there is no \"corpus\" to retrieve from") }
    }
}

extension EvaluationPlan.Pack {
    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["name", "sha256", "version"])
        self.init(
            name: try field.field("name").string(maxBytes: 128), version: try field.field("version").string(maxBytes: 128),
            digest: try field.field("sha256").digest())
    }
}

extension EvaluationPlan.Suite {
    private static func files(_ list: JSONField?, maxCount: Int) throws(JSONFieldError) -> [EvaluationPlan.IncludedFile] {
        var files: [EvaluationPlan.IncludedFile] = []
        for entry in try list?.array(maxCount: maxCount) ?? [] {
            try entry.allow(only: ["path", "sha256"])
            files.append(.init(path: try entry.field("path").string(maxBytes: 1024), digest: try entry.field("sha256").digest()))
        }
        return files
    }

    /// Files are called by it, so it is a plain word.
    static func label(_ label: JSONField) throws(JSONFieldError) -> String {
        let text = try label.string(maxBytes: 128)
        guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-"), text.utf8.allSatisfy(isPlain) else {
            throw label.failure("letters, digits and _ . + - were expected, and neither . nor - first")
        }
        return text
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "_.+-".utf8.contains(byte)
        }
    }
}

extension Threshold {
    package var json: JSONValue {
        ["metric": .string(metric), "direction": .string(direction.rawValue), "value": .string(value.text)]
    }

    /// - Parameter anyMetric: whether scorers of the task's own may call their metrics as they like.
    package init(_ field: JSONField, anyMetric: Bool = false) throws(JSONFieldError) {
        try field.allow(only: ["metric", "direction", "value"])
        let metric = try field.field("metric")
        let name = try metric.string(maxBytes: 128)
        let base = name.prefix { $0 != "," }
        guard anyMetric && !base.isEmpty || Metric(rawValue: String(base)) != nil else {
            throw metric.failure("one of \(Metric.allCases.map(\.rawValue).joined(separator: ", ")) was expected, with a comma and a filter's name where the task has filters")
        }
        let directionField = try field.field("direction")
        guard let direction = Direction(rawValue: try directionField.string(maxBytes: 16)) else {
            throw directionField.failure("atLeast or atMost was expected")
        }
        let valueField = try field.field("value")
        let value = try valueField.decimal()
        guard (0...1).contains(value.double) else { throw valueField.failure("a rate between 0 and 1 was expected") }
        self.init(metric: name, direction: direction, value: value)
    }
}

extension EvaluationPlan.Engine {
    var json: JSONValue {
        var object: JSONObject = [
            "threads": .integer(Int64(threads)), "scoreBatch": .integer(Int64(scoreBatch)),
            "generationBatch": .integer(Int64(generationBatch)),
            "blasCore": .string(blasCore ?? EvaluationPlan.autoRecorded),
        ]
        if let numerics {
            var members = JSONObject()
            for (name, value) in numerics.sorted(by: { $0.key < $1.key }) { members[name] = .string(value) }
            object["numerics"] = .object(members)
        } else {
            object["numerics"] = .string(EvaluationPlan.autoRecorded)
        }
        object["maximumContextTokens"] = maximumContextTokens.map { .integer(Int64($0)) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "threads", "scoreBatch", "generationBatch", "maximumContextTokens", "blasCore", "numerics",
        ])
        let core = try field.field("blasCore").string(maxBytes: 64)
        let numericsField = try field.field("numerics")
        var numerics: [String: String]?
        if numericsField.value != .string(EvaluationPlan.autoRecorded) {
            var choices: [String: String] = [:]
            for key in try numericsField.object().keys {
                choices[key] = try numericsField.field(key).string(maxBytes: 256)
            }
            numerics = choices
        }
        self.init(
            threads: Int(try field.field("threads").integer(in: 1...1024)),
            scoreBatch: Int(try field.field("scoreBatch").integer(in: 1...1024)),
            generationBatch: Int(try field.field("generationBatch").integer(in: 1...1024)),
            maximumContextTokens: try field.optional("maximumContextTokens").map { limit throws(JSONFieldError) in
                Int(try limit.integer(in: 1...1 << 20))
            },
            blasCore: core == EvaluationPlan.autoRecorded ? nil : core, numerics: numerics)
    }
}

extension JSONField {
    func digest() throws(JSONFieldError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try string(maxBytes: 64)) else {
            throw failure("a SHA-256 in 64 lower-case hexadecimal digits was expected")
        }
        return digest
    }

    func decimal() throws(JSONFieldError) -> DecimalText {
        guard let decimal = DecimalText(try string(maxBytes: 24)) else {
            throw failure("a decimal number in a string was expected, as \"0.95\"")
        }
        return decimal
    }
}
