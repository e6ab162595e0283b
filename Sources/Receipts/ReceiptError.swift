import AuditCrypto

package enum ReceiptErrorCode: String, Sendable {
    /// Neither rows of a receipt nor a signed note.
    case noReceipt = "receipt.none"
    /// Rows are missing, doubled, or not in order.
    case badRows = "receipt.rows"
    /// A row is not what its check says.
    case badCheck = "receipt.check"
}

package typealias ReceiptError = CodedError<ReceiptErrorCode>
