import FuzzSupport
import InferenceEngine
import WeightFormats

// libFuzzer calls from one thread only.
nonisolated(unsafe) private let memory = MemoryFile()

/// A model from outside: `a` a GGUF file, `b` a safetensors file's `config.json`, `c` a weight file that is looked into
/// without a model made of it. What loads must also run.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let way = input.choice(of: 3)
    if way == 1 {
        _ = try? ModelDescription.read(configJSON: input.bytes)
        return 0
    }
    memory.fill(input.bytes)
    guard let file = try? MappedFile(fileDescriptor: memory.descriptor) else { return 0 }
    watchingEnd(of: file.bytes) {
        if way == 2 { return look(into: file) }
        guard let loaded = try? LoadedModel(file) else { return }
        let tokens = loaded.tokenizer.encode("the cat")
        _ = try? loaded.logprobs(of: tokens)
    }
    return 0
}

/// Held against itself, each tensor is the same.
private func look(into file: MappedFile) {
    guard let opened = try? OpenedWeights([file, file], threads: 1) else { return }
    let metadata = FileMetadata(opened.containers[0], other: opened.containers[1])
    require(metadata.entries.allSatisfy { $0.isSameInOther != false }, "a file's lists are its own")
    for tensor in opened.containers[0].tensors.prefix(16) {
        let range = mustSucceed("numbers of a sound tensor can be read") {
            try StoredRange(1..<100, of: tensor, in: opened.containers[0])
        }
        require(range.values.count == range.stored.count, "each number is stored")
        let difference = mustSucceed("a tensor can be held against itself") {
            try TensorDifference(from: tensor, to: tensor, in: opened, values: 2, seed: 0)
        }
        require(difference.isIdentical, "a tensor is the same as itself")
        if tensor.elementCount < 1 << 14 { _ = try? opened.spectrum(of: tensor, count: 3, seed: 0) }
    }
}
