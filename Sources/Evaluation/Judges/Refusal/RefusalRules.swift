import AuditCrypto

/// What the refusal judge knows: `RefusalRuleText`, read. A change to it changes the digest, and with it every plan.
package enum RefusalRules {
    static let standard = PhraseRules(RefusalRuleText.text)

    /// SHA-256 of the rules' text.
    package static var digest: SHA256Digest { standard.digest }
    /// Lines of the rules that could not be read.
    package static var problems: [String] { standard.problems }
}
