import CanonicalEncoding
import CommandSupport
import SealedMedia

/// What is wrong with media, and whether repair data makes it good.
struct DamageReport {
    let damage: [MediaDamage]
    private let repair: MediumRepair

    init(_ damage: [MediaDamage], _ submissions: [VerifiedSubmission]) {
        (self.damage, repair) = (damage, MediumRepair(submissions, damage: damage))
    }

    /// What another copy would have just the same.
    private var ofSubmission: MediaError? { damage.first { $0.place != .manifest && !$0.error.isOfCopy }?.error }

    func checkRepairable() throws(MediaError) {
        if let ofSubmission { throw ofSubmission }
        try repair.check()
    }

    var isRepairable: Bool { (try? checkRepairable()) != nil }

    var verdict: String {
        do throws(MediaError) { try checkRepairable() } catch { return error.message + "." }
        return "Repair data covers \(damage.count == 1 ? "it" : "all of it"): assay-lab check --repair writes it again, and assay ingest --repair takes the medium in as it is."
    }

    var json: JSONValue {
        .array(damage.map { damage in
            var object: JSONObject = ["code": .string(damage.error.code.rawValue), "message": .string(damage.error.message)]
            if let file = damage.error.file { object["file"] = .string(file) }
            if let offset = damage.error.offset { object["offset"] = .integer(Int64(offset)) }
            return .object(object)
        })
    }
}

extension ProgressBar {
    mutating func show(_ progress: MediaProgress) {
        update(
            activity: "\(progress.activity.rawValue) \(progress.file)", done: Int64(progress.bytesDone), total: Int64(progress.bytesTotal),
            unit: "bytes")
    }
}
