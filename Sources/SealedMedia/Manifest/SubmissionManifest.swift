import AuditCrypto
import CanonicalEncoding

/// The statement that a lab signs: an in-toto Statement v1 whose subjects are the plaintext files and whose
/// predicate says how they are sealed, to whom, and what the lab declares of them.
package struct SubmissionManifest: Hashable, Sendable {
    package static let fileName = "manifest.dsse.json"
    package static let payloadType = "application/vnd.in-toto+json"
    package static let statementType = "https://in-toto.io/Statement/v1"
    package static let predicateType = "urn:assay:sealed-submission:v1"

    /// Bytes of the signed file: room for some 160,000 segments, 2.4 TiB.
    package static let maximumBytes = 80 << 20
    static let maximumFiles = 4096
    package static let maximumRecipients = 16
    /// Of pieces of repair data too.
    static let maximumSegments = 160_000
    package static let maximumVolumes = 1000
    package static let limits = JSONLimits(maxBytes: maximumBytes, maxDepth: 12, maxValues: 4_000_000)

    package let declaration: Declaration
    package let files: [MediaFile]
    /// Of all files, in their order.
    package let segments: [MediaSegment]
    /// The lab's name, as it calls itself.
    package let lab: String
    /// Who can open it: at least one, each once.
    package let recipients: [MediaRecipient]
    /// When it was sealed, RFC 3339 in UTC, by the lab's clock.
    package let created: String
    /// On how many media it lies; nil for one.
    package let volumes: Int?
    package let repair: RepairData?

    package init(
        declaration: Declaration, files: [MediaFile], lab: String, recipients: [MediaRecipient], created: String, volumes: Int? = nil,
        repair: RepairData? = nil
    ) {
        self.declaration = declaration
        self.files = files
        segments = files.flatMap(\.segments)
        self.lab = lab
        self.recipients = recipients
        self.created = created
        self.volumes = volumes
        self.repair = repair
    }

    /// The statement's bytes (RFC 8785), which the lab signs.
    package func statement() throws(MediaError) -> [UInt8] {
        let subjects = files.map { file -> JSONValue in
            ["digest": ["sha256": .string(file.digest.hex)], "name": .string(file.path)]
        }
        var predicate: JSONObject = [
            "created": .string(created), "declaration": declaration.json, "files": .array(files.map(\.json)), "lab": .string(lab),
            "recipients": .array(recipients.map(\.json)), "v": 1,
        ]
        if let repair { predicate["repair"] = repair.json }
        if let volumes { predicate["volumes"] = .integer(Int64(volumes)) }
        let statement: JSONValue = [
            "_type": .string(Self.statementType), "predicate": .object(predicate),
            "predicateType": .string(Self.predicateType), "subject": .array(subjects),
        ]
        do {
            return try CanonicalJSON.encode(statement)
        } catch {
            throw MediaError(.statement, "the manifest cannot be written: \(error)", advice: "Correct the declaration.")
        }
    }

    /// Reads a statement whose signature has been verified, and checks it against the schema.
    package init(statement bytes: [UInt8]) throws(MediaError) {
        do {
            try self.init(JSONField(try StrictJSON.parse(bytes, limits: Self.limits)))
        } catch let error as JSONFieldError {
            let code: MediaError.Code =
                error.path.hasPrefix("$.predicate.declaration") ? .declaration
                : error.path.hasSuffix("].path") ? .path : .statement
            throw MediaError(
                code, "the signed manifest does not hold: \(error)",
                file: Self.fileName, advice: MediaError.resealAdvice)
        } catch let error as JSONError {
            throw MediaError(
                .statement, "the signed manifest is not JSON: \(error)", file: Self.fileName, offset: error.offset,
                advice: MediaError.resealAdvice)
        } catch let error as MediaError {
            throw error
        } catch {
            throw MediaError(.statement, "\(error)", file: Self.fileName, advice: MediaError.resealAdvice)
        }
    }

    private init(_ field: JSONField) throws {
        try field.allow(only: ["_type", "predicate", "predicateType", "subject"])
        for (name, value) in [("_type", Self.statementType), ("predicateType", Self.predicateType)] {
            let found = try field.field(name)
            guard ExactString(try found.string()) == ExactString(value) else {
                throw found.failure("\"\(value)\" was expected")
            }
        }
        let predicate = try field.field("predicate")
        try predicate.allow(only: ["created", "declaration", "files", "lab", "recipients", "repair", "v", "volumes"])
        _ = try predicate.field("v").integer(in: 1...1)
        let createdField = try predicate.field("created")
        created = try createdField.string(maxBytes: 32)
        guard MediaTime.isValid(created) else { throw createdField.failure("a time as 2030-01-31T12:00:00Z was expected") }
        declaration = try Declaration(predicate.field("declaration"))
        lab = try Declaration.text(predicate.field("lab"), maxBytes: 128)
        let recipientsField = try predicate.field("recipients")
        recipients = try recipientsField.array(maxCount: Self.maximumRecipients).map { try MediaRecipient($0) }
        guard !recipients.isEmpty else { throw recipientsField.failure("a submission has at least one recipient") }
        for (name, values) in [("age", recipients.map(\.age)), ("name", recipients.map(\.name))] {
            guard Set(values.map { ExactString($0) }).count == values.count else {
                throw recipientsField.failure("two recipients have the same \"\(name)\"")
            }
        }
        files = try predicate.field("files").array(maxCount: Self.maximumFiles).map { try MediaFile($0) }
        guard files.contains(where: { $0.kind == .weights }) else {
            throw try predicate.field("files").failure("a submission has at least one file of kind \"weights\"")
        }
        if let reason = SubmittedSignature.misfit(among: files.map { ($0.kind, $0.size) }) { throw try predicate.field("files").failure(reason) }
        segments = files.flatMap(\.segments)
        let segmentParts = segments.map(\.part)
        repair = try predicate.optional("repair").map { try RepairData($0, segments: segmentParts) }
        let volumesField = try predicate.optional("volumes")
        volumes = try volumesField.map { Int(try $0.integer(in: 2...Int64(Self.maximumVolumes))) }
        try declaration.checkManifests(
            among: files.filter { $0.kind == .datasetManifest }.map(\.path), at: predicate.field("declaration").path)
        try Self.checkSubjects(field.field("subject"), files)
        try checkNames()
        try Self.checkVolumes(parts, volumes, volumesField ?? predicate)
    }

    /// Each part lies on one of the volumes, and none of these is without any.
    private static func checkVolumes(_ parts: [MediaPart], _ volumes: Int?, _ field: JSONField) throws(JSONFieldError) {
        let named = Set(parts.map(\.volume))
        if let volumes {
            guard named == Set((1...volumes).map(Optional.some)) else {
                throw field.failure("each part lies on one of volumes 1 to \(volumes), and each of these has at least one")
            }
        } else if named.contains(where: { $0 != nil }) {
            throw field.failure("a part lies on a volume, but \"volumes\" does not say how many there are")
        }
    }

    /// The subjects are the files, in the same order: a program that knows only in-toto sees the same claims.
    private static func checkSubjects(_ field: JSONField, _ files: [MediaFile]) throws {
        let subjects = try field.array(maxCount: maximumFiles)
        guard subjects.count == files.count else {
            throw field.failure("as many subjects as files were expected, \(files.count); there are \(subjects.count)")
        }
        for (subject, file) in zip(subjects, files) {
            try subject.allow(only: ["digest", "name"])
            let digests = try subject.field("digest")
            try digests.allow(only: ["sha256"])
            guard ExactString(try subject.field("name").string()) == ExactString(file.path),
                try digest(digests.field("sha256")) == file.digest
            else {
                throw subject.failure("differs from the file \"\(file.path)\" in the predicate")
            }
        }
    }

    private func checkNames() throws {
        var names: Set<[UInt8]> = []
        var paths = Set([Self.fileName, RepairData.manifestCopy].map(MediaPath.folded))
        for file in files {
            guard names.insert(MediaPath.folded(file.path)).inserted else {
                throw MediaError(
                    .duplicate, "two files have this name, or names that differ in case only", file: file.path,
                    advice: MediaError.resealAdvice)
            }
        }
        for part in parts {
            guard paths.insert(MediaPath.folded(part.path)).inserted else {
                throw MediaError(
                    .duplicate, "two segments have this name, or names that differ in case only", file: part.path, advice: MediaError.resealAdvice)
            }
        }
        guard paths.count - 2 <= Self.maximumSegments else {
            throw MediaError(
                .tooManyFiles, "\(paths.count - 2) segments; at most \(Self.maximumSegments) are allowed", file: Self.fileName,
                advice: "Split the submission.")
        }
    }

    // MARK: - Fields that several schemas share

    static func path(_ field: JSONField) throws(JSONFieldError) -> String {
        let path = try field.string(maxBytes: 1100)
        guard MediaPath.isValid(path) else {
            throw field.failure(
                "\"\(MediaPath.shown(Array(path.utf8)))\" is not a name that sealed media use: no '..', no leading '/', "
                    + "letters, digits, '.', '_' and '-' only")
        }
        return path
    }

    static func size(_ field: JSONField, in range: ClosedRange<Int64> = 0...(1 << 50)) throws(JSONFieldError) -> Int {
        Int(try field.integer(in: range))
    }

    static func digest(_ field: JSONField) throws(JSONFieldError) -> SHA256Digest {
        guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else {
            throw field.failure("64 lower-case hexadecimal digits were expected")
        }
        return digest
    }
}
