import AuditCrypto
import AuditSigning
import Ledger
import Testing

/// What is remembered of the signature before never shows in the next one.
@Suite struct SignatureReaderTests {
    private let keys = [Ed25519PrivateKey.generate(), .generate()]

    /// One after the other, of all the ways in which they differ.
    private func signatures() -> [SSHSignature] {
        let message = Array("a message".utf8), sound = SSHSignature(signing: message, namespace: "one", with: keys[0])
        func changed(
            _ key: SSHPublicKey? = nil, namespace: String = "one", reserved: [UInt8] = [], _ hash: SSHSignature.HashAlgorithm = .sha512,
            signature: [UInt8]? = nil, security: SSHSignature.Security? = nil
        ) -> SSHSignature {
            SSHSignature(
                publicKey: key ?? sound.publicKey, namespace: namespace, reserved: reserved, hashAlgorithm: hash,
                signature: signature ?? sound.signature, security: security)
        }
        let touched = SSHPublicKey(keys[0].publicKey, application: "ssh:")
        return [
            sound, SSHSignature(signing: Array("another".utf8), namespace: "one", with: keys[0]),
            SSHSignature(signing: message, namespace: "one", with: keys[1]), sound, changed(namespace: "two"), changed(reserved: [0]), sound,
            changed(.init(keys[0].publicKey), .sha256), changed(signature: [UInt8](repeating: 1, count: 63)),
            changed(signature: [UInt8](repeating: 1, count: 64)), changed(signature: [UInt8](repeating: 2, count: 65)),
            changed(signature: []), changed(touched, security: .init(flags: 1, counter: 7)), changed(touched, security: .init(flags: 4, counter: 8)),
            sound,
        ]
    }

    @Test func saysTheSameAsTheReaderOfOne() throws {
        let signatures = signatures()
        for first in signatures {
            for second in signatures {
                var reader = SignatureReader()
                for signature in [first, second, first] {
                    #expect(try reader.read(Array(signature.armored.utf8)) == signature)
                }
            }
        }
    }

    /// Each byte of a blob changed, after the sound one was read.
    @Test func refusesTheSameAsTheReaderOfOne() throws {
        let sound = try SSHSignature.blob(armor: Array(signatures()[0].armored.utf8))
        for place in sound.indices {
            var blob = sound
            blob[place] ^= 1
            let armor = Array(SSHSignature.armor.encode(blob).utf8)
            var reader = SignatureReader()
            _ = try reader.read(Array(SSHSignature.armor.encode(sound).utf8))
            #expect(Result { try reader.read(armor) }.outcome == Result { try SSHSignature(armor: armor) }.outcome, "byte \(place)")
        }
    }
}

extension Result where Success == SSHSignature, Failure == any Error {
    fileprivate var outcome: String {
        switch self {
        case .success(let signature): "\(signature)"
        case .failure(let error): "\(error)"
        }
    }
}
