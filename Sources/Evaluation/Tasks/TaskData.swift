import CanonicalEncoding

/// Where a task's items are: local files, by split. Nothing is downloaded.
///
/// `dataset_path: json` (or `csv`) names them in `dataset_kwargs.data_files`; any other `dataset_path` is a folder, in
/// which the split `test` is the file `test.jsonl`, `test.json` or `test.csv`, or one of that name in the folder
/// `dataset_name` below it.
package struct TaskData: Hashable, Sendable {
    package enum Place: Hashable, Sendable {
        /// Splits with their files, in the file's order.
        case files([Split])
        case folder(path: String, configuration: String?)
    }

    package struct Split: Hashable, Sendable {
        package let name: String
        package let paths: [String]
        package let line: Int
    }

    package let place: Place
    /// The member of a JSON file in which its list of items is (`dataset_kwargs.field`).
    package let member: String?
    package let file: String
    package let line: Int

    static let extensions = ["jsonl", "json", "csv"]
    /// What data sets call the split for which others say `validation`.
    private static let synonyms = [["validation", "valid", "dev", "val"], ["train", "training"], ["test", "testing"]]

    init(_ map: TaskYAMLMap) throws(TaskError) {
        let pathYAML = try map.required("dataset_path")
        let path = try pathYAML.string("dataset_path", maxBytes: 1024)
        let name = try map.string("dataset_name", maxBytes: 256)
        let arguments = try map.map("dataset_kwargs")
        // What only concerns the download, which there is none of here.
        try arguments?.allow(
            only: ["data_files", "field", "trust_remote_code", "revision", "streaming"],
            unread: ["data_dir": "name the files in data_files"])
        file = pathYAML.file
        line = pathYAML.line
        member = try arguments?.string("field", maxBytes: 256)
        if let files = arguments?.value("data_files") {
            guard path == "json" || path == "csv" || path == "text" else {
                throw pathYAML.failure(.unsupported, "\"dataset_path\" must be json or csv where data_files are named: nothing is downloaded here")
            }
            guard path != "text" else { throw pathYAML.failure(.unsupported, "text files are not read; write JSON Lines") }
            place = .files(try Self.splits(files))
        } else {
            guard !["json", "csv", "text", "parquet", "arrow"].contains(path) else {
                throw pathYAML.failure(.invalid, "\"dataset_path: \(path)\" needs dataset_kwargs.data_files, with the files by split")
            }
            place = .folder(path: path, configuration: name)
        }
    }

    private static func splits(_ files: TaskYAML) throws(TaskError) -> [Split] {
        func paths(_ value: TaskYAML) throws(TaskError) -> [String] {
            guard case .list(let elements) = value.content else { return [try value.string("data_files", maxBytes: 1024)] }
            guard (1...64).contains(elements.count) else {
                throw value.failure(.invalid, "a split of \"data_files\" must have 1 to 64 files")
            }
            var paths: [String] = []
            for element in elements { paths.append(try element.string("data_files", maxBytes: 1024)) }
            return paths
        }
        // Without names it is the split `train`, as the harness' library has it.
        guard case .map(let members) = files.content else {
            return [Split(name: "train", paths: try paths(files), line: files.line)]
        }
        guard (1...16).contains(members.count) else {
            throw files.failure(.invalid, "\"data_files\" must map one to sixteen splits to files")
        }
        var splits: [Split] = []
        for member in members { splits.append(Split(name: member.key, paths: try paths(member.value), line: member.line)) }
        return splits
    }

    /// The files of a split, by name within the folder.
    /// - Throws: `TaskError` where there is no such split, or where a path leaves the folder.
    func files(of split: String, line: Int, in folder: TaskFolder) throws(TaskError) -> [String] {
        func failure(_ code: TaskError.Code, _ message: String, _ line: Int) -> TaskError {
            TaskError(code, message, file: file, line: line)
        }
        switch place {
        case .files(let splits):
            guard let found = splits.first(where: { ExactString($0.name) == ExactString(split) }) else {
                throw failure(.invalid, "there is no file for the split \"\(split)\" in dataset_kwargs.data_files", line)
            }
            var names: [String] = []
            for path in found.paths {
                guard let name = folder.name(path, besides: file) else {
                    throw failure(.invalid, "the path \"\(path.prefix(256))\" leaves the folder that the task is in", found.line)
                }
                names.append(name)
            }
            return names
        case .folder(let path, let configuration):
            let bases = configuration.map { ["\(path)/\($0)", path] } ?? [path]
            let words = Self.synonyms.first { $0.contains(split) } ?? [split]
            var isInside = false
            for base in bases {
                for word in [split] + words.filter({ $0 != split }) {
                    for suffix in Self.extensions {
                        guard let name = folder.name("\(base)/\(word).\(suffix)", besides: file) else { continue }
                        isInside = true
                        if try folder.contentsIfPresent(name) != nil { return [name] }
                    }
                }
            }
            throw failure(
                .file,
                isInside
                    ? "there is no \(split).jsonl, .json or .csv in \(bases.joined(separator: " or ")); nothing is downloaded here, so dataset_path must be a local folder, or json with dataset_kwargs.data_files"
                    : "the path \"\(path.prefix(256))\" leaves the folder that the task is in", self.line)
        }
    }
}
