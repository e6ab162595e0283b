import AuditCrypto
import AuditSigning
import CanonicalEncoding
import CommandSupport
import Ledger
import TPM

/// A counter in another TPM that the ledger may come to be bound to: made, and kept here, sealed under the store's key, until
/// two persons have agreed; then until the next unlocking, which puts it among the appliance's keys.
struct PendingBinding: Sendable {
    let transport: TPMTransport
    let binding: NVCounter.Binding

    private static let purpose = Array("assay tpm binding v1".utf8)

    private static func key(_ store: SecretBytes) -> [UInt8] { store.code(for: purpose) }

    /// Nil where there is none that this key sealed.
    static func read(_ path: String, under store: SecretBytes) -> PendingBinding? {
        guard let file = try? Files.read(path, maxBytes: 64 << 10),
            let plain = try? KeyWrap.unwrap(file, under: key(store), associatedData: purpose),
            let field = try? JSONField(StrictJSON.parse(plain))
        else { return nil }
        return try? PendingBinding(field)
    }

    init(_ counter: NVCounter) { (transport, binding) = (counter.transport, counter.binding) }

    private init(_ field: JSONField) throws {
        try field.allow(only: ["binding", "tcti"])
        transport = try TPMTransport(field.field("tcti").string(maxBytes: 256))
        binding = try NVCounter.Binding(field.field("binding"))
    }

    func write(_ path: String, under store: SecretBytes) throws {
        var plain = try CanonicalJSON.encode(["binding": binding.json, "tcti": .string(transport.text)])
        defer { SecretBytes.wipe(&plain) }
        try Files.write(KeyWrap.wrap(plain, under: Self.key(store), associatedData: Self.purpose), to: path, mode: 0o600)
    }

    func counter(scratch: String) -> NVCounter { NVCounter(transport, binding, scratch: scratch) }
}

extension NVCounter.Binding {
    /// As the ledger names it.
    var named: Rebinding.Binding { .init(index: nameDigest, key: keyDigest) }
}

/// The counter that the ledger says it is bound to, out of those that are known.
struct BoundCounter {
    let counter: NVCounter
    /// Whether it is not among the sealed keys yet.
    let isNew: Bool

    /// Nil where the ledger is bound to none, or to one that is not known.
    static func find(_ home: ApplianceHome, _ keys: WorkingKeys, _ bound: Rebinding.Binding?) throws -> BoundCounter? {
        if let own = keys.tpm, bound == nil || bound == own.named {
            return BoundCounter(counter: NVCounter(try TPMPlace(file: Files.read(home.tpm)).transport, own, scratch: home.path), isNew: false)
        }
        guard let bound, let pending = PendingBinding.read(home.rebinding, under: keys.store), pending.binding.named == bound else { return nil }
        return BoundCounter(counter: pending.counter(scratch: home.path), isNew: true)
    }
}
