import Foundation
import Testing
import WeightFormats

/// What is written reads back, and a file that could not be written whole is not there.
@Suite struct SafetensorsWriterTests {
    private static func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "writer-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static let entries: [SafetensorsWriter.Entry] = [
        .init("b.weight", .f32, shape: [3, 5]), .init("a", .bf16, shape: [7]), .init("none", .f32, shape: [0, 4]), .init("one", .f16, shape: []),
    ]
    private static let bytes: [[UInt8]] = [Array(0..<60), Array(100..<114), [], [1, 2]]

    @Test func whatIsWrittenReadsBack() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/model.safetensors"
        for _ in 0..<2 {
            try SafetensorsWriter.write(to: path, metadata: ["format": "pt", "é \"": "\n"], Self.entries) { number, append in
                // In parts of any size.
                for part in stride(from: 0, to: Self.bytes[number].count, by: 7) {
                    try Self.bytes[number][part..<min(part + 7, Self.bytes[number].count)].withUnsafeBytes { try append($0) }
                }
            }
        }
        let file = try SafetensorsFile(MappedFile(path: path))
        #expect(file.metadata == ["format": "pt", "é \"": "\n"])
        #expect(file.dataOffset.isMultiple(of: 8))
        #expect(file.tensors.count == 4)
        for (entry, bytes) in zip(Self.entries, Self.bytes) {
            let tensor = try #require(file.tensors.first { $0.name == entry.name })
            #expect(tensor.type == entry.type && tensor.shape == entry.shape && Array(file.bytes(of: tensor)) == bytes)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
    }

    @Test func whatFailsLeavesWhatWasThere() throws {
        struct Stop: Error {}
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/model.safetensors"
        try Data("before".utf8).write(to: URL(filePath: path))
        #expect(throws: Stop.self) { try SafetensorsWriter.write(to: path, Self.entries) { _, _ in throw Stop() } }
        for count in [0, 59, 61] {
            #expect(throws: SafetensorsWriter.Failure.self) {
                try SafetensorsWriter.write(to: path, [Self.entries[0]]) { _, append in
                    try [UInt8](repeating: 1, count: count).withUnsafeBytes { try append($0) }
                }
            }
        }
        #expect(throws: SafetensorsWriter.Failure.self) { try SafetensorsWriter.write(to: folder + "/none/model.safetensors", []) { _, _ in } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.safetensors"])
        #expect(try Data(contentsOf: URL(filePath: path)) == Data("before".utf8))
    }
}
