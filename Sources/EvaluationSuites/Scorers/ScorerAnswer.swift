import CanonicalEncoding
import Evaluation

/// What a sample's process said (`ScorerProgram`). Whatever a function wrote there counts as its own sample's answer.
package enum ScorerAnswer {
    /// - Parameters:
    ///   - word: `answer` and JSON, or how the process ended.
    ///   - functions: those that were called, as people are told of them.
    package static func outcome(_ word: String, functions: [String]) -> Result<[[String: Double]], RequestFailure> {
        let parts = word.split(separator: " ", maxSplits: 1)
        guard parts.first == "answer", parts.count == 2 else {
            switch parts.first {
            case "timed-out": return .failure(RequestFailure(code: "scorer-timed-out", message: "a function took longer than it may"))
            case "too-long": return .failure(RequestFailure(code: "scorer-output", message: "a function returned more than \(ScorerProgram.maximumAnswer) bytes"))
            case "signal" where parts.last == "31":
                return .failure(RequestFailure(code: "scorer-ended", message: "a function made a system call that is not allowed"))
            default: return .failure(RequestFailure(code: "scorer-ended", message: "a function's process ended without an answer"))
            }
        }
        do {
            let limits = JSONLimits(maxBytes: ScorerProgram.maximumAnswer, maxDepth: 4, maxValues: 10_000)
            return try answer(JSONField(StrictJSON.parse(Array(parts[1].utf8), limits: limits)), functions)
        } catch {
            return .failure(RequestFailure(code: "scorer-output", message: "a function's process answered something else than it should"))
        }
    }

    private static func answer(_ field: JSONField, _ functions: [String]) throws -> Result<[[String: Double]], RequestFailure> {
        if case .object = field.value { return .failure(try complaint(field, functions)) }
        var answers: [[String: Double]] = []
        for element in try field.array(maxCount: functions.count) {
            var values: [String: Double] = [:]
            for (name, value) in try element.object().members {
                switch value {
                case .integer(let integer): values[name] = Double(integer)
                case .number(let number): values[name] = number
                default: throw element.failure("a number was expected")
                }
            }
            answers.append(values)
        }
        return .success(answers)
    }

    /// Of what went wrong, the words that are the same whenever it does: no text of an exception, which may hold an address.
    private static func complaint(_ field: JSONField, _ functions: [String]) throws -> RequestFailure {
        let number = Int(try field.field("call").integer(in: 0...1 << 20))
        guard functions.indices.contains(number) else { throw field.failure("there are \(functions.count) calls") }
        let function = functions[number]
        let name = try field.optional("name")?.string(maxBytes: 1024)
        func output(_ what: String) -> RequestFailure { RequestFailure(code: "scorer-output", message: "\(function) \(what)") }
        switch try field.field("error").string(maxBytes: 64) {
        case "raised":
            let type = try field.field("type").string(maxBytes: 256)
            let shown = type.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f } ? type : "an exception"
            let line = try field.optional("line").map { try $0.integer(in: 0...Int64(Int32.max)) }
            return RequestFailure(code: "scorer-raised", message: "\(function): \(shown)\(line.map { ", line \($0)" } ?? "")")
        case "not-a-number": return output("gave \"\(shown(name))\" something else than a number")
        case "not-finite": return output("gave \"\(shown(name))\" no finite number")
        case "other-name": return output("has another name of its own, by which the harness would report it")
        default: return output("gave something else than a dictionary of numbers")
        }
    }

    private static func shown(_ name: String?) -> String {
        guard let name, name.utf8.count <= 64, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return "?" }
        return name
    }
}
