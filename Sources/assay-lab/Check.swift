import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import SealedMedia

struct Check: LabCommand {
    static let configuration = CommandConfiguration(
        abstract: "Would the appliance take this medium in? All that shows without its key.",
        discussion: """
            Checks the lab's signature, the manifest's schema, that the medium holds the files that it names and no \
            other, each segment's digest and age header, and, with --to, the recipient. What the segments hold was \
            verified while they were sealed; only the appliance can open them again. Exit status 1 where it would be refused.

            Each volume can be checked alone. All that is damaged is listed; where repair data covers it, --repair writes it \
            again. Of several volumes, name all that are at hand for that.

            Example: assay-lab check /media/usb/sub
            """)

    @OptionGroup var options: LabOptions

    @Argument(help: "The folder that was sealed, or of one volume; several volumes of one submission together.")
    var media: [String]

    @Option(name: .long, help: "The lab's public key. Default: lab.pub.pem in the home folder.")
    var lab: String?

    @Option(name: .long, help: "The appliance's public file, taken in before. Default: whichever trusted one the manifest names.")
    var to: String?

    @Flag(name: .long, help: "Write what is damaged or missing again, from the repair data.")
    var repair = false

    static var checks: Bool { true }

    func execute() throws {
        let home = LabHome(options)
        let keyFile = lab ?? home.publicKeyFile
        let key = try PublicFile.publicKey(Files.read(keyFile, maxBytes: 64 << 10), file: keyFile)
        if repair { for medium in media { try MediumRepair.clearRemains(on: medium) } }
        let submissions = try media.map { try VerifiedSubmission(at: $0, labKeys: [key], toleratesDamage: true) }
        guard let submission = submissions.first else { return }
        if let other = submissions.first(where: { $0.submissionID != submission.submissionID }) {
            throw MediaError(
                .statement, "another submission than \(submission.directory.path)", file: other.directory.path, advice: "Name volumes of one submission.")
        }
        if let to {
            try submission.checkRecipient(home.appliance(to).recipient)
        } else {
            try home.checkRecipientIsTrusted(submission)
        }
        Interruption.watch()
        var damage = try submissions.flatMap { try $0.damage + examine($0) }
        let report = DamageReport(damage, submissions)
        if repair, !damage.isEmpty {
            try report.checkRepairable()
            try withBar { progress in try MediumRepair(submissions, damage: damage).run(progress: progress) }
            damage = try media.flatMap { try examine(VerifiedSubmission(at: $0, labKeys: [key])) }
        }
        if !damage.isEmpty { try fail(report) }
        try options.show(Self.result(submissions, repaired: report)) { Self.text(submissions, repaired: report) }
    }

    private func examine(_ submission: VerifiedSubmission) throws -> [MediaDamage] {
        try withBar { progress in try submission.examine(progress: progress) }
    }

    private func withBar<Result>(_ work: ((MediaProgress) throws -> Void) throws -> Result) throws -> Result {
        var bar = ProgressBar()
        defer { bar.finish() }
        return try work { progress in
            try Interruption.check(.nothingChanged)
            bar.show(progress)
        }
    }

    private func fail(_ report: DamageReport) throws {
        guard let first = report.damage.first else { return }
        Output.note("assay-lab: \(first.error)")
        for other in report.damage.dropFirst() { Output.note("           \(other.error.file ?? ""): \(other.error.message) [\(other.error.code.rawValue)]") }
        Output.note("           \(report.verdict)")
        if options.json {
            try Output.json([
                "accepted": false, "damage": report.json, "repairable": .bool(report.isRepairable),
                "error": [
                    "advice": .string(first.error.advice), "code": .string(first.error.code.rawValue), "file": .string(first.error.file ?? ""),
                    "message": .string(first.error.message),
                ],
            ])
        }
        throw ExitCode(Status.checkFailed.rawValue)
    }

    private static func result(_ submissions: [VerifiedSubmission], repaired: DamageReport) -> JSONValue {
        let (submission, manifest) = (submissions[0], submissions[0].manifest)
        var object: JSONObject = [
            "accepted": true, "created": .string(manifest.created),
            "declaration": manifest.declaration.json,
            "files": .array(manifest.files.map { file in
                [
                    "kind": .string(file.kind.rawValue), "path": .string(file.path), "sha256": .string(file.digest.hex),
                    "size": .integer(Int64(file.size)),
                ]
            }),
            "lab": .string(manifest.lab), "recipients": .array(manifest.recipients.map { ["age": .string($0.age), "name": .string($0.name)] }),
            "repairPieces": .integer(Int64(manifest.repair?.pieces.count ?? 0)), "repaired": repaired.json,
            "segments": .integer(Int64(manifest.segments.count)), "signer": .string(submission.signer.keyID),
            "submission": .string(submission.submissionID),
        ]
        if let volumes = manifest.volumes {
            object["volumes"] = ["checked": .array(submissions.flatMap(\.volumes).map { .integer(Int64($0)) }), "of": .integer(Int64(volumes))]
        }
        return .object(object)
    }

    private static func text(_ submissions: [VerifiedSubmission], repaired: DamageReport) -> String {
        let (submission, manifest) = (submissions[0], submissions[0].manifest)
        let files = manifest.files.map { [$0.path, $0.kind.rawValue, String($0.size), $0.digest.hex] }
        let parts = submissions.reduce(0) { $0 + $1.parts.count }
        var text = """
            \(Output.table([["FILE", "KIND", "BYTES", "SHA-256"]] + files, rightAligned: [2]))

            Submission \(submission.submissionID)
            Model:     \(manifest.declaration.name) \(manifest.declaration.version), \
            \(manifest.declaration.architecture.family), \(Counted.of(manifest.declaration.architecture.parameters, "parameter", "parameters"))
            Signed by: \(manifest.lab), key \(submission.signer.keyID)
            Sealed to: \(manifest.recipients.map(\.name).joined(separator: ", ")); \(manifest.created)

            """
        if let volumes = manifest.volumes {
            let numbers = submissions.flatMap(\.volumes)
            text += "\(numbers.count == 1 ? "Volume: " : "Volumes:")   \(numbers.map(String.init).joined(separator: ", ")) of \(volumes)\n"
        }
        text += "\n\(Output.table(Outline.rows(of: manifest.declaration.json, except: ["architecture", "name", "v", "version"])))\n"
        if !repaired.damage.isEmpty { text += "\nRepaired: \(repaired.damage.compactMap(\.error.file).joined(separator: ", "))\n" }
        return text + """

            It would be taken in: the signature holds, \(parts == 1 ? "its one part is" : "all \(parts) parts are") as signed, nothing is missing and \
            nothing is there besides.
            """
    }
}

extension LabHome {
    /// Without --to: one of the manifest's recipients is one of the trusted appliances, where there are any.
    func checkRecipientIsTrusted(_ submission: VerifiedSubmission) throws {
        let trusted = try trustedAppliances()
        guard !trusted.isEmpty else { return }
        let recipients = submission.manifest.recipients
        guard trusted.contains(where: { keys in recipients.contains { ExactString($0.age) == ExactString(keys.recipient) } }) else {
            throw MediaError(
                .wrongRecipient, "sealed to \(MediaRecipient.named(recipients)), which is not \(trusted.count == 1 ? "the one appliance that is" : "one of the \(trusted.count) appliances that are") "
                    + "trusted here", file: SubmissionManifest.fileName,
                advice: "Seal it again to the right one.")
        }
    }
}
