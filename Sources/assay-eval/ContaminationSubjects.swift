import BenchmarkPacks
import CanonicalEncoding
import CommandSupport
import Evaluation
import Glibc

/// What a model is asked about: items, and canaries with what stands before them.
struct ContaminationSubjects: Sendable {
    struct Items: Sendable {
        let name: String
        let items: [ContaminationItem]
    }

    struct Canary: Sendable {
        let guid: CanaryGUID
        let context: String
    }

    private(set) var items: [Items] = []
    private(set) var canaries: [Canary] = []
    /// What could not be looked at, and why.
    private(set) var remarks: [String] = []
    /// Bytes in which canaries of the command line are looked for.
    private var files: [[UInt8]] = []

    private let field: String?
    private let limit: Int

    init(field: String?, limit: Int) { (self.field, self.limit) = (field, limit) }

    /// Task files, folders of them, and JSON Lines.
    mutating func add(_ arguments: [String]) throws {
        for argument in arguments { for part in try read(argument) { items.append(part) } }
    }

    /// The items of one argument, together.
    mutating func controls(_ argument: String) throws -> [ContaminationItem] { try read(argument).flatMap(\.items) }

    private mutating func read(_ argument: String) throws -> [Items] {
        if argument.hasSuffix(".jsonl") || argument.hasSuffix(".ndjson") {
            let bytes = try Files.read(argument, maxBytes: ItemFile.maximumBytes)
            files.append(bytes)
            return [Items(name: argument, items: try ContaminationItem.items(jsonLines: bytes, file: argument, field: field, limit: limit))]
        }
        var read: [Items] = []
        for file in try TaskFiles.named([argument]).files {
            let suite = try TaskSuite(file: file, in: TaskFiles.folder(allowsScorers: true))
            files.append(try Files.read(file, maxBytes: 1 << 20))
            for source in suite.items.sources { files.append(try Files.read(source.name, maxBytes: ItemFile.maximumBytes)) }
            read.append(Items(name: suite.task.name, items: try ContaminationItem.items(of: suite, limit: limit)))
        }
        guard !read.isEmpty else { throw TaskError(.file, "there is no task file here; items without a task are in a file .jsonl", file: argument) }
        return read
    }

    /// GUIDs with what stands before them in the files that were read; elsewhere, with the context given, or a common one.
    mutating func add(canaries guids: [CanaryGUID], context: String?) {
        for guid in guids {
            let found = files.lazy.compactMap { guid.context(in: $0) }.first
            canaries.append(Canary(guid: guid, context: context ?? found ?? ContaminationCheck.commonContext))
        }
    }

    /// A pack's canaries and items, verified first.
    /// - Parameter root: one that is trusted; nil for the pack's own first root, which shows only that the pack is whole.
    mutating func add(pack path: String, root: String?, context: String?) throws {
        guard Files.exists(path) else { throw FileError(operation: .read, path: path, reason: "there is no such folder") }
        guard let now = Timestamp(unixSeconds: Int64(time(nil))) else {
            throw FileError(operation: .read, path: path, reason: "the machine's clock is set to no usable time")
        }
        let folder = try PackFolder(path)
        let trusted = try Files.read(root ?? "\(path)/metadata/1.root.json", maxBytes: Role.root.maximumBytes)
        let pack = try InstalledPack(folder, verified: try PackVerifier.verify(folder, trustedRoot: trusted, now: now))
        if root == nil { remarks.append("\(path) was verified with its own root: that its authors made it is not shown (--root)") }
        if pack.canaries == nil { remarks.append("\(path) has no canaries") }
        for task in pack.description.tasks {
            if let text = pack.canaries?.guid(of: task.name), let guid = CanaryGUID(text) {
                var found: String?
                for file in [task.file] + task.includes + task.splits.filter(\.sealedTo.isEmpty).map(\.file) where found == nil {
                    found = guid.context(in: try pack.read(file.path, maxBytes: 256 << 20))
                }
                if found == nil, context == nil { remarks.append("the canary of \(task.name) stands in none of its open files: a common sentence stands before it here") }
                canaries.append(Canary(guid: guid, context: context ?? found ?? ContaminationCheck.commonContext))
            }
            guard task.splits.allSatisfy(\.sealedTo.isEmpty) else {
                remarks.append("items of \(task.name) are sealed, and were not looked at")
                continue
            }
            let named = Set(pack.description.files.map { ExactString($0.path) })
            let suite = try TaskSuite(
                file: task.file.path,
                in: TaskFolder(allowsScorers: true) { name in try named.contains(ExactString(name)) ? pack.read(name, maxBytes: 256 << 20) : nil })
            items.append(Items(name: task.name, items: try ContaminationItem.items(of: suite, limit: limit)))
        }
    }
}
