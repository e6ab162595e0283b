/// What of a model is being learnt.
///
/// `@unchecked Sendable`: as the parameters.
final class Trainables: @unchecked Sendable {
    /// In the order in which they were added.
    private(set) var all: [Parameter] = []
    private var matrices: [ObjectIdentifier: Parameter] = [:]
    private var vectors: [ObjectIdentifier: Parameter] = [:]
    private var adapters: [ObjectIdentifier: (a: Parameter, b: Parameter)] = [:]
    /// The first layer with something to learn; as many as there are layers where none has.
    private(set) var lowestLayer: Int
    private(set) var trainsEmbedding = false

    init(layers: Int) { lowestLayer = layers }

    func add(matrix parameter: Parameter, _ matrix: StoredMatrix, layer: Int?) {
        matrices[ObjectIdentifier(matrix.additions)] = parameter
        keep(parameter, layer)
    }

    /// A second matrix that reads the same numbers.
    func share(_ parameter: Parameter, _ matrix: StoredMatrix) { matrices[ObjectIdentifier(matrix.additions)] = parameter }

    func add(vector parameter: Parameter, layer: Int?) {
        vectors[ObjectIdentifier(parameter.values)] = parameter
        keep(parameter, layer)
    }

    func add(adapter: LowRankAdapter, a: Parameter, b: Parameter, layer: Int?) {
        adapters[ObjectIdentifier(adapter)] = (a, b)
        keep(a, layer)
        keep(b, layer)
    }

    func markEmbedding() {
        trainsEmbedding = true
        lowestLayer = 0
    }

    private func keep(_ parameter: Parameter, _ layer: Int?) {
        all.append(parameter)
        if let layer { lowestLayer = min(lowestLayer, layer) }
    }

    func matrix(_ matrix: StoredMatrix) -> Parameter? { matrices.isEmpty ? nil : matrices[ObjectIdentifier(matrix.additions)] }

    func vector(_ vector: FloatBuffer?) -> Parameter? {
        guard let vector, !vectors.isEmpty else { return nil }
        return vectors[ObjectIdentifier(vector)]
    }

    func adapter(_ adapter: LowRankAdapter) -> (a: Parameter, b: Parameter)? { adapters[ObjectIdentifier(adapter)] }

    var trainsMatrices: Bool { !matrices.isEmpty }

    /// Whether a product's input is needed to learn something of it.
    func needsInput(_ matrix: StoredMatrix) -> Bool {
        self.matrix(matrix) != nil || matrix.additions.adapters.contains { adapter($0) != nil }
    }

    /// The largest rank of all adapters of a model, learnt or not.
    static func rank(_ weights: TransformerWeights) -> Int { weights.matrices.flatMap { $0.additions.adapters.map(\.rank) }.max() ?? 0 }
}

extension TransformerWeights.Layer {
    /// All its products.
    var matrices: [StoredMatrix] {
        switch feedForward {
        case .dense(let network): [queryKeyValue, attentionOutput, network.gateUp, network.down]
        case .mixture(let router, let networks): [queryKeyValue, attentionOutput, router] + networks.flatMap { [$0.gateUp, $0.down] }
        }
    }
}

extension TransformerWeights {
    var matrices: [StoredMatrix] { [embedding, output] + layers.flatMap(\.matrices) }
}
