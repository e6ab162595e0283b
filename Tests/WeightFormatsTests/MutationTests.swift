import Testing
import WeightFormats

/// Sound files, damaged at random but always in the same way: nothing may crash, and whatever is still
/// accepted must keep the promises that readers build on.
@Suite(.timeLimit(.minutes(10))) struct MutationTests {
    @Test(arguments: ["every-type.gguf", "every-type.safetensors"])
    func damagedFilesAreRefusedOrSound(name: String) throws {
        let original = try Fixtures.bytes(name)
        // Most of the decisions are made in the tables at the start.
        let table = min(original.count, 2048)
        var random = SplitMix64(state: 0x61737361_79)
        var refused = 0
        let rounds = 20_000
        for _ in 0..<rounds {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, table, &random) }
            let container: WeightContainer
            do {
                container = try WeightContainer.open(try MappedFile.holding(bytes))
            } catch is WeightError {
                refused += 1
                continue
            }
            try check(container)
        }
        #expect(refused > rounds / 4 && refused < rounds)
    }

    private func mutate(_ bytes: inout [UInt8], _ table: Int, _ random: inout SplitMix64) {
        guard !bytes.isEmpty else { return }
        let position = Int.random(in: 0..<min(table, bytes.count), using: &random)
        switch UInt8.random(in: 0..<6, using: &random) {
        case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[position] = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x09, 0x08].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...16, using: &random)))
        case 3: bytes.insert(contentsOf: [UInt8](repeating: UInt8.random(in: 0...255, using: &random), count: 8), at: position)
        case 4:
            let from = Int.random(in: 0..<min(table, bytes.count), using: &random)
            let copied = Array(bytes[from..<min(bytes.count, from + 24)])
            for (index, byte) in copied.enumerated() where position + index < bytes.count { bytes[position + index] = byte }
        default: bytes.removeSubrange(Int.random(in: 0..<bytes.count, using: &random)...)
        }
    }

    private func check(_ container: WeightContainer) throws {
        var end = 0
        for tensor in container.tensors.sorted(by: { $0.byteRange.lowerBound < $1.byteRange.lowerBound }) {
            #expect(tensor.byteRange.lowerBound >= end && tensor.byteRange.upperBound <= container.file.count)
            end = tensor.byteRange.upperBound
            #expect(tensor.type.byteCount(elements: tensor.elementCount) == tensor.byteRange.count)
            if tensor.type.holdsWeights { #expect(try container.floats(tensor).count == tensor.elementCount) }
        }
        #expect(Set(container.tensors.map { Array($0.name.utf8) }).count == container.tensors.count)
        if case .gguf(let gguf) = container {
            for value in gguf.metadata.values { visit(value) }
        }
    }

    private func visit(_ value: GGUFValue) {
        guard let array = value.array else { return }
        for index in 0..<array.count { visit(array[index]) }
    }
}

/// Steele, Lea and Flood's generator: the same numbers on every machine.
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
