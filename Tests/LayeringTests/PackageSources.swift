import Foundation

/// The package's own sources and programs, as the tests that read them find them.
enum PackageSources {
    static let root: URL = {
        var folder = URL(filePath: #filePath)
        while !FileManager.default.fileExists(atPath: folder.appending(path: "Package.swift").path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        return folder
    }()

    static func modules() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path).sorted()
    }

    /// The Swift files of a module.
    static func files(of module: String) -> [URL] {
        let folder = root.appending(path: "Sources/\(module)")
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
        return all.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    }

    /// What a file imports, whatever access level or attribute stands before the word.
    static func imports(of file: URL) throws -> Set<String> {
        let pattern = /^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?(\w+)/
            .anchorsMatchLineEndings()
        // A text of several lines may be a program in another language.
        let parts = try String(contentsOf: file, encoding: .utf8).split(separator: "\"\"\"", omittingEmptySubsequences: false)
        return Set(stride(from: 0, to: parts.count, by: 2).flatMap { parts[$0].matches(of: pattern).map { String($0.output.1) } })
    }

    /// What a command prints on standard output.
    static func output(_ command: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
