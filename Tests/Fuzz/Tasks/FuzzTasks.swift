import CanonicalEncoding
import Evaluation
import FuzzSupport

private let items = Array(
    """
    {"id":"1","prompt":"Q","question":"What?","choices":["x","y"],"answer":1,"expected":"refuse","cluster":null}
    {"id":"2","prompt":"R","question":"Who?","choices":["u","v"],"answer":0,"expected":"comply","cluster":"c"}

    """.utf8)

/// What an evaluation reads: `a` a task file over fixed items; `b` a task file, a zero byte, its items; `c` items;
/// `d` labelled responses, and what judges make of a text; `e` a plan; `f` a recorded sample; `g` an expression, a zero byte,
/// a text; `h` a capability policy.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 8) {
    case 0: load(task: input.bytes, items: items)
    case 1: load(task: input.part(), items: input.bytes)
    case 2: _ = try? ItemFile(jsonLines: input.bytes, file: "items.jsonl")
    case 3:
        _ = try? LabelledResponses(jsonLines: input.bytes, file: "labelled.jsonl", measure: .refusal)
        _ = try? LabelledResponses(csv: input.bytes, file: "labelled.csv", measure: .compliance)
        let text = String(decoding: input.bytes, as: UTF8.self)
        require(RefusalJudge().judge(text, to: text) == RefusalJudge().judge(text, to: text), "a judge says the same of the same")
        let prompt = GradingPrompt(.standard(.refusal), request: text, response: text, reversed: true)
        require(prompt.text.split(separator: "\n").count { $0.hasPrefix("END ") } == 2, "no line of a text passes for the prompt's own")
    case 4:
        guard let plan = try? EvaluationPlan(json: input.bytes) else { return 0 }
        let again = mustSucceed("a plan that was written can be read") { try EvaluationPlan(json: plan.canonicalBytes) }
        require(again == plan && again.digest == plan.digest, "a plan survives being written")
    case 6:
        let (source, text) = (String(decoding: input.part(), as: UTF8.self), String(decoding: input.bytes, as: UTF8.self))
        guard let expression = try? PythonExpression(source) else { return 0 }
        _ = try? expression.findAll(in: text)
        _ = try? expression.replacingAll(in: text, with: "")
    case 7:
        guard let policy = try? CapabilityPolicy(yaml: input.bytes, file: "policy.yaml") else { return 0 }
        let again = mustSucceed("a policy that was written can be read") { try CapabilityPolicy(JSONField(StrictJSON.parse(policy.canonicalBytes))) }
        require(again == policy && again.digest == policy.digest, "a policy survives being written")
    default:
        guard let value = try? StrictJSON.parse(input.bytes), let sample = try? SampleRecord(JSONField(value)) else { return 0 }
        let again = mustSucceed("a sample that was written can be read") { try SampleRecord(JSONField(sample.json)) }
        // By the written form: the figures may be NaN, which equals nothing.
        require(again.json == sample.json, "a sample survives being written")
    }
    return 0
}

/// Scores what a model might say: any text, and any likelihoods.
private func score(_ item: EvaluationItem, _ rendered: RenderedItem, _ task: TaskDefinition) {
    let question = Question(item: item, rendered: rendered, seeds: [1])
    let texts = ["", "The answer is (B). #### 1,234", item.id].map { GeneratedText(text: $0, tokens: [1], finish: "length", promptTokenCount: 1) }
    _ = TextScorer(task, judge: RefusalJudge()).score(Solution(prompts: [""], output: .texts(texts)), for: question)
    let scored = (0..<max(1, rendered.choices.count)).map { index in
        Solution.ScoredContinuation(
            text: "x", score: ContinuationScore(logLikelihood: -Double(index % 3), tokenLogLikelihoods: [], isGreedy: index == 1))
    }
    _ = LikelihoodScorer(task).score(Solution(prompts: [""], output: .choices(scored, alone: [])), for: rendered)
}

private func load(task: [UInt8], items: [UInt8]) {
    let folder = TaskFolder(allowsScorers: true) { name in
        name == "task.yaml" || name == "group.yaml" ? task : name.hasSuffix(".yaml") || name.hasSuffix(".json") || name.hasSuffix(".csv") ? nil : items
    }
    if let catalog = try? TaskCatalog(files: ["group.yaml"], in: folder) {
        for group in catalog.groups { _ = try? catalog.tasks(of: group) }
    }
    guard let suite = try? TaskSuite(file: "task.yaml", in: folder) else { return }
    let renderer = mustSucceed("what was read can be rendered") { try ItemRenderer(suite) }
    for index in 0..<suite.items.count {
        let (item, rendered) = mustSucceed("what was rendered at reading can be rendered again") { try renderer.render(index) }
        score(item, rendered, suite.task)
    }
}
