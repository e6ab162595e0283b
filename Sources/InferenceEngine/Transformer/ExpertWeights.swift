extension TransformerWeights.Network {
    /// One expert's matrices, wherever the container has them.
    ///
    /// - Parameter name: a tensor's whole name from its name in the layer.
    init(
        _ source: inout WeightSource, _ layout: TensorNames.Experts, expert: Int, of experts: Int, width: Int, hidden: Int, hasBias: Bool,
        name: (String) -> String
    ) throws(EngineError) {
        switch layout {
        case .each(let prefix, let gate, let up, let down):
            func whole(_ part: String) -> String { name("\(prefix).\(expert).\(part).weight") }
            gateUp = try source.matrix(
                [.init(whole(gate), hidden, columns: width), .init(whole(up), hidden, columns: width)], columns: width)
            self.down = try source.matrix([.init(whole(down), width, columns: hidden)], columns: hidden)
        case .stacked(let gate, let up, let down):
            func rows(_ part: String, _ rows: Int, _ columns: Int) -> WeightSource.Rows {
                .init(name(part + ".weight"), shape: [experts, rows, columns], first: expert * rows, count: rows)
            }
            let upBias =
                hasBias
                ? try source.members([(name(gate + ".bias"), hidden), (name(up + ".bias"), hidden)], expert, of: experts) : nil
            let downBias = hasBias ? try source.members([(name(down + ".bias"), width)], expert, of: experts) : nil
            gateUp = try source.matrix([rows(gate, hidden, width), rows(up, hidden, width)], columns: width, bias: upBias)
            self.down = try source.matrix([rows(down, width, hidden)], columns: hidden, bias: downBias)
        case .stackedJoined(let joined, let down):
            gateUp = try source.matrix(
                [.init(name(joined), shape: [experts, 2 * hidden, width], first: expert * 2 * hidden, count: 2 * hidden)], columns: width)
            self.down = try source.matrix(
                [.init(name(down), shape: [experts, width, hidden], first: expert * width, count: width)], columns: hidden)
        case .interleaved(let joined, let down):
            var floats: [FloatBuffer] = []
            for first in 0..<2 {
                floats.append(
                    try source.transposed(name(joined), shape: [experts, width, 2 * hidden], member: expert, first: first, step: 2))
            }
            let taking = try source.members([(name(joined + "_bias"), 2 * hidden)], expert, of: experts)
            // The bias takes turns too.
            let turns = (0..<(2 * hidden)).map { taking.base[$0] }
            for index in 0..<hidden {
                taking.base[index] = turns[2 * index]
                taking.base[hidden + index] = turns[2 * index + 1]
            }
            gateUp = StoredMatrix(floats, columns: width, bias: taking)
            self.down = StoredMatrix(
                [try source.transposed(name(down), shape: [experts, hidden, width], member: expert, first: 0, step: 1)], columns: hidden,
                bias: try source.members([(name(down + "_bias"), width)], expert, of: experts))
        }
    }
}
