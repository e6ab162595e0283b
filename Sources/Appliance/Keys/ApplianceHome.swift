/// Where an appliance keeps what it owns. One folder, this user's alone (mode 0700).
package struct ApplianceHome: Sendable {
    package let path: String

    package init(path: String) { self.path = path }

    /// The public file that labs are given.
    var identity: String { path + "/appliance.json" }
    /// The private keys, sealed under the custodian's passphrase.
    var keys: String { path + "/keys.json" }
    /// Signed rosters and terms, each under its digest.
    var documents: String { path + "/documents" }
    /// The clearing authority's public keys, one PEM block after another.
    var authorities: String { path + "/authorities.pem" }
    /// The keys of the labs whose media are accepted, one PEM block after another.
    var labs: String { path + "/labs.pem" }
    /// The witnesses that are trusted, a verifier key a line.
    var witnesses: String { path + "/witnesses" }
    /// What follows from the beginning of a long ledger (`StandingSnapshot`).
    var standing: String { path + "/standing" }
    /// Evidence that waits for an adjudicator's signature or for others' consent.
    var evidence: String { path + "/evidence" }
    /// The checkpoints that they cosigned.
    var cosigned: String { path + "/cosigned" }
    /// Where the TPM is, if the ledger is anchored in one.
    var tpm: String { path + "/tpm.json" }
    /// A counter in another TPM that the ledger may come to be bound to (`PendingBinding`).
    var rebinding: String { path + "/rebinding" }
    /// That it was restored from a backup, until two persons have agreed to go on from there.
    var restored: String { path + "/restored.json" }
    /// The benchmark packs, each under the digest of the request that it was installed by.
    var packs: String { path + "/packs" }
    /// Held by the process that works on the folder (`HomeLock`).
    var lock: String { path + "/lock" }
    var ledger: String { path + "/ledger.sqlite" }
    var store: String { path + "/store" }
}
