import AuditCrypto
import BenchmarkPacks
import CanonicalEncoding
import Clearance
import CommandSupport
import Ledger
import LocalAPI
import MerkleLog

/// What a person asks to have installed, as they sign for it.
private struct PackRequest: Sendable {
    /// The medium's folder.
    let path: String
    let name, version: String
    /// Of `pack.json`.
    let digest: SHA256Digest
    /// Of the root that trust is to begin with.
    let root: SHA256Digest?

    init(_ scope: JSONObject) throws {
        let field = JSONField(.object(scope), path: "$.scope")
        try field.allow(only: ["name", "pack", "root", "sha256", "version"])
        func digest(_ field: JSONField) throws -> SHA256Digest {
            guard let digest = SHA256Digest(hex: try field.string(maxBytes: 64)) else { throw field.failure("a SHA-256 in lower-case hexadecimal was expected") }
            return digest
        }
        path = try field.field("pack").string(maxBytes: 4096)
        guard path.hasPrefix("/") else { throw try field.field("pack").failure("a path from the root was expected") }
        (name, version) = (try field.field("name").string(maxBytes: 128), try field.field("version").string(maxBytes: 128))
        self.digest = try digest(field.field("sha256"))
        root = try field.optional("root").map(digest)
    }
}

/// What a pack is verified with.
private struct PackTrust: Sendable {
    /// The root that trust began with.
    let first: SHA256Digest
    let root: [UInt8]
    let state: PackState?
    let now: Timestamp
}

/// Benchmark packs that come in and go out. Each takes two persons.
extension OpenAppliance {
    /// Takes a pack in: the first of its name with the root that two persons agreed to, each later one as the root chain and what
    /// was seen so far allow.
    ///
    /// All of it is looked at when it is asked for, so that nobody is bothered with a pack that does not hold, and again when it is
    /// carried out, in a copy. The ledger's entry is the moment from which the copy is the installed pack.
    ///
    /// - Parameter text: the root's file, where the request names one.
    func installPack(
        _ authorized: AuthorizedRequest, root text: String, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let wanted = try await refusing(authorized) { try PackRequest(authorized.request.scope) }
        let given = text.isEmpty ? nil : Array(text.utf8)
        if authorized.consent == nil {
            try await refusing(authorized) {
                let trust = try await self.trust(in: wanted, given: given)
                let found = try await Blocking.run { [identity = keys.media] in
                    let folder = try PackFolder(wanted.path)
                    let verified = try PackVerifier.verify(folder, trustedRoot: trust.root, state: trust.state, now: trust.now)
                    return try PackStore.inspect(folder, verified, identity).0
                }
                try Self.check(found, is: wanted)
            }
        }
        try await desk.requireConsent(authorized, to: .pack, desk.roster().approvals)
        return try await packs.changing { [self] in try await install(wanted, given, authorized, progress) }
    }

    private func install(
        _ wanted: PackRequest, _ given: [UInt8]?, _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let vouched: PackTrust = try await refusing(authorized) { try await trust(in: wanted, given: given) }
        let staged: PackStore.Staged = try await refusing(authorized) { try await stage(wanted, vouched, progress) }
        try packs.store.keep(as: authorized.digest.hex)
        let entry = try await record(
            authorized,
            subjects: [
                .init(name: "pack", sha256: wanted.digest), .init(name: "root", sha256: vouched.first), .init(name: "state", sha256: staged.state),
            ],
            details: ["judged": .integer(vouched.now.unixSeconds), "pack": .string(wanted.name), "version": .string(wanted.version)])
        try await packs.tidy(keeping: recordedPacks())
        return .object(try summary(of: staged.pack, RecordedPack(entry)))
    }

