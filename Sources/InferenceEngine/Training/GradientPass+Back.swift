/// The way back through a layer.
extension GradientPass {
    /// Turns the derivative by the stream after a layer, in `streamGradient`, into that by the stream before it.
    func backward(_ number: Int, _ rows: TrainingRows) {
        let (layer, record, count) = (model.weights.layers[number], record(number), rows.count)
        let form = shape.layers[number].feedForward
        var given = opening(record.feedForwardGiven, layer.feedForwardPostNorm, count)
        let source = opened(record.middle, layer.feedForwardNorm, count)
        switch layer.feedForward {
        case .dense(let network):
            gradients.inputGradient(
                network.down, given.base, stride: shape.width, rows: count, into: activatedGradient.base, stride: form.width)
            if trainables.needsInput(network.down) { products.activate(form, record.gateUp, 0..<count, into: activated) }
            learn(network.down, activated.base, stride: form.width, given.base, stride: shape.width, rows: count)
            eachRow(count) { row in
                let gate = record.gateUp.base + row * 2 * form.width
                products.kernels.gateGradient(
                    form.activation, gate, up: gate + form.width, activatedGradient.base + row * form.width, count: form.width)
            }
            learn(network.gateUp, source.base, stride: shape.width, record.gateUp.base, stride: 2 * form.width, rows: count)
            gradients.inputGradient(
                network.gateUp, record.gateUp.base, stride: 2 * form.width, rows: count, into: halfGradient.base, stride: shape.width)
        case .mixture(let router, let networks):
            experts?.backward(
                router, networks, form, source.base, rows: count, record, activated: activated, activatedGradient: activatedGradient,
                given.base, into: attendedGradient.base, learn: learn)
            halfGradient.base.update(from: attendedGradient.base, count: count * shape.width)
        }
        closing(record.middle, layer.feedForwardNorm, count)

        given = opening(record.attentionGiven, layer.attentionPostNorm, count)
        learn(layer.attentionOutput, record.attended.base, stride: shape.queryWidth, given.base, stride: shape.width, rows: count)
        gradients.inputGradient(
            layer.attentionOutput, given.base, stride: shape.width, rows: count, into: attendedGradient.base, stride: shape.queryWidth)
        meet(number, rows)
        attention.backward(
            rows.spans, window: shape.layers[number].window, sinks: layer.sinks, turned.base, attended: record.attended.base,
            attendedGradient.base, into: joinedGradient.base, sinkGradient: trainables.vector(layer.sinks)?.gradient)
        part(number, rows)
        if trainables.needsInput(layer.queryKeyValue) {
            let input = opened(streams[number], layer.attentionNorm, count)
            learn(
                layer.queryKeyValue, input.base, stride: shape.width, joinedGradient.base, stride: shape.joinedWidth, rows: count)
        }
        // Below the lowest layer nothing asks for it.
        guard number > trainables.lowestLayer || trainables.trainsEmbedding || trainables.vector(layer.attentionNorm) != nil else { return }
        gradients.inputGradient(
            layer.queryKeyValue, joinedGradient.base, stride: shape.joinedWidth, rows: count, into: halfGradient.base, stride: shape.width)
        closing(streams[number], layer.attentionNorm, count)
    }

    /// The derivative by what a half of a layer gave, from that by the stream after it.
    private func opening(_ given: FloatBuffer?, _ gain: FloatBuffer?, _ rows: Int) -> FloatBuffer {
        if gain == nil, shape.residualScale == 1 { return streamGradient }
        eachRow(rows) { row in
            let place = row * shape.width
            let target = halfGradient.base + place
            target.update(from: streamGradient.base + place, count: shape.width)
            if shape.residualScale != 1 { Kernels.scale(target, by: shape.residualScale, count: shape.width) }
        }
        if let gain, let given {
            learnGain(gain, given.base, stride: shape.width, halfGradient.base, stride: shape.width, rows: rows, count: shape.width)
            eachRow(rows) { row in
                let target = halfGradient.base + row * shape.width
                products.kernels.normaliseGradient(
                    given.base + row * shape.width, gain: gain.base, target, epsilon: shape.normEpsilon, count: shape.width, into: target,
                    adding: false)
            }
        }
        return halfGradient
    }

