import AuditCrypto
import AuditSigning
import BulkCrypto
import CanonicalEncoding

/// What binds a ledger to a TPM's counter, as it stands among an appliance's sealed keys: whoever changes the disk cannot
/// name another.
extension NVCounter.Binding {
    package var json: JSONValue {
        let secret = authorization.withBytes { String(decoding: UnsafeBufferPointer(start: $0, count: authorization.count), as: UTF8.self) }
        return [
            "authorization": .string(secret),
            "first": .integer(first), "index": .integer(Int64(index)), "key": .string(key.pem), "keyHandle": .integer(Int64(keyHandle)),
        ]
    }

    package init(_ field: JSONField) throws {
        func handle(_ name: String) throws -> UInt32 { UInt32(try field.field(name).integer(in: 0...Int64(UInt32.max))) }
        let authorization = Array(try field.field("authorization").string(maxBytes: 64).utf8)
        guard authorization.count == 32 else { throw try field.field("authorization").failure("32 characters were expected") }
        self.init(
            index: try handle("index"), keyHandle: try handle("keyHandle"),
            key: try P256VerifierKey(pem: field.field("key").string(maxBytes: 4096)), authorization: SecretBytes(authorization),
            first: try field.field("first").integer())
    }
}

/// Where the TPM is: a file in the appliance's folder for its custodian to read and, where the TPM has moved to another
/// device file, to change. Nothing is believed because it stands there: the binding decides whether it is the TPM.
package struct TPMPlace: Sendable {
    package let transport: TPMTransport

    package static func file(_ counter: NVCounter) throws -> [UInt8] {
        try CanonicalJSON.encode([
            "index": .string(counter.binding.index.handleText), "name": .string(Hex.encode(counter.binding.name)),
            "tcti": .string(counter.transport.text),
        ])
    }

    package init(file: [UInt8]) throws {
        let field = JSONField(try StrictJSON.parse(file, limits: JSONLimits(maxBytes: 4096, maxDepth: 2, maxValues: 16)))
        try field.allow(only: ["index", "name", "tcti"])
        transport = try TPMTransport(field.field("tcti").string(maxBytes: 256))
    }
}
