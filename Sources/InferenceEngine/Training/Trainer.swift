/// How a model is to be trained.
package struct TrainingConfiguration: Hashable, Sendable {
    package enum Method: Hashable, Sendable {
        case adapter(AdapterConfiguration)
        case full(FullTraining)
    }

    package var method: Method
    package var optimizer = AdamW()
    package var rate: LearningRate
    /// Texts that go through the layers together.
    package var texts = 4
    /// Passes whose gradients make one step.
    package var accumulation = 1
    /// Tokens of a text; what is beyond is cut off.
    package var longest = 512
    /// Decides how the adapter begins and the order of the texts.
    package var seed: UInt64 = 0
    /// Whether each round takes the texts in another order (`TrainingOrder`).
    package var shuffles = true
    /// Whether what layers compute is computed again on the way back; nil to decide by the memory that there is.
    package var recomputes: Bool?

    package init(_ method: Method, rate: LearningRate) {
        self.method = method
        self.rate = rate
    }

    func check(_ model: Transformer) throws(EngineError) {
        func check(_ holds: Bool, _ message: @autoclosure () -> String) throws(EngineError) {
            guard holds else { throw EngineError(.invalidRequest, message()) }
        }
        try check((1...1024).contains(texts) && (1...1 << 16).contains(accumulation), "\(texts) texts a pass and \(accumulation) passes a step are not possible")
        let limit = min(1 << 20, model.contextLimit)
        try check(longest >= 2 && longest <= limit, "texts of \(longest) tokens; 2 to \(limit) are possible")
        try check(texts * longest <= 1 << 20, "\(texts) texts of \(longest) tokens are too many for one pass")
        try check((1...1 << 32).contains(rate.steps) && (0...1 << 32).contains(rate.warmup), "\(rate.steps) steps with \(rate.warmup) of warmup")
        try check(rate.highest.isFinite && rate.highest > 0 && rate.highest <= 1e3, "a learning rate of \(rate.highest)")
        try check(
            (0..<1).contains(optimizer.firstDecay) && (0..<1).contains(optimizer.secondDecay) && Float(optimizer.epsilon) > 0 && optimizer.epsilon < 1
                && optimizer.weightDecay >= 0 && optimizer.weightDecay <= 1e3 && optimizer.maximumNorm.map { $0 > 0 && $0 <= 1e9 } ?? true,
            "AdamW cannot work with these factors")
        if case .adapter(let adapter) = method, adapter.dropout != 0 {
            throw EngineError(.unsupportedModel, "a dropout of \(adapter.dropout) in training is not supported; set it to 0")
        }
    }
}

/// What one step did.
package struct TrainingStep: Hashable, Sendable {
    /// From 1.
    package let number: Int
    /// The mean of -ln p over the step's labels, before the step.
    package let loss: Double
    /// Of all gradients together, before clipping.
    package let gradientNorm: Double
    package let learningRate: Double
    /// Tokens that went through the model, and those of them that carried the loss.
    package let tokens: Int
    package let labels: Int
}