    /// Adds the derivative by a half's input, in `halfGradient`, to that by the stream.
    private func closing(_ stream: FloatBuffer, _ gain: FloatBuffer?, _ rows: Int) {
        if let gain { learnGain(gain, stream.base, stride: shape.width, halfGradient.base, stride: shape.width, rows: rows, count: shape.width) }
        eachRow(rows) { row in
            let (place, target) = (row * shape.width, streamGradient.base + row * shape.width)
            guard let gain else { return Kernels.add(halfGradient.base + place, times: 1, to: target, count: shape.width) }
            products.kernels.normaliseGradient(
                stream.base + place, gain: gain.base, halfGradient.base + place, epsilon: shape.normEpsilon, count: shape.width, into: target,
                adding: true)
        }
    }

    /// `meet` backwards, in `joinedGradient`.
    private func part(_ number: Int, _ rows: TrainingRows) {
        let (layer, joined, rotary) = (model.weights.layers[number], record(number).joined, rotary(number, rows))
        eachRow(rows.count) { row in
            rotary(row)?.turn(
                joinedGradient.base + row * shape.joinedWidth, count: shape.heads + shape.keyValueHeads, width: shape.headWidth,
                position: rows.positions[row], isBack: true)
            if let limit = shape.queryKeyValueLimit { release(row, layer, joined, limit) }
        }
        headNorms(layer) { place, gain, width in
            learnGain(
                gain, joined.base + place, stride: shape.joinedWidth, joinedGradient.base + place, stride: shape.joinedWidth,
                rows: rows.count, count: width)
        }
        eachRow(rows.count) { row in
            headNorms(layer) { place, gain, width in
                let target = joinedGradient.base + (row * shape.joinedWidth + place)
                products.kernels.normaliseGradient(
                    joined.base + (row * shape.joinedWidth + place), gain: gain.base, target, epsilon: shape.normEpsilon, count: width,
                    into: target, adding: false)
            }
        }
    }

    /// Nothing is learnt through an element that was held at its limit.
    private func release(_ row: Int, _ layer: TransformerWeights.Layer, _ joined: FloatBuffer, _ limit: Float) {
        let width = shape.joinedWidth
        withUnsafeTemporaryAllocation(of: Float.self, capacity: width) { scratch in
            guard let values = scratch.baseAddress else { return }
            values.update(from: joined.base + row * width, count: width)
            headNorms(layer) { place, gain, width in
                Kernels.normalise(values + place, gain: gain.base, epsilon: shape.normEpsilon, count: width, into: values + place)
            }
            for index in 0..<width where abs(values[index]) > limit { joinedGradient.base[row * width + index] = 0 }
        }
    }

    // MARK: Learning

    /// Adds the derivatives by a norm's gain, where it is being learnt.
    private func learnGain(
        _ gain: FloatBuffer, _ x: UnsafePointer<Float>, stride xStride: Int, _ gradient: UnsafePointer<Float>, stride: Int, rows: Int, count: Int
    ) {
        guard let target = trainables.vector(gain)?.gradient else { return }
        for row in 0..<rows {
            let (own, slopes) = (x + row * xStride, gradient + row * stride)
            let square = products.kernels.dot(own, own, count: count)
            let scale = 1 / (square / Float(count) + shape.normEpsilon).squareRoot()
            for index in 0..<count { target.base[index] += own[index] * scale * slopes[index] }
        }
    }

    /// Adds the derivatives by what is being learnt of a product.
    private func learn(
        _ matrix: StoredMatrix, _ x: UnsafePointer<Float>, stride xStride: Int, _ dy: UnsafePointer<Float>, stride: Int, rows: Int
    ) {
        if let parameter = trainables.matrix(matrix) {
            gradients.weightGradient(
                dy, stride: stride, outputs: matrix.rows, x, stride: xStride, inputs: matrix.columns, rows: rows, addingTo: parameter.gradient)
        }
        if let parameter = trainables.vector(matrix.bias) {
            gradients.biasGradient(dy, stride: stride, rows: rows, count: matrix.rows, addingTo: parameter.gradient)
        }
        for adapter in matrix.additions.adapters {
            guard let (a, b) = trainables.adapter(adapter) else { continue }
            gradients.adapterGradient(adapter, x, stride: xStride, dy, stride: stride, rows: rows, a: a.gradient, b: b.gradient)
        }
    }
}
