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

            Example: assay-lab check /media/usb/sub
            """)

    @OptionGroup var options: LabOptions

    @Argument(help: "The folder that was sealed.")
    var media: String

    @Option(name: .long, help: "The lab's public key. Default: lab.pub.pem in the home folder.")
    var lab: String?

    @Option(name: .long, help: "The appliance's public file, taken in before. Default: whichever trusted one the manifest names.")
    var to: String?

    static var checks: Bool { true }

    func execute() throws {
        let home = LabHome(options)
        let keyFile = lab ?? home.publicKeyFile
        let key = try PublicFile.publicKey(Files.read(keyFile, maxBytes: 64 << 10), file: keyFile)
        let submission = try VerifiedSubmission(at: media, labKeys: [key])
        if let to {
            try submission.checkRecipient(home.appliance(to).recipient)
        } else {
            try home.checkRecipientIsTrusted(submission)
        }
        Interruption.watch()
        var bar = ProgressBar()
        do {
            defer { bar.finish() }
            try submission.checkSealedDigests { progress in
                try Interruption.check()
                bar.update(
                    activity: "checking \(progress.file)", done: Int64(progress.bytesDone),
                    total: Int64(progress.bytesTotal), unit: "bytes")
            }
        }
        let manifest = submission.manifest
        let segments = manifest.files.reduce(0) { $0 + $1.segments.count }
        try options.show([
            "accepted": true, "created": .string(manifest.created),
            "declaration": manifest.declaration.json,
            "files": .array(manifest.files.map { file in
                [
                    "kind": .string(file.kind.rawValue), "path": .string(file.path), "sha256": .string(file.digest.hex),
                    "size": .integer(Int64(file.size)),
                ]
            }),
            "lab": .string(manifest.lab), "recipients": .array(manifest.recipients.map { ["age": .string($0.age), "name": .string($0.name)] }),
            "segments": .integer(Int64(segments)), "signer": .string(submission.signer.keyID),
            "submission": .string(submission.submissionID),
        ]) {
            let files = manifest.files.map { [$0.path, $0.kind.rawValue, String($0.size), $0.digest.hex] }
            return """
                \(Output.table([["FILE", "KIND", "BYTES", "SHA-256"]] + files, rightAligned: [2]))

                Submission \(submission.submissionID)
                Model:     \(manifest.declaration.name) \(manifest.declaration.version), \
                \(manifest.declaration.architecture.family), \(Counted.of(manifest.declaration.architecture.parameters, "parameter", "parameters"))
                Signed by: \(manifest.lab), key \(submission.signer.keyID)
                Sealed to: \(manifest.recipients.map(\.name).joined(separator: ", ")); \(manifest.created)

                \(Output.table(Outline.rows(of: manifest.declaration.json, except: ["architecture", "name", "v", "version"])))

                It would be taken in: the signature holds, \(segments == 1 ? "its one segment is" : "all \(segments) segments are") as signed, nothing is missing and \
                nothing is there besides.
                """
        }
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
