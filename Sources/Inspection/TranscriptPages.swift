import CanonicalEncoding
import DatasetFormats

/// Samples of a run: what the model was asked and what it said, as text that a terminal can be trusted with.
package enum TranscriptPages {
    /// - Parameters:
    ///   - records: the samples' records, as the run stored them.
    ///   - total: of all samples of the run.
    package static func view(_ records: [[UInt8]], from: Int, total: Int) throws -> JSONValue {
        [
            "from": .integer(Int64(from)), "total": .integer(Int64(total)),
            "rows": .array(
                try records.enumerated().map { offset, record in
                    try row(JSONField(StrictJSON.parse(record, limits: limits)), number: from + offset)
                }),
        ]
    }

    private static let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 16, maxValues: 4_000_000)

    private static func row(_ record: JSONField, number: Int) throws(JSONFieldError) -> JSONValue {
        var row: JSONObject = [
            "number": .integer(Int64(number)), "task": .string(VisibleText.line(try record.field("task").string())),
            "id": .string(VisibleText.line(try record.field("id").string())),
            "prompt": .string(VisibleText.block(try record.field("prompt").string(maxBytes: 8 << 20))),
        ]
        if let output = try record.optional("output") {
            row["output"] = .string(VisibleText.block(try output.field("text").string(maxBytes: 8 << 20)))
            row["finish"] = .string(VisibleText.line(try output.field("finish").string()))
        }
        if let choices = try record.optional("choices") {
            var shown: [JSONValue] = []
            for choice in try choices.array(maxCount: 64) {
                shown.append([
                    "text": .string(VisibleText.line(try choice.field("text").string(maxBytes: 1 << 20))),
                    "nats": .string(try choice.field("nats").string()),
                ])
            }
            row["choices"] = .array(shown)
        }
        if let failure = try record.optional("failure") {
            row["failure"] = .string(VisibleText.line(try failure.field("message").string(maxBytes: 65_536)))
        }
        switch try record.field("target").value {
        case .string(let text): row["target"] = .string(VisibleText.line(text))
        case let target: row["target"] = target
        }
        for name in ["scores", "picks", "judgement"] { row[name] = try record.optional(name)?.value }
        return .object(row)
    }
}
