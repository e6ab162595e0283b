import ArgumentParser
import CanonicalEncoding
import CommandSupport
import SealedMedia

struct Receipt: LabCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify what the appliance signed when it took a submission in, or destroyed one.",
        discussion: """
            A receipt (assay ingest --receipt) or a certificate of destruction (assay certificate); it says which. With --media, \
            also that it is for that submission. Keep it: the ledger's checkpoint in it makes any \
            later rewriting of the ledger before that point show. --checkpoint writes that checkpoint to a file of its own, \
            byte for byte as the ledger signed it: whoever verifies the ledger takes it with --kept, and whoever restores the \
            appliance from a backup asks for it. The ledger's signature on it is checked against the appliance's public file.

            Examples:
              assay-lab receipt receipt.json --media /media/usb/sub
              assay-lab receipt receipt.json --checkpoint checkpoint-2030-01-31
            """)

    @OptionGroup var options: LabOptions

    @Argument(help: "The receipt or certificate, a DSSE envelope.")
    var file: String

    @Option(name: .long, help: "The appliance's public file, taken in before. Default: the only one that was.")
    var appliance: String?

    @Option(name: .long, help: "The sealed submission that the receipt should be for.")
    var media: String?

    @Option(name: .long, help: "Write the ledger's signed checkpoint that the receipt encloses here, to keep.")
    var checkpoint: String?

    @Option(name: .long, help: "The lab's public key, for --media. Default: lab.pub.pem in the home folder.")
    var lab: String?

    static var checks: Bool { true }

    func execute() throws {
        let home = LabHome(options)
        let keys = try home.appliance(appliance)
        let receipt = try SubmissionReceipt.verify(Files.read(file, maxBytes: 8 << 20), from: keys)
        if let media {
            let keyFile = lab ?? home.publicKeyFile
            let key = try PublicFile.publicKey(Files.read(keyFile, maxBytes: 64 << 10), file: keyFile)
            let submission = try VerifiedSubmission(at: media, labKeys: [key])
            guard submission.submissionID == receipt.submissionID else {
                throw MediaError(
                    .receipt, "the receipt is for submission \(receipt.submissionID), not for \(submission.submissionID)",
                    file: file, advice: "Ask for the receipt of that submission.")
            }
        }
        if let checkpoint {
            guard let note = receipt.checkpoint else {
                throw LabFailure(
                    .checkFailed, "receipt.no-checkpoint", "\(file) encloses no checkpoint of the ledger",
                    advice: "Ask the appliance's custodian for one: assay ledger checkpoint --out FILE.")
            }
            try Files.write(Array(note.utf8), to: checkpoint)
        }
        try options.show([
            "appliance": .string(receipt.appliance), "checkpoint": receipt.checkpoint.map { .string($0) } ?? .null,
            "entry": .integer(receipt.ledgerSequence), "event": receipt.event == .takenIn ? "taken-in" : "destroyed",
            "files": .array(receipt.subjects.map { ["path": .string($0.path), "sha256": .string($0.digest.hex)] }),
            "lab": .string(receipt.labKeyID), "modelSignature": receipt.modelSignature.map { .string($0.rawValue) } ?? .null, "submission": .string(receipt.submissionID), "time": .string(receipt.time),
        ]) {
            let files = receipt.subjects.map { [$0.path, $0.digest.hex] }
            return """
                \(Output.table([["FILE", "SHA-256"]] + files))

                "\(receipt.appliance)" \(receipt.event == .takenIn ? "took in" : "destroyed its copy of") submission \(receipt.submissionID)
                at \(receipt.time), as entry \(receipt.ledgerSequence) of its ledger\
                \(receipt.checkpoint == nil ? "" : ", under the enclosed checkpoint"). The signatures hold.\
                \(receipt.modelSignature.map { "\nThe model's own signature, as the appliance found it: \($0.rawValue)." } ?? "")\
                \(checkpoint.map { "\nThe checkpoint is in \($0): keep it apart from the appliance." } ?? "")
                """
        }
    }
}
