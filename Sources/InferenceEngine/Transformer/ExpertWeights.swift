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
        case .interleaved(let joined, let down):
            func turned(_ part: String, _ rows: Int, _ columns: Int, first: Int, step: Int) -> WeightSource.Rows {
                .init(name(part), shape: [experts, rows, columns], first: expert * rows + first, count: rows / step, step: step)
            }
            let upBias = try source.turns(name(joined + "_bias"), hidden, expert, of: experts)
            let downBias = try source.members([(name(down + "_bias"), width)], expert, of: experts)
            let upRows = (0..<2).map { turned(joined, 2 * hidden, width, first: $0, step: 2) }
            if let stored = try source.storedTurned(upRows, columns: width, bias: upBias),
                let storedDown = try source.storedTurned([turned(down, width, hidden, first: 0, step: 1)], columns: hidden, bias: downBias)
            {
                (gateUp, self.down) = (stored, storedDown)
                return
            }
            var floats: [FloatBuffer] = []
            for first in 0..<2 {
                floats.append(
                    try source.transposed(name(joined), shape: [experts, width, 2 * hidden], member: expert, first: first, step: 2))
            }
            gateUp = StoredMatrix(floats, columns: width, bias: upBias)
            self.down = StoredMatrix(
                [try source.transposed(name(down), shape: [experts, hidden, width], member: expert, first: 0, step: 1)], columns: hidden,
                bias: downBias)
        }
    }
}

extension WeightSource {
    /// One row of a tensor [count, 2 · width] whose elements take turns: those of the gate, then those of up.
    fileprivate mutating func turns(_ name: String, _ width: Int, _ member: Int, of count: Int) throws(EngineError) -> FloatBuffer {
        let row = try members([(name, 2 * width)], member, of: count)
        let turns = (0..<(2 * width)).map { row.base[$0] }
        for index in 0..<width {
            row.base[index] = turns[2 * index]
            row.base[width + index] = turns[2 * index + 1]
        }
        return row
    }
}
