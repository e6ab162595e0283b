import ArgumentParser
import InferenceEngine

/// What `train` learns, and how.
struct TrainingOptions: ParsableArguments {
    @Option(name: .long, help: "Rank of the adapter's matrices.") var rank = 8
    @Option(name: .long, help: "Alpha of the adapter: what it gives is scaled by alpha / rank.") var alpha = 16.0
    @Option(name: .long, help: "Modules that get an adapter, with commas between them; all for every product of every layer.")
    var targets = "q_proj,v_proj"
    @Flag(name: .long, help: "Scale by alpha / √rank in place of alpha / rank (rsLoRA).") var rslora = false
    @Option(name: .long, help: "Train all of these layers in place of an adapter: numbers and ranges from 0, such as 0,28-29.")
    var fullLayers: String?
    @Flag(name: .long, help: "With --full-layers: train the embedding too.") var trainEmbedding = false
    @Flag(name: .long, help: "With --full-layers: train the output matrix and the norm before it too.") var trainOutput = false

    @Option(name: .long, help: "Steps. Default: as many as --epochs take.") var steps: Int?
    @Option(name: .long, help: "Rounds through the texts.") var epochs = 1
    @Option(name: .long, help: "Texts that go through the model together.") var batch = 4
    @Option(name: .long, help: "Passes through the model whose gradients make one step.") var accumulate = 1
    @Option(name: .long, help: "Tokens of a text; what is beyond is cut off. Default: 512, or the model's context if that is shorter.") var length: Int?
    @Option(name: .long, help: "The highest learning rate. Default: 2e-4 for an adapter, 2e-5 for layers.") var rate: Double?
    @Option(name: .long, help: "How the learning rate goes after the warmup: constant, linear or cosine.") var schedule = LearningRate.Kind.cosine
    @Option(name: .long, help: "Steps in which the learning rate rises from 0.") var warmup = 0
    @Option(name: .long, help: "AdamW's decay of the first moment.") var beta1 = 0.9
    @Option(name: .long, help: "AdamW's decay of the second moment.") var beta2 = 0.999
    @Option(name: .long, help: "AdamW's epsilon.") var epsilon = 1e-8
    @Option(name: .long, help: "AdamW's weight decay; of matrices, not of gains and biases.") var weightDecay = 0.0
    @Option(name: .long, help: "The norm to which all gradients together are clipped; 0 for no clipping.") var clip = 1.0
    @Option(name: .long, help: "Decides how the adapter begins and the order of the texts.") var seed: UInt64 = 0
    @Flag(name: .long, inversion: .prefixedNo, help: "Take the texts in another order in each round.") var shuffle = true
    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "Compute layers again on the way back, which takes a third more time and little memory. Default: where memory is short.")
    var recompute: Bool?

    func validate() throws {
        for (name, value, most) in [("--epochs", epochs, 1 << 20), ("--batch", batch, 1024), ("--accumulate", accumulate, 1 << 16)]
        where !(1...most).contains(value) {
            throw ValidationError("\(name) is 1 to \(most).")
        }
    }

    func configuration(_ model: LoadedModel, texts: Int, adapter: Adapter?) throws -> TrainingConfiguration {
        let perStep = batch * accumulate
        let steps = self.steps ?? (texts * epochs + perStep - 1) / perStep
        var configuration = TrainingConfiguration(
            try method(model, adapter),
            rate: LearningRate(schedule, highest: rate ?? (fullLayers == nil ? 2e-4 : 2e-5), warmup: warmup, steps: steps))
        configuration.optimizer.firstDecay = beta1
        configuration.optimizer.secondDecay = beta2
        configuration.optimizer.epsilon = epsilon
        configuration.optimizer.weightDecay = weightDecay
        configuration.optimizer.maximumNorm = clip == 0 ? nil : clip
        configuration.texts = batch
        configuration.accumulation = accumulate
        configuration.longest = longest(model)
        configuration.seed = seed
        configuration.shuffles = shuffle
        configuration.recomputes = recompute
        return configuration
    }

    func longest(_ model: LoadedModel) -> Int { length ?? min(512, model.model.contextLimit) }

    private func method(_ model: LoadedModel, _ adapter: Adapter?) throws -> TrainingConfiguration.Method {
        if let fullLayers {
            guard adapter == nil else { throw ValidationError("--full-layers trains the model itself: merge the adapter first.") }
            var full = FullTraining(layers: try Self.layers(fullLayers))
            full.embedding = trainEmbedding
            (full.output, full.outputNorm) = (trainOutput, trainOutput)
            return .full(full)
        }
        guard !trainEmbedding, !trainOutput else { throw ValidationError("--train-embedding and --train-output go with --full-layers.") }
        if let adapter { return .adapter(adapter.configuration) }
        let named = targets.split(separator: ",").map(String.init)
        var form = AdapterConfiguration(rank: rank, alpha: alpha, targets: targets == "all" ? .all : .named(named))
        form.isRankStabilised = rslora
        return .adapter(form)
    }

    private static func layers(_ text: String) throws -> [Int] {
        try text.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count < 3, 0 <= first, first <= last, last < 1024 else {
                throw ValidationError("--full-layers: \"\(part)\" is no layer and no range of layers.")
            }
            return Array(first...last)
        }
    }
}

extension LearningRate.Kind: ExpressibleByArgument {}
