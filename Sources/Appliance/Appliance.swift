import AuditCrypto
import Backups
import CanonicalEncoding
import Clearance
import CommandSupport
import ContentStore
import Ledger
import LocalAPI
import SealedMedia
import TPM

/// The appliance as its clients see it: empty until it is initialised, locked until its keys are opened.
package actor Appliance {
    private enum State {
        case empty
        case locked
        /// Keys are being made or opened, which takes a while: one at a time.
        case opening
        case open(OpenAppliance)
        /// Opened from a backup, and two persons have yet to agree to that.
        case restored(OpenAppliance, RestoredMarker)
        /// Opened without the TPM that its ledger is bound to, for the reason that is given, and two persons have yet to bind it
        /// to another.
        case unbound(OpenAppliance, LocalFailure)
    }

    private let home: ApplianceHome
    private let programs: AppliancePrograms
    private let clock: @Sendable () -> Int64
    private var state: State
    private var failedUnlocks = 0
    private let anchorInterval: Duration
    private var anchoring: Task<Void, Never>?

    /// - Parameter anchorInterval: how often the ledger is anchored in the TPM, if it is in one, where something was added.
    package init(
        home: ApplianceHome, programs: AppliancePrograms, anchorInterval: Duration = .seconds(600),
        clock: @escaping @Sendable () -> Int64
    ) throws {
        self.anchorInterval = anchorInterval
        self.home = home
        self.programs = programs
        self.clock = clock
        try Files.makeFolder(home.path, mode: 0o700)
        state = Files.exists(home.keys) ? .locked : .empty
    }

    deinit { anchoring?.cancel() }

    /// Answers one request; every error becomes a reply with a code.
    package nonisolated func handle(
        _ request: LocalRequest, progress: @escaping @Sendable (LocalProgress) -> Void
    ) async -> LocalReply {
        do {
            return .result(try await answer(request, progress))
        } catch {
            return .failure(FailureReply.failure(for: error))
        }
    }

    private func answer(
        _ request: LocalRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let parameters = JSONField(request.parameters, path: "$")
        switch (request.method, state) {
        case ("status", _): return try await status()
        case (_, .opening):
            throw LocalFailure(code: "appliance.busy", message: "The appliance's keys are being opened.", advice: "Try again in a moment.")
        case ("init", .empty): return try await opening { try await initialise(parameters) }
        case ("init", _):
            throw LocalFailure(code: "appliance.initialised", message: "This appliance has its keys already.")
        case ("restore", .empty): return try await opening { try await restore(parameters, progress) }
        case ("restore", _):
            throw LocalFailure(
                code: "restore.not-empty", message: "This appliance has its keys already: a backup is restored into an empty one.",
                advice: "Start assayd with an empty --home, and keep this folder as it is.")
        case (_, .empty):
            throw LocalFailure(
                code: "appliance.empty", message: "This appliance has no keys yet.", advice: "Make them with assay init.")
        case ("unlock", .locked): return try await opening { try await unlock(parameters) }
        case ("unlock", .open): return ["state": "open"]
        case ("unlock", .restored(_, let marker)): return ["restored": marker.json, "state": "restored"]
        case ("unlock", .unbound(_, let failure)): return ["state": "unbound", "unbound": .string(failure.message)]
        case (_, .locked):
            throw LocalFailure(
                code: "appliance.locked", message: "The appliance is locked.", advice: "A custodian opens it with assay unlock.")
        case (let method, .restored(let appliance, let marker)):
            let reply = try await answer(method, parameters, progress, by: appliance, under: .restored(marker))
            if await appliance.isSettled(marker) { try await settle(appliance) }
            return reply
        case (let method, .unbound(let appliance, let failure)):
            let reply = try await answer(method, parameters, progress, by: appliance, under: .unbound(failure))
            if await appliance.isRebound() { try await settle(appliance) }
            return reply
        case (_, .open(let appliance)):
            return try await appliance.recordingDamage { try await appliance.answer(request.method, parameters, progress) }
        }
    }

    private func answer(
        _ method: String, _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void,
        by appliance: OpenAppliance, under restriction: Restriction
    ) async throws -> JSONValue {
        guard restriction.methods.contains(method) else { throw restriction.failure }
        return try await appliance.recordingDamage { try await appliance.answer(method, parameters, progress, restriction: restriction) }
    }

    // MARK: Keys

    /// Makes or opens keys with nobody else at it; where that fails it is as it was.
    private func opening(_ body: () async throws -> JSONValue) async throws -> JSONValue {
        state = .opening
        do {
            return try await body()
        } catch {
            state = Files.exists(home.keys) ? .locked : .empty
            throw error
        }
    }

    /// Takes a backup in. The appliance is locked afterwards, and marked.
    private func restore(
        _ parameters: JSONField, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        try parameters.allow(only: ["from"])
        let path = try parameters.field("from").string()
        guard path.hasPrefix("/") else { throw try parameters.field("from").failure("a path from the root was expected") }
        let home = home
        let (manifest, marker) = try await Interruptible.run { given in
            try Restorer(home: home, given: given).restore(BackupFolder(path: path), progress: progress)
        } then: { $0 }
        state = .locked
        return [
            "bytes": .integer(manifest.bytes), "files": .integer(Int64(manifest.files.count)), "made": .string(Moment.text(manifest.time)),
            "origin": .string(manifest.origin), "restored": marker.json,
        ]
    }

    /// Two persons have agreed: the appliance is one like any other.
    private func settle(_ appliance: OpenAppliance) async throws {
        // Whoever asked at the same time finds it done.
        switch state {
        case .restored, .unbound: open(appliance)
        default: return
        }
        if Files.exists(home.restored) { try Files.remove(home.restored) }
        try await appliance.recordingDamage { try await appliance.recover() }
        try await appliance.anchorLedger()
    }

    /// Takes up work, and anchors from now on.
    private func open(_ appliance: OpenAppliance) {
        state = .open(appliance)
        guard let anchor = appliance.anchor else { return }
        anchoring = Task { [anchorInterval] in
            while (try? await Task.sleep(for: anchorInterval)) != nil {
                // A failure is kept for `assay status` to show; the next thing that leaves the machine is refused for it.
                try? await anchor.anchor()
            }
        }
    }

    /// Before the process ends: anchors what was recorded since the last time.
    package func close() async throws {
        anchoring?.cancel()
        if case .open(let appliance) = state { try await appliance.anchorLedger() }
    }

    private func initialise(_ parameters: JSONField) async throws -> JSONValue {
        try parameters.allow(only: ["authorities", "labs", "name", "passphrase", "roster", "tpm", "witnesses"])
        guard !Files.exists(home.restored) else {
            throw LocalFailure(
                code: "restore.unfinished", message: "A backup was being restored into this folder.",
                advice: "Give assay restore again, or start assayd with another --home.")
        }
        let name = try parameters.field("name").string(maxBytes: 128)
        let rosterBytes = Array(try parameters.field("roster").string(maxBytes: 2 << 20).utf8)
        let (labs, authorities) = (try keys(parameters, "labs"), try keys(parameters, "authorities"))
        let documents = DocumentFolder(path: home.documents, authorities: authorities, labs: labs)
        let roster = try documents.roster(in: rosterBytes)
        guard clock() < roster.expires.unixSeconds else {
            throw ClearanceError(.expired, "the roster expired at \(roster.expires.rfc3339): have the authority sign a newer one")
        }
        let witnesses = try CosignerKey.list(
            text: (parameters.optional("witnesses")?.array(maxCount: 64) ?? []).map { try $0.string(maxBytes: 512) }.joined(separator: "\n"))
        var counter: NVCounter?
        if let tpm = try parameters.optional("tpm")?.string(maxBytes: 256) {
            counter = try await Blocking.run { [scratch = home.path] in try NVCounter.define(at: TPMTransport(tpm), scratch: scratch) }
        }
        let secrets = try ApplianceSecrets.generate(tpm: counter?.binding), passphrase = try passphrase(parameters)
        let identity = try secrets.publicKeys(name: name)
        try documents.keep(rosterBytes)
        try Files.write(Array(authorities.map(\.pem).joined().utf8), to: home.authorities, mode: 0o600)
        try Files.write(Array(labs.map(\.pem).joined().utf8), to: home.labs, mode: 0o600)
        try Files.write(Array(witnesses.map { $0.text + "\n" }.joined().utf8), to: home.witnesses, mode: 0o600)
        if let counter { try Files.write(TPMPlace.file(counter), to: home.tpm, mode: 0o600) }
        try Files.write(identity.canonicalBytes(), to: home.identity)
        // Last: until the keys are there, the appliance counts as empty and init can be repeated.
        try KeyFile(path: home.keys).write(secrets, passphrase: passphrase)
        let appliance = try OpenAppliance(home: home, secrets: secrets, programs: programs, isNew: true, clock: clock)
        let keyDetails = try LedgerKeys.details(
            first: secrets.ledger.signer().verifierKey, epochKey: secrets.ledger.signer(of: secrets.ledger.epoch).verifierKey)
        _ = try await appliance.desk.append(
            EntryDraft(
                .initialised,
                subjects: [
                    .init(name: "identity", sha256: .of(try identity.canonicalBytes())), .init(name: "roster", sha256: .of(rosterBytes)),
                ] + (try OpenAppliance.trusted(home)),
                details: [
                    "authorities": .integer(Int64(authorities.count)), "epochKey": keyDetails["epochKey"] ?? nil,
                    "labs": .integer(Int64(labs.count)), "ledgerKey": keyDetails["ledgerKey"] ?? nil, "people": .integer(Int64(roster.people.count)), "roster": .integer(roster.version),
                    "witnesses": .array(witnesses.map { .string(Hex.encode($0.keyID)) }),
                ]))
        try await appliance.anchorLedger()
        open(appliance)
        return try await appliance.publicIdentity()
    }

    private func keys(_ parameters: JSONField, _ name: String) throws -> [Ed25519PublicKey] {
        let keys = try parameters.field(name).array(maxCount: 64).map { try Ed25519PublicKey(pem: $0.string()) }
        guard !keys.isEmpty else { throw try parameters.field(name).failure("at least one public key was expected") }
        return keys
    }

    private func unlock(_ parameters: JSONField) async throws -> JSONValue {
        // Each failure makes the next try wait, on top of what Argon2id costs.
        if failedUnlocks > 0 { try await Task.sleep(for: .seconds(min(1 << min(failedUnlocks, 6), 60))) }
        try parameters.allow(only: ["passphrase", "withoutTPM"])
        let file = KeyFile(path: home.keys), passphrase = try passphrase(parameters)
        let isWithoutTPM = try parameters.optional("withoutTPM")?.bool() ?? false
        var secrets: ApplianceSecrets
        do {
            secrets = try file.read(passphrase: passphrase)
        } catch let error as CryptoError where error.code == .notAuthentic {
            failedUnlocks += 1
            throw LocalFailure(
                code: "unlock.wrong-passphrase", message: "The passphrase does not open the appliance's keys.", advice: "Try again.")
        }
        failedUnlocks = 0
        let appliance = try await opened(secrets)
        let marker = try await unsettled(appliance)
        var missing: LocalFailure?
        if marker == nil {
            do { try await appliance.checkAnchor() } catch where isWithoutTPM && TPMAnchor.isMissing(error) { missing = FailureReply.failure(for: error) }
            if missing == nil { try await appliance.recordingDamage { try await appliance.recover() } }
        }
        if let bound = appliance.bound { try keep(bound, in: &secrets, file, passphrase) }
        // What a begun epoch left undone.
        try file.erase()
        let identity = try await appliance.currentIdentity().canonicalBytes()
        if try identity != appliance.identity.canonicalBytes() { try Files.write(identity, to: home.identity) }
        if secrets.ledger.next != nil {
            secrets.ledger = try await secrets.ledger.following(appliance.desk.keys()).settled()
            try file.write(secrets, passphrase: passphrase)
        }
        _ = try await appliance.desk.append(EntryDraft(.unlocked))
        if let missing {
            state = .unbound(appliance, missing)
            return ["state": "unbound", "unbound": .string(missing.message)]
        }
        if let marker {
            state = .restored(appliance, marker)
            return ["restored": marker.json, "state": "restored"]
        }
        if try await appliance.ledger.time - appliance.desk.keys().current.time >= EpochKeeper.length {
            _ = try await appliance.epochs.begin(.scheduled, passphrase: passphrase, on: appliance.desk)
        }
        try await appliance.anchorLedger()
        open(appliance)
        return ["state": "open"]
    }

    /// Puts a binding that two persons agreed to among the sealed keys.
    private func keep(_ bound: BoundCounter, in secrets: inout ApplianceSecrets, _ file: KeyFile, _ passphrase: [UInt8]) throws {
        let pending = PendingBinding.read(home.rebinding, under: secrets.working.store)
        if bound.isNew {
            secrets.working.bind(to: bound.counter.binding)
            try file.write(secrets, passphrase: passphrase)
            try Files.write(TPMPlace.file(bound.counter), to: home.tpm, mode: 0o600)
        }
        // The power may have gone between keys and this.
        if pending?.binding.named == bound.counter.binding.named { try Files.remove(home.rebinding) }
    }

    /// That it was restored, where two persons have yet to agree.
    private func unsettled(_ appliance: OpenAppliance) async throws -> RestoredMarker? {
        guard let marker = try RestoredMarker.read(home) else { return nil }
        try marker.verify(appliance.ledger.storage, await appliance.desk.keys(), appliance.reader)
        guard await appliance.isSettled(marker) else { return marker }
        // The power went between the entry and the marker's end.
        try Files.remove(home.restored)
        return nil
    }

    private func opened(_ secrets: ApplianceSecrets) async throws -> OpenAppliance {
        do { return try OpenAppliance(home: home, secrets: secrets, programs: programs, clock: clock) } catch {
            // Where a document that the ledger names was changed, the ledger itself is sound.
            if DamageRecord.isDamage(error) { try await DamageRecord(OpenAppliance.ledger(home, secrets.ledger, clock)).record(error) }
            throw error
        }
    }

    private func passphrase(_ parameters: JSONField) throws -> [UInt8] {
        guard let bytes = Base64.decode(try parameters.field("passphrase").string()), !bytes.isEmpty else {
            throw try parameters.field("passphrase").failure("base64 of at least one byte was expected")
        }
        return bytes
    }

    private func status() async throws -> JSONValue {
        switch state {
        case .empty: return ["state": "empty"]
        case .locked, .opening: return ["state": "locked", "restored": try RestoredMarker.read(home)?.json ?? .null]
        case .restored(let appliance, let marker):
            var status = try await appliance.recordingDamage { try await appliance.status() }.object ?? [:]
            status["state"] = "restored"
            status["restored"] = marker.json
            return .object(status)
        case .unbound(let appliance, let failure):
            var status = try await appliance.recordingDamage { try await appliance.status() }.object ?? [:]
            status["state"] = "unbound"
            status["unbound"] = .string(failure.message)
            return .object(status)
        case .open(let appliance): return try await appliance.recordingDamage { try await appliance.status() }
        }
    }
}
