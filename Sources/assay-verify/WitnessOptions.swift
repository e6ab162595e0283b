import ArgumentParser
import AuditCrypto
import BundleVerifier
import CanonicalEncoding
import CommandSupport
import MerkleLog

/// Which witnesses must have cosigned a checkpoint, and how many of them.
struct WitnessOptions: ParsableArguments {
    @Option(name: .long, help: "A witness's verifier key, or a file of such keys, one a line. May be given more than once. Default: the trust folder's.")
    var witness: [String] = []

    @Option(name: .long, help: "How many of the witnesses must have cosigned the checkpoint. Default: all that --witness names.")
    var quorum: Int?

    func validate() throws {
        if let quorum, quorum < 1 { throw ValidationError("--quorum is 1 or more.") }
    }

    /// The named witnesses; where none is named, those of the trust folder. Throws `trust`.
    func keys(_ folder: TrustFolder?) throws -> [CosignerKey] {
        guard !witness.isEmpty else { return try folder?.witnesses() ?? [] }
        let lines = try witness.map { text -> String in
            if (try? CosignerKey(text: text)) != nil || !Files.exists(text) { return text }
            guard let file = String(validating: try Files.read(text, maxBytes: 1 << 20), as: UTF8.self) else {
                throw VerificationFailure(.trust, "\(text): not UTF-8")
            }
            return file
        }
        do { return try CosignerKey.list(text: lines.joined(separator: "\n")) } catch {
            throw VerificationFailure(.trust, "--witness: \(error)")
        }
    }

    /// How many of `keys` are demanded. Throws `trust` where there are not as many.
    func quorum(of keys: [CosignerKey]) throws -> Int {
        let quorum = quorum ?? (witness.isEmpty ? 0 : keys.count)
        guard quorum <= keys.count else {
            throw VerificationFailure(
                .trust, "--quorum \(quorum), and \(Counted.of(keys.count, "witness is", "witnesses are")) known: name them with --witness, or in the trust "
                    + "folder's file 'witnesses'")
        }
        return quorum
    }

    /// Throws `cosignatures` unless as many as demanded cosigned the note.
    func check(_ note: String, _ folder: TrustFolder?) throws -> [Cosignature] {
        let keys = try keys(folder), quorum = try quorum(of: keys)
        let signed: SignedNote
        do { signed = try SignedNote(note: note) } catch { throw VerificationFailure(.checkpointSignature, "\(error)") }
        return try cosignatures(on: signed, keys, quorum: quorum)
    }

    /// What a report says of them.
    static func value(_ cosignatures: [Cosignature]) -> JSONValue {
        .array(
            cosignatures.map {
                ["key": .string($0.key.text), "name": .string($0.key.name), "time": .integer($0.time)]
            })
    }
}
