import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Glibc
import InferenceEngine
import Synchronization
import WeightFormats

struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Train an adapter (LoRA), or layers themselves, on texts.",
        discussion: """
            The texts are JSON Lines: {"text":…}; {"prompt":…,"completion":…}, of which the completion is learnt; \
            {"messages":[{"role":…,"content":…}]}, of which the assistant's turns are learnt; or {"tokens":[…]}, with \
            "labels":[true,…] to say which of them are learnt. Nothing is put before a text; the model's end of text follows \
            a text and a completion, unless --no-end-of-text.

            With --adapter training goes on from that adapter, which keeps its own rank, alpha and targets.

            The output folder gets adapter_model.safetensors and adapter_config.json as PEFT reads them; with --full-layers \
            model.safetensors and the files beside the model. While it runs it keeps training.safetensors there, from which \
            --resume goes on: the same bits come out as without the stop. Ctrl-C writes it and ends with status 130.

            Example: assay-engine train --model model.gguf --data texts.jsonl --output adapter --rank 8 --epochs 3
            """)

    @Option(name: .long, help: "The texts: a file of JSON Lines.") var data: String
    @Option(name: .long, help: "The folder to write to, made where there is none.") var output: String
    @OptionGroup var options: ModelOptions
    @OptionGroup var training: TrainingOptions
    @Flag(name: .long, help: "Learn prompts and the turns of others too.") var learnPrompts = false
    @Flag(name: .long, inversion: .prefixedNo, help: "Put the model's end of text behind each text or completion.") var endOfText = true
    @Option(name: .long, help: "Steps after which the state is written from which --resume goes on.") var checkpointEvery = 100
    @Flag(name: .long, help: "Go on from the state in the output folder.") var resume = false
    @Flag(name: .long, help: "Print one line of JSON for each step.") var json = false

    static let checkpointName = "training.safetensors"

    func validate() throws {
        guard checkpointEvery > 0 else { throw ValidationError("--checkpoint-every is at least 1.") }
    }

    func run() throws {
        let (model, adapter) = try options.loadWithAdapter()
        do {
            try train(model, adapter)
        } catch let error as EngineError {
            throw fail(error.message)
        } catch let error as TrainingLines.Failure {
            throw fail("\(data): \(error.description)")
        } catch let error as FileError {
            throw fail(error.description)
        } catch let error as SafetensorsWriter.Failure {
            throw fail(error.description)
        } catch let error as WeightError {
            throw fail("\(error)")
        }
    }

    private func fail(_ message: String) -> ExitCode {
        Failure.say("assay-engine train: \(message)")
        return ExitCode(65)
    }

    private func train(_ model: LoadedModel, _ adapter: Adapter?) throws {
        try OutputFolder.check(output, options, own: [Adapter.fileName, Self.checkpointName, MergedFolder.weightsName])
        let examples = try TrainingLines.read(data, model, longest: training.longest(model), learnsPrompts: learnPrompts, ends: endOfText)
        let configuration = try training.configuration(model, texts: examples.count, adapter: adapter)
        let trainer = try Trainer(model, configuration, adapter: adapter)
        if trainer.adapter == nil { _ = try MergedModel(model) }
        try Files.makeFolder(output)
        let digest = TrainingExample.digest(examples)
        let checkpoint = "\(output)/\(Self.checkpointName)"
        if resume {
            try trainer.readCheckpoint(MappedFile(path: checkpoint), data: digest)
        } else if Files.exists(checkpoint) {
            throw FileError(operation: .write, path: checkpoint, reason: "a run was stopped there: --resume goes on from it; or remove it")
        }
        // Whether it can be written is found out before the work is done.
        try trainer.writeCheckpoint(to: checkpoint, data: digest)
        if !json { print("training \(trainer.parameterCount) numbers on \(examples.count) texts, \(configuration.rate.steps) steps") }
        Interruption.catchSignals()
        var order = TrainingOrder(count: examples.count, seed: configuration.seed, shuffles: configuration.shuffles)
        var progress = ProgressBar()
        let clock = ContinuousClock()
        let started = clock.now
        let begin = trainer.step
        var tokens = 0
        var last: TrainingStep?
        while trainer.step < configuration.rate.steps {
            let place = trainer.step * trainer.textsPerStep
            let batch = (place..<(place + trainer.textsPerStep)).map { examples[order.index(at: $0)] }
            let step = try trainer.train(batch)
            tokens += step.tokens
            last = step
            let rate = Double(tokens) / max(1e-9, started.duration(to: clock.now) / .seconds(1))
            if json {
                try JSONLines.write([
                    "step": .integer(Int64(step.number)), "loss": .number(step.loss), "gradient_norm": .number(step.gradientNorm),
                    "learning_rate": .number(step.learningRate), "tokens": .integer(Int64(step.tokens)), "labels": .integer(Int64(step.labels)),
                    "tokens_per_second": .number(rate),
                ])
            } else {
                progress.update(
                    activity: "loss \(Self.decimal(step.loss)), \(Int(rate.rounded())) tokens/s", done: Int64(step.number - begin),
                    total: Int64(configuration.rate.steps - begin), unit: "steps")
            }
            let isLast = step.number == configuration.rate.steps
            let isAsked = Interruption.isAsked
            if !isLast, isAsked || step.number % checkpointEvery == 0 { try trainer.writeCheckpoint(to: checkpoint, data: digest) }
            if isAsked, !isLast {
                progress.finish()
                Failure.say("stopped after step \(step.number); --resume goes on from \(checkpoint)")
                throw ExitCode(130)
            }
        }
        progress.finish()
        try write(trainer, model)
        try Files.remove(checkpoint)
        if !json { print("loss \(last.map { Self.decimal($0.loss) } ?? "unknown") at the last step; written to \(output)") }
    }

    private func write(_ trainer: Trainer, _ model: LoadedModel) throws {
        guard let adapter = trainer.adapter else { return try MergedFolder.write(model, options, to: output, type: .f32) }
        try adapter.write(to: "\(output)/\(Adapter.fileName)")
        var form = adapter.configuration
        if form.baseModel == nil { form.baseModel = try options.path() }
        try Files.write(try CanonicalJSON.encode(form.json, numbers: .any) + [0x0A], to: "\(output)/\(AdapterConfiguration.fileName)")
    }

    private static func decimal(_ value: Double) -> String {
        guard value >= 0, value < 1e12 else { return "\(value)" }
        let parts = Int64((value * 10_000).rounded())
        return "\(parts / 10_000).\(String(10_000 + parts % 10_000).dropFirst())"
    }
}

/// Whether somebody wants the program to end: the step that is under way is finished first.
private enum Interruption {
    private static let asked = Atomic(false)

    static var isAsked: Bool { asked.load(ordering: .relaxed) }

    static func catchSignals() {
        // Made here, not by the first signal.
        _ = isAsked
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                // A second one ends the program at once.
                Interruption.asked.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
