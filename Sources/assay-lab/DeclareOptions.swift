import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport
import DatasetFormats
import SealedMedia

extension Declaration.Card.Modality: ExpressibleByArgument {}

/// What the training took, as the command line gives it.
struct TrainingOptions: ParsableArguments {
    @Option(name: .long, help: "Floating-point operations of the training in all, such as 3.2e24.")
    var trainingFlop: String?

    @Option(name: .long, help: "Which accelerators it ran on and how many, such as \"512 x H100\".")
    var accelerators: String?

    @Option(name: .long, help: "Hours of all accelerators together.")
    var acceleratorHours: Int64?

    @Option(name: .long, help: "The day on which training, and with it what the model can know, ended: YYYY-MM-DD.")
    var trainingEnded: String?

    /// Nil where nothing is stated.
    var training: Declaration.Training? {
        let stated = Declaration.Training(
            flop: trainingFlop, accelerators: accelerators, acceleratorHours: acceleratorHours, ended: trainingEnded)
        return stated == .init() ? nil : stated
    }
}

/// What the model was trained on.
struct DatasetOptions: ParsableArguments {
    @Option(
        name: .long,
        help: "The manifest (Croissant JSON-LD) of a dataset it was trained on, to be sealed with it; name and licence are read from it. May be repeated.")
    var dataset: [String] = []

    @Option(
        name: .long,
        help: "A dataset it was trained on that is not submitted, as NAME, NAME=LICENCE or NAME=LICENCE=SHA256 of its manifest. May be repeated.")
    var otherDataset: [String] = []

    func datasets() throws -> [Declaration.Dataset] { try dataset.map(Self.submitted) + otherDataset.map(Self.elsewhere) }

    private static func submitted(_ file: String) throws -> Declaration.Dataset {
        let reading: CroissantReading
        do {
            reading = try Croissant.read(Files.read(file, maxBytes: 16 << 20))
        } catch let error as JSONError {
            throw LabFailure(.badData, "dataset.manifest", "\(file): \(error)", advice: "Give the dataset's Croissant manifest (JSON-LD).")
        }
        guard let manifest = reading.manifest else {
            let first = reading.errors.first.map { "\($0.path): \($0.message)" } ?? "not a manifest"
            throw LabFailure(.badData, "dataset.manifest", VisibleText.line("\(file): \(first)"), advice: "Correct the manifest.")
        }
        let licence = manifest.licenses.joined(separator: ", ")
        return .init(
            name: manifest.name, licence: licence.isEmpty ? nil : licence, manifest: .submitted(path: SealInput(file, .datasetManifest).path))
    }

    private static func elsewhere(_ text: String) throws -> Declaration.Dataset {
        let parts = text.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
        let digest = parts.count == 3 ? SHA256Digest(hex: parts[2]) : nil
        guard parts.count <= 2 || digest != nil else {
            throw LabFailure(
                .badData, MediaError.Code.declaration.rawValue,
                "--other-dataset \(text): NAME, NAME=LICENCE or NAME=LICENCE=SHA256 was expected, with 64 lower-case hexadecimal digits",
                advice: "Such as --other-dataset \"Example corpus=CC-BY-4.0\".")
        }
        return .init(
            name: parts[0], licence: parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil, manifest: digest.map { .elsewhere($0) })
    }
}

/// What a model card says that an auditor asks first.
struct CardOptions: ParsableArguments {
    @Option(name: .long, help: "A language that it is meant to be used in, as a BCP 47 tag such as en or pt-BR. May be repeated.")
    var language: [String] = []

    @Option(name: .long, help: "What goes in and comes out. May be repeated.")
    var modality: [Declaration.Card.Modality] = []

    @Option(name: .long, help: "What it is meant to be used for.")
    var intendedUse: String?

    @Option(name: .long, help: "Uses that it is not for.")
    var outOfScope: String?

    @Option(name: .long, help: "Known limitations and risks.")
    var limitations: String?

    /// Nil where nothing is stated.
    var card: Declaration.Card? {
        let stated = Declaration.Card(
            languages: language, modalities: modality, intendedUse: intendedUse, outOfScope: outOfScope, limitations: limitations)
        return stated == .init() ? nil : stated
    }
}

/// The terms of the engagement that a declaration names.
enum TermsFile {
    /// - Parameter home: where the lab's own key lies there, the terms must be with that lab.
    static func read(_ file: String, home: LabHome) throws -> Declaration.Terms {
        do {
            let terms = try EngagementTerms(file: Files.read(file, maxBytes: 4 << 20))
            if Files.exists(home.publicKeyFile) {
                let own = try PublicFile.publicKey(Files.read(home.publicKeyFile, maxBytes: 64 << 10), file: home.publicKeyFile)
                guard ExactString(terms.lab) == ExactString(own.keyID) else {
                    throw ClearanceError(.badTerms, "these are the terms with the lab of key \(terms.lab); yours is \(own.keyID)")
                }
            }
            return .init(sha256: try terms.digest(), version: terms.version)
        } catch let error as ClearanceError {
            throw LabFailure(
                .badData, error.code.rawValue, "\(file): \(error.message)", advice: "Give the terms that assay-lab sign-terms wrote.")
        }
    }
}
