import AuditCrypto
import AuditSigning
import CSodium
import CanonicalEncoding
import Clearance
import Foundation
import Ledger

/// Entries that carry a person's signature: taken in as the appliance does, and verified again with the ledger.
struct LedgerSigned: Benchmark {
    let name = "ledger-signed"
    let summary = "signed requests verified and appended on all processors, and verified again beside libsodium"

    func run() throws -> [Figure] {
        let count = 40_000, bench = try LedgerBench("signed")
        let desk = try Desk(), ledger = try bench.ledger("signed")
        let requests = try waitFor { try await desk.requests(count) }
        let appending = try waitFor {
            try await seconds {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<256 {
                        group.addTask {
                            for index in stride(from: caller, to: count, by: 256) { try await Self.take(requests[index], desk, ledger) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        let key = desk.key.publicKey, sshKey = SSHPublicKey(key)
        let verifier = LedgerVerifier(key: bench.signer.verifierKey) { _, _ in [sshKey] }
        // The same signatures, their messages made before: nothing but libsodium.
        let messages = try requests.map { request in
            let signature = try SSHSignature(armored: request.signature)
            return (
                SSHSignature.signedData(
                    request.bytes, namespace: Request.namespace, reserved: [], hashAlgorithm: signature.hashAlgorithm),
                signature.signature
            )
        }
        let rates = try PairedRates.measure(rounds: 11) {
            let time = try seconds {
                guard try verifier.verify(ledger.storage).requests == count else { throw BenchmarkError(description: "not all were verified") }
            }
            return Double(count) / time
        } peer: {
            let failed = Counter()
            let time = seconds {
                DispatchQueue.concurrentPerform(iterations: 16) { part in
                    for index in stride(from: part, to: count, by: 16) {
                        let (message, signature) = messages[index]
                        if crypto_sign_verify_detached(signature, message, UInt64(message.count), key.bytes) != 0 { failed.add() }
                    }
                }
            }
            guard failed.value == 0 else { throw BenchmarkError(description: "libsodium refused a signature") }
            return Double(count) / time
        }
        return [
            Figure(name: "\(name).appended", value: Double(count) / appending, unit: "entries/s"),
            rates.figure("\(name).verified", unit: "entries/s", peer: "libsodium on as many threads"),
        ]
    }

    private static func take(_ request: Desk.Signed, _ desk: Desk, _ ledger: Ledger) async throws {
        let authorized = try await desk.authorize(SignedRequest(encoded: request.bytes, signature: request.signature))
        _ = try await ledger.append(
            EntryDraft(
                .inspectTensors, by: authorized.person.name, subjects: [.init(name: "weights", sha256: authorized.digest)],
                request: .init(bytes: authorized.bytes, sshsig: request.signature)))
    }
}

private final class Counter: @unchecked Sendable {
    private let lock = NSLock()
    private(set) var value = 0

    func add() { lock.withLock { value += 1 } }
}

/// Takes requests in, one after the other, as the appliance's desk does.
private actor Desk {
    struct Signed: Sendable {
        let bytes: [UInt8]
        let signature: String
    }

    nonisolated let key = Ed25519PrivateKey.generate()
    private let roster: Roster
    private var nonces = NonceRegistry(capacity: 1_000_000)
    private let checkpoint = Request.CheckpointReference(origin: "assay.local/ledger/benchmark", size: 1, root: .of([]))

    init() throws {
        guard let from = Timestamp(unixSeconds: 0), let until = Timestamp(unixSeconds: 4_000_000_000) else {
            throw BenchmarkError(description: "no time")
        }
        let alice = Person(
            name: "alice", side: .authority, roles: [.inspector], clearances: DisclosureClass.allCases, keys: [SSHPublicKey(key.publicKey)])
        roster = try Roster(version: 1, issued: from, expires: until, people: [alice])
    }

    /// Signed as a person would, before the clock runs.
    func requests(_ count: Int) throws -> [Signed] {
        try (0..<count).map { index in
            let nonce = nonces.issue(to: "alice", now: 0, with: checkpoint)
            let request = Request(
                action: .inspectTensors, person: "alice", purpose: "benchmark \(index)", scope: ["submission": "c73d5a5a61b6"],
                checkpoint: checkpoint, nonce: nonce)
            let bytes = try request.encoded()
            return Signed(bytes: bytes, signature: SSHSignature(signing: bytes, namespace: Request.namespace, with: key).armored)
        }
    }

    func authorize(_ signed: SignedRequest) throws -> AuthorizedRequest {
        try AuthorizedRequest(
            signed, standing: .init(roster: roster, suspended: [], now: 1), nonces: &nonces, isIssued: { _ in false })
    }
}