    private func stage(
        _ wanted: PackRequest, _ trust: PackTrust, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> PackStore.Staged {
        let (store, identity) = (packs.store, keys.media)
        let staged: PackStore.Staged = try await Interruptible.run { givenUp in
            try store.stage(PackFolder(wanted.path), trustedRoot: trust.root, state: trust.state, now: trust.now, identity: identity) { done, total in
                try givenUp.check()
                progress(LocalProgress(activity: "copying the pack", done: Int64(done), total: Int64(total), unit: "bytes"))
            }
        } then: { $0 }
        try Self.check(staged.pack, is: wanted)
        return staged
    }

    /// What vouches for a pack: the root that is remembered, or else the one that was given.
    private func trust(in wanted: PackRequest, given: [UInt8]?) async throws -> PackTrust {
        guard wanted.root == given.map(SHA256Digest.of) else {
            throw LocalFailure(
                code: "request.other-attachment", message: "The request was signed for another root than the one that came with it.",
                advice: "Use assay pack install, which signs for what it sends.")
        }
        guard let now = Timestamp(unixSeconds: await ledger.time) else {
            throw LocalFailure(code: "pack.time", message: "The appliance's clock is beyond the year 9999.", advice: "Set it.")
        }
        if let known = await desk.standing.packs[ExactString(wanted.name)], known.presence != .forgotten {
            guard wanted.root ?? known.root == known.root else {
                throw LocalFailure(
                    code: "pack.other-root",
                    message: "Trust in \(known.name) began with the root of SHA-256 \(known.root.hex), not with \(wanted.root?.hex ?? "").",
                    advice: "Leave --root out: newer roots are followed from there. To begin anew, have the pack taken out with assay pack remove --forget.")
            }
            let state = try await packs.reading { try $0.state(known) }
            return PackTrust(first: known.root, root: state.root, state: state, now: now)
        }
        guard let given, let first = wanted.root else {
            throw LocalFailure(
                code: "pack.no-root", message: "No pack called \(wanted.name) was here before, and no root came with this one.",
                advice: "Give the root that you have from the pack's authors with --root.")
        }
        return PackTrust(first: first, root: given, state: nil, now: now)
    }

    private static func check(_ pack: InstalledPack, is wanted: PackRequest) throws {
        guard pack.digest == wanted.digest, ExactString(pack.description.name) == ExactString(wanted.name),
            ExactString(pack.description.version) == ExactString(wanted.version)
        else {
            throw LocalFailure(
                code: "pack.other-pack",
                message: "The request was signed for \(wanted.name) \(wanted.version) of SHA-256 \(wanted.digest.hex), and in \(wanted.path) lies "
                    + "\(pack.description.name) \(pack.description.version) of \(pack.digest.hex).",
                advice: "Ask for what lies there now, or bring the medium that you meant.")
        }
    }

    /// Takes a pack out. What was seen of it stays, unless that is to be forgotten too.
    func removePack(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let (wanted, isForgotten) = try await refusing(authorized) {
            let scope = JSONField(.object(authorized.request.scope), path: "$.scope")
            try scope.allow(only: ["forget", "name"])
            let isForgotten = try scope.optional("forget")?.bool() ?? false
            return (try await removable(scope.field("name").string(maxBytes: 128), isForgotten), isForgotten)
        }
        try await desk.requireConsent(authorized, to: .pack, desk.roster().approvals)
        return try await packs.changing { [self] in
            // Another request may have come first while this one waited.
            let record = try await refusing(authorized) { try await removable(wanted.name, isForgotten) }
            var details: JSONObject = ["pack": .string(record.name), "version": .string(record.version)]
            if isForgotten { details["forgotten"] = true }
            let entry = try await self.record(authorized, subjects: [.init(name: "pack", sha256: record.digest)], details: details)
            try await packs.tidy(keeping: recordedPacks())
            return [
                "entry": .integer(entry.sequence), "forgotten": .bool(isForgotten), "name": .string(record.name), "version": .string(record.version),
            ]
        }
    }

    private func removable(_ name: String, _ isForgotten: Bool) async throws -> RecordedPack {
        guard let record = await desk.standing.packs[ExactString(name)],
            record.presence == .installed || (isForgotten && record.presence == .removed)
        else { throw Self.notInstalled(name) }
        return record
    }

    static func notInstalled(_ name: String) -> LocalFailure {
        LocalFailure(
            code: "pack.not-installed", message: "No benchmark pack \(name.prefix(64)) is installed.", advice: "assay pack list shows those that are.")
    }

    func recordedPacks() async -> [RecordedPack] { await desk.standing.packs.values.sorted { ExactString($0.name) < ExactString($1.name) } }

    /// Takes away what a crash left behind, and puts packs that are not what the ledger names on record. One that is damaged, or
    /// a folder that cannot be taken away, keeps nobody from working with the rest.
    func recoverPacks() async throws {
        let records = await recordedPacks()
        for record in records where record.presence == .installed {
            do { _ = try await packs.reading { try $0.load(record) } } catch where DamageRecord.isDamage(error) {
                try await damage.record(error)
            } catch is PackError {
                // No damage: whoever asks for the pack is told.
            }
        }
        // What stays is named by nothing, and is tried again when a pack comes in or goes out.
        try? await packs.tidy(keeping: records)
    }
}
