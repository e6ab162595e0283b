import AuditCrypto

/// A request as it came: read, and its signature held against the key that is in it. That takes long and needs nothing
/// but the bytes, so it is done before the request's turn, on any thread. Whose key it is, and whether they may ask, is for
/// `AuthorizedRequest`.
package struct SignedRequest: Sendable {
    package let request: Request
    /// What was signed.
    package let bytes: [UInt8]
    /// SSHSIG.
    package let armored: String
    private let signature: Result<SSHSignature, SSHError>
    /// Whether the key that is in it made it.
    private let verification: Result<Void, SSHError>

    /// Throws `badRequest` for bytes that are no request. What is wrong with the signature is said when its turn comes.
    package init(encoded bytes: [UInt8], signature armored: String) throws(ClearanceError) {
        self.init(try Request(encoded: bytes), bytes, armored)
    }

    init(_ request: Request, _ bytes: [UInt8], _ armored: String) {
        (self.request, self.bytes, self.armored) = (request, bytes, armored)
        let signature = Result { () throws(SSHError) in try SSHSignature(armored: armored) }
        verification = signature.flatMap { signature in
            Result { () throws(SSHError) in
                try signature.verify(message: bytes, namespace: Request.namespace, publicKey: signature.publicKey)
            }
        }
        self.signature = signature
    }

    /// The person who asks, with the key of theirs that signed.
    func signer(in roster: Roster) throws(ClearanceError) -> (Person, SSHPublicKey) {
        guard let person = roster.person(named: request.person) else {
            throw ClearanceError(.unknownPerson, "'\(request.person)' is not in the roster")
        }
        do {
            let signature = try signature.get()
            guard let key = person.keys.first(where: { $0 == signature.publicKey }) else {
                throw ClearanceError(.unknownKey, "signed by key \(signature.publicKey.fingerprint), which is not one of "
                    + "'\(person.name)': sign with a key from the roster")
            }
            try verification.get()
            guard !person.needsVerification || signature.security?.isUserVerified == true else {
                throw ClearanceError(.notVerified, "the roster asks '\(person.name)' for a PIN or fingerprint at each signature: "
                    + "use a key that was made with 'ssh-keygen -t ed25519-sk -O verify-required'")
            }
            return (person, key)
        } catch let error as ClearanceError { throw error } catch {
            throw ClearanceError(.badSignature, "the signature of '\(person.name)' is refused: \(error)")
        }
    }
}
