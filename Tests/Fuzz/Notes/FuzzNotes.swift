import AuditCrypto
import AuditSigning
import CanonicalEncoding
import FuzzSupport
import LogBuilding
import MerkleLog
import Receipts

/// What a transparency log publishes: notes, keys, checkpoints, proofs, tiles.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    let kind = input.choice(of: 10)
    if kind == 5 { tileData(&input) }
    if kind == 6 { proofs(&input) }
    guard let text = input.text else { return 0 }
    switch kind {
    case 0:
        guard let note = try? SignedNote(note: text) else { return 0 }
        require(text.utf8.starts(with: note.text.utf8), "a note's text is its beginning")
        if let checkpoint = try? Checkpoint(text: note.text) {
            require(checkpoint.text.utf8.elementsEqual(note.text.utf8), "a checkpoint has one form")
        }
    case 1:
        guard let key = try? NoteVerifierKey(text: text) else { return 0 }
        let line = text.utf8.last == 0x0A ? Array(text.utf8.dropLast()) : Array(text.utf8)
        require(key.text.utf8.elementsEqual(line), "a verifier key has one form")
    case 2:
        guard let checkpoint = try? Checkpoint(text: text) else { return 0 }
        require(checkpoint.text.utf8.elementsEqual(text.utf8), "a checkpoint has one form")
    case 3:
        guard let proof = try? TLogProof(text: text) else { return 0 }
        require(proof.text.utf8.elementsEqual(text.utf8), "a proof has one form")
        if let note = try? SignedNote(note: proof.checkpoint), let key = note.signatures.first.flatMap({ signature in
            mustSucceed("a fixed seed") { try Ed25519PrivateKey(seed: [UInt8](repeating: 2, count: 32)) }.publicKey
                .named(signature.name)
        }) {
            _ = try? proof.verify(leafHash: MerkleHash.of([0]), log: key)
        }
    case 4:
        guard let tile = try? Tile(path: text) else { return 0 }
        require(tile.path.utf8.elementsEqual(text.utf8), "a tile has one path")
    case 7:
        guard let request = try? WitnessRequest(text: text) else { return 0 }
        require(request.text.utf8.elementsEqual(text.utf8), "a witness's request has one form")
    case 8:
        guard let keys = try? CosignerKey.list(text: text) else { return 0 }
        _ = try? (try? SignedNote(note: text))?.cosignatures(by: keys)
    case 9:
        guard let note = try? ReceiptRows.note(in: Array(text.utf8)), let rows = try? ReceiptRows.text(of: note) else { return 0 }
        require(mustSucceed("rows that were just written") { try ReceiptRows.note(in: Array(rows.utf8)) }.utf8.elementsEqual(note.utf8),
            "a note's rows hold the note")
    default: break
    }
    return 0
}

/// A tile's file: a width, then its bytes.
private func tileData(_ input: inout FuzzInput) {
    let width = Int(input.byte()) + 1
    if let tile = try? Tile(kind: .entries, index: 0, width: width), let entries = try? tile.entries(data: input.bytes) {
        require((try? Tile.entryData(entries)) == input.bytes, "an entry bundle has one form")
    }
    if let tile = try? Tile(kind: .hashes(level: 0), index: 0, width: width), let hashes = try? tile.hashes(data: input.bytes) {
        require(hashes.count == width, "a tile has as many hashes as it is wide")
    }
}

/// Proofs of any index and sizes, over any hashes: time and memory stay those of the proof's own length.
private func proofs(_ input: inout FuzzInput) {
    func number() -> Int64 { (0..<8).reduce(0) { value, _ in value << 8 | Int64(input.byte()) } }
    let (one, other) = (number(), number())
    var hashes: [MerkleHash] = []
    while input.rest.count >= 32, let hash = MerkleHash(bytes: (0..<32).map { _ in input.byte() }) { hashes.append(hash) }
    guard let leaf = hashes.first, let root = hashes.last else { return }
    try? InclusionProof(index: one, size: other, hashes: hashes).verify(leafHash: leaf, root: root)
    try? ConsistencyProof(oldSize: one, newSize: other, hashes: hashes).verify(oldRoot: leaf, newRoot: root)
    // A tree of a few million leaves has some tens of thousands of tiles.
    if other < 1 << 22 { _ = try? Tile.added(from: one, to: other) }
}

extension Ed25519PublicKey {
    fileprivate func named(_ name: String) -> NoteVerifierKey? { try? NoteVerifierKey(name: name, publicKey: self) }
}
