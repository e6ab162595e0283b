import CKernels
import WeightFormats

/// A matrix of weights, [rows, columns], in the form in which it is stored: rows become floats when they are needed.
///
/// `@unchecked Sendable`: it only reads; whoever made it sees to it that the memory lives as long.
struct StoredMatrix: @unchecked Sendable {
    /// Rows that lie together.
    struct Part {
        enum Source {
            /// Rows one behind the other, of a kind that the kernels unpack.
            case packed(ck_storage, UnsafeRawPointer)
            /// As `packed`, of a kind that `Dequantize` knows.
            case blocks(TensorType, UnsafeRawPointer)
            /// Rows that somebody else works out.
            case rows(@Sendable (_ rows: Range<Int>, _ target: UnsafeMutableBufferPointer<Float>) -> Void)
        }

        let source: Source
        /// Rows in the part.
        let count: Int
        /// Bytes of a row.
        let rowBytes: Int
        /// The first of the source's rows, and how many on the next is.
        var firstRow = 0
        var step = 1
        /// What the memory belongs to, where it is not the model's file.
        var owner: FloatBuffer?
    }

    let columns: Int
    let rows: Int
    private let parts: [Part]
    /// [rows], added to every product; nil for none.
    let bias: FloatBuffer?
    /// What training has put to the stored weights. Copies of the matrix share it.
    let additions = MatrixAdditions()

    init(_ parts: [Part], columns: Int, bias: FloatBuffer? = nil) {
        self.parts = parts
        self.columns = columns
        self.bias = bias
        rows = parts.reduce(0) { $0 + $1.count }
    }

    /// Floats in memory, one buffer's rows below the other's.
    init(_ buffers: [FloatBuffer], columns: Int, bias: FloatBuffer? = nil) {
        self.init(
            buffers.map { buffer in
                Part(
                    source: .packed(CK_F32, UnsafeRawPointer(buffer.base)), count: buffer.count / max(1, columns), rowBytes: 4 * columns,
                    owner: buffer)
            }, columns: columns, bias: bias)
    }

    /// The rows as floats, one behind the other: where they lie, or in `scratch`, [range.count, columns].
    func floats(
        _ range: Range<Int>, _ kernels: VectorKernels, scratch: UnsafeMutablePointer<Float>
    ) -> UnsafePointer<Float> {
        if let resident = resident(range) { return resident }
        var start = 0
        var target = scratch
        for part in parts {
            let wanted = range.clamped(to: start..<(start + part.count))
            let own = (wanted.lowerBound - start)..<(wanted.upperBound - start)
            start += part.count
            guard !wanted.isEmpty else { continue }
            unpack(part, own, kernels, into: target)
            target += own.count * columns
        }
        return UnsafePointer(scratch)
    }

    /// The rows where they lie, if they are floats, one behind the other.
    func resident(_ range: Range<Int>) -> UnsafePointer<Float>? {
        if let trained = additions.trained { return UnsafePointer(trained.base + range.lowerBound * columns) }
        var start = 0
        for part in parts {
            let own = (range.lowerBound - start)..<(range.upperBound - start)
            if own.lowerBound >= 0, own.upperBound <= part.count {
                guard case .packed(CK_F32, let base) = part.source, part.step == 1 else { return nil }
                let place = base + (part.firstRow + own.lowerBound) * part.rowBytes
                guard Int(bitPattern: place) % MemoryLayout<Float>.alignment == 0 else { return nil }
                return UnsafePointer(place.assumingMemoryBound(to: Float.self))
            }
            start += part.count
        }
        return nil
    }

    /// Whether both read the same stored bytes, as a tied output matrix and the embedding do.
    func isSame(as other: StoredMatrix) -> Bool {
        func place(_ part: Part) -> UnsafeRawPointer? {
            switch part.source {
            case .packed(_, let base), .blocks(_, let base): base
            case .rows: nil
            }
        }
        guard rows == other.rows, columns == other.columns, parts.count == other.parts.count else { return false }
        return zip(parts, other.parts).allSatisfy { place($0) != nil && place($0) == place($1) && $0.firstRow == $1.firstRow && $0.step == $1.step }
    }

    private func unpack(_ part: Part, _ rows: Range<Int>, _ kernels: VectorKernels, into target: UnsafeMutablePointer<Float>) {
        guard part.step == 1 else {
            for (number, row) in rows.enumerated() {
                let place = part.firstRow + row * part.step
                unpack(part.source, place..<(place + 1), part.rowBytes, kernels, into: target + number * columns)
            }
            return
        }
        unpack(
            part.source, (part.firstRow + rows.lowerBound)..<(part.firstRow + rows.upperBound), part.rowBytes, kernels, into: target)
    }

    private func unpack(
        _ source: Part.Source, _ rows: Range<Int>, _ rowBytes: Int, _ kernels: VectorKernels, into target: UnsafeMutablePointer<Float>
    ) {
        let count = rows.count * columns
        switch source {
        case .packed(let storage, let base):
            kernels.table.pointee.unpack(storage, base + rows.lowerBound * rowBytes, Int64(count), target)
        case .blocks(let type, let base):
            let bytes = UnsafeRawBufferPointer(start: base + rows.lowerBound * rowBytes, count: rows.count * rowBytes)
            do throws(WeightError) {
                try Dequantize.floats(bytes, type: type, into: UnsafeMutableBufferPointer(start: target, count: count))
            } catch {
                preconditionFailure("the loader made rows of whole blocks: \(error)")
            }
        case .rows(let body): body(rows, UnsafeMutableBufferPointer(start: target, count: count))
        }
    }
}
