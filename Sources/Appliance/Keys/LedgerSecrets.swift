import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Ledger
import MerkleLog

/// The private keys that sign the ledger (`LedgerKeys`): its own, and the one that will close the present epoch. Those of
/// closed epochs are nowhere any more.
struct LedgerSecrets: Sendable {
    struct Epoch: Sendable {
        let number: Int64
        let key: Ed25519PrivateKey
    }

    /// The name in checkpoints, made from the first key.
    let origin: String
    /// The first epoch's key: what the ledger in the database must begin with.
    let firstEpochKey: Ed25519PublicKey
    private(set) var ledger: Ed25519PrivateKey
    private(set) var epoch: Epoch
    /// Made and kept before the ledger names them, so that no key is named that could be lost.
    private(set) var next: (ledger: Ed25519PrivateKey, epoch: Epoch)?

    static func generate() -> LedgerSecrets {
        let ledger = Ed25519PrivateKey.generate(), epoch = Ed25519PrivateKey.generate()
        return LedgerSecrets(
            origin: "assay.local/ledger/\(SHA256Digest.of(ledger.publicKey.bytes).hex.prefix(16))", firstEpochKey: epoch.publicKey,
            ledger: ledger, epoch: Epoch(number: 0, key: epoch), next: nil)
    }

    func signer() throws -> NoteSigner { try NoteSigner(name: origin, key: ledger) }

    /// What the ledger must have among its epochs: the first, and the one that these keys are of.
    func knownEpochs() throws -> [NoteVerifierKey] {
        [
            try NoteVerifierKey(name: LedgerKeys.name(origin: origin, epoch: 0), publicKey: firstEpochKey),
            try signer(of: epoch).verifierKey,
        ]
    }

    func signer(of epoch: Epoch) throws -> NoteSigner {
        try NoteSigner(name: LedgerKeys.name(origin: origin, epoch: epoch.number), key: epoch.key)
    }

    /// With the keys for the epoch after this one.
    func prepared(for reason: LedgerKeys.Reason) -> LedgerSecrets {
        var secrets = self
        secrets.next = (reason == .scheduled ? ledger : .generate(), Epoch(number: epoch.number + 1, key: .generate()))
        return secrets
    }

    /// In the next epoch, without the keys of this one.
    func advanced() -> LedgerSecrets {
        guard let next else { return self }
        var secrets = self
        (secrets.ledger, secrets.epoch, secrets.next) = (next.ledger, next.epoch, nil)
        return secrets
    }

    /// Without keys for a next epoch, which the ledger does not name.
    func settled() -> LedgerSecrets {
        var secrets = self
        secrets.next = nil
        return secrets
    }

    /// As the ledger has it: in the next epoch where that is begun already.
    ///
    /// - Throws: `LedgerError` where the ledger names other keys than these.
    func following(_ keys: LedgerKeys) throws -> LedgerSecrets {
        let fitting = [self, advanced()].first { secrets in
            secrets.epoch.number == keys.current.number && secrets.epoch.key.publicKey == keys.current.key.publicKey
                && secrets.ledger.publicKey == keys.current.ledgerKey.publicKey
        }
        guard let fitting, keys.epochs[0].key.publicKey == firstEpochKey else {
            throw LedgerError(
                .badEpoch, "The ledger is in epoch \(keys.current.number) and the keys are of epoch \(epoch.number), or they are not this "
                    + "ledger's: one of the two was put back from another time. Keep both as evidence; see the custodian's runbook.")
        }
        return fitting
    }

    // MARK: In the sealed file

    var json: JSONValue {
        var object: JSONObject = [
            "epoch": Self.json(epoch), "firstEpochKey": .string(Hex.encode(firstEpochKey.bytes)), "key": .string(Hex.encode(ledger.seed)),
            "origin": .string(origin),
        ]
        if let next { object["next"] = ["epoch": Self.json(next.epoch), "key": .string(Hex.encode(next.ledger.seed))] }
        return .object(object)
    }

    private static func json(_ epoch: Epoch) -> JSONValue {
        ["key": .string(Hex.encode(epoch.key.seed)), "number": .integer(epoch.number)]
    }

    private init(
        origin: String, firstEpochKey: Ed25519PublicKey, ledger: Ed25519PrivateKey, epoch: Epoch,
        next: (ledger: Ed25519PrivateKey, epoch: Epoch)?
    ) {
        (self.origin, self.firstEpochKey, self.ledger, self.epoch, self.next) = (origin, firstEpochKey, ledger, epoch, next)
    }

    init(_ field: JSONField) throws {
        func epoch(_ field: JSONField) throws -> Epoch {
            Epoch(number: try field.field("number").integer(in: 0...1 << 53), key: try Ed25519PrivateKey(seed: field.key("key")))
        }
        self.init(
            origin: try field.field("origin").string(maxBytes: 256), firstEpochKey: try Ed25519PublicKey(bytes: field.key("firstEpochKey")),
            ledger: try Ed25519PrivateKey(seed: field.key("key")), epoch: try epoch(field.field("epoch")),
            next: try field.optional("next").map { (try Ed25519PrivateKey(seed: $0.key("key")), try epoch($0.field("epoch"))) })
    }
}
