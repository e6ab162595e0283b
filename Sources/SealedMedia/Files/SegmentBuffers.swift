import AgeFormat
import CommandSupport
import Glibc
import Synchronization

/// Memory for whole segments, used again and again: getting it anew from the kernel takes about as long as hashing it.
package final class SegmentBuffers: Sendable {
    /// How many segments are worked on at a time, some of which wait for a disk, and how many more may wait for their turn. Memory
    /// stays within bounds on machines with many processors too.
    package static var threads: Int { min(OrderedWork.processors + 2, 10) }
    package static var ahead: Int { threads + 2 }

    private let bytes: Int
    private let free = Mutex<[SegmentBuffer]>([])

    /// Each for what any segment holds.
    package convenience init() { self.init(bytes: MediaSegment.maximumPlainSize) }

    /// - Parameter bytes: of each.
    init(bytes: Int) { self.bytes = bytes }

    package func take() -> SegmentBuffer { free.withLock { $0.popLast() } ?? SegmentBuffer(bytes: bytes) }

    package func giveBack(_ buffer: SegmentBuffer) { free.withLock { $0.append(buffer) } }
}

/// Memory that one thread at a time has: whoever took it, then whoever is handed it.
package final class SegmentBuffer: SequentialSink, @unchecked Sendable {
    /// Begins at a page.
    let memory: UnsafeMutableRawBufferPointer
    /// Where its content begins.
    private var start = 0
    /// How many bytes it holds.
    package var count = 0

    /// For any part of a submission.
    package convenience init() { self.init(bytes: MediaSegment.maximumSealedSize) }

    /// From the kernel, and back to it: what an allocator keeps for later would add up in a program that runs for months.
    init(bytes: Int) {
        let size = bytes + DirectFile.page
        let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("no memory for \(size) bytes of a segment") }
        // In large pages, where the kernel has them: a tenth of sealing is spent on small ones.
        madvise(start, size, MADV_HUGEPAGE)
        memory = UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    deinit { munmap(memory.baseAddress, memory.count) }

    package var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[start..<start + count]) }

    package func empty() { (start, count) = (0, 0) }

    /// Moves its content, which is short, so that the byte `offset` of it begins a page.
    func align(_ offset: Int) {
        let place = (DirectFile.page - offset % DirectFile.page) % DirectFile.page
        let moved = UnsafeMutableRawBufferPointer(rebasing: memory[place..<place + count])
        moved.copyMemory(from: filled)
        start = place
    }

    /// Room for what comes next, up to `limit` bytes of content in all; none where there are more.
    package func room(upTo limit: Int) -> UnsafeMutableRawBufferPointer {
        let end = min(memory.count, start + limit)
        return UnsafeMutableRawBufferPointer(rebasing: memory[min(start + count, end)..<end])
    }

    package func write(_ bytes: UnsafeRawBufferPointer) throws(AgeError) {
        try write(upTo: bytes.count) { space in
            space.copyMemory(from: bytes)
            return bytes.count
        }
    }

    package func write(upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(AgeError) -> Int) throws(AgeError) {
        let space = room(upTo: self.count + count)
        guard space.count == count else { throw AgeError(.io, "there is no room for more than \(memory.count) bytes") }
        self.count += try fill(space)
    }

    /// Its content, and zeros up to the next multiple of `size`.
    ///
    /// - Precondition: its content begins where its memory does, and there is room.
    func paddedWithZeros(toMultipleOf size: Int) -> UnsafeRawBufferPointer {
        let end = (count + size - 1) / size * size
        UnsafeMutableRawBufferPointer(rebasing: memory[count..<end]).initializeMemory(as: UInt8.self, repeating: 0)
        return UnsafeRawBufferPointer(rebasing: memory[..<end])
    }

    /// - Precondition: there is room.
    package func append(_ bytes: UnsafeRawBufferPointer) {
        let space = room(upTo: count + bytes.count)
        precondition(space.count == bytes.count, "there is room")
        space.copyMemory(from: bytes)
        count += bytes.count
    }
}
