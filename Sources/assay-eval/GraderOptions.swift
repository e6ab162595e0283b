import ArgumentParser
import AuditCrypto
import CommandSupport
import Evaluation
import EvaluationSuites
import LocalModel

extension JudgedMeasure: ExpressibleByArgument {}
extension ModelGradedJudge.Method: ExpressibleByArgument {}

/// Who grades, and how.
struct GraderOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "Who grades: \"rules\"; or a model, as a GGUF file, a safetensors file with its configuration and tokenizer beside it, or a folder.")
    var grader: String
    @Option(name: .long, help: "A rubric of your own (JSON: measure, question, grades of label and description), for a model.") var rubric: String?
    @Option(
        name: .long,
        help: "How a model grades: by likelihood, which any model can; or by text, where what is no grade is a failure.")
    var method = ModelGradedJudge.Method.likelihood
    @Option(name: .long, help: "Of a person's score, 0 to 1: what counts as yes from here on.") var cut = 0.5
    @Option(name: .long, help: "Threads to compute with. They do not change a result.") var threads = 2
    @Option(name: .long, help: "The longest sequence in tokens. Default: the model's own.") var context: Int?
    @Option(name: .long, help: "Memory of the worker, in MiB. Default: nine times the weights and 2048.") var memory: Int?

    func validate() throws {
        guard (0...1).contains(cut) else { throw ValidationError("--cut is from 0 to 1.") }
        guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256.") }
        if let context, !(1...1 << 20).contains(context) { throw ValidationError("--context is 1 to 1048576.") }
        if let memory, !(1...1 << 24).contains(memory) { throw ValidationError("--memory is 1 to 16777216 MiB.") }
        if rubric != nil, isRules { throw ValidationError("--rubric is for a model; rules have none.") }
    }

    var isRules: Bool { grader == "rules" }
}

/// A grader that is ready: rules, or a model in its worker.
struct Grader {
    private let model: (local: LocalModel, asked: EngineLanguageModel, digest: SHA256Digest)?
    private let rubric: Rubric?
    private let method: ModelGradedJudge.Method
    let engine: LanguageModelInformation?

    /// - Throws: an exit code, with the reason printed.
    init(_ options: GraderOptions) async throws {
        method = options.method
        do {
            rubric = try options.rubric.map { try Rubric(json: Files.read($0, maxBytes: 1 << 16), file: $0) }
        } catch {
            throw Failure.end(.data, "\(error)")
        }
        guard !options.isRules else {
            (model, engine) = (nil, nil)
            return
        }
        let local: LocalModel
        do {
            local = try LocalModel.start(options.grader, threads: options.threads, context: options.context, memory: options.memory.map { $0 << 20 })
        } catch {
            if case .worker = error { throw Failure.end(.software, "\(error)") }
            throw Failure.end(.data, "\(error)")
        }
        do {
            let asked = EngineLanguageModel(client: local.worker.client, identity: local.identity, model: local.information)
            engine = await asked.information()
            model = (local, asked, try ModelDigests.of(options.grader).digest)
        } catch {
            local.worker.client.shutdown()
            throw Failure.end(.data, "\(error)")
        }
    }

    func shutDown() { model?.local.worker.client.shutdown() }

    /// The grader's digest; nil for rules.
    var digest: SHA256Digest? { model?.digest }

    /// - Throws: an exit code where the rubric is of another measure.
    func judge(_ measure: JudgedMeasure) throws -> any ResponseJudge {
        guard let model else { return RulesAsJudge(measure) }
        if let rubric, rubric.measure != measure {
            throw Failure.end(.data, "the rubric is of \(rubric.measure.rawValue), and \(measure.rawValue) is measured")
        }
        return ModelGradedJudge(model: model.asked, modelDigest: model.digest, rubric: rubric ?? .standard(measure), method: method)
    }

    /// What ended with an error, as an exit code with the reason printed.
    static func ended(_ error: any Error) -> ExitCode {
        switch error {
        case let code as ExitCode: code
        case is CancellationError: Failure.end(.interrupted, "interrupted; give the same command again to go on")
        case is EvaluationError, is TaskError: Failure.end(.data, "\(error)")
        case is FileError: Failure.end(.cannotCreate, "\(error)")
        default: Failure.end(.software, "\(error)")
        }
    }
}

/// Files of labelled responses.
enum LabelledFiles {
    /// A file, by the end of its name CSV or JSON Lines.
    static func read(
        _ path: String, _ measure: JudgedMeasure, columns: LabelledResponses.Columns = .init()
    ) throws -> LabelledResponses {
        let bytes = try Files.read(path)
        return path.lowercased().hasSuffix(".csv")
            ? try LabelledResponses(csv: bytes, file: path, measure: measure, columns: columns)
            : try LabelledResponses(jsonLines: bytes, file: path, measure: measure)
    }

    /// Our own of a measure, beside the program.
    static func builtIn(_ measure: JudgedMeasure) throws -> LabelledResponses {
        let file = measure == .refusal ? "labelled.jsonl" : "\(measure.rawValue).jsonl"
        return try read("\(SuiteLibrary.folderBesideProgram())/judge/\(file)", measure)
    }

    /// Of our own, those that a judge's error is measured on: held-out ones, where there are such. The few for compliance and
    /// quality were in view when rules were written, which a model that grades has nothing to do with.
    static func use(of labelled: LabelledResponses) -> LabelledResponse.Use? {
        labelled.responses.contains { $0.use == .heldOut } ? .heldOut : nil
    }
}
