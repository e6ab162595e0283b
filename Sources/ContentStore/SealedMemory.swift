import CLinux
import Foundation
import SealedMedia

/// Plaintext in a memfd that nobody can change any more, and that is gone when this is: it never touches a disk.
package final class SealedMemory: Sendable {
    private let owner: Descriptor
    package let size: Int

    /// For passing on, or reading; it stays this object's to close.
    package var descriptor: Int32 { owner.number }

    private init(owner: Descriptor, size: Int) {
        self.owner = owner
        self.size = size
    }

    /// Fills the memory before it is sealed.
    package struct Writer: ~Copyable {
        private let descriptor: Descriptor
        private let name: String

        package init(name: String) throws {
            let number = assay_memfd_create(name)
            guard number >= 0 else { throw StoreError(.io, "No memory file: \(String(cString: strerror(-number))).") }
            descriptor = Descriptor(number)
            self.name = name
        }

        package func write(_ bytes: UnsafeRawBufferPointer) throws {
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(descriptor.number, rest.baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw SegmentSink.failure("write") }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }

        /// Leaves a hole, which takes no memory: what is written next goes to the byte `offset`, and there is room up to it.
        package func skip(to offset: Int) throws {
            var status = stat()
            guard fstat(descriptor.number, &status) == 0, ftruncate(descriptor.number, max(status.st_size, off_t(offset))) == 0,
                lseek(descriptor.number, off_t(offset), SEEK_SET) == off_t(offset)
            else { throw SegmentSink.failure("leave a hole in a memory file") }
        }

        package consuming func seal() throws -> SealedMemory {
            let status = assay_memfd_seal(descriptor.number)
            guard status >= 0 else { throw StoreError(.io, "The memory file cannot be sealed: \(String(cString: strerror(-status))).") }
            let size = lseek(descriptor.number, 0, SEEK_END)
            guard size >= 0 else { throw SegmentSink.failure("measure a memory file") }
            return SealedMemory(owner: descriptor, size: Int(size))
        }
    }

    /// Up to `count` bytes from `offset`.
    package func read(at offset: Int, count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= size else { return [] }
        var bytes = [UInt8](repeating: 0, count: min(count, size - offset))
        var filled = 0
        while filled < bytes.count {
            let wanted = bytes.count - filled
            let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress.map { $0 + filled }, wanted, off_t(offset + filled)) }
            if got < 0 && errno == EINTR { continue }
            guard got > 0 else { throw SegmentSink.failure("read a memory file") }
            filled += got
        }
        return bytes
    }
}
