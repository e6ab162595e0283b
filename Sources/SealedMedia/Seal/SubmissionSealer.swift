import AgeFormat
import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import CommandSupport

/// A file to be sealed.
package struct SealInput: Hashable, Sendable {
    /// Where it lies.
    package let source: String
    /// What it is called in the submission.
    package let path: String
    package let kind: MediaFileKind

    package init(source: String, path: String, kind: MediaFileKind) {
        self.source = source
        self.path = path
        self.kind = kind
    }

    /// A file under its own name, without the folder.
    package init(_ source: String, _ kind: MediaFileKind) {
        self.init(source: source, path: source.split(separator: "/").last.map(String.init) ?? source, kind: kind)
    }
}

/// How far a long operation has come.
package struct MediaProgress: Hashable, Sendable {
    package enum Activity: String, Hashable, Sendable {
        case sealing, checking, verifying, repairing
        case makingRepairData = "making repair data for"
    }

    package let activity: Activity
    package let file: String
    package let bytesDone: Int
    package let bytesTotal: Int
}

/// Seals a submission onto media: each file in stretches of 16 MiB, each stretch as zstd frames in an age file, then repair data,
/// then the manifest, signed by the lab.
///
/// Memory does not grow with the files. A medium without its manifest is not a submission, and the manifest is
/// written last, so that an interrupted seal never looks like a finished one. The same seal, called again, goes on where it was
/// killed, cancelled or had no room; any other error removes what was written.
package struct SubmissionSealer {
    package let declaration: Declaration
    package let lab: String
    /// Whoever can open it.
    package let recipients: [MediaRecipient]
    package let key: Ed25519PrivateKey
    package let created: String
    /// How much repair data is made; nil for none.
    package let repair: RepairShare?
    /// What a volume holds at most, in bytes; nil for one volume of any size.
    package let volumeSize: Int?

    package init(
        declaration: Declaration, lab: String, recipients: [MediaRecipient], key: Ed25519PrivateKey,
        created: String = MediaTime.now(), repair: RepairShare? = nil, volumeSize: Int? = nil
    ) {
        self.declaration = declaration
        self.lab = lab
        self.recipients = recipients
        self.key = key
        self.created = created
        self.repair = repair
        self.volumeSize = volumeSize
    }

    /// What sealing made.
    package struct Result: Sendable {
        package let manifest: SubmissionManifest
        /// Lower-case SHA-256 of the signed statement: the submission's name from here on.
        package let submissionID: String
        package let plainBytes: Int
        package let sealedBytes: Int
        /// Segments that an interrupted seal had left, and that were only checked.
        package let continuedSegments: Int
        /// What the model's own signature says of the files, where there is one: it holds, and none of them differs.
        package let modelSignature: ModelSignatureResult?
    }

    /// Seals `inputs` into the folder `output`, which is made, or is empty, or holds what the same seal left that was interrupted.
    ///
    /// - Parameter progress: called for each segment; throwing from it stops the seal.
    @discardableResult
    package func seal(
        _ inputs: [SealInput], into output: String, progress: (MediaProgress) throws -> Void = { _ in }
    ) throws -> Result {
        let recipients = try recipients.map { try AgeRecipients.parse($0.age) }
        try checkRecipients(recipients)
        let sources = try inputs.map { try SealSource($0) }
        try checkNames(inputs)
        try checkDeclaration(inputs)
        let signature = try SubmittedSignature(inputs)
        let folder = try SealOutput(path: output)
        do {
            return try seal(sources, signature, for: recipients, into: folder, progress)
        } catch let error as MediaError where error.code == .cancelled || error.code == .output {
            folder.stays = true
            throw error
        }
    }

    private func seal(
        _ sources: [SealSource], _ signature: SubmittedSignature?, for recipients: [any AgeRecipient], into folder: SealOutput,
        _ progress: (MediaProgress) throws -> Void
    ) throws -> Result {
        let journal = try SealJournal(folder: folder.root.number, lab: key, parameters: parameters(sources), created: created)
        try folder.prepare(continuing: !journal.isEmpty, repair: repair != nil)
        let medium = try MediaDirectory(path: folder.path)
        let (segments, groups) = try journal.intact(on: medium, progress)
        try journal.begin(segments: segments, groups: groups)
        var files = try SegmentSealing(sources: sources, recipients: recipients, folder: folder.open(SealOutput.segmentFolder), journal: journal)
            .run(progress)
        try folder.sync(SealOutput.segmentFolder)
        let signed = try signature?.checked(files)
        var repairData = try makeRepairData(for: files.flatMap { $0.segments.map(\.part) }, on: medium, in: folder, journal, progress)

        let volumes = try VolumePlan(files: files, repair: repairData, capacity: volumeSize)
        try volumes?.assign(&files, &repairData)
        let manifest = SubmissionManifest(
            declaration: declaration, files: files, lab: lab, recipients: self.recipients, created: journal.created, volumes: volumes?.count,
            repair: repairData)
        try volumes?.move(manifest, in: folder)
        let (statement, written) = try write(manifest, into: folder)
        journal.remove()
        try folder.sync(".")
        folder.stays = true
        return Result(
            manifest: manifest, submissionID: SHA256Digest.of(statement).hex, plainBytes: files.reduce(0) { $0 + $1.size },
            sealedBytes: manifest.parts.reduce(written) { $0 + $1.sealedSize }, continuedSegments: segments,
            modelSignature: signed)
    }

    /// What a seal that goes on has to have in common with the one that was interrupted.
    private func parameters(_ sources: [SealSource]) throws -> SHA256Digest {
        let values: JSONValue = [
            "declaration": declaration.json, "inputs": .array(sources.map(\.identity)), "lab": .string(lab),
            "recipients": .array(recipients.map(\.json)), "repair": .integer(Int64(repair?.basisPoints ?? 0)),
            "signer": .string(key.publicKey.keyID), "volumeSize": .integer(Int64(volumeSize ?? 0)),
        ]
        return .of(try CanonicalJSON.encode(values))
    }

    private func makeRepairData(
        for segments: [MediaPart], on medium: MediaDirectory, in folder: SealOutput, _ journal: SealJournal,
        _ progress: (MediaProgress) throws -> Void
    ) throws -> RepairData? {
        guard let repair, !segments.isEmpty else { return nil }
        let groups = RepairGroups(segments: segments.count, share: repair)
        let writer = RepairWriter(medium: medium, segments: segments, groups: groups, folder: try folder.open(RepairData.folder))
        let total = segments.reduce(0) { $0 + $1.sealedSize }
        var done = journal.groups.indices.reduce(0) { sum, group in groups.segments(of: group).reduce(sum) { $0 + segments[$1].sealedSize } }
        for group in journal.groups.count..<groups.groups {
            try journal.add(writer.write(group: group) { bytes in
                done += bytes
                try progress(MediaProgress(activity: .makingRepairData, file: folder.path, bytesDone: done, bytesTotal: total))
            })
        }
        try folder.sync(RepairData.folder)
        let pieces = (0..<groups.pieces).map { journal.groups[$0 % groups.groups][$0 / groups.groups] }
        return RepairData(groups: groups, pieces: pieces)
    }

    /// Signs the manifest and writes it, to each volume, last of all.
    private func write(_ manifest: SubmissionManifest, into folder: SealOutput) throws -> (statement: [UInt8], bytes: Int) {
        let statement = try manifest.statement()
        // What the appliance will check is checked here first.
        guard try SubmissionManifest(statement: statement) == manifest else {
            throw MediaError(.statement, "the manifest does not read back as written", advice: "Report this.")
        }
        let envelope = DSSEEnvelope.sign(payload: statement, payloadType: SubmissionManifest.payloadType, with: [key])
        let bytes = envelope.encoded() + [UInt8(ascii: "\n")]
        let name = SubmissionManifest.fileName
        var written = 0
        func write(to place: String) throws(MediaError) {
            let descriptor = try folder.open(place)
            let result: Swift.Result<Void, MediaError> = bytes.withUnsafeBytes { bytes in
                do throws(MediaError) {
                    return .success(try SealedFileWriter.write(bytes, folder: descriptor.number, name: name, shown: "\(place)/\(name)"))
                } catch { return .failure(error) }
            }
            try result.get()
            try folder.sync(place)
            written += bytes.count
        }
        for volume in manifest.volumes.map({ (1...$0).map(SubmissionManifest.volumeFolder) }) ?? ["."] {
            if manifest.repair != nil {
                let copy = volume == "." ? RepairData.folder : "\(volume)/\(RepairData.folder)"
                try folder.make(copy)
                try write(to: copy)
            }
            try write(to: volume)
        }
        return (statement, written)
    }

    /// Asked before anything is made: `age` would refuse such a header at the first segment.
    private func checkRecipients(_ parsed: [any AgeRecipient]) throws(MediaError) {
        guard (1...SubmissionManifest.maximumRecipients).contains(recipients.count),
            Set(recipients.map { ExactString($0.age) }).count == recipients.count,
            Set(recipients.map { ExactString($0.name) }).count == recipients.count
        else {
            throw MediaError(
                .applianceKeys, "\(recipients.count) recipients, \(MediaRecipient.named(recipients)): 1 to \(SubmissionManifest.maximumRecipients) were expected, "
                    + "each of another name and key", advice: "Name each appliance and each keeper of a copy once.")
        }
        do { _ = try AgeHeader(wrapping: .random(), for: parsed) } catch {
            throw MediaError(
                .applianceKeys, "the recipients \(MediaRecipient.named(recipients)) do not go together: \(error.message)",
                advice: "Seal to keys of one kind: all post-quantum, or none.")
        }
    }

    /// What the declaration says of the files, asked before hours are spent on sealing them.
    private func checkDeclaration(_ inputs: [SealInput]) throws(MediaError) {
        do { try declaration.checkManifests(among: inputs.filter { $0.kind == .datasetManifest }.map(\.path)) } catch {
            throw MediaError(
                .declaration, "the declaration does not hold: \(error)",
                advice: "Give the manifest with --dataset, or write the declaration again without it.")
        }
    }

    private func checkNames(_ inputs: [SealInput]) throws(MediaError) {
        guard inputs.contains(where: { $0.kind == .weights }) else {
            throw MediaError(.input, "a submission has at least one weight file", advice: "Give it with --weights.")
        }
        var names: Set<[UInt8]> = []
        for input in inputs {
            guard MediaPath.isValid(input.path) else {
                throw MediaError(
                    .path, "a name that sealed media do not use (letters, digits, '.', '_', '-'; not '.' or '-' first)",
                    file: MediaPath.shown(Array(input.path.utf8)), advice: "Rename the file and seal it under that name.")
            }
            guard names.insert(MediaPath.folded(input.path)).inserted else {
                throw MediaError(
                    .duplicate, "two files would have this name, or names that differ in case only", file: input.path,
                    advice: "Rename one of them.")
            }
        }
    }
}
