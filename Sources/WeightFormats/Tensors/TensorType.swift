/// How a tensor's numbers are stored. The quantised layouts are ggml's (`ggml-common.h`): blocks of 32 or 256 numbers with what is
/// common to them, written down in `Blocks/`.
///
/// Not every type is a model's own numbers: see `holdsWeights`.
package enum TensorType: Sendable, Hashable, CaseIterable {
    case f32, f16, bf16
    /// A byte a number (OCP 8-bit floating point, revision 1.0): E4M3, which has no infinities, and E5M2. What they are multiplied by
    /// stands in tensors of their own.
    case f8_e4m3, f8_e5m2
    case q4_0, q4_1, q5_0, q5_1, q8_0
    case q2_k, q3_k, q4_k, q5_k, q6_k
    case iq4_nl, iq4_xs, mxfp4
    /// Only in safetensors, beside weights: codes packed into words, indices, counts, flags of a byte; scales that are a power of two
    /// (OCP Microscaling Formats, revision 1.0); and double precision.
    case i8, u8, i16, u16, i32, u32, i64, u64, bool
    case f8_e8m0, f64

    /// Types whose every number is a number of a model, exactly one in single precision. The others say nothing alone: what they
    /// stand for is a scheme's to say (`LogicalWeights`), and `Dequantize` refuses them.
    package var holdsWeights: Bool {
        switch self {
        case .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .bool, .f8_e8m0, .f64: false
        default: true
        }
    }

    /// Whether each number is an integer by itself.
    package var isInteger: Bool { !holdsWeights && self != .f8_e8m0 && self != .f64 }

    /// The type of that name; nil where there is none.
    package init?(named name: String) {
        guard let type = Self.allCases.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) else { return nil }
        self = type
    }

    /// The name that ggml or safetensors, or both, use.
    package var name: String {
        switch self {
        case .f32: "F32"
        case .f16: "F16"
        case .bf16: "BF16"
        case .f8_e4m3: "F8_E4M3"
        case .f8_e5m2: "F8_E5M2"
        case .q4_0: "Q4_0"
        case .q4_1: "Q4_1"
        case .q5_0: "Q5_0"
        case .q5_1: "Q5_1"
        case .q8_0: "Q8_0"
        case .q2_k: "Q2_K"
        case .q3_k: "Q3_K"
        case .q4_k: "Q4_K"
        case .q5_k: "Q5_K"
        case .q6_k: "Q6_K"
        case .iq4_nl: "IQ4_NL"
        case .iq4_xs: "IQ4_XS"
        case .mxfp4: "MXFP4"
        case .i8: "I8"
        case .u8: "U8"
        case .i16: "I16"
        case .u16: "U16"
        case .i32: "I32"
        case .u32: "U32"
        case .i64: "I64"
        case .u64: "U64"
        case .bool: "BOOL"
        case .f8_e8m0: "F8_E8M0"
        case .f64: "F64"
        }
    }

    /// In GGUF (`enum ggml_type`); nil where it has none, or a model has no tensors of it.
    var ggmlNumber: UInt32? {
        switch self {
        case .f32: 0
        case .f16: 1
        case .bf16: 30
        case .f8_e4m3, .f8_e5m2, .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .bool, .f8_e8m0, .f64: nil
        case .q4_0: 2
        case .q4_1: 3
        case .q5_0: 6
        case .q5_1: 7
        case .q8_0: 8
        case .q2_k: 10
        case .q3_k: 11
        case .q4_k: 12
        case .q5_k: 13
        case .q6_k: 14
        case .iq4_nl: 20
        case .iq4_xs: 23
        case .mxfp4: 39
        }
    }

    /// How a block is packed; nil for the plain types.
    var layout: (any BlockLayout.Type)? {
        switch self {
        case .f32, .f16, .bf16, .f8_e4m3, .f8_e5m2, .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .bool, .f8_e8m0, .f64: nil
        case .q4_0: Q4_0.self
        case .q4_1: Q4_1.self
        case .q5_0: Q5_0.self
        case .q5_1: Q5_1.self
        case .q8_0: Q8_0.self
        case .q2_k: Q2_K.self
        case .q3_k: Q3_K.self
        case .q4_k: Q4_K.self
        case .q5_k: Q5_K.self
        case .q6_k: Q6_K.self
        case .iq4_nl: IQ4_NL.self
        case .iq4_xs: IQ4_XS.self
        case .mxfp4: MXFP4.self
        }
    }

    /// Values in a block; 1 for the plain types.
    package var blockElements: Int { layout.map { $0.parts * 16 } ?? 1 }

    /// Bytes in a block.
    package var blockBytes: Int {
        switch self {
        case .f64, .i64, .u64: 8
        case .f32, .i32, .u32: 4
        case .f16, .bf16, .i16, .u16: 2
        case .f8_e4m3, .f8_e5m2, .f8_e8m0, .i8, .u8, .bool: 1
        default: layout?.bytes ?? 1
        }
    }

    /// Bits that the type gives one number, without its share of what a block has in common.
    package var numberBits: Int { layout?.codeBits ?? blockBytes * 8 }

    /// The bytes that `elements` values take, or nil if they fill no whole number of blocks or overflow.
    package func byteCount(elements: Int) -> Int? {
        guard elements >= 0, elements % blockElements == 0 else { return nil }
        let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
        return overflow ? nil : bytes
    }
}
