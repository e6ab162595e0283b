import AuditCrypto
import BulkCrypto
import FuzzSupport
import ModelSigning

/// What comes with a submission to say who signed a model: `a` a bundle, verified with its own certificate and with a key
/// that signed a seed; `b` the statement in one; `c` a public key; `d` a bundle's certificate.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = FuzzInput(start, count)
    switch input.choice(of: 4) {
    case 0:
        guard let signature = try? ModelSignature(bundle: input.bytes) else { return 0 }
        if let manifest = try? signature.verify() {
            require(manifest.signer.origin != .givenKey, "without a key it is the certificate's")
            comparesWithItself(manifest.statement)
        }
        if let manifest = try? signature.verify(with: key) {
            require(manifest.signer.origin == .givenKey && manifest.signer.keyFingerprint == SHA256Digest.of(key.der), "it is the given key's")
            comparesWithItself(manifest.statement)
        }
    case 1:
        guard let statement = try? ModelStatement(payload: input.bytes) else { return 0 }
        comparesWithItself(statement)
    case 2:
        guard let text = input.text, let key = try? ModelSignature.key(pem: text) else { return 0 }
        let again = mustSucceed("a key that was read can be read again") { try P256VerifierKey(der: key.der) }
        require(again.der == key.der, "a key has one form")
    default:
        guard let key = try? ModelSignature.key(certificate: input.bytes) else { return 0 }
        require((try? ModelSignature.key(certificate: input.bytes.dropLast())) == nil, "no certificate is the beginning of another")
        require((try? ModelSignature.key(certificate: input.bytes + [0])) == nil, "nothing follows a certificate")
        require(input.bytes.count > key.der.count, "the key is inside it")
    }
    return 0
}

/// The files that a statement lists are the files that it lists.
private func comparesWithItself(_ statement: ModelStatement) {
    require(!statement.resources.isEmpty && statement.resources.count <= ModelStatement.maximumResources, "a model has files")
    var seen: Set<[UInt8]> = [], files: [(path: String, sha256: SHA256Digest)] = []
    for resource in statement.resources {
        require(!resource.path.utf8.starts(with: "/".utf8) && !resource.path.isEmpty, "a path is relative")
        guard seen.insert(Array(resource.path.utf8)).inserted else { continue }
        files.append((resource.path, resource.sha256 ?? SHA256Digest.of([])))
    }
    let comparison = FileComparison(resources: statement.resources, files: files)
    require(comparison.missing.isEmpty && comparison.notCovered.isEmpty && comparison.differing.isEmpty, "every file has its path")
    require(comparison.matching.count + comparison.notComparable.count == files.count, "every file is counted once")
    require(comparison.isComplete == statement.resources.allSatisfy { $0.sha256 != nil }, "what has no whole SHA-256 never matches")
    let none = FileComparison(resources: statement.resources, files: [])
    require(none.missing.count == files.count && !none.isComplete, "without files all are missing")
}

private let key = mustSucceed("the seed's key can be read") {
    try ModelSignature.key(
        pem: """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEzlFUNsc+ezb3AyCxoLIs33ieUlmY
            U9NJeK4g80FNUf/lgzYmn8Q62RwWRo0gQGieoSNl7aOyLap7mH40Y2CmKw==
            -----END PUBLIC KEY-----
            """)
}
