/// Everything that an entry can say happened. A closed vocabulary: an entry with another word is not ours.
package enum LedgerAction: String, Sendable, CaseIterable {
    // What a person asked for with a signed request, recorded before it is done.
    case ingest = "submission.ingest"
    case inspectTensors = "inspect.tensors"
    case inspectTensor = "inspect.tensor"
    case inspectRecords = "inspect.records"
    case inspectLog = "inspect.log"
    case inspectFiles = "inspect.files"
    case inspectValues = "inspect.values"
    case inspectCompare = "inspect.compare"
    case inspectDifferences = "inspect.differences"
    case inspectSearch = "inspect.search"
    case inspectSample = "inspect.sample"
    case inspectDataset = "inspect.dataset"
    case inspectCurves = "inspect.curves"
    case inspectTranscripts = "inspect.transcripts"
    case inspectRunLog = "inspect.run-log"
    case inspectRuns = "inspect.runs"
    case evaluate = "evaluate"
    case replay = "evaluate.replay"
    case verdict = "verdict"
    case export = "export"
    case exportLedger = "ledger.export"
    case rotate = "ledger.rotate"
    case receipt = "ledger.receipt"
    case archive = "ledger.archive"
    case prepareTPM = "ledger.prepare-tpm"
    /// The ledger is bound to another TPM's counter from here on; with the signature of whoever asked for it.
    case rebound = "anchor.rebound"
    case purge = "submission.purge"
    case openSession = "session.open"
    case unlockSession = "session.unlock"
    case endSession = "session.end"
    case approve = "request.approve"
    case decline = "request.decline"
    case perform = "request.perform"
    case withdraw = "request.withdraw"
    case suspend = "person.suspend"
    case installRoster = "roster.install"
    case installTerms = "terms.install"
    /// From this entry on the benchmark pack is the installed one of its name.
    case installPack = "pack.install"
    case removePack = "pack.remove"
    case maintain = "appliance.maintain"
    case backup = "appliance.backup"
    /// The ledger goes on from a backup; with the signature of whoever asked for it.
    case restored = "appliance.restored"
    /// A request that needs others' consent; with the signature of whoever asks.
    case requestWaiting = "request.waiting"

    // What the appliance did.
    case initialised = "appliance.initialised"
    case unlocked = "appliance.unlocked"
    case epochBegun = "ledger.epoch"
    case requestRefused = "request.refused"
    case requestExpired = "request.expired"
    case sessionLocked = "session.locked"
    case sessionExpired = "session.expired"
    case submissionAccepted = "submission.accepted"
    case submissionRefused = "submission.refused"
    /// A volume was taken in; others are missing.
    case submissionIncoming = "submission.incoming"
    case evaluationFinished = "evaluation.finished"
    case evaluationInterrupted = "evaluation.interrupted"
    case evaluationFailed = "evaluation.failed"
    case replayAgreed = "replay.agreed"
    case replayDiffered = "replay.differed"
    case witnessCosigned = "witness.cosigned"
    case anchorTPM = "anchor.tpm"
    case integrityFailed = "integrity.failed"

    /// Whether a person must have signed for it: the entry carries their request or, of a look, names their session.
    package var isPersonal: Bool {
        switch self {
        case .initialised, .unlocked, .epochBegun, .requestRefused, .requestExpired, .sessionLocked, .sessionExpired,
            .submissionAccepted, .submissionRefused, .submissionIncoming, .evaluationFinished, .evaluationInterrupted, .evaluationFailed, .replayAgreed,
            .replayDiffered, .witnessCosigned, .anchorTPM, .integrityFailed:
            false
        default: true
        }
    }

    /// Whether it says how the ledger itself goes on: its epochs, backups gone on from, archives, and its anchor in a TPM.
    var isOfTheLedger: Bool { self == .epochBegun || self == .restored || self == .archive || self == .anchorTPM || self == .rebound }

    /// Whether a session is enough for it.
    package var isLook: Bool { rawValue.hasPrefix("inspect.") }

    /// The action that the request which such an entry carries asks for; nil where the entry's details say it.
    package var requested: String? {
        switch self {
        case .requestWaiting: nil
        case .restored: "appliance.restore"
        case .rebound: "ledger.rebind-tpm"
        default: rawValue
        }
    }
}
