import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Foundation
import Testing

struct SSHTests {
    static let namespace = "assay-request@v1"
    static let message = Array("What is signed.\n".utf8)

    // Made by ssh-keygen of OpenSSH 9.2p1: the key, what `-l` printed of it, and `-Y sign` with sha512 and sha256.
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7QiTFCb5 inspector one\n"
    static let fingerprint = "SHA256:QGLIOYPZ8TPBgmhw9whTmZubrbh5IxN3+SANnKVf6/0"
    static let signature = """
        -----BEGIN SSH SIGNATURE-----
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgIjkrWOAWvVoyidMG42xjbEa1ay
        +SzRRnPJ3tCJMUJvkAAAAQYXNzYXktcmVxdWVzdEB2MQAAAAAAAAAGc2hhNTEyAAAAUwAA
        AAtzc2gtZWQyNTUxOQAAAEDfdGgHiMSDJ3gyZF8iRgKDrFnQBUOfjegXOSbuebQaHO/3LH
        WAhtptXaTK+fqLtzX63vuv/mbW3vn80AWcJl0H
        -----END SSH SIGNATURE-----

        """
    static let sha256Signature = """
        -----BEGIN SSH SIGNATURE-----
        U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgIjkrWOAWvVoyidMG42xjbEa1ay
        +SzRRnPJ3tCJMUJvkAAAAQYXNzYXktcmVxdWVzdEB2MQAAAAAAAAAGc2hhMjU2AAAAUwAA
        AAtzc2gtZWQyNTUxOQAAAED4loqc6PWCy4jMKvVAM+Lcdgc6zjjUBHbTtLhSoRBVT/Gm4z
        SNV9r4NmZ6MppE2DXLD+NYwhlXIM4iwGgsaB8O
        -----END SSH SIGNATURE-----

        """

    @Test func readsKeys() throws {
        let key = try SSHPublicKey(openSSH: Self.key)
        #expect(key.fingerprint == Self.fingerprint)
        #expect(key.openSSH + " inspector one\n" == Self.key)
        #expect(try SSHPublicKey(openSSH: key.openSSH) == key)
    }

    @Test(arguments: [
        "", "ssh-ed25519", "ssh-ed25519 !!!!", "ssh-ed25519 AAAA", "ecdsa-sha2-nistp256 AAAAC3NzaC1lZDI1NTE5AAAA",
        // The base64 says another type, is cut short, or goes on after the key.
        "ssh-ed25519 AAAAB3NzaC1yc2EAAAADAQABAAAAAQEA", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7Qg=",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7QiTFCb5AAAA",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7QiTFCb5 a\nssh-ed25519 x",
        "restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICI5K1jgFr1aMonTBuNsY2xGtWsvks0UZzyd7QiTFCb5",
    ])
    func refusesOtherKeys(_ line: String) { #expect(throws: SSHError.self) { try SSHPublicKey(openSSH: line) } }

    @Test(arguments: [signature, sha256Signature])
    func verifiesSSHKeygen(_ armored: String) throws {
        let key = try SSHPublicKey(openSSH: Self.key), signature = try SSHSignature(armored: armored)
        #expect(signature.publicKey == key)
        #expect(signature.namespace == Self.namespace)
        #expect(signature.armored == armored)
        try signature.verify(message: Self.message, namespace: Self.namespace, publicKey: key)
        #expect(Self.code { try signature.verify(message: Self.message + [0], namespace: Self.namespace, publicKey: key) } == .badSignature)
        #expect(Self.code { try signature.verify(message: Self.message, namespace: "file", publicKey: key) } == .wrongNamespace)
        let stranger = SSHPublicKey(Ed25519PrivateKey.generate().publicKey)
        #expect(Self.code { try signature.verify(message: Self.message, namespace: Self.namespace, publicKey: stranger) } == .wrongKey)
    }

    /// Every byte of the signature counts: changed, it is refused when read or when verified.
    @Test func refusesEveryChangedByte() throws {
        let key = try SSHPublicKey(openSSH: Self.key)
        let blob = try #require(Base64.decode(Self.signature.split(separator: "\n").dropFirst().dropLast().joined()))
        for position in blob.indices {
            var changed = blob
            changed[position] ^= 0x04
            let armored = "-----BEGIN SSH SIGNATURE-----\n\(Base64.encode(changed))\n-----END SSH SIGNATURE-----\n"
            #expect(throws: SSHError.self) {
                try SSHSignature(armored: armored).verify(message: Self.message, namespace: Self.namespace, publicKey: key)
            }
        }
        for length in blob.indices {
            let armored = "-----BEGIN SSH SIGNATURE-----\n\(Base64.encode(blob[..<length]))\n-----END SSH SIGNATURE-----\n"
            #expect(throws: SSHError.self) { try SSHSignature(armored: armored) }
        }
        let longer = "-----BEGIN SSH SIGNATURE-----\n\(Base64.encode(blob + [0]))\n-----END SSH SIGNATURE-----\n"
        #expect(Self.code { try SSHSignature(armored: longer) } == .badSignatureFormat)
    }

