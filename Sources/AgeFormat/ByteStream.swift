import Glibc

/// Bytes in order. A class: the position is shared by whoever holds it.
package protocol SequentialSource: AnyObject {
    /// Fills the front of `buffer`; 0 only at the end (or for an empty buffer).
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int
}

package protocol SequentialSink: AnyObject {
    func write(_ bytes: UnsafeRawBufferPointer) throws(AgeError)
    /// Lets `fill` write up to `count` bytes straight to where they go; it says how many it wrote.
    func write(upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(AgeError) -> Int) throws(AgeError)
}

extension SequentialSink {
    package func write(upTo count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(AgeError) -> Int) throws(AgeError) {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64)
        defer { space.deallocate() }
        let written = try fill(space)
        try write(UnsafeRawBufferPointer(rebasing: space[..<written]))
    }
}

extension SequentialSource {
    /// Reads until the buffer is full or the source ends.
    package func readFully(into buffer: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }
}

/// Bytes in memory.
package final class MemorySource: SequentialSource {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    package init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)[...]
        position = self.bytes.startIndex
    }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int {
        let count = min(buffer.count, bytes.endIndex - position)
        buffer.copyBytes(from: bytes[position..<(position + count)])
        position += count
        return count
    }
}

/// Bytes that stay where they are while this is used.
package final class BytesSource: SequentialSource {
    private var rest: UnsafeRawBufferPointer

    package init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int {
        let count = min(buffer.count, rest.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<count]))
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        return count
    }
}

package final class MemorySink: SequentialSink {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package func write(_ more: UnsafeRawBufferPointer) throws(AgeError) { bytes.append(contentsOf: more) }
}

/// An open file, from its current position. The descriptor stays the caller's to close.
package final class DescriptorSource: SequentialSource {
    private let descriptor: Int32

    package init(_ descriptor: Int32) { self.descriptor = descriptor }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw AgeError(.io, "reading failed: \(String(cString: strerror(errno)))") }
        }
    }
}

/// A source that can be read by lines first and in bulk after; it knows how many bytes it has given out.
final class BufferedSource: SequentialSource {
    private let source: any SequentialSource
    private var buffer: [UInt8]
    private var start = 0
    private var end = 0
    private(set) var position = 0

    init(_ source: any SequentialSource, capacity: Int = 4096) {
        self.source = source
        buffer = [UInt8](repeating: 0, count: capacity)
    }

    func read(into target: UnsafeMutableRawBufferPointer) throws(AgeError) -> Int {
        if start == end {
            let count = try source.read(into: target)
            position += count
            return count
        }
        let count = min(target.count, end - start)
        target.copyBytes(from: buffer[start..<(start + count)])
        start += count
        position += count
        return count
    }

    /// The next byte, nil at the end.
    func byte() throws(AgeError) -> UInt8? {
        if start == end {
            start = 0
            end = 0
            let result: Result<Int, AgeError> = buffer.withUnsafeMutableBytes { space in
                do throws(AgeError) { return .success(try source.read(into: space)) } catch { return .failure(error) }
            }
            end = try result.get()
            if end == 0 { return nil }
        }
        defer {
            start += 1
            position += 1
        }
        return buffer[start]
    }

    /// The bytes up to a line feed, without it; nil at the end of the source.
    ///
    /// - Parameter limit: longest line allowed, in bytes; a longer one, or one with no line feed, is cut there
    ///   with `complete` false.
    func line(limit: Int) throws(AgeError) -> (bytes: [UInt8], complete: Bool)? {
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            guard let next = try byte() else { return bytes.isEmpty ? nil : (bytes, false) }
            if next == UInt8(ascii: "\n") { return (bytes, true) }
            bytes.append(next)
        }
        return (bytes, false)
    }
}
