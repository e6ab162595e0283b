import AgeFormat
import AuditCrypto
import AuditSigning
import CanonicalEncoding
import ContentStore
import Foundation
import SealedMedia

/// A small submission that a lab sealed, and who can take it in: made once, for many stores.
final class SealedSubmission: Sendable {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sealed-\(UUID().uuidString)").path
    let lab = Ed25519PrivateKey.generate()
    let identity: X25519Identity
    let storeKey = SecretBytes([UInt8](repeating: 5, count: 32))
    let id: String
    var media: String { folder + "/media" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        identity = try X25519Identity.generate()
        let keys = try ApplianceKeys(
            name: "test", recipient: identity.recipient.text,
            ledgerKey: NoteSigner(name: "assay.local/ledger/test", key: .generate()).verifierKey,
            verdictKey: Ed25519PrivateKey.generate().publicKey)
        let header = Array(#"{"weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#.utf8)
        var weights = ByteWriter()
        weights.append(UInt64(header.count))
        weights.append(header + [UInt8](repeating: 0, count: 16))
        try Data(weights.bytes).write(to: URL(filePath: folder + "/model.safetensors"))
        try Data("step 1 loss 2.5\n".utf8).write(to: URL(filePath: folder + "/train.log"))
        let declaration = try Declaration(json: Array(#"""
            {"architecture":{"family":"llama","format":"safetensors","parameters":4,"tensors":1,"types":{"F32":1}},
             "contact":"lab@example.org","licence":"Apache-2.0","name":"tiny","release":"open-weights","v":1,"version":"1"}
            """#.utf8))
        let inputs = [("model.safetensors", MediaFileKind.weights), ("train.log", .trainingLog)].map { [folder] in
            SealInput(source: "\(folder)/\($0.0)", path: $0.0, kind: $0.1)
        }
        id = try SubmissionSealer(declaration: declaration, lab: "Test lab", recipients: [keys.mediaRecipient], key: lab)
            .seal(inputs, into: folder + "/media").submissionID
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Takes it in, under an entry of some ledger.
    func takeIn(_ database: StoreDatabase) throws {
        let store = SubmissionStore(database, key: storeKey)
        _ = try store.stage(media: media, labs: [lab.publicKey], identity: identity) { _ in }
        _ = try store.keep(id, entry: EntryPlace(index: 3, leaf: .of([3])), time: 1_800_000_000)
    }
}
