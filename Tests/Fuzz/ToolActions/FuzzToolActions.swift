import CanonicalEncoding
import Evaluation
import EvaluationSuites
import FuzzSupport

/// What a model writes: `a` a turn's text, for its action; `b` a transcript; `c` text for an observation; `d` a document,
/// for its passages; `e` an answer, for the code in it; `f` what a scorer's process said.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 6) {
    case 0:
        guard let text = input.text, let action = try? ActionParser.parse(text) else { return 0 }
        let json = mustSucceed("an action can be written") { try CanonicalJSON.encode(action.json) }
        let call = "<tool_call>\(String(decoding: json, as: UTF8.self))</tool_call>"
        // Written as JSON an argument is longer than it was.
        guard call.utf8.count <= ActionParser.maximumBytes, !call.dropFirst(11).dropLast(12).contains("</tool_call>"),
            !call.contains("</think>"), !call.contains("<think>")
        else { return 0 }
        require((try? ActionParser.parse(call)) == action, "an action survives being written as a call")
    case 1:
        let bytes = input.bytes
        guard let transcript = try? AgentTranscript(bytes: bytes) else { return 0 }
        require(transcript.bytes == bytes, "a transcript has one spelling")
        _ = transcript.text
    case 2:
        let limit = Int(input.byte())
        guard let text = input.text else { return 0 }
        let clean = ObservationText.clean(text)
        require(ObservationText.clean(clean) == clean, "a clean text is clean")
        let (cut, cutBytes) = ObservationText.cut(clean, maximumBytes: limit)
        require(cutBytes >= 0 && cutBytes <= clean.utf8.count, "no more is cut than there is")
        require(cut.utf8.count <= limit + 64 || cutBytes == 0, "a cut text is short")
        require(cutBytes > 0 || cut == clean, "a text that is not cut is whole")
    case 3:
        let limit = Int(input.byte())
        guard let text = input.text else { return 0 }
        let passages = Passages.split(text, maximumBytes: limit)
        require(passages.allSatisfy { !$0.isEmpty && $0.utf8.count <= max(16, limit) }, "passages are not too long")
        let isKept: (UInt8) -> Bool = { $0 != 0x20 && !(0x09...0x0D).contains($0) }
        require(passages.joined().utf8.filter(isKept) == text.utf8.filter(isKept), "passages lose nothing but white space")
    case 4:
        guard let text = input.text,
            let problem = try? CodeProblem(id: "f", prompt: "import x\n\ndef f(a):\n", entryPoint: "f", tests: "")
        else { return 0 }
        for form in [CodeCompletion.Form.continuation, .answer] { _ = CodeCompletion(text, form: form).solution(of: problem, in: .python) }
    default:
        guard let text = input.text else { return 0 }
        switch ScorerAnswer.outcome(text, functions: ["a.py: f", "a.py: g"]) {
        case .success(let values): require(values.count <= 2, "there are no more answers than calls")
        case .failure(let failure): require(failure.code.hasPrefix("scorer-") && failure.message.utf8.count <= 512, "a failure is one of ours, and short")
        }
    }
    return 0
}
