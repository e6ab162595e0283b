import Testing
import WeightFormats

@Suite struct SafetensorsFileTests {
    @Test func readsWhatTheReferenceWrote() throws {
        let file = try SafetensorsFile(try MappedFile(path: Fixtures.path("every-type.safetensors")))
        #expect(file.metadata == ["note": "Prüfung"])
        let byName = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0) })
        #expect(byName["single"]?.shape == [4, 3])
        #expect(byName["single"]?.type == .f32)
        #expect(byName["half"]?.type == .f16)
        #expect(byName["brain"]?.type == .bf16)
        #expect(byName["empty"]?.shape == [0, 7])
        #expect(byName["empty"]?.elementCount == 0)
    }

    /// Integers and their like are listed and can be looked at, but are no model's numbers.
    @Test func readsTypesThatHoldNoWeights() throws {
        let file = try SafetensorsFile(try MappedFile(path: Fixtures.path("schemes/types.safetensors")))
        let other = try SafetensorsFile(try MappedFile(path: Fixtures.path("schemes/types.expected.safetensors")))
        let expected = Dictionary(uniqueKeysWithValues: other.tensors.map { ($0.name, $0) })
        #expect(Set(file.tensors.map(\.type)) == Set(TensorType.allCases.filter { !$0.holdsWeights }))
        func doubles(_ tensor: TensorInfo, _ file: SafetensorsFile) throws -> [Double] {
            var values = [Double](repeating: .nan, count: tensor.elementCount)
            try values.withUnsafeMutableBufferPointer {
                try StoredValues.doubles(file.bytes(of: tensor), type: tensor.type, into: $0, scratch: .init(start: nil, count: 0))
            }
            return values
        }
        for tensor in file.tensors {
            #expect(tensor.type.name == tensor.name)
            let found = try doubles(tensor, file)
            #expect(found == (try doubles(#require(expected[tensor.name]), other)), "\(tensor.name)")
            for (index, value) in found.enumerated() where tensor.type.isInteger && tensor.type.numberBits <= 32 {
                let stored = StoredValues.stored(index, of: file.bytes(of: tensor), type: tensor.type)
                #expect(StoredValues.integer(stored, type: tensor.type).flatMap(Double.init) == value)
            }
            let error = #expect(throws: WeightError.self) { try WeightContainer.safetensors(file).floats(tensor) }
            #expect(error?.code == .unsupportedTensorType)
        }
    }

    @Test func readsAnEmptyModelAndPadding() throws {
        #expect(try refusal(safetensors("{}")) == nil)
        #expect(try refusal(safetensors("{}       ")) == nil)
    }

    /// A header of 640 bytes makes the file start like a pickle of protocol 2.
    @Test func isNotTakenForAPickle() throws {
        let header = "{}" + String(repeating: " ", count: 638)
        let bytes = safetensors(header)
        #expect(Array(bytes.prefix(2)) == [0x80, 0x02])
        #expect(try refusal(bytes) == nil)
    }
}
