import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Foundation
import SoftwareTPM
import TPM
import Testing

/// The counter in a software TPM, and in others that take its place.
@Suite struct NVCounterTests {
    private func define(_ tpm: SoftwareTPM) throws -> NVCounter {
        try NVCounter.define(at: TPMTransport(tpm.tcti), scratch: tpm.folder)
    }

    private func code(_ body: () throws -> some Any) -> TPMErrorCode? {
        do { _ = try body() } catch { return (error as? TPMError)?.code }
        return nil
    }

    private func text(_ secret: SecretBytes) -> String {
        secret.withBytes { String(decoding: UnsafeBufferPointer(start: $0, count: secret.count), as: UTF8.self) }
    }

    @Test func countsUpAndOutlivesThePower() throws {
        let tpm = try SoftwareTPM(), counter = try define(tpm), first = counter.binding.first
        #expect(try counter.read() == first)
        try counter.increment()
        try counter.increment()
        #expect(try counter.read() == first + 2)
        tpm.stop()
        #expect(code { try counter.read() } == .unavailable)
        try tpm.start()
        #expect(try counter.read() == first + 2)
        // The name that we work out is the one that the TPM gives the index.
        let described = try tpm.tool("nvreadpublic", counter.binding.index.handleText)
        #expect(described.contains("name: \(Hex.encode(counter.binding.name))\n"))
        // Nothing is left behind.
        #expect(try FileManager.default.contentsOfDirectory(atPath: tpm.folder).filter { $0.hasPrefix("tpm-") }.isEmpty)
        #expect(try tpm.tool("getcap", "handles-transient").isEmpty)
    }

    @Test func twoCountersOfOneTPM() throws {
        let tpm = try SoftwareTPM(), one = try define(tpm), other = try define(tpm)
        #expect(one.binding.index != other.binding.index)
        try one.increment()
        #expect(try (one.read(), other.read()) == (one.binding.first + 1, other.binding.first))
    }

    /// Another TPM, one that was cleared, and ones that were given what can be given to them.
    @Test func otherTPMs() throws {
        let tpm = try SoftwareTPM(), counter = try define(tpm), binding = counter.binding
        let index = binding.index.handleText, authorization = text(binding.authorization)
        try tpm.replace()
        #expect(code { try counter.read() } == .otherTPM)
        #expect(code { try counter.increment() } == .otherTPM)

        // The same index, with the same authorization, counted up.
        try tpm.tool("nvdefine", "-C", "o", "-g", "sha256", "-a", "nt=counter|authread|authwrite|no_da", "-p", authorization, index)
        try tpm.tool("nvincrement", "-C", index, "-P", authorization, index)
        #expect(code { try counter.read() } == .otherTPM)
        // And a key like ours where ours was.
        try tpm.tool(
            "createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc256:ecdsa:null", "-a",
            "restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda", "-c", "other.ctx")
        try tpm.tool("flushcontext", "-t")
        try tpm.tool("evictcontrol", "-Q", "-C", "o", "-c", "other.ctx", binding.keyHandle.handleText)
        try tpm.tool("flushcontext", "-t")
        let error = #expect(throws: TPMError.self) { try counter.read() }
        #expect(error?.code == .otherTPM && error?.message.contains("does not sign with the key") == true)
        // Counting is no proof of anything, so it may go through: reading is what decides.
        #expect(code { try counter.increment() } == nil)
    }

    @Test func anotherAuthorization() throws {
        let tpm = try SoftwareTPM(), counter = try define(tpm), binding = counter.binding
        let stranger = NVCounter(
            counter.transport,
            .init(
                index: binding.index, keyHandle: binding.keyHandle, key: binding.key,
                authorization: SecretBytes(Array(String(repeating: "0", count: 32).utf8)), first: binding.first), scratch: tpm.folder)
        #expect(code { try stranger.read() } == .otherTPM)
        #expect(code { try stranger.increment() } == .otherTPM)
        #expect(try counter.read() == binding.first)
    }

    /// Whoever owns the TPM can take the counter away, and define it anew: never lower, and never otherwise unseen.
    @Test func definedAnew() throws {
        let tpm = try SoftwareTPM(), counter = try define(tpm), binding = counter.binding
        let index = binding.index.handleText, authorization = text(binding.authorization)
        for _ in 0..<3 { try counter.increment() }
        let before = try counter.read()
        try tpm.tool("nvundefine", "-C", "o", index)
        #expect(code { try counter.read() } == .otherTPM)
        try tpm.tool("nvdefine", "-C", "o", "-g", "sha256", "-a", "nt=counter|authread|authwrite|no_da", "-p", authorization, index)
        try tpm.tool("nvincrement", "-C", index, "-P", authorization, index)
        #expect(try counter.read() > before)
        try tpm.tool("nvundefine", "-C", "o", index)
        try tpm.tool("nvdefine", "-C", "o", "-g", "sha256", "-a", "nt=counter|authread|authwrite|ownerwrite|no_da", "-p", authorization, index)
        try tpm.tool("nvincrement", "-C", index, "-P", authorization, index)
        let error = #expect(throws: TPMError.self) { try counter.read() }
        #expect(error?.code == .otherTPM && error?.message.contains("has the name") == true)
        try tpm.tool("evictcontrol", "-Q", "-C", "o", "-c", binding.keyHandle.handleText)
        #expect(code { try counter.read() } == .otherTPM)
    }

    @Test(arguments: [
        "cmd:/bin/sh", "tabrmd:", "mssim:host=localhost", "device:tpm0", "swtpm:host=10.0.0.1,port=1", "swtpm:path=relative", "", "/dev/tpm0",
        "device:/dev/tpm rm0", "device:/dev/tpmrm0\n",
    ])
    func transports(text: String) {
        #expect(code { try TPMTransport(text) } == .badTransport)
    }

    @Test func noTPM() throws {
        #expect(code { try NVCounter.define(at: TPMTransport("device:/nonexistent/tpm"), scratch: "/tmp") } == .unavailable)
    }
}