/// Trains a model on texts. The same texts and settings give the same bits, on any number of threads, stopped and resumed
/// or not.
///
/// The model computes with what has been learnt so far. Not for use by two tasks at once.
package final class Trainer {
    package let configuration: TrainingConfiguration
    package let model: Transformer
    /// Nil where the model's own weights are trained.
    package let adapter: Adapter?
    let trainables: Trainables
    private let pass: GradientPass
    /// Steps done.
    package internal(set) var step = 0

    let loaded: LoadedModel

    /// - Parameter given: an adapter to go on from, of the configuration's form; nil to begin with one that changes nothing.
    package init(
        _ loaded: LoadedModel, _ configuration: TrainingConfiguration, adapter given: Adapter? = nil
    ) throws(EngineError) {
        let model = loaded.model
        try configuration.check(model)
        self.configuration = configuration
        self.loaded = loaded
        self.model = model
        trainables = Trainables(layers: model.shape.layers.count)
        switch configuration.method {
        case .adapter(let form):
            let adapter: Adapter
            if let given { adapter = given } else { adapter = try Adapter(form, model, seed: configuration.seed) }
            loaded.attach(adapter)
            for member in adapter.members {
                let (name, matrices) = (member.module.name, member.matrices)
                trainables.add(
                    adapter: matrices, a: try Parameter(name + ".lora_A", matrices.a, decays: true, model.budget),
                    b: try Parameter(name + ".lora_B", matrices.b, decays: true, model.budget), layer: member.module.layer)
            }
            self.adapter = adapter
        case .full(let full):
            try full.prepare(model, trainables)
            adapter = nil
        }
        guard !trainables.all.isEmpty else { throw EngineError(.invalidRequest, "there is nothing to train: name layers") }
        pass = try GradientPass(
            model, trainables, rows: configuration.texts * configuration.longest, longest: configuration.longest, recomputes: configuration.recomputes)
    }

    /// Texts that a step takes.
    package var textsPerStep: Int { configuration.texts * configuration.accumulation }

    /// How many numbers are being learnt.
    package var parameterCount: Int { trainables.all.reduce(0) { $0 + $1.values.count } }

    /// Whether layers are computed a second time on the way back.
    package var isRecomputing: Bool { pass.isRecomputing }

    /// One step on some texts.
    /// - Throws: `invalidRequest` where no token of them carries the loss, or one is not in the vocabulary; nothing has changed then.
    package func train(_ examples: [TrainingExample]) throws(EngineError) -> TrainingStep {
        let (loss, tokens, labels) = try differentiate(examples)
        let norm = AdamW.norm(trainables.all)
        guard loss.isFinite, norm.isFinite else {
            throw EngineError(
                .invalidRequest, "step \(step + 1): the loss is \(loss), the gradients' norm \(norm); try a lower learning rate")
        }
        let rate = configuration.rate.rate(at: step)
        configuration.optimizer.update(trainables.all, norm: norm, step: step, rate: rate, model.products)
        step += 1
        _ = loaded.prefixes.forget()
        return TrainingStep(number: step, loss: loss, gradientNorm: norm, learningRate: rate, tokens: tokens, labels: labels)
    }

    /// The mean loss of some texts, with its derivatives in the parameters' gradients.
    func differentiate(_ examples: [TrainingExample]) throws(EngineError) -> (loss: Double, tokens: Int, labels: Int) {
        let cut = examples.map { $0.prefix(configuration.longest) }
        let labels = cut.reduce(0) { $0 + $1.labels }
        guard labels > 0 else { throw EngineError(.invalidRequest, "none of the step's tokens carries the loss") }
        for parameter in trainables.all { parameter.gradient.base.update(repeating: 0, count: parameter.gradient.count) }
        var loss = 0.0
        for start in stride(from: 0, to: cut.count, by: configuration.texts) {
            let rows = TrainingRows(cut[start..<min(cut.count, start + configuration.texts)])
            loss += try pass.run(rows, weight: 1 / Double(labels))
        }
        return (loss, cut.reduce(0) { $0 + $1.tokens.count }, labels)
    }

    /// The mean loss of some texts and its derivatives, by the parameters' names.
    package func gradients(_ examples: [TrainingExample]) throws(EngineError) -> (loss: Double, gradients: [String: [Float]]) {
        let loss = try differentiate(examples).loss
        return (loss, Dictionary(trainables.all.map { ($0.name, Array($0.gradient.slice(0, $0.gradient.count))) }) { first, _ in first })
    }

    /// What has been learnt so far, by the parameters' names.
    package var parameters: [String: [Float]] {
        Dictionary(trainables.all.map { ($0.name, Array($0.values.slice(0, $0.values.count))) }) { first, _ in first }
    }
}
