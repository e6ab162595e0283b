import BundleVerifier
import CanonicalEncoding
import MerkleLog
import VerdictBundle

/// A report for programs.
enum ReportJSON {
    /// - Parameter files: the weights files given, in the order of `report.weights`.
    static func value(of report: VerificationReport, files: [String]) -> JSONValue {
        [
            "checkpoint": [
                "origin": .string(report.checkpoint.origin), "root": .string(report.checkpoint.rootHash.base64),
                "size": .integer(report.checkpoint.size),
            ],
            "cosignatures": WitnessOptions.value(report.cosignatures),
            "entry": [
                "sequence": .integer(report.entry.sequence), "time": .integer(report.entry.time),
            ],
            "evidence": report.evidence.json,
            "evidenceDigest": report.evidenceDigest.digestSet,
            "notChecked": .array(PlainWords.notChecked(weightsGiven: !files.isEmpty, cosigned: report.quorum > 0).map { .string($0) }),
            "passed": .bool(report.passed),
            "signer": ["key": .string(report.signer.fingerprint), "person": .string(report.evidence.person)],
            "status": 0,
            "subjects": .array(report.subjects.map(subject)),
            "timeVerified": .string(report.timeVerified.rfc3339),
            "verdict": .string(report.evidence.verdict.rawValue),
            "verified": true,
            "weights": .array(
                zip(files, report.weights).map { ["file": .string($0), "subject": subject($1)] }),
        ]
    }

    private static func subject(_ subject: Subject) -> JSONValue {
        ["digest": subject.digest.digestSet, "name": .string(subject.name)]
    }
}
