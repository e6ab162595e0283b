import Foundation
import SealedMedia
import Testing

/// What is written past the page cache is what anybody reads afterwards, on file systems that can do that and on others.
@Suite struct DirectFileTests {
    @Test(arguments: ["/tmp", "/dev/shm"], [0, 1, 4095, 4096, 4097, 12_288, 1 << 20 | 77])
    func whatIsWrittenIsRead(folder: String, count: Int) throws {
        guard FileManager.default.isWritableFile(atPath: folder) else { return }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count + 8192, alignment: 4096)
        defer { memory.deallocate() }
        for index in memory.indices { memory[index] = UInt8(truncatingIfNeeded: index &* 31 >> 3) }
        for start in [0, 1, 512] {
            let bytes = UnsafeRawBufferPointer(rebasing: memory[start..<start + count])
            let path = "\(folder)/assay-direct-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let descriptor = DirectFile.create(path, in: AT_FDCWD, mode: 0o600)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            #expect(DirectFile.write(bytes, to: descriptor))
            #expect(try Data(contentsOf: URL(filePath: path)) == Data(bytes))
            // Never over a file that is there.
            #expect(DirectFile.create(path, in: AT_FDCWD, mode: 0o600) < 0 && errno == EEXIST)
        }
    }

    @Test func aFailureIsTold() throws {
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        #expect([UInt8](repeating: 1, count: 10_000).withUnsafeBytes { !DirectFile.write($0, to: full) && errno == ENOSPC })
    }
}
