/// A weight as a model knows it, whatever it is stored as.
///
/// Values are in single precision, and for quantised weights each is one product, rounded once: `level · scale`, where the level (a
/// code less its zero point) and the scale are exact. Programs that compute in half precision round that product to it.
package struct LogicalWeight: Sendable {
    private enum Storage: Sendable {
        case plain(StoredTensor)
        case scheme(any WeightScheme)
    }

    /// As the model calls it: `model.layers.0.self_attn.q_proj.weight`.
    package let name: String
    private let storage: Storage

    init(_ tensor: StoredTensor) { (name, storage) = (tensor.info.name, .plain(tensor)) }

    init(_ name: String, _ scheme: any WeightScheme) { (self.name, storage) = (name, .scheme(scheme)) }

    /// Of a quantised weight [rows, columns] or [experts, rows, columns]; of any other its tensor's.
    package var shape: [Int] {
        switch storage {
        case .plain(let tensor): tensor.info.shape
        case .scheme(let scheme): scheme.shape
        }
    }

    /// Numbers in the last dimension; of a scalar 1.
    package var columns: Int { shape.last ?? 1 }

    /// All dimensions but the last, multiplied: an expert's rows follow those of the one before. A vector is one row.
    package var rows: Int { shape.dropLast().reduce(1, *) }

    /// The tensors of the files that it is stored as.
    package var parts: [TensorInfo] {
        switch storage {
        case .plain(let tensor): [tensor.info]
        case .scheme(let scheme): scheme.parts.map(\.info)
        }
    }

    /// A tensor that stands for itself, and its bytes, valid for as long as the files are; nil where a scheme applies.
    package var plain: (tensor: TensorInfo, bytes: UnsafeRawBufferPointer)? {
        if case .plain(let tensor) = storage { (tensor: tensor.info, bytes: tensor.bytes) } else { nil }
    }

    /// The same weight with its last two dimensions exchanged, where it is stored that way round, which is then as fast or faster
    /// to read; nil elsewhere. gpt-oss' experts: the model's [experts, inputs, outputs] are stored [experts, outputs, inputs].
    package var transpose: LogicalWeight? {
        if case .scheme(let scheme) = storage { scheme.transpose.map { LogicalWeight(name, $0) } } else { nil }
    }

    /// Dequantises whole rows. Any number of threads may do so at once. GPTQ, AWQ and gpt-oss' experts are stored by columns: sixteen
    /// rows or more at a time (thirty-two, of gpt-oss) cost little more than one.
    ///
    /// - Parameters:
    ///   - rows: within `0..<self.rows`.
    ///   - destination: room for exactly these rows, one after another.
    /// - Throws: `sizeMismatch` for rows that are not there or room for more or fewer; `unsupportedTensorType` for a plain tensor that
    ///   holds no weights.
    package func dequantise(rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>) throws(WeightError) {
        let columns = columns
        guard rows.lowerBound >= 0, rows.upperBound <= self.rows, rows.count.multipliedReportingOverflow(by: columns) == (destination.count, false)
        else {
            throw WeightError(
                .sizeMismatch, "rows \(rows.lowerBound) to \(rows.upperBound) of \(columns) numbers, into room for \(destination.count), of a "
                    + "weight that has \(self.rows)", tensor: name)
        }
        switch storage {
        case .scheme(let scheme):
            if let output = destination.baseAddress, !destination.isEmpty { scheme.dequantise(rows, output) }
        case .plain(let tensor):
            let type = tensor.info.type
            guard rows.lowerBound.multipliedReportingOverflow(by: columns).overflow == false,
                let start = type.byteCount(elements: rows.lowerBound * columns), let count = type.byteCount(elements: destination.count)
            else { throw WeightError(.sizeMismatch, "its rows of \(columns) numbers end inside a block of \(type.name)", tensor: name) }
            do throws(WeightError) {
                try Dequantize.floats(UnsafeRawBufferPointer(rebasing: tensor.bytes[start..<start + count]), type: type, into: destination)
            } catch {
                throw WeightError(error.code, error.message, tensor: name)
            }
        }
    }
}
