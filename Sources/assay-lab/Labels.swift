import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import SealedMedia

struct Labels: LabCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what goes with sealed media: a packing list, and a label for each volume.",
        discussion: """
            One page for a browser to print: the list, with lines for those who hand over and take over, then labels of 100 mm \
            by 60 mm. The QR code on each names the submission, the manifest's SHA-256 and the volume, so that a medium can be \
            told from another before it is read.

            Example: assay-lab labels /media/usb/sub --out labels.html
            """)

    @OptionGroup var options: LabOptions

    @Argument(help: "The folder that was sealed into, or of any one volume.")
    var media: String

    @Option(name: .long, help: "The lab's public key. Default: lab.pub.pem in the home folder.")
    var lab: String?

    @Option(name: .shortAndLong, help: "Where to write the page.")
    var out = "labels.html"

    func execute() throws {
        let keyFile = lab ?? LabHome(options).publicKeyFile
        let key = try PublicFile.publicKey(Files.read(keyFile, maxBytes: 64 << 10), file: keyFile)
        let first = "\(media)/\(SubmissionManifest.volumeFolder(1))"
        let submission = try VerifiedSubmission(at: Files.exists(first) ? first : media, labKeys: [key], toleratesDamage: true)
        let list = PackingList(submission)
        try Files.write(Array(list.html().utf8), to: out)
        try options.show([
            "labels": .string(out), "manifestSha256": .string(list.manifestDigest), "submission": .string(submission.submissionID),
            "volumes": .array(list.volumes.map { volume in
                ["bytes": .integer(Int64(volume.bytes)), "number": .integer(Int64(volume.number)), "parts": .integer(Int64(volume.parts)), "text": .string(volume.text)]
            }),
        ]) {
            let rows = list.volumes.map { ["\($0.number) of \(list.volumes.count)", String($0.parts), String($0.bytes)] }
            return """
                \(Output.table([["VOLUME", "PARTS", "BYTES"]] + rows, rightAligned: [1, 2]))

                Submission \(submission.submissionID)
                Manifest   \(list.manifestDigest)
                A packing list and \(Counted.of(list.volumes.count, "label", "labels")): \(out), to be printed from a browser.
                """
        }
    }
}
