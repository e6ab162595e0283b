import CanonicalEncoding
import Evaluation
import Foundation

/// Files of this test target.
enum TestFiles {
    static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: Bundle.module.bundleURL.appendingPathComponent("Fixtures/\(path)")))
    }

    /// A file of labelled responses, as it lies in the sources.
    static func labelled(_ name: String) throws -> [UInt8] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/EvaluationSuites/Resources/judge")
        return [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    /// A task below `Fixtures/harness`.
    static func suite(_ name: String) throws -> TaskSuite {
        try TaskSuite(file: "\(name).yaml", in: folder)
    }

    /// `Fixtures/harness`.
    static var folder: TaskFolder {
        TaskFolder { name in
        let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/harness/\(name)")
        return FileManager.default.fileExists(atPath: url.path) ? try read("harness/\(name)") : nil
        }
    }

    /// A task out of thin air.
    static func suite(task: String, files: [String: String]) throws(TaskError) -> TaskSuite {
        try TaskSuite(file: "task.yaml", in: folder(files.merging(["task.yaml": task]) { $1 }))
    }

    static func folder(_ files: [String: String]) -> TaskFolder {
        TaskFolder { files[$0].map { Array($0.utf8) } }
    }
}
