import AuditCrypto
import CanonicalEncoding

/// A task with its items: what an evaluation plan names by digest.
package struct TaskSuite: Sendable {
    package let task: TaskDefinition
    /// SHA-256 of the task file.
    package let taskDigest: SHA256Digest
    /// What the task file includes, in the order read.
    package let includes: [ItemFile.Source]
    /// The Python files that its scorers are in, each once, in the order named.
    package let scorers: [ScorerFile]
    /// The split that is asked, and the one that examples come from where that is another.
    package let splits: [Split]
    /// The documents that scaffolds search, with their file's name.
    package let corpus: (name: String, corpus: Corpus)?
    /// The benchmark pack that it comes in, where whoever read it says so.
    package var pack: EvaluationPlan.Pack?

    package struct Split: Sendable {
        package let name: String
        package let data: ItemFile
    }

    /// Reads a task file, what it includes, and its items.
    /// - Parameter file: the task file's name in `folder`.
    /// - Throws: `TaskError` with the file and line. Every item is rendered once, so that a template that fails does so
    ///   here and not in the middle of an evaluation.
    package init(file: String, in folder: TaskFolder) throws(TaskError) {
        let source = try TaskSource(file, in: folder)
        let task = try TaskDefinition(source.map, in: folder)
        let digests = source.files.map { ItemFile.Source(name: $0.name, digest: SHA256Digest.of($0.bytes)) }
        self.task = task
        taskDigest = digests[digests.count - 1].digest
        includes = Array(digests.dropLast())
        scorers = try ScorerFile.files(of: task, in: folder)

        func load(_ split: String, line: Int, isAsked: Bool) throws(TaskError) -> Split {
            var files: [(name: String, bytes: [UInt8])] = []
            for name in try task.data.files(of: split, line: line, in: folder) {
                do {
                    files.append((name, try folder.contents(name)))
                } catch {
                    throw TaskError(.file, "\(name): \(error.message)", file: task.data.file, line: task.data.line)
                }
            }
            // Examples are no samples: nothing is counted by their clusters.
            return Split(
                name: split,
                data: try ItemFile(
                    files, member: task.data.member, clusterField: isAsked ? task.clusterField : "", domainField: isAsked ? task.domainField : ""))
        }
        var splits = [try load(task.split, line: task.data.line, isAsked: true)]
        let names = splits[0].data.fieldNames
        for field in task.namedFields where !names.contains(where: { ExactString($0) == ExactString(field.source) }) {
            throw TaskError(
                .invalid, "no item has the field \"\(field.source)\"; the items' fields are \(names.prefix(32).joined(separator: ", "))\(names.count > 32 ? ", …" : "")",
                file: field.file, line: field.line)
        }
        if let fewShot = task.fewShot, case .split(let name) = fewShot.pool, ExactString(name) != ExactString(task.split) {
            do {
                splits.append(try load(name, line: fewShot.line, isAsked: false))
            } catch {
                // Examples that nobody asks for may be missing.
                guard fewShot.count == 0 else { throw error }
            }
        }
        self.splits = splits
        corpus = try Self.corpus(of: task, in: folder)
        let renderer = try ItemRenderer(self)
        for index in 0..<items.count { _ = try renderer.render(index).item.files(in: task.filesField) }
    }

    private static func corpus(of task: TaskDefinition, in folder: TaskFolder) throws(TaskError) -> (String, Corpus)? {
        guard let path = task.corpus else { return nil }
        guard let name = folder.name(path.source, besides: path.file) else {
            throw TaskError(.invalid, "the corpus \"\(path.source.prefix(256))\" leaves the folder that the task is in", file: path.file, line: path.line)
        }
        let bytes: [UInt8]
        do {
            bytes = try folder.contents(name)
        } catch {
            throw TaskError(.file, "the corpus \(name): \(error.message)", file: path.file, line: path.line)
        }
        guard bytes.count <= Corpus.maximumBytes else {
            throw TaskError(.limit, "\(bytes.count) bytes; a corpus has at most \(Corpus.maximumBytes)", file: name)
        }
        do {
            return (name, try Corpus(jsonLines: bytes))
        } catch {
            throw TaskError(.invalid, error.description, file: name)
        }
    }

    /// The items that are asked.
    package var items: ItemFile { splits[0].data }

    package func split(named name: String) -> Split? {
        splits.first { ExactString($0.name) == ExactString(name) }
    }
}
