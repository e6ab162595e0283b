/// What a person may ask of the appliance: a closed vocabulary, which is also what the ledger records.
package enum Action: String, Hashable, Sendable, CaseIterable {
    /// Take in sealed media.
    case ingest = "submission.ingest"
    /// Erase a submission's keys, and with them its content.
    case purge = "submission.purge"
    /// See the table of tensors.
    case inspectTensors = "inspect.tensors"
    /// See the statistics of one tensor.
    case inspectTensor = "inspect.tensor"
    /// See rows of a dataset.
    case inspectRecords = "inspect.records"
    /// See a page of the training log.
    case inspectLog = "inspect.log"
    /// See the list of files, with sizes and digests.
    case inspectFiles = "inspect.files"
    /// See raw numbers of a tensor.
    case inspectValues = "inspect.values"
    /// Hold two submissions' tensors against each other.
    case inspectCompare = "inspect.compare"
    /// Hold two submissions' configuration, tokenizer and chat template against each other.
    case inspectDifferences = "inspect.differences"
    /// Look for a text in a dataset's rows.
    case inspectSearch = "inspect.search"
    /// See rows of a dataset drawn at random.
    case inspectSample = "inspect.sample"
    /// See a dataset's figures.
    case inspectDataset = "inspect.dataset"
    /// See the curves of the training log.
    case inspectCurves = "inspect.curves"
    /// See what the model was asked in a run, and what it said.
    case inspectTranscripts = "inspect.transcripts"
    /// Take a task's samples of a run as a file that other programs read, which stays on site.
    case inspectRunLog = "inspect.run-log"
    /// Hold two runs on the same items against each other, in figures.
    case inspectRuns = "inspect.runs"
    /// Run an evaluation plan.
    case evaluate = "evaluate"
    /// A finished run once more, to compare.
    case replay = "evaluate.replay"
    /// Adjudicate: sign a verdict on an evaluation.
    case verdict = "verdict"
    /// Write a verdict bundle to outside media.
    case export = "export"
    /// Write the ledger to outside media.
    case exportLedger = "ledger.export"
    /// Take the ledger's checkpoint home, on paper.
    case receipt = "ledger.receipt"

    /// Begin an epoch of the ledger, or change its key.
    case rotate = "ledger.rotate"
    /// Write the entries of closed epochs to outside media, to be kept.
    case archive = "ledger.archive"
    /// Make a counter in another TPM, for the ledger to be bound to.
    case prepareTPM = "ledger.prepare-tpm"
    /// Bind the ledger to another TPM's counter.
    case rebindTPM = "ledger.rebind-tpm"

    /// Open a session, under which looks need no further signature.
    case openSession = "session.open"
    /// Open one's locked session again.
    case unlockSession = "session.unlock"
    /// End a session: one's own, or another person's.
    case endSession = "session.end"

    /// Consent to another person's waiting request.
    case approve = "request.approve"
    /// Refuse another person's waiting request.
    case decline = "request.decline"
    /// Have one's own request carried out, now that it is approved.
    case perform = "request.perform"
    /// Take one's own waiting request back.
    case withdraw = "request.withdraw"

    /// Bar a person until the next roster.
    case suspend = "person.suspend"
    /// Take in a newer roster.
    case installRoster = "roster.install"
    /// Take in newer terms of an engagement.
    case installTerms = "terms.install"
    /// Take in a benchmark pack, or a newer version of one.
    case installPack = "pack.install"
    /// Take a benchmark pack out.
    case removePack = "pack.remove"
    /// Work on the machine outside the appliance's programs: its clock, its disks, its software.
    case maintain = "appliance.maintain"
    /// Copy store and ledger to outside media.
    case backup = "appliance.backup"
    /// Go on from a backup that was restored.
    case restore = "appliance.restore"

    /// Whether a session is enough: looks, of which each is recorded and metered by itself.
    package var isLook: Bool { rawValue.hasPrefix("inspect.") }
}

/// What a person is cleared for. A person may hold several roles.
package enum Role: String, Hashable, Sendable, CaseIterable {
    /// Keeps the appliance: takes media in, carries bundles out, unlocks it. Sees nothing of a submission.
    case custodian
    /// Looks at a submission and evaluates it.
    case inspector
    /// Decides.
    case adjudicator
    /// Stands for the lab whose files these are: consents, refuses, ends sessions. Sees nothing either.
    case labRepresentative = "lab-representative"
    /// Watches the ledger from outside.
    case witness
    /// Works on the machine, with others' consent.
    case maintainer

    /// What everybody in the roster may ask for: each concerns their own, or others' consent, which policy judges.
    private static let everybody: Set<Action> = [
        .openSession, .unlockSession, .endSession, .approve, .decline, .perform, .withdraw, .exportLedger, .receipt,
    ]
    private static let looks = Set(Action.allCases.filter(\.isLook))

    /// The table of what each role may ask for.
    package var actions: Set<Action> {
        let own: Set<Action> =
            switch self {
            case .custodian: [.ingest, .export, .purge, .suspend, .installRoster, .installTerms, .installPack, .removePack, .maintain, .rotate, .archive, .prepareTPM, .rebindTPM, .backup, .restore]
            case .inspector: Self.looks.union([.ingest, .evaluate, .replay, .installPack])
            case .adjudicator: Self.looks.union([.verdict, .export])
            case .labRepresentative: [.suspend, .purge]
            case .witness: []
            case .maintainer: [.maintain]
            }
        return own.union(Self.everybody)
    }
}

extension Action {
    /// The roles of which one is enough.
    package var roles: [Role] { Role.allCases.filter { $0.actions.contains(self) } }
}
