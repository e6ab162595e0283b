import CanonicalEncoding
import Foundation
import InferenceEngine
import Testing
import WeightFormats

/// A safetensors file written for a test.
struct WeightFile {
    struct Tensor {
        let name: String
        let shape: [Int]
        let values: [Float]
        var isBrainFloat = false
    }

    /// A tensor's bytes as they are stored.
    struct Stored {
        let name: String
        let type: String
        let shape: [Int]
        let bytes: [UInt8]
    }

    static func stored(_ tensor: Tensor) -> Stored {
        var data: [UInt8] = []
        for value in tensor.values {
            let bits = tensor.isBrainFloat ? UInt32(brainFloat(value).bitPattern >> 16) : value.bitPattern
            for byte in 0..<(tensor.isBrainFloat ? 2 : 4) { data.append(UInt8(truncatingIfNeeded: bits >> (8 * UInt32(byte)))) }
        }
        return Stored(name: tensor.name, type: tensor.isBrainFloat ? "BF16" : "F32", shape: tensor.shape, bytes: data)
    }

    static func bytes(_ tensors: [Tensor]) throws -> [UInt8] { try bytes(tensors.map(stored)) }

    static func bytes(_ tensors: [Stored]) throws -> [UInt8] {
        var header: JSONObject = [:], data: [UInt8] = []
        for tensor in tensors {
            let start = data.count
            data += tensor.bytes
            header[tensor.name] = [
                "dtype": .string(tensor.type), "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(start)), .integer(Int64(data.count))],
            ]
        }
        let json = try CanonicalJSON.encode(.object(header))
        var bytes = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) }
        bytes += json + data
        return bytes
    }

    static func mapped(_ tensors: [Tensor]) throws -> MappedFile { try mapped(tensors.map(stored)) }

    static func mapped(_ tensors: [Stored]) throws -> MappedFile { try TokenFixtures.mapped(bytes(tensors)) }

    /// Rounded to bfloat16, ties to even.
    static func brainFloat(_ value: Float) -> Float {
        let bits = value.bitPattern
        return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
    }

    static func open(_ files: [[Tensor]], threads: Int = 2) throws -> OpenedWeights {
        try OpenedWeights(files.map { try mapped($0) }, threads: threads)
    }

    /// Normally distributed, by the sum of twelve uniform numbers.
    static func normal(_ count: Int, seed: UInt64, deviation: Double = 1) -> [Double] {
        var random = RandomSource(seed: seed)
        return (0..<count).map { _ in ((0..<12).reduce(0.0) { sum, _ in sum + random.unit() } - 6) * deviation }
    }
}
