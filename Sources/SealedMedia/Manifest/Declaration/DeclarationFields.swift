import CanonicalEncoding

/// What the schemas of a declaration's parts share.
extension Declaration {
    /// Text that can be shown on a terminal: not empty, no control characters, nothing that turns or hides it.
    static func isPlainText(_ text: String, maxBytes: Int, linesAllowed: Bool = false) -> Bool {
        guard !text.isEmpty, text.utf8.count <= maxBytes else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            if linesAllowed, scalar == "\n" { return true }
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: return false
            default: return true
            }
        }
    }

    static func text(
        _ field: JSONField, maxBytes: Int, linesAllowed: Bool = false
    ) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: maxBytes)
        guard isPlainText(text, maxBytes: maxBytes, linesAllowed: linesAllowed) else {
            throw field.failure("printable text was expected, neither empty nor with control characters")
        }
        return text
    }

    /// A list that is left out where it would be empty, so that what it says has one spelling.
    static func list<Element>(
        _ field: JSONField?, maxCount: Int, _ read: (JSONField) throws(JSONFieldError) -> Element
    ) throws(JSONFieldError) -> [Element] {
        guard let field else { return [] }
        let fields = try field.array(maxCount: maxCount)
        guard !fields.isEmpty else { throw field.failure("1 to \(maxCount) elements were expected; leave it out where there are none") }
        return try fields.map(read)
    }
}
