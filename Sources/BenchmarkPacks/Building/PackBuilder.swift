import AgeFormat
import AuditCrypto
import BulkCrypto
import CanonicalEncoding
import CommandSupport
import DatasetFormats

/// Makes a pack, or a pack's next version, from a folder of tasks. What it writes is not signed.
package struct PackBuilder {
    /// What the builder is told.
    package struct Plan: Sendable {
        package var name: String
        package var version: String
        package var authors: [String]
        package var licence: String
        /// How long each role's metadata holds.
        package var expires: [Role: Timestamp]
        /// Nil keeps those of the pack that is there.
        package var roles: PackRoles?
        /// Paths of items that are to be sealed, and to whom.
        package var sealed: Set<String> = []
        package var recipients: [PackDescription.Recipient] = []

        package init(name: String, version: String, authors: [String], licence: String, expires: [Role: Timestamp], roles: PackRoles?) {
            (self.name, self.version, self.authors, self.licence, self.expires, self.roles) = (name, version, authors, licence, expires, roles)
        }
    }

    /// What it made.
    package struct Built: Sendable {
        package let description: PackDescription
        package let versions: [Role: Int64]
        /// Whether a root was written, which is to be signed.
        package let hasNewRoot: Bool
        /// Tasks whose GUID stands in none of their files.
        package let canariesNotPlaced: [String]
        /// Files below `tasks/` that no task names.
        package let leftOut: [String]
    }

    private let source: PackFolder
    private let plan: Plan
    private let output: String
    private var description: PackDescription
    private var targets: [String: FileReference] = [:]

    private init(_ source: PackFolder, _ plan: Plan, _ output: String) throws(PackError) {
        (self.source, self.plan, self.output) = (source, plan, output)
        for (what, text) in [("name", plan.name), ("version", plan.version)] where !PackDescription.isName(text) {
            throw PackError(.badDescription, "the pack's \(what) \(shown(text)) may hold letters, digits and _ - . + = @ only")
        }
        for text in plan.authors + [plan.licence] where !PackDescription.isLine(text) {
            throw PackError(.badDescription, "authors and licence are lines of 1 to 256 bytes; this is \(shown(text))")
        }
        description = PackDescription(name: plan.name, version: plan.version, authors: plan.authors, licence: plan.licence, tasks: [])
    }

    /// - Parameters:
    ///   - folder: holds `tasks/` with task files and items, and `policy.yaml`, `canary.json`, `retired.jsonl`, `sources.json` where there
    ///     are such. Where there is no `canary.json`, one is made and written there: canaries are for good.
    ///   - pack: the folder to make, whole or not at all; a pack that is there gets its next version.
    package static func build(_ folder: String, to pack: String, _ plan: Plan) throws -> Built {
        let source = try PackFolder(folder)
        let existing = Files.exists(pack) ? try PackFolder(pack) : nil
        var built: Built?
        try OutputFolder.write(to: pack, replacing: existing != nil) { output in
            var builder = try PackBuilder(source, plan, output)
            built = try builder.build(folder: folder, after: existing)
        }
        guard let built else { throw PackError(.cannotWrite, "nothing was built", file: pack) }
        return built
    }

    private mutating func build(folder: String, after existing: PackFolder?) throws -> Built {
        let paths = try source.list()
        let tasks = try outlines(paths)
        let retired = try paths.contains(PackDescription.retiredPath).then {
            try RetiredItems(jsonLines: bytes(PackDescription.retiredPath, maxBytes: RetiredItems.maximumBytes))
        }
        let canaries = try canaries(tasks.map(\.name), folder: folder, isThere: paths.contains(PackDescription.canariesPath))
        var named: Set<String> = []
        for task in tasks {
            named.formUnion([task.file] + task.includes + task.code + task.splits.map(\.path))
            let file = try copy(task.file), includes = try task.includes.map { try copy($0) }, code = try task.code.map { try copy($0) }
            let splits = try task.splits.map { try split($0.name, $0.path, task: task.name, retired) }
            description.tasks.append(PackDescription.Task(name: task.name, file: file, includes: includes, splits: splits, scorers: task.scorers, code: code))
        }
        for path in plan.sealed where !named.contains(path) {
            throw PackError(.badSource, "it is to be sealed, and no task names it", file: path)
        }
        description.canaries = try put(CanonicalJSON.encode(canaries.json), at: PackDescription.canariesPath)
        if paths.contains(PackDescription.policyPath) { description.policy = try copy(PackDescription.policyPath) }
        if retired != nil { description.retired = try copy(PackDescription.retiredPath) }
        if paths.contains(PackDescription.sourcesPath) { description.sources = try copy(PackDescription.sourcesPath) }
        _ = try put(CanonicalJSON.encode(description.json), at: PackDescription.path)
        try TargetPath.checkCollisions(targets.keys, file: folder)
        let (versions, hasNewRoot) = try metadata(after: existing)
        return Built(
            description: description, versions: versions, hasNewRoot: hasNewRoot,
            canariesNotPlaced: try tasks.filter { try !isPlaced(canaries.guid(of: $0.name) ?? "", in: $0) }.map(\.name),
            leftOut: paths.filter { path in path.hasPrefix("tasks/") && !named.contains(path) && !named.contains(String(path.dropLast(".age".count))) })
    }

    // MARK: Contents

    private func outlines(_ paths: [String]) throws(PackError) -> [TaskOutline] {
        var tasks: [TaskOutline] = []
        for path in paths where path.hasPrefix("tasks/") && (path.hasSuffix(".yaml") || path.hasSuffix(".yml")) {
            if let fault = TargetPath.fault(in: path) { throw PackError(.badPath, "the path is refused: \(fault)", file: path) }
            let outline = try TaskOutline(file: path) { path throws(PackError) in try bytes(path, maxBytes: InstalledPack.largestTaskFile) }
            if let outline { tasks.append(outline) }
        }
        guard !tasks.isEmpty else { throw PackError(.badSource, "there is no task file (.yaml) below tasks/", file: source.path) }
        var names: [String: String] = [:]
        for task in tasks {
            if let other = names.updateValue(task.file, forKey: task.name) {
                throw PackError(.badTask, "the task \(shown(task.name)) is in \(other) too", file: task.file)
            }
        }
        return tasks
    }

    private func canaries(_ tasks: [String], folder: String, isThere: Bool) throws -> Canaries {
        guard isThere else {
            let canaries = Canaries(for: tasks)
            try Files.write(CanonicalJSON.encode(canaries.json) + Array("\n".utf8), to: "\(folder)/\(PackDescription.canariesPath)")
            return canaries
        }
        let canaries = try Canaries(json: bytes(PackDescription.canariesPath, maxBytes: 1 << 20))
        try canaries.check(tasks: tasks)
        return canaries
    }

    /// Whether a GUID stands in the task file or its items, from where it would come into a training set with them.
    private func isPlaced(_ guid: String, in task: TaskOutline) throws -> Bool {
        for path in [task.file] + task.includes + task.splits.map(\.path) {
            guard let file = try source.open(path) else { continue }
            var offset = 0
            while offset < file.count {
                // Overlapping, so that no place is cut.
                let piece = try PackFileReading.bytes(of: file, at: offset, count: min(1 << 20, file.count - offset), path: path)
                if Self.contains(Array(guid.utf8), in: piece) { return true }
                if offset + piece.count == file.count { break }
                offset += piece.count - guid.utf8.count
            }
        }
        return false
    }

    private static func contains(_ word: [UInt8], in bytes: [UInt8]) -> Bool {
        guard let first = word.first, bytes.count >= word.count else { return false }
        return bytes.withUnsafeBytes { bytes in
            (0...bytes.count - word.count).contains { bytes[$0] == first && bytes[$0..<$0 + word.count].elementsEqual(word) }
        }
    }

    private mutating func split(_ name: String, _ path: String, task: String, _ retired: RetiredItems?) throws -> PackDescription.Split {
        guard let file = try source.open(path) else {
            guard try source.open(path + ".age") != nil else { throw PackError(.missingFile, "the task \(shown(task)) names it, and it is not there", file: path) }
            throw PackError(.badSource, "only \(path).age is there: put the items themselves there, and have them sealed", file: path)
        }
        var items = 0, ids: Set<ExactString> = []
        try PackItems.forEach(of: file, path: path) { item throws(PackError) in
            items += 1
            if let id = item.id, !ids.insert(ExactString(id)).inserted {
                throw PackError(.badItems, "the id \(shown(id)) stands twice", line: item.line)
            }
            try retired?.check(item, task: task)
        }
        guard items > 0 else { throw PackError(.badItems, "it holds no items", file: path) }
        guard plan.sealed.contains(path) else {
            return PackDescription.Split(name: name, file: try copy(path), items: items)
        }
        return PackDescription.Split(name: name, file: try seal(path, file), items: items, sealedTo: plan.recipients)
    }

    private mutating func seal(_ path: String, _ file: any ByteSource) throws -> PackDescription.File {
        guard !plan.recipients.isEmpty else { throw PackError(.badSource, "it is to be sealed, and nobody is named to seal it to", file: path) }
        if let known = targets[path + ".age"] { return PackDescription.File(path: path + ".age", sha256: known.sha256) }
        guard file.count <= InstalledPack.largestSealed else {
            throw PackError(.limit, "\(file.count) bytes; at most \(InstalledPack.largestSealed) are sealed", file: path)
        }
        let sink = SealedBytes()
        do {
            let recipients = try plan.recipients.map { try AgeRecipients.parse($0.recipient) }
            let writer = try AgeWriter(sink: sink, recipients: recipients)
            var offset = 0
            while offset < file.count {
                let piece = try PackFileReading.bytes(of: file, at: offset, count: min(1 << 20, file.count - offset), path: path)
                try writer.write(piece)
                offset += piece.count
            }
            try writer.finish()
        } catch let error as AgeError {
            throw PackError(.badSource, "it cannot be sealed: \(error)", file: path)
        }
        return try put(sink.bytes, at: path + ".age")
    }

    // MARK: Files

    private func bytes(_ path: String, maxBytes: Int) throws(PackError) -> [UInt8] {
        guard let bytes = try source.read(path, maxBytes: maxBytes) else { throw PackError(.missingFile, "there is no such file", file: path) }
        return bytes
    }

    /// Puts a file of the source folder into the pack, once.
    private mutating func copy(_ path: String) throws -> PackDescription.File {
        if let known = targets[path] { return PackDescription.File(path: path, sha256: known.sha256) }
        try TargetPath.check(path, file: source.path)
        guard let file = try source.open(path) else { throw PackError(.missingFile, "there is no such file", file: path) }
        let partial = "\(output)/targets/copy.partial"
        try Files.makeFolder("\(output)/targets")
        var digest = BulkSHA256()
        try FileWriter.copy(file, from: path, to: partial) { digest.update($0) }
        guard let sha256 = SHA256Digest(bytes: digest.finalize()) else { throw PackError(.cannotWrite, "it has no digest", file: path) }
        let stored = "\(output)/\(TargetPath.stored(path, digest: sha256.hex))"
        try Files.makeFolder(OutputFolder.folder(of: stored))
        try OutputFolder.move(partial, to: stored)
        targets[path] = FileReference(length: file.count, sha256: sha256)
        return PackDescription.File(path: path, sha256: sha256)
    }

    private mutating func put(_ bytes: [UInt8], at path: String) throws -> PackDescription.File {
        try TargetPath.check(path, file: source.path)
        let file = FileReference(of: bytes)
        let stored = "\(output)/\(TargetPath.stored(path, digest: file.sha256.hex))"
        try Files.makeFolder(OutputFolder.folder(of: stored))
        try Files.write(bytes, to: stored)
        targets[path] = file
        return PackDescription.File(path: path, sha256: file.sha256)
    }

    // MARK: Metadata

    private func metadata(after existing: PackFolder?) throws -> (versions: [Role: Int64], hasNewRoot: Bool) {
        try Files.makeFolder("\(output)/metadata")
        let before = try existing.map { try PackMetadata($0) }
        for (name, bytes) in try before?.rootFiles() ?? [] { try Files.write(bytes, to: "\(output)/metadata/\(name)") }
        let roles = try (plan.roles ?? PackRoles([:])).complete(after: before?.root)
        var versions: [Role: Int64] = [:]
        func next(_ role: Role) throws -> Int64 {
            let version = before?.versions[role] ?? 0
            guard version < UnverifiedMetadata.highestVersion else { throw PackError(.limit, "there is no version after \(version)") }
            return version + 1
        }
        func expires(_ role: Role) throws -> Timestamp {
            guard let time = plan.expires[role] else { throw PackError(.badDescription, "no time is given at which the \(role.rawValue) metadata expires") }
            return time
        }
        let hasNewRoot = before == nil || plan.roles != nil
        versions[.root] = hasNewRoot ? try next(.root) : before?.root.version
        if hasNewRoot {
            let root = SignedFile(role: .root, version: try next(.root), expires: try expires(.root), members: PackRoles.members(roles))
            try Files.write(root.bytes(), to: "\(output)/metadata/\(next(.root)).root.json")
        }
        var object = JSONObject()
        for (path, file) in targets.sorted(by: { $0.key < $1.key }) { object[path] = .object(file.json) }
        for role in [Role.targets, .snapshot, .timestamp] { versions[role] = try next(role) }
        let own = try SignedFile(role: .targets, version: next(.targets), expires: expires(.targets), members: ["targets": .object(object)]).bytes()
        try Files.write(own, to: "\(output)/metadata/\(next(.targets)).targets.json")
        let snapshot = try SignedFile(
            role: .snapshot, version: next(.snapshot), expires: expires(.snapshot),
            members: ["meta": ["targets.json": MetadataReference(version: next(.targets), of: own).json]]).bytes()
        try Files.write(snapshot, to: "\(output)/metadata/\(next(.snapshot)).snapshot.json")
        let timestamp = try SignedFile(
            role: .timestamp, version: next(.timestamp), expires: expires(.timestamp),
            members: ["meta": ["snapshot.json": MetadataReference(version: next(.snapshot), of: snapshot).json]]).bytes()
        try Files.write(timestamp, to: "\(output)/metadata/timestamp.json")
        return (versions, hasNewRoot)
    }
}

/// A sealed file as it is written.
private final class SealedBytes: SequentialSink {
    var bytes: [UInt8] = []

    func write(_ bytes: UnsafeRawBufferPointer) throws(AgeError) { self.bytes.append(contentsOf: bytes) }
}

extension Bool {
    /// What `value` comes to where this holds; else nil.
    fileprivate func then<Value>(_ value: () throws -> Value) rethrows -> Value? { self ? try value() : nil }
}
