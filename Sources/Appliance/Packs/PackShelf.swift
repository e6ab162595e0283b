import BenchmarkPacks
import LocalAPI

/// The installed packs: read by many, changed by one at a time, and never while a backup copies them.
actor PackShelf {
    nonisolated let store: PackStore
    private let backups: BackupKeeper
    private var isChanging = false
    private var readers = 0

    init(folder: String, backups: BackupKeeper) { (store, self.backups) = (PackStore(folder: folder), backups) }

    /// Lets `body` change what is installed.
    func changing<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        guard !isChanging else {
            throw LocalFailure(code: "pack.busy", message: "Another benchmark pack is being taken in or out.", advice: "Ask again when that is done.")
        }
        isChanging = true
        defer { isChanging = false }
        return try await body()
    }

    /// Lets `body` read packs, which takes a while: on another thread.
    func reading<Value: Sendable>(_ body: @escaping @Sendable (PackStore) throws -> Value) async throws -> Value {
        readers += 1
        defer { readers -= 1 }
        return try await Blocking.run { [store] in try body(store) }
    }

    /// Takes away what the ledger does not name; later, where somebody reads, or a backup is being made.
    func tidy(keeping records: [RecordedPack]) async throws {
        guard readers == 0 else { return }
        try await backups.whenIdle { [store] in try store.tidy(keeping: records) }
    }
}
