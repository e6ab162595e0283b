import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding
import Glibc
import Isolation

/// A counter in a TPM 2.0's non-volatile memory that goes up by one and never back: not with the disk put back, not by
/// defining it again (a new counter starts where the highest that the TPM ever had stopped). It is read by a
/// certification that a key signs which exists in this TPM alone: nothing that merely answers in the TPM's place can.
package struct NVCounter: Sendable {
    /// What tells this counter from all others. It is kept among the appliance's sealed keys.
    package struct Binding: Sendable {
        /// The index, in the owner's range.
        package let index: UInt32
        /// The persistent handle of the key that certifies.
        package let keyHandle: UInt32
        package let key: P256VerifierKey
        /// What the TPM asks for before it counts or tells; as ASCII, 32 bytes.
        package let authorization: SecretBytes
        /// The count when it was defined.
        package let first: Int64

        package init(index: UInt32, keyHandle: UInt32, key: P256VerifierKey, authorization: SecretBytes, first: Int64) {
            (self.index, self.keyHandle, self.key) = (index, keyHandle, key)
            (self.authorization, self.first) = (authorization, first)
        }

        /// The index's name: SHA-256's algorithm number, and the SHA-256 of its public area (TPMS_NV_PUBLIC). It follows
        /// from the index and the attributes, so that an index with any other attribute has another name.
        package var name: [UInt8] { [0x00, 0x0B] + nameDigest.bytes }

        /// SHA-256 of the key that certifies (SubjectPublicKeyInfo, DER).
        package var keyDigest: SHA256Digest { .of(key.der) }

        package var nameDigest: SHA256Digest {
            var area = ByteWriter()
            area.append(index, bigEndian: true)
            area.append(NVCounter.sha256, bigEndian: true)
            area.append(NVCounter.attributes, bigEndian: true)
            area.append(UInt16(0), bigEndian: true)
            area.append(UInt16(8), bigEndian: true)
            return SHA256Digest.of(area.bytes)
        }
    }

    package let transport: TPMTransport
    package let binding: Binding
    /// A folder of the appliance's own, for what certifying leaves for a moment; nothing in it is secret.
    private let scratch: String

    private static let sha256: UInt16 = 0x000B
    /// nt=counter, authwrite, authread, no_da (a random value of 128 bits needs no lock-out), written.
    private static let attributes: UInt32 = 0x2204_0014
    private static let attributeWords = "nt=counter|authread|authwrite|no_da"
    /// A key that signs what the TPM itself says, and nothing from outside.
    private static let keyWords = "restricted|sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda"

    package init(_ transport: TPMTransport, _ binding: Binding, scratch: String) {
        (self.transport, self.binding, self.scratch) = (transport, binding, scratch)
    }

    /// The same counter, should it answer elsewhere.
    package func at(_ transport: TPMTransport) -> NVCounter { NVCounter(transport, binding, scratch: scratch) }

    // MARK: Defining

    /// Makes the counter and the key that certifies it, both at free places of the owner's ranges. The owner hierarchy
    /// must have no password.
    package static func define(at transport: TPMTransport, scratch: String) throws(TPMError) -> NVCounter {
        let taken = Set(try transport.handles("handles-nv-index") + transport.handles("handles-persistent"))
        let random = SecureRandom.bytes(2).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        // Owner's indexes: 0x01800000 to 0x01BFFFFF; owner's persistent objects: 0x81000000 to 0x817FFFFF.
        guard let place = (0..<256).lazy.map({ (random &+ $0) & 0xFFFF }).first(where: { place in
            !taken.contains(0x018A_0000 | place) && !taken.contains(0x810A_0000 | place)
        }) else { throw TPMError(.unavailable, "the TPM has no free place for a counter") }
        let (index, handle) = (0x018A_0000 | place, 0x810A_0000 | place)
        let authorization = SecretBytes(Array(Hex.encode(SecureRandom.bytes(16)).utf8))
        let key = try makeKey(at: transport, handle: handle, scratch: scratch)
        _ = try authorization.feeding { input throws(TPMError) in
            try transport.require(
                "nvdefine", ["-C", "o", "-g", "sha256", "-a", attributeWords, "-p", "file:-", index.handleText], input: input)
        }
        // A counter has no value before it has been counted up once.
        let fresh = NVCounter(
            transport, Binding(index: index, keyHandle: handle, key: key, authorization: authorization, first: 0), scratch: scratch)
        try fresh.increment()
        let first = try fresh.read()
        return NVCounter(
            transport, Binding(index: index, keyHandle: handle, key: key, authorization: authorization, first: first), scratch: scratch)
    }

    private static func makeKey(at transport: TPMTransport, handle: UInt32, scratch: String) throws(TPMError) -> P256VerifierKey {
        let context = "\(scratch)/tpm-key.\(getpid())", file = "\(context).pem"
        defer {
            unlink(context)
            unlink(file)
        }
        _ = try transport.require(
            "createprimary", ["-Q", "-C", "o", "-g", "sha256", "-G", "ecc256:ecdsa:null", "-a", keyWords, "-c", context])
        // Without a resource manager the TPM keeps what was made until it is told to forget it; it has three places.
        _ = try transport.run("flushcontext", ["-t"])
        _ = try transport.require("evictcontrol", ["-Q", "-C", "o", "-c", context, handle.handleText])
        _ = try transport.run("flushcontext", ["-t"])
        _ = try transport.require("readpublic", ["-Q", "-c", handle.handleText, "-f", "pem", "-o", file])
        do { return try P256VerifierKey(pem: String(decoding: Scratch.read(file), as: UTF8.self)) } catch {
            throw TPMError(.unavailable, "the TPM's key is no P-256 key: \(error)")
        }
    }

    // MARK: Counting

    /// Counts up by one. What it then says is for `read` to tell.
    package func increment() throws(TPMError) {
        let output = try binding.authorization.feeding { input throws(TPMError) in
            try transport.run("nvincrement", ["-C", binding.index.handleText, "-P", "file:-", binding.index.handleText], input: input)
        }
        guard output.code == 0 else { throw try explain("nvincrement", output) }
    }

    /// The count, certified by the bound key over a fresh nonce.
    package func read() throws(TPMError) -> Int64 {
        let nonce = SecureRandom.bytes(16), base = "\(scratch)/tpm-count.\(getpid())"
        let (attestation, signature) = ("\(base).attestation", "\(base).signature")
        defer {
            unlink(attestation)
            unlink(signature)
        }
        let output = try binding.authorization.feeding { input throws(TPMError) in
            try transport.run(
                "nvcertify",
                [
                    "-Q", "-C", binding.keyHandle.handleText, "-g", "sha256", "-s", "ecdsa", "-f", "plain", "-q", Hex.encode(nonce),
                    "-c", binding.index.handleText, "-p", "file:-", "--size", "8", "--offset", "0", "--attestation", attestation,
                    "-o", signature, binding.index.handleText,
                ], input: input)
        }
        guard output.code == 0 else { throw try explain("nvcertify", output) }
        let said = try Scratch.read(attestation)
        guard binding.key.isValidSignature(try Scratch.read(signature), for: said) else {
            throw TPMError(.otherTPM, "what answers at \(transport.text) does not sign with the key of the TPM that was bound")
        }
        return try accept(CertifiedCount(attestation: said), nonce: nonce)
    }

    private func accept(_ certified: CertifiedCount, nonce: [UInt8]) throws(TPMError) -> Int64 {
        guard certified.nonce == nonce else { throw TPMError(.otherTPM, "the TPM's attestation answers another question") }
        guard certified.indexName == binding.name else {
            throw TPMError(
                .otherTPM, "the index \(binding.index.handleText) has the name \(Hex.encode(certified.indexName)), and the one that was "
                    + "bound \(Hex.encode(binding.name)): it was defined anew, otherwise")
        }
        guard let count = Int64(exactly: certified.count) else { throw TPMError(.otherTPM, "the TPM's counter is beyond any count of ours") }
        return count
    }

    /// What a refusal by the TPM means: that it is another one, where it lacks what was bound or knows another
    /// authorization; else what it says itself.
    private func explain(_ tool: String, _ output: CommandOutput) throws(TPMError) -> TPMError {
        let index = binding.index.handleText
        guard try transport.handles("handles-nv-index").contains(binding.index) else {
            return TPMError(.otherTPM, "the TPM at \(transport.text) has no counter at \(index)")
        }
        guard try transport.handles("handles-persistent").contains(binding.keyHandle) else {
            return TPMError(.otherTPM, "the TPM at \(transport.text) has no key at \(binding.keyHandle.handleText)")
        }
        // TPM_RC_BAD_AUTH (TPM 2.0 Library, part 2, 6.6.3) for the first or the second session of a command.
        guard !["0x000009a2", "0x00000aa2"].contains(where: output.text.lowercased().contains) else {
            return TPMError(.otherTPM, "the counter at \(index) of the TPM at \(transport.text) takes another authorization")
        }
        return transport.failure(tool, output)
    }
}

extension SecretBytes {
    /// Hands the bytes over for standard input, and wipes that copy.
    fileprivate func feeding<Value>(_ body: ([UInt8]) throws(TPMError) -> Value) throws(TPMError) -> Value {
        var copy = withBytes { Array(UnsafeBufferPointer(start: $0, count: count)) }
        defer { SecretBytes.wipe(&copy) }
        return try body(copy)
    }
}

/// The few hundred bytes that a program has just left.
private enum Scratch {
    static func read(_ path: String) throws(TPMError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw TPMError(.unavailable, "\(path) cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw TPMError(.unavailable, "\(path) is empty") }
        return Array(buffer[..<count])
    }
}
