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

    /// What another process of the same number left behind under the passing name lends the file neither its mode nor its bytes.
    @Test func leftover() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Files.makeFolder(folder)
        let path = folder + "/file", temporary = try FileWriter(path).temporary
        #expect(!Files.exists(temporary))
        try Data("left".utf8).write(to: URL(filePath: temporary))
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: temporary)
        try Files.write([1], to: path, mode: 0o600)
        #expect(try Files.read(path) == [1])
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
}