    // MARK: allowed_signers

    @Test func readsAllowedSigners() throws {
        let one = try SSHPublicKey(openSSH: Self.key), two = SSHPublicKey(Ed25519PrivateKey.generate().publicKey)
        let signers = try AllowedSigners(text: """
            # who may sign
            \(one.openSSH.replacing("ssh-ed25519", with: "alice namespaces=\"assay-request@v1,file\" ssh-ed25519")) a comment

            bob,robert\t\(two.openSSH)\r
            carol \(one.openSSH)
            """)
        #expect(signers.entries.count == 3)
        #expect(signers.principals(for: one, namespace: Self.namespace) == ["alice", "carol"])
        #expect(signers.principals(for: one, namespace: "other") == ["carol"])
        #expect(signers.principals(for: two, namespace: "other") == ["bob", "robert"])
        #expect(try AllowedSigners(text: signers.text) == signers)
        #expect(try AllowedSigners(text: "").entries.isEmpty)
    }

    @Test(arguments: [
        "alice", "alice ssh-ed25519", "* KEY", "al?ce KEY", "!alice KEY", "\"alice\" KEY", "alice,,bob KEY", ",alice KEY",
        "alice cert-authority KEY", "alice valid-before=\"20300101\" KEY", "alice namespaces=\"file KEY", "alice namespaces=\"\" KEY",
        "alice namespaces=\"assay-*\" KEY", "alice namespaces=\"file\",valid-after=\"20200101\" KEY", "alice namespaces=\" KEY",
        "alice namespaces=\"a b\" KEY", "alice ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCz1bruJGxKOP",
    ])
    func refusesOtherAllowedSigners(_ line: String) {
        let key = Self.key.split(separator: " ").prefix(2).joined(separator: " ")
        let text = "carol \(key)\n" + line.replacing("KEY", with: key)
        do {
            _ = try AllowedSigners(text: text)
            Issue.record("accepted: \(line)")
        } catch {
            #expect(error.message.contains("line 2"))
        }
    }

    // MARK: The real program

    @Test(.enabled(if: OutsideProgram("ssh-keygen") != nil, "ssh-keygen is not installed"))
    func agreesWithSSHKeygen() throws {
        let keygen = try #require(OutsideProgram("ssh-keygen"))
        try OutsideProgram.inTemporaryFolder { folder in
            // Theirs, verified by us.
            #expect(try keygen.run(["-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", "key"], in: folder).status == 0)
            try folder.write("message", Self.message)
            #expect(try keygen.run(["-q", "-Y", "sign", "-f", "key", "-n", Self.namespace, "message"], in: folder).status == 0)
            let theirs = try SSHPublicKey(openSSH: folder.readText("key.pub"))
            let signature = try SSHSignature(armored: folder.readText("message.sig"))
            try signature.verify(message: Self.message, namespace: Self.namespace, publicKey: theirs)
            #expect(signature.armored == (try folder.readText("message.sig")))

            // Ours, verified by them, with the allowed_signers file that we write.
            let private_ = Ed25519PrivateKey.generate(), ours = SSHPublicKey(private_.publicKey)
            let entries = [AllowedSigners.Entry(principals: ["alice"], namespaces: [Self.namespace], key: ours)]
            try folder.write("signers", AllowedSigners(entries: entries).text.utf8)
            try folder.write("sig", SSHSignature(signing: Self.message, namespace: Self.namespace, with: private_).armored.utf8)
            let arguments = ["-Y", "verify", "-f", "signers", "-I", "alice", "-n", Self.namespace, "-s", "sig"]
            #expect(try keygen.run(arguments, in: folder, input: "message").status == 0)
            try folder.write("changed", Self.message + [0])
            #expect(try keygen.run(arguments, in: folder, input: "changed").status != 0)
        }
    }

