import ArgumentParser
import CanonicalEncoding
import CommandSupport
import DatasetFormats
import SealedMedia

struct Seal: LabCommand {
    static let configuration = CommandConfiguration(
        abstract: "Seal weights, dataset and logs onto a medium that only the appliance can open.",
        discussion: """
            Every file is cut into stretches of 16 MiB, each compressed (zstd; weights in byte planes where that helps) \
            and sealed (age), and the manifest is signed with the lab's key. Files keep their names without the folder, those of \
            a model's folder their paths in it. An interrupted seal leaves no submission behind, and the same command goes on \
            where it stopped. The weights are parsed first, and pickles are refused. The parts of a model that was split are held \
            against each other and their index: a tensor or part that is missing, or there twice, is refused.

            With --model, a model's folder is sealed as Hugging Face lays it out: weights by their names, all else beside them. \
            Links to files are followed, as in the download cache; names that begin with a dot are skipped, and listed.

            A model's own signature (OpenSSF Model Signing, ECDSA P-256) is verified and held against the files before anything \
            is signed here, and sealed with its key, so that the appliance verifies it again.

            With --parity, repair data is added (Reed-Solomon): that share of all that lies on the media may be lost, any part \
            of it, and is given back bit for bit. With --volume-size, the folder holds a folder for each volume, to be copied \
            to a medium of its own; they are taken in in any order. Repair data of at least one volume in so many covers the \
            loss of any one.

            Examples:
              assay-lab seal --model /models/example-1 \\
                --model-signing-key signer.pub.pem --out /media/usb/sub
              assay-lab seal --declaration declaration.json \\
                --weights model.gguf --dataset croissant.json \\
                --records records.jsonl --log train.jsonl \\
                --to appliance.json --to spare.json --out /media/usb/sub
            """)

    @OptionGroup var options: LabOptions

    @Option(name: .long, help: "What assay-lab declare wrote.")
    var declaration = "declaration.json"

    @OptionGroup(title: "Files") var files: SealFiles

    @Option(name: .long, help: "The appliance's public file, taken in before; repeated, also a spare's. Default: the only one that was.")
    var to: [String] = []

    @Option(name: .long, help: "Somebody else who keeps a copy and can open it, as NAME=AGE-RECIPIENT. May be repeated.")
    var escrow: [String] = []

    @Option(name: .long, help: "Add repair data: this share of the media, such as 5% or 2.5%; at most 50%.")
    var parity: String?

    @Option(name: .long, help: "Spread the submission over volumes that hold so much, such as 25G, 700M or 4700000000 (bytes).")
    var volumeSize: String?

    @Option(name: .long, help: "The lab's sealed key. Default: lab.key in the home folder.")
    var key: String?

    @Option(name: .long, help: "The lab's name. Default: the one given to keygen.")
    var lab: String?

    @Option(name: .long, help: "A file whose first line is the passphrase. Default: $ASSAY_LAB_PASSPHRASE, else ask.")
    var passphraseFile: String?

    @Option(name: .shortAndLong, help: "The folder to seal into: new or empty.")
    var out: String

    func validate() throws {
        guard parity == nil || share != nil else { throw ValidationError("--parity takes a share from 0.01% to 50%, such as 5%.") }
        guard volumeSize == nil || volumeBytes != nil else { throw ValidationError("--volume-size takes bytes, or a number with K, M, G or T, such as 25G.") }
    }

    private var share: RepairShare? { parity.flatMap { RepairShare($0) } }
    private var volumeBytes: Int? { volumeSize.flatMap { ByteSize.parse($0) } }

