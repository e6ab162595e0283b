import Clearance
import LocalAPI

/// Why an appliance whose keys are open does nothing but what two persons must agree to first.
enum Restriction: Sendable {
    /// It was restored from a backup.
    case restored(RestoredMarker)
    /// The TPM that its ledger is bound to is not there.
    case unbound(LocalFailure)

    /// What may be asked meanwhile.
    var methods: Set<String> {
        switch self {
        case .restored: ["challenge", "requests", "act"]
        // The ledger can be looked at and held against what is outside, by whoever is to agree.
        case .unbound:
            [
                "challenge", "requests", "act", "ledger.verify", "ledger.show", "ledger.checkpoint", "ledger.consistency", "witness.list",
                "witness.request",
            ]
        }
    }

    private static let decisions: Set<Action> = [.approve, .decline, .withdraw]

    /// Requests that are taken in besides decisions on them.
    private var actions: Set<Action> {
        switch self {
        case .restored: [.restore, .prepareTPM, .rebindTPM]
        case .unbound: [.prepareTPM, .rebindTPM]
        }
    }

    /// Whether a request is taken in.
    ///
    /// - Parameter carriedOut: for a request to have another carried out, that one's action.
    func check(_ action: Action, carriedOut: Action?) throws(LocalFailure) {
        guard action == .perform ? carriedOut.map(actions.contains) ?? false : actions.union(Self.decisions).contains(action) else { throw failure }
    }

    var failure: LocalFailure {
        switch self {
        case .restored(let marker): marker.failure
        case .unbound(let failure):
            LocalFailure(
                code: "appliance.unbound",
                message: "This appliance was opened without the TPM that its ledger is bound to, and nobody has agreed to bind it to another yet. "
                    + failure.message,
                advice: "A custodian asks for that with assay ledger rebind-tpm; another person, of another side, approves. Where the right TPM is "
                    + "there again, start assayd anew and unlock as usual.")
        }
    }

    var marker: RestoredMarker? {
        if case .restored(let marker) = self { marker } else { nil }
    }
}
