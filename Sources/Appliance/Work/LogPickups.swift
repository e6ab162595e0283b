import AuditCrypto
import AuditSigning
import CanonicalEncoding
import LocalAPI

/// Logs that are on the ledger and paid for, and wait to be fetched in pieces by whoever was told their ticket. Each is let go
/// when all of it was fetched, and half an hour after it was made at the latest, whether or not anybody asks for anything then.
actor LogPickups {
    private struct Waiting {
        let log: SealedScratch
        let until: ContinuousClock.Instant
    }

    /// A larger number pushes out the oldest.
    private static let most = 4
    private static let patience = Duration.seconds(1800)
    static let pieceBytes = 1 << 20

    private let clock = ContinuousClock()
    private var waiting: [String: Waiting] = [:]

    /// - Returns: the ticket: 64 hexadecimal digits that nobody can guess.
    func add(_ log: SealedScratch) -> String {
        letGo()
        if waiting.count >= Self.most, let oldest = waiting.min(by: { $0.value.until < $1.value.until }) { waiting[oldest.key] = nil }
        let ticket = Hex.encode(SecureRandom.bytes(32))
        waiting[ticket] = Waiting(log: log, until: clock.now + Self.patience)
        let patience = Self.patience + Duration.seconds(1)
        Task.detached { [weak self] in
            try? await Task.sleep(for: patience)
            await self?.letGo()
        }
        return ticket
    }

    /// The piece that begins at `offset`: empty at the end, and then the log is let go.
    func piece(_ ticket: String, at offset: Int) throws -> [UInt8] {
        letGo()
        guard let found = waiting[ticket] else {
            throw LocalFailure(
                code: "log.gone", message: "There is no log under this ticket: it was fetched, or waited too long.",
                advice: "Ask for it again; that is another look, with its own entry and its own charge.")
        }
        guard offset >= 0, offset <= Int(found.log.size) else {
            throw LocalFailure(code: "log.beyond", message: "The log has \(found.log.size) bytes; a piece from \(offset) on was asked for.")
        }
        let count = min(Self.pieceBytes, Int(found.log.size) - offset)
        if count > 0 { return try found.log.read(at: UInt64(offset), count: count) }
        waiting[ticket] = nil
        return []
    }

    private func letGo() {
        let now = clock.now
        waiting = waiting.filter { $0.value.until > now }
    }
}

extension OpenAppliance {
    /// A piece of a log that was asked for with a signed request, and recorded then.
    func logPiece(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["from", "ticket"])
        let piece = try await pickups.piece(
            parameters.field("ticket").string(maxBytes: 64), at: Int(try parameters.field("from").integer(in: 0...1 << 50)))
        return ["piece": .string(Base64.encode(piece))]
    }
}
