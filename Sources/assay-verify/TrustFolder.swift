import AuditCrypto
import BundleVerifier
import CommandSupport

/// A folder with the trust anchors, as `assay trust` writes it.
struct TrustFolder {
    let path: String

    /// More than a ledger's, an appliance's or a lab's key needs, and room for thousands of inspectors.
    private static let maxBytes = 1 << 20

    /// The ledger's keys.
    var ledgerKeys: String { "\(path)/ledger.vkey" }
    /// The keys of the ledger's epochs; nil where the folder has none.
    var epochKeys: String? { optional("epoch.vkey") }
    /// Witnesses that are known, demanded or not.
    func witnesses() throws -> [CosignerKey] {
        guard optional("witnesses") != nil else { return [] }
        guard let text = String(validating: try file("witnesses"), as: UTF8.self) else {
            throw VerificationFailure(.trust, "\(path)/witnesses: not UTF-8")
        }
        do { return try CosignerKey.list(text: text) } catch { throw VerificationFailure(.trust, "\(path)/witnesses: \(error)") }
    }

    /// All that a bundle is verified with.
    func anchors(_ options: WitnessOptions) throws -> TrustAnchors {
        var anchors = try TrustAnchors(
            ledger: file("ledger.vkey"), verdictKey: file("appliance.pub.pem"), labKey: file("lab.pub.pem"),
            allowedSigners: file("allowed_signers"))
        anchors.witnesses = try options.keys(self)
        anchors.quorum = try options.quorum(of: anchors.witnesses)
        return anchors
    }

    private func file(_ name: String) throws(FileError) -> [UInt8] { try Files.read("\(path)/\(name)", maxBytes: Self.maxBytes) }

    private func optional(_ name: String) -> String? { Files.exists("\(path)/\(name)") ? "\(path)/\(name)" : nil }
}
