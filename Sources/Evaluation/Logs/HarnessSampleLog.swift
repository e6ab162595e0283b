import AuditCrypto
import CanonicalEncoding

/// Samples in the form of lm-evaluation-harness's `samples_*.jsonl` (`--log_samples`), for tools that read those.
///
/// It holds prompts and outputs, so it stays inside the appliance. Numbers are floating-point there; the record with
/// exact bits is `SampleRecord`. `prompt_hash` and `target_hash` are the harness's; `doc_hash` is SHA-256 over the item
/// in canonical form, as in the record.
package struct HarnessSampleLog: Sendable {
    private let task: TaskDefinition
    private let items: ItemFile

    package init(_ suite: TaskSuite) {
        task = suite.task
        items = suite.items
    }

    /// One line for each of the task's filters, each with its newline.
    /// - Throws: `TaskError` where the item is not there; `JSONError` where a value cannot be written.
    package func lines(_ sample: SampleRecord) throws -> [UInt8] {
        let fields = try items.fields(sample.index)
        var bytes: [UInt8] = []
        for filter in task.filters {
            bytes += try CanonicalJSON.encode(line(sample, fields: fields, filter: filter.name), numbers: .any)
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }

    private func line(_ sample: SampleRecord, fields: JSONObject, filter: String) -> JSONValue {
        var arguments = JSONObject()
        var responses: [[JSONValue]] = []
        func ask(_ values: [JSONValue], _ answers: [JSONValue]) {
            var object = JSONObject()
            for (index, value) in values.enumerated() { object["arg_\(index)"] = value }
            arguments["gen_args_\(responses.count)"] = .object(object)
            responses.append(answers)
        }
        let prompts = sample.solution.prompts
        switch sample.solution.output {
        case .choices(let choices, let alone):
            for (index, choice) in choices.enumerated() {
                let answer = JSONValue.array([.number(choice.score.logLikelihood), .bool(choice.score.isGreedy)])
                if task.outputType == .loglikelihoodRolling {
                    ask([.string(choice.text)], [.number(choice.score.logLikelihood)])
                } else {
                    ask([.string(prompts.count > 1 ? prompts[min(index, prompts.count - 1)] : prompts.first ?? ""), .string(choice.text)], [answer])
                }
            }
            for choice in alone {
                ask(["", .string(choice.text)], [.array([.number(choice.score.logLikelihood), .bool(choice.score.isGreedy)])])
            }
        case .texts(let texts):
            ask([.string(prompts.first ?? ""), .object(task.generation?.arguments ?? [:])], texts.map { .string($0.text) })
        case .failure(let failure): ask([], [.string("failed: \(failure.code)")])
        }
        let filtered: [JSONValue] =
            if let extracted = sample.score?.extracted[filter] {
                [extracted.isList ? .array(extracted.values) : extracted.values.first ?? .null]
            } else {
                responses.map { $0.first ?? .null }
            }
        var object: JSONObject = [
            "doc_id": .integer(Int64(sample.index)), "doc": .object(fields), "target": sample.target,
            "arguments": .object(arguments), "resps": .array(responses.map { .array($0) }), "filtered_resps": .array(filtered),
            "filter": .string(filter), "metrics": .array(task.metrics.map { .string($0.name) }),
            "doc_hash": .string(sample.itemDigest.hex),
            "prompt_hash": .string(SHA256Digest.of(Array((prompts.first ?? "").utf8)).hex),
            "target_hash": .string(SHA256Digest.of(Array(Self.text(sample.target).utf8)).hex),
        ]
        for metric in task.metrics {
            object[metric.name] = sample.score?.values[TaskDefinition.valueName(metric.name, filter: filter)]?.harnessJSON
        }
        return .object(object)
    }

    private static func text(_ target: JSONValue) -> String {
        switch target {
        case .string(let text): text
        case .integer(let integer): String(integer)
        default: (try? CanonicalJSON.encode(target, numbers: .any)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
    }
}
