import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import Glibc
import VerdictBundle

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify a bundle and say in plain words what it shows. (This is what happens without a subcommand.)",
        discussion: """
            Nothing is believed that does not lead to a key in the trust folder. Without --require-pass the exit status \
            says that the bundle is sound, whatever its verdict: a failed submission's verdict verifies too.

            Examples:
              assay-verify verdict.assay --trust trust --weights model.gguf --require-pass
              assay-verify verdict.assay --trust trust --quorum 1      (of the witnesses in trust/witnesses)
            """)

    @Argument(help: "The bundle, verdict.assay.") var bundle: String
    @Option(name: .long, help: "The folder with ledger.vkey, appliance.pub.pem, lab.pub.pem, allowed_signers and perhaps witnesses.")
    var trust: String
    @Option(name: .long, help: "A file you hold: is it what was audited? May be given more than once.")
    var weights: [String] = []
    @Option(name: .long, help: "The time to verify at, as 2026-01-31T23:59:59Z or seconds since 1970. Default: now.")
    var time: String?
    @OptionGroup var witnesses: WitnessOptions
    @Flag(name: .long, help: "Exit with status 3 where the bundle holds but its verdict is not a pass.")
    var requirePass = false
    @Flag(name: .long, help: "Print the result as one line of JSON.") var json = false

    func validate() throws {
        guard time == nil || seconds != nil else {
            throw ValidationError("--time is a time such as 2026-01-31T23:59:59Z, or seconds since 1970.")
        }
    }

    private var seconds: Int64? {
        guard let time else { return Int64(Glibc.time(nil)) }
        return Timestamp(rfc3339: time)?.unixSeconds ?? Int64(time).flatMap { Timestamp(unixSeconds: $0)?.unixSeconds }
    }

    func run() throws {
        try ExitStatus.reporting(json: json) {
            let anchors = try TrustFolder(path: trust).anchors(witnesses)
            let bytes = try Files.read(bundle, maxBytes: BundleContainer.maxBytes)
            let now = seconds ?? 0
            // First without the weights, which may take minutes to hash.
            _ = try verify(bundle: bytes, trust: anchors, time: now)
            var files: [(name: String, digest: SHA256Digest)] = []
            for path in weights { files.append((path, try FileDigest.sha256(of: path))) }
            let report = try verify(bundle: bytes, trust: anchors, time: now, weights: files)
            if json {
                try printJSON(ReportJSON.value(of: report, files: files.map(\.name)))
            } else {
                print(PlainWords.text(of: report, files: files.map(\.name)))
            }
            if requirePass, !report.passed { throw ExitCode(ExitStatus.noPass) }
        }
    }
}
