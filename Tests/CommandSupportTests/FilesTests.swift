import CommandSupport
import Foundation
import Testing

@Suite struct FilesTests {
    @Test func numbersHaveTheirWord() {
        #expect(Counted.entries(0) == "0 entries" && Counted.entries(1) == "1 entry" && Counted.entries(2) == "2 entries")
        #expect(Counted.of(Int64(1), "witness is", "witnesses are") == "1 witness is")
        #expect(Counted.files(1) == "1 file" && Counted.bytes(21) == "21 bytes")
    }

    /// What could not be made to outlive a power cut is told.
    @Test func syncing() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let missing = #expect(throws: FileError.self) { try Files.sync(folder) }
        #expect(missing?.path == folder && missing?.reason == "No such file or directory")
        try Files.makeFolder(folder)
        try Files.sync(folder)
        try Files.write([1, 2], to: folder + "/file")
        #expect(try Files.read(folder + "/file") == [1, 2])
        try Files.sync(folder + "/file", isFolder: false)
        #expect(throws: FileError.self) { try Files.sync(folder + "/file") }
        // Nothing of a write that broke off is left.
        #expect(throws: FileError.self) { try Files.write([3], to: folder + "/none/file") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
        try Files.remove(folder + "/file")
        #expect(!Files.exists(folder + "/file"))
        try Files.remove(folder + "/file")
    }
}