    // MARK: Security keys

    /// A signature as a security key makes it: `key` stands for what the hardware holds.
    static func touched(
        _ key: Ed25519PrivateKey, flags: UInt8, application: String = "ssh:", counter: UInt32 = 7, message: [UInt8] = message
    ) -> SSHSignature {
        let security = SSHSignature.Security(flags: flags, counter: counter)
        let data = SSHSignature.signedData(message, namespace: namespace, reserved: [], hashAlgorithm: .sha512)
        return SSHSignature(
            publicKey: SSHPublicKey(key.publicKey, application: application), namespace: namespace, hashAlgorithm: .sha512,
            signature: key.signature(for: SSHSignature.securedData(data, application: application, security)), security: security)
    }

    @Test func securityKeys() throws {
        let secret = Ed25519PrivateKey.generate(), key = SSHPublicKey(secret.publicKey, application: "ssh:")
        #expect(key.openSSH.hasPrefix("sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t"))
        #expect(try SSHPublicKey(openSSH: key.openSSH + " token") == key)
        #expect(throws: SSHError.self) { try SSHPublicKey(openSSH: key.openSSH.replacing("sk-ssh-ed25519@openssh.com ", with: "ssh-ed25519 ")) }
        func check(_ signature: SSHSignature, by key: SSHPublicKey = key) -> SSHErrorCode? {
            Self.code {
                let read = try SSHSignature(armored: signature.armored)
                #expect(read == signature)
                try read.verify(message: Self.message, namespace: Self.namespace, publicKey: key)
            }
        }
        #expect(check(Self.touched(secret, flags: 0x01)) == nil)
        #expect(check(Self.touched(secret, flags: 0x05)) == nil)
        #expect(Self.touched(secret, flags: 0x05).security?.isUserVerified == true)
        #expect(check(Self.touched(secret, flags: 0x04)) == .noUserPresence)
        // Flags, counter and application are signed.
        let honest = Self.touched(secret, flags: 0x01)
        for (flags, counter) in [(UInt8(0x05), UInt32(7)), (0x01, 8)] {
            let lying = SSHSignature(
                publicKey: honest.publicKey, namespace: honest.namespace, hashAlgorithm: honest.hashAlgorithm,
                signature: honest.signature, security: .init(flags: flags, counter: counter))
            #expect(check(lying) == .badSignature)
        }
        #expect(check(honest, by: SSHPublicKey(secret.publicKey)) == .wrongKey)
        #expect(check(Self.touched(secret, flags: 0x01, application: "ssh:other")) == .wrongKey)
    }

    /// OpenSSH holds our security-key signatures good while nothing in them is changed. (Whether the key was touched,
    /// ssh-keygen leaves to whoever asks.)
    @Test(.enabled(if: OutsideProgram("ssh-keygen") != nil, "ssh-keygen is not installed"))
    func securityKeysAgreeWithSSHKeygen() throws {
        let keygen = try #require(OutsideProgram("ssh-keygen"))
        try OutsideProgram.inTemporaryFolder { folder in
            let secret = Ed25519PrivateKey.generate(), key = SSHPublicKey(secret.publicKey, application: "ssh:")
            try folder.write("signers", Array("alice \(key.openSSH)\n".utf8))
            try folder.write("message", Self.message)
            let arguments = ["-Y", "verify", "-f", "signers", "-I", "alice", "-n", Self.namespace, "-s", "sig"]
            for flags in [UInt8(0x01), 0x05] {
                try folder.write("sig", Self.touched(secret, flags: flags).armored.utf8)
                #expect(try keygen.run(arguments, in: folder, input: "message").status == 0)
            }
            let honest = Self.touched(secret, flags: 0x01)
            let lying = SSHSignature(
                publicKey: honest.publicKey, namespace: honest.namespace, hashAlgorithm: honest.hashAlgorithm,
                signature: honest.signature, security: .init(flags: 0x05, counter: 7))
            try folder.write("sig", lying.armored.utf8)
            #expect(try keygen.run(arguments, in: folder, input: "message").status != 0)
        }
    }

    static func code(_ body: () throws -> some Any) -> SSHErrorCode? {
        do { _ = try body() } catch { return (error as? SSHError)?.code }
        return nil
    }
}
