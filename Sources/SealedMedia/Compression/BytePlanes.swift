/// How the bytes of a segment are laid out before they are compressed: as they are, or in planes.
///
/// In the weights of a model exponents are much alike, and the rest is noise. Sorted apart, the first kind compresses and the
/// second need not be tried. An element's sign, which is noise too, is put below the others' bits first, so that the exponent
/// of bf16 and f32 fills a byte.
package enum MediaTransform: String, Hashable, Sendable, CaseIterable {
    case none
    /// For elements of two bytes (bf16, f16) and of four (f32).
    case planes2 = "planes-2"
    case planes4 = "planes-4"

    /// Bytes in an element, and planes in a block; 1 where nothing is moved.
    package var width: Int {
        switch self {
        case .none: 1
        case .planes2: 2
        case .planes4: 4
        }
    }
}

/// Blocks of up to a MiB of little-endian elements, each rotated left by a bit: their lowest bytes stand first, then all their
/// second ones, and so on; what is left at the end of a block that is no multiple of the width stays there.
enum BytePlanes {
    /// A multiple of every width.
    static let blockBytes = 1 << 20

    /// - Parameter planes: of the block's size.
    static func split(_ block: UnsafeRawBufferPointer, width: Int, into planes: UnsafeMutableRawBufferPointer) {
        precondition(planes.count == block.count, "planes have the size of their block")
        guard let from = block.bindMemory(to: UInt8.self).baseAddress, let to = planes.bindMemory(to: UInt8.self).baseAddress else { return }
        let count = block.count / width
        switch width {
        case 2:
            for index in 0..<count {
                let element = UInt16(littleEndian: UnsafeRawPointer(from).loadUnaligned(fromByteOffset: 2 &* index, as: UInt16.self))
                let rotated = element &<< 1 | element &>> 15
                to[index] = UInt8(truncatingIfNeeded: rotated)
                to[count &+ index] = UInt8(truncatingIfNeeded: rotated &>> 8)
            }
        case 4:
            for index in 0..<count {
                let element = UInt32(littleEndian: UnsafeRawPointer(from).loadUnaligned(fromByteOffset: 4 &* index, as: UInt32.self))
                let rotated = element &<< 1 | element &>> 31
                to[index] = UInt8(truncatingIfNeeded: rotated)
                to[count &+ index] = UInt8(truncatingIfNeeded: rotated &>> 8)
                to[2 &* count &+ index] = UInt8(truncatingIfNeeded: rotated &>> 16)
                to[3 &* count &+ index] = UInt8(truncatingIfNeeded: rotated &>> 24)
            }
        default: preconditionFailure("elements have two or four bytes")
        }
        (to + width * count).update(from: from + width * count, count: block.count - width * count)
    }

    /// The reverse.
    static func merge(_ planes: UnsafeRawBufferPointer, width: Int, into block: UnsafeMutableRawBufferPointer) {
        precondition(planes.count == block.count, "planes have the size of their block")
        guard let from = planes.bindMemory(to: UInt8.self).baseAddress, let to = block.bindMemory(to: UInt8.self).baseAddress else { return }
        let count = block.count / width
        switch width {
        case 2:
            for index in 0..<count {
                let rotated = UInt16(from[index]) | UInt16(from[count &+ index]) &<< 8
                UnsafeMutableRawPointer(to).storeBytes(
                    of: (rotated &>> 1 | rotated &<< 15).littleEndian, toByteOffset: 2 &* index, as: UInt16.self)
            }
        case 4:
            for index in 0..<count {
                let rotated = UInt32(from[index]) | UInt32(from[count &+ index]) &<< 8 | UInt32(from[2 &* count &+ index]) &<< 16
                    | UInt32(from[3 &* count &+ index]) &<< 24
                UnsafeMutableRawPointer(to).storeBytes(
                    of: (rotated &>> 1 | rotated &<< 31).littleEndian, toByteOffset: 4 &* index, as: UInt32.self)
            }
        default: preconditionFailure("elements have two or four bytes")
        }
        (to + width * count).update(from: from + width * count, count: planes.count - width * count)
    }
}

/// Puts back together, a block at a time, what comes in planes.
final class PlaneMerger {
    private let width: Int
    private let planes: UnsafeMutableRawBufferPointer
    private let block: UnsafeMutableRawBufferPointer
    private var filled = 0

    /// - Parameters:
    ///   - transform: one with planes.
    ///   - limit: the most bytes that come.
    init(_ transform: MediaTransform, limit: Int) {
        width = transform.width
        let bytes = min(BytePlanes.blockBytes, max(1, limit))
        planes = .allocate(byteCount: bytes, alignment: 64)
        block = .allocate(byteCount: bytes, alignment: 64)
    }

    deinit {
        planes.deallocate()
        block.deallocate()
    }

    func write(_ bytes: UnsafeRawBufferPointer, to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        var rest = bytes
        while !rest.isEmpty {
            let count = min(rest.count, planes.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: planes[filled...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
            filled += count
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if filled == planes.count { try flush(to: sink) }
        }
    }

    /// Gives out the last block.
    func finish(to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows { if filled > 0 { try flush(to: sink) } }

    private func flush(to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        let whole = UnsafeMutableRawBufferPointer(rebasing: block[..<filled])
        BytePlanes.merge(UnsafeRawBufferPointer(rebasing: planes[..<filled]), width: width, into: whole)
        filled = 0
        try sink(UnsafeRawBufferPointer(whole))
    }
}
