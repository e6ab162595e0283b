import Foundation

/// The model that `make model` puts into `.cache/`, and what other programs made of it.
package enum DemonstrationModel {
    package struct Missing: Error, CustomStringConvertible {
        package let description: String
    }

    /// The package's own folder.
    package static let root: URL = {
        var folder = URL(filePath: #filePath).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Makefile").path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    /// The path in the environment variable `ASSAY_MODEL`, else in `.cache/`.
    package static func path() throws -> String {
        if let path = ProcessInfo.processInfo.environment["ASSAY_MODEL"], !path.isEmpty {
            guard FileManager.default.fileExists(atPath: path) else {
                throw Missing(description: "ASSAY_MODEL names \(path), and there is no such file")
            }
            return path
        }
        let path = root.appending(path: ".cache/SmolLM2-135M-Instruct.Q4_1.gguf").path
        guard FileManager.default.fileExists(atPath: path) else {
            throw Missing(description: "\(path) is missing: run `make model`, or name the file in ASSAY_MODEL")
        }
        return path
    }

    /// The lines of one of the engine's fixtures.
    package static func fixture(_ name: String) throws -> [[UInt8]] {
        let text = try Data(contentsOf: root.appending(path: "Tests/InferenceEngineTests/Fixtures/\(name)"))
        return text.split(separator: 0x0A).map { Array($0) }
    }
}
