import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import Clearance
import CommandSupport

struct SignTerms: LabCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign-terms", abstract: "Agree to an engagement's terms: add the lab's signature to them.",
        discussion: """
            The terms say how many bytes of weights, dataset rows, log lines and transcripts may be shown, to each person \
            and in all, and where others must consent. The appliance wants the clearing authority's signature besides.

            Example: assay-lab sign-terms terms.dsse.json --out terms.dsse.json
            """)

    @OptionGroup var options: LabOptions
    @Argument(help: "The terms (JSON), or their envelope with the authority's signature.") var file: String
    @Option(name: .long, help: "Write the envelope here.") var out: String
    @Option(name: .long, help: "The lab's sealed key, where it is not in the lab's folder.") var key: String?
    @Option(name: .long, help: "A file whose first line is the passphrase. Default: $ASSAY_LAB_PASSPHRASE, else ask.")
    var passphraseFile: String?

    func execute() throws {
        let bytes = try Files.read(file, maxBytes: 4 << 20)
        let secret = try LabHome(options).signingKey(file: key, passphraseFile: passphraseFile)
        do {
            let (document, envelope) = try ClearanceDocument.sign(bytes, with: secret)
            guard case .terms(let terms) = document else {
                throw ClearanceError(.badTerms, "this is a roster, which the authority alone signs")
            }
            guard ExactString(terms.lab) == ExactString(secret.publicKey.keyID) else {
                throw ClearanceError(.badTerms, "these are the terms with the lab of key \(terms.lab); yours is \(secret.publicKey.keyID)")
            }
            try Files.write(envelope, to: out)
            try options.show(["sha256": .string(SHA256Digest.of(envelope).hex), "version": .integer(terms.version)]) {
                "Terms, version \(terms.version), signed: \(out). Read them with assay-authority show."
            }
        } catch let error as ClearanceError {
            throw LabFailure(.badData, error.code.rawValue, "\(file): \(error.message)", advice: "Ask the authority for other terms.")
        }
    }
}
