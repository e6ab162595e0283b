import AuditCrypto
import CanonicalEncoding
import ContentStore
import Ledger
import LocalAPI
import MerkleLog

/// A file of the appliance's folder that is not what the ledger, or a signature, says of it.
struct DamagedFile: Error, Sendable {
    let failure: LocalFailure
    let subject: LedgerEntry.Subject
}

/// Puts damage that is met on the ledger before it is told, once while the appliance is open: whoever may ask for the same
/// thing again does not fill the ledger. Damage of the ledger itself is not for it: that one cannot be written to.
actor DamageRecord {
    private struct Damage: Hashable {
        let code: String
        let subjects: [LedgerEntry.Subject]
    }

    private let ledger: Ledger
    private var recorded: Set<Damage> = []

    init(_ ledger: Ledger) { self.ledger = ledger }

    /// Whether the error says that something that was stored is not what it was.
    static func isDamage(_ error: any Error) -> Bool { damage(error) != nil }

    private static func damage(_ error: any Error) -> Damage? {
        switch error {
        case let error as DamagedFile: Damage(code: error.failure.code, subjects: [error.subject])
        case let error as StoreError where error.code == .damaged:
            Damage(code: error.code.rawValue, subjects: error.subject.map { [.init(name: $0.name, sha256: $0.sha256)] } ?? [])
        default: nil
        }
    }

    /// Records the error where it is damage that was not met before.
    func record(_ error: any Error) async throws {
        guard let damage = Self.damage(error), recorded.insert(damage).inserted else { return }
        do {
            _ = try await ledger.append(
                EntryDraft(.integrityFailed, subjects: damage.subjects, details: ["code": .string(damage.code)]))
        } catch {
            recorded.remove(damage)
            throw error
        }
    }
}

extension OpenAppliance {
    /// Records what `body` finds damaged, then tells it.
    func recordingDamage<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch {
            try await damage.record(error)
            throw error
        }
    }
}
