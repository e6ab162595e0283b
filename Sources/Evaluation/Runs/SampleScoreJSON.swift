import CanonicalEncoding

extension SampleScore {
    var json: JSONValue {
        var object: JSONObject = ["values": Self.object(values) { $0.json }]
        if !picks.isEmpty { object["picks"] = Self.object(picks) { .integer(Int64($0)) } }
        if !extracted.isEmpty {
            object["extracted"] = Self.object(extracted) { $0.isList ? .array($0.values) : $0.values.first ?? .null }
        }
        if !code.isEmpty { object["code"] = .array(code.map { ["passed": .bool($0.passed), "status": .string($0.status)] }) }
        object["judgement"] = judgement.map { ["label": .string($0.label.rawValue), "rule": .string($0.rule)] }
        return .object(object)
    }

    private static func object<Value>(_ table: [String: Value], _ json: (Value) -> JSONValue) -> JSONValue {
        var object = JSONObject()
        for (key, value) in table.sorted(by: { $0.key < $1.key }) { object[key] = json(value) }
        return .object(object)
    }

    init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["values", "picks", "extracted", "judgement", "code"])
        self.init()
        let valuesField = try field.field("values")
        for key in try valuesField.object().keys { values[key] = try MetricValue(valuesField.field(key)) }
        if let picksField = try field.optional("picks") {
            for key in try picksField.object().keys { picks[key] = Int(try picksField.field(key).integer(in: 0...1023)) }
        }
        if let extractedField = try field.optional("extracted") {
            for key in try extractedField.object().keys {
                var responses = FilteredResponses([])
                let value = try extractedField.field(key).value
                responses.isList = value.array != nil
                responses.values = value.array ?? [value]
                extracted[key] = responses
            }
        }
        for member in try field.optional("code")?.array(maxCount: SampleRecord.limits.maxValues) ?? [] {
            try member.allow(only: ["passed", "status"])
            code.append(CodeOutcome(passed: try member.field("passed").bool(), status: try member.field("status").string(maxBytes: 256)))
        }
        if let member = try field.optional("judgement") {
            try member.allow(only: ["label", "rule"])
            let label = try member.field("label")
            guard let known = RefusalLabel(rawValue: try label.string(maxBytes: 32)) else { throw label.failure("not a judgement that is known") }
            judgement = RefusalJudgement(label: known, rule: try member.field("rule").string(maxBytes: 256))
        }
    }
}
