import FuzzSupport
import WeightFormats

// libFuzzer calls from one thread only.
nonisolated(unsafe) private let memory = MemoryFile()

/// GGUF and safetensors files, every value of them, and every block of every tensor; the index of a model's shards; or, after a `+`,
/// a config.json, a zero byte and a file, whose weights are put together as the first says.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    var configuration: [UInt8]?
    if input.rest.first == UInt8(ascii: "+") {
        _ = input.byte()
        configuration = input.part()
    }
    let bytes = input.bytes
    if bytes.first == UInt8(ascii: "{"), let index = try? SafetensorsIndex(json: bytes) { holdTogether(index) }
    memory.fill(bytes)
    guard let file = try? MappedFile(fileDescriptor: memory.descriptor) else { return 0 }
    watchingEnd(of: file.bytes) {
        guard let container = try? WeightContainer.open(file) else { return }
        if case .gguf(let gguf) = container {
            require(gguf.metadataKeys.count == gguf.metadata.count, "every key is listed once")
            for value in gguf.metadata.values { read(value, depth: 0) }
        }
        for tensor in container.tensors { expand(tensor, in: container) }
        if let table = try? WeightTable(container), let weights = try? LogicalWeights(table, configuration: configuration) { read(weights) }
    }
    return 0
}

private func read(_ value: GGUFValue, depth: Int) {
    _ = (value.integer, value.double, value.bool, value.string)
    guard let array = value.array else { return }
    require(depth < 64, "arrays are not nested without end")
    _ = (array.strings, array.integers, array.doubles)
    for index in 0..<array.count { read(array[index], depth: depth + 1) }
}

private func expand(_ tensor: TensorInfo, in container: WeightContainer) {
    let stored = container.bytes(of: tensor)
    require(stored.count == tensor.type.byteCount(elements: tensor.elementCount), "a tensor has the size of its shape")
    var floats = [Float](repeating: 0, count: tensor.elementCount)
    var doubles = [Double](repeating: 0, count: tensor.elementCount)
    mustSucceed("a tensor of any type can be looked at") {
        try floats.withUnsafeMutableBufferPointer { floats in
            try doubles.withUnsafeMutableBufferPointer { try StoredValues.doubles(stored, type: tensor.type, into: $0, scratch: floats) }
        }
    }
    guard tensor.type.holdsWeights else { return }
    mustSucceed("a tensor that was accepted can be read") {
        try floats.withUnsafeMutableBufferPointer { space throws(WeightError) in
            try Dequantize.floats(stored, type: tensor.type, into: space)
        }
    }
}

/// Every tensor is part of one weight or ignored, and rows are the same read alone, together or the other way round.
private func read(_ weights: LogicalWeights) {
    let names = Set(weights.weights.map(\.name))
    require(names.count == weights.weights.count, "weights have names of their own")
    require(weights.tensors(besides: names).isEmpty, "every tensor has its place")
    for weight in weights.weights where weight.plain?.tensor.type.holdsWeights ?? true {
        // Empty ones may have any number of rows.
        guard weight.shape.allSatisfy({ $0 > 0 }), weight.columns % (weight.plain?.tensor.type.blockElements ?? 1) == 0 else { continue }
        let all = rows(0..<weight.rows, of: weight)
        for row in 0..<min(64, weight.rows) {
            let place = row * weight.rows / min(64, weight.rows)
            require(isSame(rows(place..<place + 1, of: weight)[...], all[place * weight.columns..<(place + 1) * weight.columns]), "a row is the same alone")
        }
        guard let transpose = weight.transpose else { continue }
        let turned = rows(0..<transpose.rows, of: transpose), (experts, height, width) = (weight.shape[0], weight.shape[1], weight.shape[2])
        require(transpose.shape == [experts, width, height], "the other way round is the same shape")
        for index in 0..<all.count {
            let (expert, place) = index.quotientAndRemainder(dividingBy: height * width)
            let other = turned[(expert * width + place % width) * height + place / width]
            require(all[index].bitPattern == other.bitPattern, "the other way round has the same numbers")
        }
    }
}

private func rows(_ rows: Range<Int>, of weight: LogicalWeight) -> [Float] {
    var floats = [Float](repeating: 0, count: rows.count * weight.columns)
    mustSucceed("a weight that was accepted can be read") {
        try floats.withUnsafeMutableBufferPointer { space throws(WeightError) in try weight.dequantise(rows: rows, into: space) }
    }
    return floats
}

private func isSame(_ one: ArraySlice<Float>, _ other: ArraySlice<Float>) -> Bool {
    zip(one, other).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN }
}

/// Shards made as the index says are one model; without one of their tensors, or with one more, they are none.
private func holdTogether(_ index: SafetensorsIndex) {
    var tensors: [String: [String]] = [:]
    for entry in index.entries { tensors[entry.file, default: []].append(entry.tensor) }
    func shards(_ change: (inout [String: [String]]) -> Void = { _ in }) -> WeightShards? {
        var changed = tensors
        change(&changed)
        // The bytes that the index says all have, or none, in the first of the files.
        var size = index.totalSize.map(Int.init) ?? 0
        let files = changed.sorted { $0.key < $1.key }.map { path, tensors in
            let sizes = tensors.map { _ in
                defer { size = 0 }
                return size
            }
            return WeightShards.File(path: path, isGGUF: false, split: nil, tensors: tensors, sizes: sizes)
        }
        return try? WeightShards(files, index: .init(path: "an.index", index))
    }
    guard let first = index.entries.first, let whole = shards() else {
        // Names that number parts may leave some out.
        return require(index.entries.isEmpty || tensors.keys.contains { PartName($0) != nil }, "shards as the index has them are whole")
    }
    require(whole.order.sorted() == Array(0..<tensors.count), "every file is put in order once")
    require(shards { $0[first.file]?.removeFirst() } == nil, "a missing tensor is found")
    require(shards { $0[first.file]?.append("one more") } == nil, "a tensor that is not in the index is found")
    require(shards { $0[first.file]?.append(first.tensor) } == nil, "a tensor that stands twice is found")
}
