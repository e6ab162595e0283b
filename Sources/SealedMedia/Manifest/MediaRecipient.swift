import CanonicalEncoding

/// Somebody who can open a submission: an appliance, its spare, or whoever keeps a copy in escrow.
package struct MediaRecipient: Hashable, Sendable {
    package let name: String
    /// An age recipient.
    package let age: String

    package init(name: String, age: String) { (self.name, self.age) = (name, age) }

    init(_ field: JSONField) throws {
        try field.allow(only: ["age", "name"])
        age = try Declaration.text(field.field("age"), maxBytes: 4096)
        name = try Declaration.text(field.field("name"), maxBytes: 128)
    }

    var json: JSONValue { ["age": .string(age), "name": .string(name)] }

    /// Names in a sentence: `"one", "two"`.
    package static func named(_ recipients: [MediaRecipient]) -> String { recipients.map { "\"\($0.name)\"" }.joined(separator: ", ") }
}

extension ApplianceKeys {
    package var mediaRecipient: MediaRecipient { .init(name: name, age: recipient) }
}
