import AuditCrypto
import CanonicalEncoding

/// A response that can be graded, and which one it is.
package struct GradableResponse: Sendable {
    /// As the plan calls the suite; nil for a labelled response.
    package let task: String?
    package let id: String
    /// Which of the item's outputs, from 0.
    package let output: Int
    /// Responses with the same one are not independent.
    package let cluster: String?
    package let request: String?
    package let response: String

    package init(task: String?, id: String, output: Int = 0, cluster: String?, request: String?, response: String) {
        (self.task, self.id, self.output, self.cluster) = (task, id, output, cluster)
        (self.request, self.response) = (request, response)
    }
}

/// What a grader made of one response: a line of canonical JSON (RFC 8785) with digests in the place of texts. Likelihoods
/// stand there as the hexadecimal of their IEEE 754 bits.
package struct GradeRecord: Hashable, Sendable {
    package let task: String?
    package let id: String
    package let output: Int
    package let cluster: String?
    /// Nil where the request is not known.
    package let requestDigest: SHA256Digest?
    package let responseDigest: SHA256Digest
    package let verdict: ModelGradedJudge.Verdict
    /// What the rules say of the same response, where the grader is a model and people's label is not there to compare with.
    package let rulesLabel: String?

    package init(_ response: GradableResponse, verdict: ModelGradedJudge.Verdict, rulesLabel: String?) {
        (task, id, output, cluster) = (response.task, response.id, response.output, response.cluster)
        requestDigest = response.request.map { SHA256Digest.of(Array($0.utf8)) }
        responseDigest = SHA256Digest.of(Array(response.response.utf8))
        (self.verdict, self.rulesLabel) = (verdict, rulesLabel)
    }

    /// Whether it is of this response.
    package func isOf(_ response: GradableResponse) -> Bool {
        self == GradeRecord(response, verdict: verdict, rulesLabel: rulesLabel)
    }

    package var json: JSONValue {
        var object: JSONObject = [
            "v": 1, "id": .string(id), "output": .integer(Int64(output)), "responseSha256": .string(responseDigest.hex),
            "reason": .string(verdict.verdict.reason),
        ]
        object["task"] = task.map { .string($0) }
        object["cluster"] = cluster.map { .string($0) }
        object["requestSha256"] = requestDigest.map { .string($0.hex) }
        object["label"] = verdict.verdict.label.map { .string($0) }
        object["rules"] = rulesLabel.map { .string($0) }
        object["injection"] = verdict.injection.map { .string($0) }
        if !verdict.probabilities.isEmpty {
            var probabilities = JSONObject()
            for (label, value) in verdict.probabilities.sorted(by: { $0.key < $1.key }) {
                probabilities[label] = .string(ExactNumber.hex(value.bitPattern))
            }
            object["probabilities"] = .object(probabilities)
        }
        if !verdict.readings.isEmpty {
            object["passes"] = .array(
                verdict.readings.map { reading in
                    guard let reading else { return .null }
                    return [
                        "label": .string(reading.label), "order": .array(reading.order.map { .string($0) }),
                        "bits": .array(reading.logLikelihoods.map { .string(ExactNumber.hex($0.bitPattern)) }),
                    ]
                })
        }
        return .object(object)
    }

    /// The line without its newline.
    package var line: [UInt8] {
        // Strings, integers within 2^53, lists and null: there is always a canonical form.
        (try? CanonicalJSON.encode(json)) ?? []
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "v", "id", "output", "responseSha256", "reason", "task", "cluster", "requestSha256", "label", "rules", "injection",
            "probabilities", "passes",
        ])
        _ = try field.field("v").integer(in: 1...1)
        id = try field.field("id").string(maxBytes: 256)
        output = Int(try field.field("output").integer(in: 0...1024))
        responseDigest = try field.field("responseSha256").digest()
        task = try field.optional("task")?.string(maxBytes: 256)
        cluster = try field.optional("cluster")?.string(maxBytes: 1024)
        requestDigest = try field.optional("requestSha256").map { member throws(JSONFieldError) in try member.digest() }
        rulesLabel = try field.optional("rules")?.string(maxBytes: 64)
        var probabilities: [String: Double] = [:]
        if let member = try field.optional("probabilities") {
            for key in try member.object().keys { probabilities[key] = try Self.double(member.field(key)) }
        }
        var readings: [ModelGradedJudge.Reading?] = []
        for pass in try field.optional("passes")?.array(maxCount: 2) ?? [] {
            if case .null = pass.value {
                readings.append(nil)
                continue
            }
            try pass.allow(only: ["label", "order", "bits"])
            var (order, values) = ([String](), [Double]())
            for element in try pass.field("order").array(maxCount: 26) { order.append(try element.string(maxBytes: 64)) }
            for element in try pass.field("bits").array(maxCount: 26) { values.append(try Self.double(element)) }
            readings.append(.init(label: try pass.field("label").string(maxBytes: 64), order: order, logLikelihoods: values))
        }
        verdict = ModelGradedJudge.Verdict(
            verdict: JudgeVerdict(
                label: try field.optional("label")?.string(maxBytes: 64), reason: try field.field("reason").string(maxBytes: 1024)),
            probabilities: probabilities, readings: readings, injection: try field.optional("injection")?.string(maxBytes: 256))
    }

    private static func double(_ field: JSONField) throws(JSONFieldError) -> Double {
        guard let bits = ExactNumber.uint64(try field.string(maxBytes: 16)) else {
            throw field.failure("16 hexadecimal digits were expected")
        }
        return Double(bitPattern: bits)
    }
}
