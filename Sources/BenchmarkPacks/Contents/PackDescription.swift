import AuditCrypto
import CanonicalEncoding

/// What a pack says of itself: the target `pack.json` (`Runbooks/benchmark-packs.md`).
package struct PackDescription: Hashable, Sendable {
    /// A target with the digest that the metadata has for it too.
    package struct File: Hashable, Sendable {
        package let path: String
        package let sha256: SHA256Digest

        package init(path: String, sha256: SHA256Digest) { (self.path, self.sha256) = (path, sha256) }
    }

    /// A split's items, or a part of them: a split can be of several files, in their order.
    package struct Split: Hashable, Sendable {
        package let name: String
        package let file: File
        package let items: Int
        /// Whom it is sealed to (age); empty for what anybody can read. A sealed file's path is that of the task file with `.age` added.
        package let sealedTo: [Recipient]

        package init(name: String, file: File, items: Int, sealedTo: [Recipient] = []) {
            (self.name, self.file, self.items, self.sealedTo) = (name, file, items, sealedTo)
        }
    }

    package struct Recipient: Hashable, Sendable {
        package let name: String
        /// `age1...` or `age1pq1...`.
        package let recipient: String

        package init(name: String, recipient: String) { (self.name, self.recipient) = (name, recipient) }
    }

    package struct Task: Hashable, Sendable {
        package let name: String
        /// The task file.
        package let file: File
        /// Files that the task file includes.
        package let includes: [File]
        package let splits: [Split]
        /// The names of the metrics that it asks for.
        package let scorers: [String]
        /// The Python files that functions of its own are in which score samples.
        package let code: [File]

        package init(name: String, file: File, includes: [File], splits: [Split], scorers: [String], code: [File] = []) {
            (self.name, self.file, self.includes, self.splits, self.scorers, self.code) = (name, file, includes, splits, scorers, code)
        }
    }

    package var name: String
    package var version: String
    package var authors: [String]
    package var licence: String
    package var tasks: [Task]
    /// Files with a reserved name, where the pack has them.
    package var policy: File?
    package var canaries: File?
    package var retired: File?
    package var sources: File?

    package static let path = "pack.json"
    package static let policyPath = "policy.yaml"
    package static let canariesPath = "canary.json"
    package static let retiredPath = "retired.jsonl"
    package static let sourcesPath = "sources.json"
    static let maximumBytes = 4 << 20
    private static let kind = "assay-benchmark-pack"

    package init(name: String, version: String, authors: [String], licence: String, tasks: [Task]) {
        (self.name, self.version, self.authors, self.licence, self.tasks) = (name, version, authors, licence, tasks)
    }

    /// Every file that it names, each once.
    package var files: [File] {
        var seen: Set<ExactString> = []
        var files: [File] = []
        for task in tasks { files += [task.file] + task.includes + task.code + task.splits.map(\.file) }
        files += [policy, canaries, retired, sources].compactMap(\.self)
        return files.filter { seen.insert(ExactString($0.path)).inserted }
    }

    package var scorers: [String] { Set(tasks.flatMap(\.scorers)).sorted() }

    /// Whether a text can be a pack's name: a word that a file may be called by.
    package static func isName(_ text: String) -> Bool {
        TargetPath.fault(in: text) == nil && !text.utf8.contains(UInt8(ascii: "/")) && text.utf8.count <= 64
    }

    /// One line of text, as authors and licences are given.
    package static func isLine(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && !text.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.properties.isBidiControl }
    }

    // MARK: JSON

    package var json: JSONValue {
        func value(_ file: File) -> JSONObject { ["path": .string(file.path), "sha256": .string(file.sha256.hex)] }
        var object: JSONObject = [
            "authors": .array(authors.map { .string($0) }), "kind": .string(Self.kind), "licence": .string(licence), "name": .string(name),
            "tasks": .array(
                tasks.map { task in
                    var object: JSONObject = [
                        "data": .array(
                            task.splits.map { split in
                                var object = value(split.file)
                                object["items"] = .integer(Int64(split.items))
                                object["split"] = .string(split.name)
                                if !split.sealedTo.isEmpty {
                                    object["sealedTo"] = .array(
                                        split.sealedTo.map { ["name": .string($0.name), "recipient": .string($0.recipient)] })
                                }
                                return .object(object)
                            }),
                        "file": .object(value(task.file)), "includes": .array(task.includes.map { .object(value($0)) }), "name": .string(task.name),
                        "scorers": .array(task.scorers.map { .string($0) }),
                    ]
                    if !task.code.isEmpty { object["code"] = .array(task.code.map { .object(value($0)) }) }
                    return .object(object)
                }),
            "v": 1, "version": .string(version),
        ]
        for (name, file) in [("canaries", canaries), ("policy", policy), ("retired", retired), ("sources", sources)] {
            if let file { object[name] = .object(value(file)) }
        }
        return .object(object)
    }

    package init(json bytes: [UInt8]) throws(PackError) {
        do {
            let root = JSONField(try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: Self.maximumBytes, maxDepth: 12, maxValues: 500_000)))
            try root.allow(only: ["authors", "canaries", "kind", "licence", "name", "policy", "retired", "sources", "tasks", "v", "version"])
            guard try root.field("kind").string(maxBytes: 64) == Self.kind else { throw root.failure("\"kind\" is not \(Self.kind)") }
            _ = try root.field("v").integer(in: 1...1)
            self.init(
                name: try Self.text(root.field("name"), where: Self.isName, "a name of letters, digits and _ - . + = @"),
                version: try Self.text(root.field("version"), where: Self.isName, "a version of letters, digits and _ - . + = @"),
                authors: try root.field("authors").array(maxCount: 256).map { field throws(JSONFieldError) in try Self.line(field) },
                licence: try Self.line(root.field("licence")),
                tasks: try root.field("tasks").array(maxCount: 4096).map { field throws(JSONFieldError) in try Self.task(field) })
            canaries = try Self.reserved(root, "canaries", Self.canariesPath)
            policy = try Self.reserved(root, "policy", Self.policyPath)
            retired = try Self.reserved(root, "retired", Self.retiredPath)
            sources = try Self.reserved(root, "sources", Self.sourcesPath)
            var names: Set<ExactString> = []
            for task in tasks where !names.insert(ExactString(task.name)).inserted { throw root.failure("two tasks are called \(shown(task.name))") }
        } catch { throw PackError(.badDescription, "\(error)", file: Self.path) }
    }

    private static func task(_ field: JSONField) throws(JSONFieldError) -> Task {
        try field.allow(only: ["code", "data", "file", "includes", "name", "scorers"])
        let splits = try field.field("data").array(maxCount: 64).map { field throws(JSONFieldError) in try split(field) }
        var names: Set<[ExactString]> = []
        for split in splits where !names.insert([ExactString(split.name), ExactString(split.file.path)]).inserted {
            throw field.failure("a file of the split \(shown(split.name)) stands twice")
        }
        return Task(
            name: try text(field.field("name"), where: isName, "a task's name of letters, digits and _ - . + = @"),
            file: try file(field.field("file")), includes: try field.field("includes").array(maxCount: 64).map { field throws(JSONFieldError) in try file(field) },
            splits: splits, scorers: try field.field("scorers").array(maxCount: 64).map { field throws(JSONFieldError) in try line(field) },
            code: try field.optional("code")?.array(maxCount: 16).map { field throws(JSONFieldError) in try file(field) } ?? [])
    }

    private static func split(_ field: JSONField) throws(JSONFieldError) -> Split {
        try field.allow(only: ["items", "path", "sealedTo", "sha256", "split"])
        let recipients = try field.optional("sealedTo")?.array(maxCount: 256).map { field throws(JSONFieldError) in
            try field.allow(only: ["name", "recipient"])
            return Recipient(name: try line(field.field("name")), recipient: try line(field.field("recipient"), maxBytes: 4096))
        }
        let split = Split(
            name: try text(field.field("split"), where: isName, "a split's name of letters, digits and _ - . + = @"),
            file: try file(field, isAlone: false), items: Int(try field.field("items").integer(in: 0...1_000_000_000)), sealedTo: recipients ?? [])
        guard split.file.path.hasSuffix(".age") != split.sealedTo.isEmpty else {
            throw field.failure("what is sealed ends in .age and names whom it is sealed to; nothing else does")
        }
        return split
    }

    private static func file(_ field: JSONField, isAlone: Bool = true) throws(JSONFieldError) -> File {
        if isAlone { try field.allow(only: ["path", "sha256"]) }
        let path = try field.field("path").string(maxBytes: TargetPath.longestPath)
        if let fault = TargetPath.fault(in: path) { throw field.failure("the path \(shown(path)) is refused: \(fault)") }
        guard let digest = SHA256Digest(hex: try field.field("sha256").string(maxBytes: 64)) else {
            throw field.failure("\"sha256\" must be 64 lower-case hexadecimal digits")
        }
        return File(path: path, sha256: digest)
    }

    private static func reserved(_ root: JSONField, _ name: String, _ path: String) throws(JSONFieldError) -> File? {
        guard let field = try root.optional(name) else { return nil }
        let file = try file(field)
        guard file.path == path else { throw field.failure("\"path\" must be \(path)") }
        return file
    }

    private static func text(_ field: JSONField, where isGood: (String) -> Bool, _ what: String) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: 128)
        guard isGood(text) else { throw field.failure("\(what) was expected") }
        return text
    }

    private static func line(_ field: JSONField, maxBytes: Int = 256) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: maxBytes)
        guard isLine(text) || (maxBytes > 256 && !text.isEmpty) else { throw field.failure("a line of 1 to 256 bytes was expected") }
        return text
    }
}
