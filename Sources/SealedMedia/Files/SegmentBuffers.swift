import AgeFormat
import CommandSupport
import Synchronization

/// Memory for whole segments, used again and again: getting it anew from the kernel takes about as long as hashing it.
final class SegmentBuffers: Sendable {
    /// How many segments are worked on at a time, some of which wait for a disk, and how many more may wait for their turn. Memory
    /// stays within bounds on machines with many processors too.
    static var threads: Int { min(OrderedWork.processors + 2, 10) }
    static var ahead: Int { threads + 2 }

    private let bytes: Int
    private let free = Mutex<[SegmentBuffer]>([])

    /// - Parameter bytes: of each.
    init(bytes: Int) { self.bytes = bytes }

    func take() -> SegmentBuffer { free.withLock { $0.popLast() } ?? SegmentBuffer(bytes: bytes) }

    func giveBack(_ buffer: SegmentBuffer) { free.withLock { $0.append(buffer) } }
}

/// Memory that one thread at a time has: whoever took it, then whoever is handed it.
final class SegmentBuffer: SequentialSink, @unchecked Sendable {
    static let page = 4096

    let memory: UnsafeMutableRawBufferPointer
    /// How much of it is filled.
    var count = 0

    init(bytes: Int) { memory = .allocate(byteCount: (bytes + Self.page - 1) / Self.page * Self.page, alignment: Self.page) }

    deinit { memory.deallocate() }

    var filled: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

    /// Up to the end of the page.
    var paddedCount: Int { (count + Self.page - 1) / Self.page * Self.page }

    func padToPage() { UnsafeMutableRawBufferPointer(rebasing: memory[count..<paddedCount]).initializeMemory(as: UInt8.self, repeating: 0) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(AgeError) {
        try write(upTo: bytes.count) { space in
            space.copyMemory(from: bytes)
            return bytes.count
        }
    }

    func write(upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(AgeError) -> Int) throws(AgeError) {
        guard count <= memory.count - self.count else { throw AgeError(.io, "there is no room for more than \(memory.count) bytes") }
        self.count += try fill(UnsafeMutableRawBufferPointer(rebasing: memory[self.count..<self.count + count]))
    }

    /// - Precondition: there is room.
    func append(_ bytes: UnsafeRawBufferPointer) {
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
        count += bytes.count
    }
}
