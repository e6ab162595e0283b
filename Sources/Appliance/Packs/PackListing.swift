import AgeFormat
import BenchmarkPacks
import CanonicalEncoding
import Ledger
import LocalAPI

extension OpenAppliance {
    /// The installed packs, and those of which it is only remembered what was seen.
    func listPacks() async throws -> JSONValue {
        let records = await recordedPacks()
        var installed: [JSONValue] = []
        for record in records where record.presence == .installed {
            do {
                installed.append(.object(try summary(of: await load(record), record)))
            } catch where DamageRecord.isDamage(error) {
                try await damage.record(error)
                var object = Self.summary(of: record)
                object["damaged"] = .string(FailureReply.failure(for: error).message)
                installed.append(.object(object))
            }
        }
        return [
            "packs": .array(installed), "removed": .array(records.filter { $0.presence == .removed }.map { .object(Self.summary(of: $0)) }),
            "time": .string(Moment.text(await ledger.time)),
        ]
    }

    private static func summary(of record: RecordedPack) -> JSONObject {
        [
            "entry": .integer(record.entry), "installed": .string(Moment.text(record.time)), "name": .string(record.name),
            "root": .string(record.root.hex), "sha256": .string(record.digest.hex), "version": .string(record.version),
        ]
    }

    func summary(of pack: InstalledPack, _ record: RecordedPack) throws -> JSONObject {
        let splits = pack.description.tasks.flatMap(\.splits), sealed = splits.filter { !$0.sealedTo.isEmpty }
        var object = Self.summary(of: record)
        object["canaries"] = .integer(Int64(pack.canaries?.canaries.count ?? 0))
        object["expires"] = pack.verified.expires.map { .string($0.rfc3339) } ?? .null
        object["items"] = .integer(Int64(splits.reduce(0) { $0 + $1.items }))
        object["licence"] = .string(pack.description.licence)
        object["opened"] = .integer(Int64(sealed.count { $0.opens(with: keys.media) }))
        object["retired"] = .integer(Int64(pack.retired?.items.count ?? 0))
        object["sealed"] = .integer(Int64(sealed.count))
        object["tasks"] = .array(
            pack.description.tasks.map { task in
                [
                    "items": .integer(Int64(task.splits.reduce(0) { $0 + $1.items })), "metrics": .array(task.scorers.map { .string($0) }),
                    "name": .string(task.name), "sealed": .integer(Int64(task.splits.count { !$0.sealedTo.isEmpty })),
                ]
            })
        return object
    }

    /// An installed pack, to be read.
    func load(_ record: RecordedPack) async throws -> InstalledPack { try await reading(record) { $0 } }

    /// Lets `body` read an installed pack, on another thread.
    func reading<Value: Sendable>(_ record: RecordedPack, _ body: @escaping @Sendable (InstalledPack) throws -> Value) async throws -> Value {
        do {
            return try await packs.reading { store in
                let pack = try store.load(record)
                return try store.findingDamage(record) { try body(pack) }
            }
        } catch where DamageRecord.isDamage(error) {
            guard await desk.standing.packs[ExactString(record.name)] == record else {
                throw LocalFailure(
                    code: "pack.busy", message: "The benchmark pack \(record.name) was replaced or taken out meanwhile.", advice: "Ask again.")
            }
            throw error
        }
    }
}
