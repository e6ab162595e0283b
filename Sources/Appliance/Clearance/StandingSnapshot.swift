import AuditCrypto
import AuditSigning
import CanonicalEncoding
import Clearance
import CommandSupport
import Ledger
import LogBuilding
import MerkleLog

/// What follows from the first entries of a long ledger, so that unlocking need not read all of them again.
///
/// It names the entries that still count, which are read from the ledger and proven to be in it, and sums up what looks cost.
/// It is sealed under a key of the appliance's, and holds for one root: nobody without that key can make one, and one of
/// another ledger, or an older one, makes no difference to what is found.
struct StandingSnapshot {
    /// How many entries were read.
    let size: Int64
    /// The root over them.
    let root: MerkleHash
    /// The leaf hash of the last one.
    let previous: MerkleHash
    /// Those whose consequences last, in order.
    let entries: [Int64]
    let totals: [DisclosureBook.Total]

    // MARK: Its file

    private static let purpose = Array("assay standing v1".utf8)

    private static func key(_ store: SecretBytes) -> [UInt8] { store.code(for: purpose) }

    /// Nil where there is none that this key sealed: then the whole ledger is read.
    static func read(_ path: String, under store: SecretBytes) -> StandingSnapshot? {
        guard let file = try? Files.read(path),
            let plain = try? KeyWrap.unwrap(file, under: key(store), associatedData: purpose)
        else { return nil }
        return try? StandingSnapshot(JSONField(StrictJSON.parse(plain)))
    }

    func write(_ path: String, under store: SecretBytes) throws {
        let plain = try CanonicalJSON.encode([
            "entries": .array(entries.map { .integer($0) }), "previous": .string(previous.hex), "root": .string(root.hex),
            "size": .integer(size),
            "totals": .array(
                totals.map { total in
                    [
                        "bytes": .integer(total.bytes), "class": .string(total.kind.rawValue), "lab": .string(total.lab),
                        "person": total.person.map { .string($0) } ?? .null, "rows": .integer(total.rows),
                    ]
                }),
        ])
        try Files.write(KeyWrap.wrap(plain, under: Self.key(store), associatedData: Self.purpose), to: path, mode: 0o600)
    }

    private init(_ field: JSONField) throws {
        func hash(_ name: String) throws -> MerkleHash {
            guard let hash = MerkleHash(hex: try field.field(name).string()) else { throw try field.field(name).failure("a hash was expected") }
            return hash
        }
        (size, root, previous) = (try field.field("size").integer(in: 1...1 << 53), try hash("root"), try hash("previous"))
        entries = try field.field("entries").array().map { try $0.integer() }
        totals = try field.field("totals").array().map { total in
            guard let kind = DisclosureClass(rawValue: try total.field("class").string()) else { throw total.failure("a class was expected") }
            let person = try total.field("person")
            return .init(
                lab: try total.field("lab").string(), kind: kind, person: person.value == .null ? nil : try person.string(),
                bytes: try total.field("bytes").integer(), rows: try total.field("rows").integer())
        }
    }

    init(size: Int64, root: MerkleHash, previous: MerkleHash, of standing: Standing) {
        (self.size, self.root, self.previous) = (size, root, previous)
        (entries, totals) = (standing.lasting, standing.book.totals)
    }
}

extension Standing {
    /// As a snapshot has it. Throws where it is not one of this ledger.
    init(_ snapshot: StandingSnapshot, _ storage: any LedgerStorage, origin: String, documents: DocumentFolder) throws {
        self.init(origin: origin)
        let reader = LedgerReader(storage)
        guard try storage.edge().tree.size >= snapshot.size, try reader.root(size: snapshot.size) == snapshot.root,
            try storage.hashes(level: 0, snapshot.size - 1..<snapshot.size) == [snapshot.previous]
        else { throw LedgerError(.rewritten, "The snapshot of clearance is of another ledger.") }
        for entry in snapshot.entries {
            let (bytes, proof) = try reader.proof(entry, size: snapshot.size, checkpoint: "")
            try InclusionProof(index: entry, size: snapshot.size, hashes: proof.hashes)
                .verify(leafHash: TreeHasher.bulk.leaf(bytes), root: snapshot.root, hasher: .bulk)
            var request: [UInt8]?
            try storage.scan(entry..<entry + 1) { request = $0.request.map { Array($0) } }
            try take(LedgerEntry(encoded: bytes), request: request, documents: documents, isReplay: false)
        }
        book = DisclosureBook(snapshot.totals)
    }
}