    func execute() throws {
        let home = LabHome(options)
        let declared = try Declaration(json: Files.read(declaration, maxBytes: Declaration.maximumBytes))
        let recipients = try recipients(home)
        let chosen = try files.chosen()
        try compareWeights(chosen, with: declared)
        try DatasetCheck.check(chosen.inputs)
        if !chosen.skipped.isEmpty { Output.note("assay-lab: not sealed: \(VisibleText.line(chosen.skipped.joined(separator: ", ")))") }
        let name = try lab ?? home.labName()
        let signer = try home.signingKey(file: key, passphraseFile: passphraseFile)

        Interruption.watch()
        var bar = ProgressBar()
        let clock = ContinuousClock()
        let start = clock.now
        let result: SubmissionSealer.Result
        do {
            defer { bar.finish() }
            let sealer = SubmissionSealer(
                declaration: declared, lab: name, recipients: recipients, key: signer, repair: share, volumeSize: volumeBytes)
            result = try sealer.seal(chosen.inputs, into: out) { progress in
                try Interruption.check(.resumable)
                bar.show(progress)
            }
        }
        let milliseconds = Int64((clock.now - start) / .milliseconds(1))
        let segments = result.manifest.segments.count, pieces = result.manifest.repair?.pieces.count ?? 0, volumes = result.manifest.volumes ?? 1
        try options.show([
            "continuedSegments": .integer(Int64(result.continuedSegments)),
            "files": .integer(Int64(result.manifest.files.count)),
            "media": .string(out), "milliseconds": .integer(milliseconds),
            "modelSignature": result.modelSignature.map { .object($0.json) } ?? .null, "plainBytes": .integer(Int64(result.plainBytes)),
            "recipients": .array(recipients.map { .string($0.name) }), "repairPieces": .integer(Int64(pieces)),
            "sealedBytes": .integer(Int64(result.sealedBytes)), "segments": .integer(Int64(segments)),
            "skipped": .array(chosen.skipped.map { .string($0) }), "submission": .string(result.submissionID), "volumes": .integer(Int64(volumes)),
        ]) {
            let files = result.manifest.files.map {
                [$0.path, $0.kind.rawValue, String($0.size), $0.digest.hex]
            }
            return """
                \(Output.table([["FILE", "KIND", "BYTES", "SHA-256"]] + files, rightAligned: [2]))

                Sealed to \(MediaRecipient.named(recipients)) in \(out): \(Counted.of(segments, "segment", "segments")), \(Counted.bytes(result.sealedBytes)), \
                \(milliseconds) ms\(notes(result))
                Submission \(result.submissionID)
                """
        }
    }

    private func notes(_ result: SubmissionSealer.Result) -> String {
        var notes = ""
        if result.continuedSegments > 0 { notes += "\nWent on after \(Counted.of(result.continuedSegments, "segment", "segments")) that an interrupted seal had left." }
        if let repair = result.manifest.repair {
            notes += "\nRepair data: \(Counted.of(repair.pieces.count, "piece", "pieces"))"
                + (repair.groups.groups > 1 ? " in \(repair.groups.groups) groups" : "") + "; so many segments or pieces may be lost\(repair.groups.groups > 1 ? ", as many of each group" : "")."
        }
        if let signature = result.modelSignature { notes += "\n" + Self.words(signature) }
        if let volumes = result.manifest.volumes {
            notes += "\n\(volumes) volumes, each in its folder: copy each to a medium of its own. assay-lab labels prints what goes with them."
        }
        return notes
    }

    private func recipients(_ home: LabHome) throws -> [MediaRecipient] {
        let appliances = try to.isEmpty ? [home.appliance(nil)] : to.map { try home.appliance($0) }
        return try appliances.map(\.mediaRecipient) + escrow.map { text in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw LabFailure(
                    .badData, MediaError.Code.applianceKeys.rawValue, "--escrow \(text): a name, '=' and an age recipient were expected",
                    advice: "Such as --escrow authority=age1…, with the key that its holder read to you.")
            }
            return MediaRecipient(name: parts[0], age: parts[1])
        }
    }

    /// A declaration that speaks of other weights would be signed otherwise.
    private func compareWeights(_ chosen: SealFiles.Chosen, with declared: Declaration) throws {
        let found = try ArchitectureSummary(chosen.weights.open(others: chosen.others), family: declared.architecture.family)
        guard found == declared.architecture else {
            throw LabFailure(
                .badData, MediaError.Code.declaration.rawValue,
                "\(declaration) describes other weights: \(Self.words(declared.architecture)), where these are "
                    + Self.words(found), advice: "Write the declaration again with assay-lab declare.")
        }
    }

    /// What there is to know of a signature that holds.
    private static func words(_ signature: ModelSignatureResult) -> String {
        func few(_ names: [String]) -> String {
            VisibleText.line(names.prefix(3).joined(separator: ", ")) + (names.count > 3 ? " and \(names.count - 3) more" : "")
        }
        var words = "Signature of the model, by key \(signature.key?.hex ?? "")"
        words += signature.keySource == .certificate ? " of its certificate, which was not judged: " : ": "
        words += "\(Counted.files(Int64(signature.matching.count))) as signed"
        for (names, what) in [
            (signature.notComparable, "without a SHA-256 to compare"), (signature.missing, "signed and not sealed"), (signature.notCovered, "not signed"),
        ] where !names.isEmpty { words += "; \(names.count) \(what) (\(few(names)))" }
        return words + (signature.state == .incomplete ? ".\nThe appliance will record it as incomplete, not as verified." : ".")
    }

    private static func words(_ summary: ArchitectureSummary) -> String {
        "\(summary.format) \(summary.family) of \(Counted.of(summary.parameters, "parameter", "parameters")) in \(Counted.of(summary.tensors, "tensor", "tensors"))"
    }
}
