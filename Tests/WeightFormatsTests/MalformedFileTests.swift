import Testing
import WeightFormats

/// Each of these must be refused with its own code, and at once: nothing may be allocated or looped over on
/// the word of a count.
@Suite(.timeLimit(.minutes(10))) struct MalformedFileTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: WeightError.Code
        let bytes: [UInt8]

        init(_ name: String, _ code: WeightError.Code, _ bytes: [UInt8]) {
            testDescription = name
            self.code = code
            self.bytes = bytes
        }
    }

    @Test(arguments: containers + ggufHeaders + ggufMetadata + ggufTensors + safetensorsFiles)
    func isRefused(file: Case) throws {
        let clock = ContinuousClock()
        let started = clock.now
        #expect(try refusal(file.bytes) == file.code)
        #expect(clock.now - started < .seconds(1))
    }

    static let containers: [Case] = [
        Case("nothing", .emptyFile, []),
        Case("text", .unknownFormat, Array("hello, world".utf8)),
        Case("a PyTorch zip archive", .pickleRefused, [0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0]),
        Case("an empty zip archive", .pickleRefused, [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18)),
        Case("PyTorch before 1.6", .pickleRefused, [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20]),
        Case("pickle protocol 4", .pickleRefused, [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0, 0, 0x7d, 0x94, 0x2e]),
        Case("pickle protocol 0", .pickleRefused, Array("cos\nsystem\n(S'true'\ntR.".utf8)),
    ]

    static let ggufHeaders: [Case] = [
        Case("only the magic", .truncated, Array("GGUF".utf8)),
        Case("the magic and a version", .truncated, Array("GGUF".utf8) + littleEndian(UInt32(3))),
        Case("version 0", .unsupportedVersion, GGUFBuilder.made { $0.version = 0 }),
        Case("version 1", .unsupportedVersion, GGUFBuilder.made { $0.version = 1 }),
        Case("version 4", .unsupportedVersion, GGUFBuilder.made { $0.version = 4 }),
        Case("big-endian version 3", .bigEndian, GGUFBuilder.made { $0.version = UInt32(3).byteSwapped }),
        Case("too many tensors for the file", .excessiveCount, GGUFBuilder.made { $0.tensorCount = 1 << 40 }),
        Case("a tensor count over Int", .excessiveCount, GGUFBuilder.made { $0.tensorCount = .max }),
        Case("too many values for the file", .excessiveCount, GGUFBuilder.made { $0.metadataCount = .max }),
        Case("one value fewer than counted", .excessiveCount, GGUFBuilder.made { $0.metadataCount = 1 }),
    ]

    static let ggufMetadata: [Case] = [
        // 49 bytes that keep PyPI's gguf 0.19 busy for ever.
        Case("an array of 2⁶⁰ bytes", .excessiveCount, GGUFBuilder.made { $0.add("a", type: 9, GGUFBuilder.array(0, 1 << 60)) }),
        Case("an array of 2⁶⁰ arrays", .excessiveCount, GGUFBuilder.made { $0.add("a", type: 9, GGUFBuilder.array(9, 1 << 60)) }),
        Case("an array of 2⁶² strings", .excessiveCount, GGUFBuilder.made { $0.add("a", type: 9, GGUFBuilder.array(8, 1 << 62)) }),
        Case("array bytes that overflow", .excessiveCount, GGUFBuilder.made { $0.add("a", type: 9, GGUFBuilder.array(10, 1 << 61)) }),
        Case("a string past the end", .excessiveCount, GGUFBuilder.made { $0.add("abc", type: 8, littleEndian(UInt64(1))) }),
        Case("a value past the end", .truncated, GGUFBuilder.made { $0.add("abcdefgh", type: 4, [0]) }),
        Case("a key past the end", .excessiveCount, GGUFBuilder.made { $0.metadata = [littleEndian(UInt64.max) + [0, 0, 0, 0, 0, 0]] }),
        Case("an unknown type", .badValue, GGUFBuilder.made { $0.add("key", type: 13, [0, 0]) }),
        Case("an unknown element type", .badValue, GGUFBuilder.made { $0.add("key", type: 9, GGUFBuilder.array(99, 0)) }),
        Case("a boolean of 2", .badValue, GGUFBuilder.made { $0.add("key", type: 7, [2]) }),
        Case("a boolean of 3 in an array", .badValue, GGUFBuilder.made { $0.add("key", type: 9, GGUFBuilder.array(7, 3, [0, 3, 1])) }),
        Case("a value not UTF-8", .badString, GGUFBuilder.made { $0.add("key", type: 8, GGUFBuilder.string([0xff])) }),
        Case("an empty key", .badString, GGUFBuilder.made { $0.add("", type: 4, littleEndian(UInt32(0))) }),
        Case("a key not ASCII", .badString, GGUFBuilder.made { $0.add("schlüssel", type: 4, littleEndian(UInt32(0))) }),
        Case("a key twice", .duplicateKey, GGUFBuilder.made {
            $0.add("key", type: 0, [1])
            $0.add("key", type: 0, [2])
        }),
        Case("arrays four deep", .nestingTooDeep, GGUFBuilder.made {
            let three = (0..<3).reduce(GGUFBuilder.array(0, 0)) { inner, _ in GGUFBuilder.array(9, 1, inner) }
            $0.add("key", type: 9, three)
        }),
        Case("arrays 10000 deep", .nestingTooDeep, GGUFBuilder.made {
            $0.add("key", type: 9, (0..<10000).flatMap { _ in GGUFBuilder.array(9, 1) })
        }),
        Case("an alignment of 0", .badAlignment, GGUFBuilder.oneTensor { $0.add("general.alignment", type: 4, littleEndian(UInt32(0))) }),
        Case("an alignment of 24", .badAlignment, GGUFBuilder.oneTensor { $0.add("general.alignment", type: 4, littleEndian(UInt32(24))) }),
        Case("an alignment of 2³¹", .badAlignment, GGUFBuilder.oneTensor { $0.add("general.alignment", type: 4, littleEndian(UInt32(1 << 31))) }),
        Case("an alignment as a string", .badAlignment, GGUFBuilder.oneTensor { $0.add("general.alignment", type: 8, GGUFBuilder.string("32")) }),
    ]

    static let ggufTensors: [Case] = [
        Case("five dimensions", .badShape, GGUFBuilder.made { $0.addTensor("a", dimensions: [1, 1, 1, 1, 1], offset: 0) }),
        Case("2³² − 1 dimensions", .badShape, GGUFBuilder.made {
            $0.entries = [GGUFBuilder.string("a") + littleEndian(UInt32.max) + [UInt8](repeating: 0, count: 12)]
        }),
        Case("a dimension of 0", .badShape, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [0, 8], offset: 32) }),
        Case("a dimension over Int", .badShape, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [.max], offset: 32) }),
        Case("a shape that overflows", .badShape, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [1 << 32, 1 << 32], offset: 32) }),
        Case("a size that overflows", .badShape, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [1 << 31, 1 << 31], offset: 32) }),
        Case("rows that split a block", .badShape, GGUFBuilder.made { $0.addTensor("a", dimensions: [48, 2], type: 3, offset: 0) }),
        Case("a type not read", .unsupportedTensorType, GGUFBuilder.made { $0.addTensor("a", dimensions: [256], type: 16, offset: 0) }),
        Case("an unknown type", .unsupportedTensorType, GGUFBuilder.made { $0.addTensor("a", dimensions: [256], type: .max, offset: 0) }),
        Case("a name of 65 bytes", .badString, GGUFBuilder.made {
            $0.addTensor(String(repeating: "n", count: 65), dimensions: [8], offset: 0)
        }),
        Case("a name with a line break", .badString, GGUFBuilder.made { $0.addTensor("a\nb", dimensions: [8], offset: 0) }),
        Case("a name twice", .duplicateTensor, GGUFBuilder.oneTensor {
            $0.addTensor("a", dimensions: [8], offset: 32)
            $0.data += [UInt8](repeating: 0, count: 32)
        }),
        Case("off the alignment", .misalignedTensor, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [1], offset: 4) }),
        Case("past the end", .truncated, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [8], offset: 32) }),
        Case("an offset over Int", .truncated, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [8], offset: .max - 31) }),
        Case("one byte short", .truncated, GGUFBuilder.oneTensor { $0.data.removeLast() }),
        Case("no data at all", .truncated, GGUFBuilder.oneTensor { $0.data = [] }),
        Case("the same bytes twice", .overlappingTensors, GGUFBuilder.oneTensor { $0.addTensor("b", dimensions: [8], offset: 0) }),
        Case("bytes shared in part", .overlappingTensors, GGUFBuilder.made {
            $0.addTensor("b", dimensions: [8], offset: 32)
            $0.addTensor("a", dimensions: [16], offset: 0)
            $0.data = [UInt8](repeating: 1, count: 64)
        }),
        Case("a hole", .uncoveredBytes, GGUFBuilder.oneTensor {
            $0.addTensor("b", dimensions: [8], offset: 64)
            $0.data = [UInt8](repeating: 1, count: 96)
        }),
        Case("something after the tensors", .uncoveredBytes, GGUFBuilder.oneTensor { $0.data += [UInt8](repeating: 1, count: 32) }),
        Case("something after no tensors", .uncoveredBytes, GGUFBuilder.made { $0.data = [UInt8](repeating: 1, count: 64) }),
    ]

    static let safetensorsFiles: [Case] = [
        Case("a header cut short", .truncated, safetensors("{}", length: 3)),
        Case("a header over the limit", .excessiveCount, safetensors("{}", length: 100_000_001)),
        Case("a header not JSON", .badHeader, safetensors("{nonsense}")),
        Case("a header not UTF-8", .badHeader, littleEndian(UInt64(6)) + [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x7d]),
        Case("a header too deep", .badHeader, safetensors("{\"a\":" + String(repeating: "[", count: 100_000))),
        Case("bytes after the object", .badHeader, safetensors("{}x")),
        Case("a tensor name twice", .duplicateKey, safetensors(
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
        Case("a tensor name twice, once escaped", .duplicateKey, safetensors(
            #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
        Case("a member twice", .duplicateKey, safetensors(#"{"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
        Case("a metadata key twice", .duplicateKey, safetensors(#"{"__metadata__":{"k":"1","k":"2"}}"#)),
        Case("metadata that is a number", .badHeader, safetensors(#"{"__metadata__":{"k":1}}"#)),
        Case("metadata that is an array", .badHeader, safetensors(#"{"__metadata__":[]}"#)),
        Case("an unknown member", .badHeader, safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}"#, data: 4)),
        Case("no dtype", .badHeader, safetensors(#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
        Case("a dtype not read", .unsupportedTensorType, safetensors(#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, data: 8)),
        Case("a negative dimension", .badHeader, safetensors(#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, data: 4)),
        Case("a fractional dimension", .badHeader, safetensors(#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,6]}}"#, data: 6)),
        Case("a shape that overflows", .badShape, safetensors(
            #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, data: 4)),
        Case("nine dimensions", .badShape, safetensors(#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#, data: 4)),
        Case("a size that does not fit the shape", .sizeMismatch, safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, data: 4)),
        Case("offsets reversed", .badHeader, safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, data: 4)),
        Case("three offsets", .badHeader, safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}"#, data: 8)),
        Case("past the end", .truncated, safetensors(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, data: 4)),
        Case("overlap", .overlappingTensors, safetensors(
            #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
        Case("a hole at the start", .uncoveredBytes, safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
        Case("a hole between", .uncoveredBytes, safetensors(
            #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F16","shape":[1],"data_offsets":[3,5]}}"#, data: 5)),
        Case("a byte left over", .uncoveredBytes, safetensors(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 5)),
        Case("a name not ASCII", .badString, safetensors(#"{"ä":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, data: 4)),
    ]
}
