import AgeFormat
import AuditCrypto
import BenchmarkPacks
import CanonicalEncoding
import CommandSupport
import Foundation
import LocalAPI

/// Where installed packs lie: of each a folder with what was seen (`state.json`) and the pack as it came (`pack/`). Items that
/// are private stay encrypted here.
///
/// Nothing in it is believed: the ledger names the digest of `state.json`, which names the metadata, which names the rest.
struct PackStore: Sendable {
    let folder: String

    private var staging: String { folder + "/staging" }
    private func place(_ record: RecordedPack) -> String { "\(folder)/\(record.folder)" }

    /// Beyond targets, and copies of them under their other digests: what metadata may come to.
    private static let metadataBytes = 64 << 20
    private static let stateBytes = 2 << 20

    static let installAgain = "Nothing of it is used. Install it again from its medium, or restore the appliance's folder from a backup."
    /// Where what was seen is damaged: a newer pack would be held against it.
    static let beginAnew =
        "Nothing of it is used. Restore the appliance's folder from a backup; or have it taken out with assay pack remove NAME --forget, and "
        + "install it from its medium with --root."

    // MARK: Giving out

    /// An installed pack, its metadata verified anew as of the moment at which it was installed. What is read of it is held
    /// against its digest then.
    func load(_ record: RecordedPack) throws -> InstalledPack {
        let (state, bytes) = try findingDamage(record, advice: Self.beginAnew) { try read(record) }
        return try findingDamage(record) {
            let files = try PackFolder(place(record) + "/pack")
            let verified = try PackVerifier.verify(files, trustedRoot: state.root, state: state, now: record.judged)
            let pack = try InstalledPack(files, verified: verified)
            guard try CanonicalJSON.encode(verified.state.json) == bytes, pack.digest == record.digest else {
                throw PackError(.mixAndMatch, "it is not the pack that the ledger names")
            }
            return pack
        }
    }

    /// What was seen of a pack, whether or not it is there still.
    func state(_ record: RecordedPack) throws -> PackState { try findingDamage(record, advice: Self.beginAnew) { try read(record).state } }

    private func read(_ record: RecordedPack) throws -> (state: PackState, bytes: [UInt8]) {
        let file = place(record) + "/state.json", bytes = try Files.read(file, maxBytes: Self.stateBytes)
        guard SHA256Digest.of(bytes) == record.state else {
            throw PackError(.mixAndMatch, "what was seen of the pack is not what the ledger names", file: file)
        }
        return (try PackState(json: bytes, file: file), bytes)
    }

    /// A pack was whole when it was installed: what does not hold of it now was changed in the appliance's folder. Items that
    /// were never meant for this appliance, or not for its limits, are no damage.
    func findingDamage<Value>(_ record: RecordedPack, advice: String = Self.installAgain, _ body: () throws -> Value) throws -> Value {
        func damaged(_ error: any Error) -> DamagedFile {
            DamagedFile(
                failure: LocalFailure(
                    code: "pack.damaged",
                    message: "The benchmark pack \(record.name) \(record.version) is not what the ledger says was installed: \(error).",
                    advice: advice),
                subject: .init(name: "pack", sha256: record.digest))
        }
        do { return try body() } catch let error as PackError where ![.badItems, .badTask, .limit, .retiredItem].contains(error.code) {
            throw damaged(error)
        } catch let error as FileError { throw damaged(error) }
    }

    // MARK: Taking in

    /// A pack that was copied here and verified, all of it, and that nothing names yet.
    struct Staged: Sendable {
        let pack: InstalledPack
        let inspected: InstalledPack.Inspected
        /// Of what was seen, as it was written.
        let state: SHA256Digest
    }

    /// Copies a pack from its medium and verifies the copy. The medium may change while it is read: only the copy counts.
    ///
    /// - Parameters:
    ///   - each: is told how many bytes more were copied; what it throws ends the copying.
    /// - Throws: `PackError` for the first thing that does not hold. Then nothing new is in the way.
    func stage(
        _ medium: any PackFiles, trustedRoot: [UInt8], state: PackState?, now: Timestamp, identity: X25519Identity, each: (_ done: Int, _ total: Int) throws -> Void
    ) throws -> Staged {
        let promised = try PackVerifier.verify(medium, trustedRoot: trustedRoot, state: state, now: now)
        let total = promised.targets.reduce(0) { $0 + $1.file.length }
        try remove(staging)
        try Files.makeFolder(staging + "/pack", mode: 0o700)
        var done = 0
        try medium.copy(to: staging + "/pack", maxBytes: 2 * total + Self.metadataBytes) { count in
            done += count
            try each(done, max(done, total))
        }
        let copy = try PackFolder(staging + "/pack")
        let verified = try PackVerifier.verify(copy, trustedRoot: trustedRoot, state: state, now: now)
        let (pack, inspected) = try Self.inspect(copy, verified, identity)
        let seen = try CanonicalJSON.encode(verified.state.json)
        try Files.write(seen, to: staging + "/state.json", mode: 0o600)
        return Staged(pack: pack, inspected: inspected, state: .of(seen))
    }

    /// Looks at all of a pack, and into the private items that are for this appliance.
    static func inspect(
        _ files: any PackFiles, _ verified: VerifiedPack, _ identity: X25519Identity
    ) throws(PackError) -> (InstalledPack, InstalledPack.Inspected) {
        let pack = try InstalledPack(files, verified: verified), inspected = try pack.inspectEverything()
        for task in pack.description.tasks {
            for split in task.splits where split.opens(with: identity) { _ = try pack.unseal(split, task: task.name, identities: [identity]) }
        }
        return (pack, inspected)
    }

    /// Puts what was staged under the name that the ledger's entry will have for it.
    func keep(as name: String) throws {
        try remove("\(folder)/\(name)")
        guard rename(staging, "\(folder)/\(name)") == 0 else {
            throw FileError(operation: .write, path: "\(folder)/\(name)", reason: String(cString: strerror(errno)))
        }
        try Files.sync(folder)
    }

    /// Takes away what the ledger does not name: what was broken off, what was replaced, and the contents of what was taken out.
    func tidy(keeping records: [RecordedPack]) throws {
        guard Files.exists(folder) else { return }
        for name in try Files.names(in: folder) {
            switch records.first(where: { $0.folder == name })?.presence {
            case .installed: continue
            case .removed: try remove("\(folder)/\(name)/pack")
            case .forgotten, nil: try remove("\(folder)/\(name)")
            }
        }
    }

    private func remove(_ path: String) throws {
        if Files.exists(path) { try FileManager.default.removeItem(atPath: path) }
    }
}

extension PackDescription.Split {
    /// Whether it says that it is sealed to this key.
    func opens(with identity: X25519Identity) -> Bool { sealedTo.contains { $0.recipient == identity.recipient.text } }
}
