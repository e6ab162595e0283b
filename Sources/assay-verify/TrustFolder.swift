import BundleVerifier
import CommandSupport

/// A folder with the trust anchors.
enum TrustFolder {
    /// More than a ledger's, an appliance's or a lab's key needs, and room for thousands of inspectors.
    private static let maxBytes = 1 << 20

    static func read(_ path: String, _ witnesses: WitnessOptions) throws -> TrustAnchors {
        func file(_ name: String) throws(FileError) -> [UInt8] { try Files.read("\(path)/\(name)", maxBytes: maxBytes) }
        var anchors = try TrustAnchors(
            ledger: file("ledger.vkey"), verdictKey: file("appliance.pub.pem"), labKey: file("lab.pub.pem"),
            allowedSigners: file("allowed_signers"),
            witnesses: Files.exists("\(path)/witnesses") ? file("witnesses") : [])
        // Named ones are demanded, instead of the folder's.
        if !witnesses.witness.isEmpty { anchors.witnesses = try witnesses.keys() }
        anchors.quorum = try witnesses.quorum(of: anchors.witnesses)
        return anchors
    }
}
