import AuditCrypto
import CanonicalEncoding
import DatasetFormats

/// Items that were taken out of a pack for good, such as those that have leaked: the target `retired.jsonl`, an object
/// a line with `task`, `id`, `sha256`, `reason` and `date`.
package struct RetiredItems: Sendable {
    package struct Item: Hashable, Sendable {
        /// The task that it was of.
        package let task: String
        package let id: String
        /// Of the item in canonical JSON, in whatever task it turns up.
        package let sha256: SHA256Digest
        package let reason: String
        /// `YYYY-MM-DD`.
        package let date: String
    }

    package let items: [Item]
    private let digests: [SHA256Digest: Int]
    private let ids: [Identity: Int]

    private struct Identity: Hashable, Sendable {
        let task: ExactString
        let id: ExactString
    }

    static let maximumBytes = 64 << 20

    package init(jsonLines bytes: [UInt8], file: String = PackDescription.retiredPath) throws(PackError) {
        var items: [Item] = [], digests: [SHA256Digest: Int] = [:], ids: [Identity: Int] = [:]
        try PackItems.forEach(of: ArrayByteSource(bytes), path: PackDescription.retiredPath) { line throws(PackError) in
            let item: Item
            do {
                let field = JSONField(.object(line.fields))
                try field.allow(only: ["date", "id", "reason", "sha256", "task"])
                guard let digest = SHA256Digest(hex: try field.field("sha256").string(maxBytes: 64)) else {
                    throw field.failure("\"sha256\" must be 64 lower-case hexadecimal digits")
                }
                let date = try field.field("date").string(maxBytes: 10)
                guard Timestamp(rfc3339: date + "T00:00:00Z") != nil else { throw field.failure("\"date\" must be like 2030-01-31") }
                let reason = try field.field("reason").string(maxBytes: 256)
                guard PackDescription.isLine(reason) else { throw field.failure("\"reason\" must be a line of 1 to 256 bytes") }
                item = Item(
                    task: try field.field("task").string(maxBytes: 128), id: try field.field("id").string(maxBytes: 256), sha256: digest, reason: reason,
                    date: date)
            } catch {
                throw PackError(.badItems, "\(error)", file: file, line: line.line)
            }
            let identity = Identity(task: ExactString(item.task), id: ExactString(item.id))
            guard ids.updateValue(items.count, forKey: identity) == nil else {
                throw PackError(.badItems, "the item \(shown(item.id)) of \(shown(item.task)) is retired already", file: file, line: line.line)
            }
            digests[item.sha256] = items.count
            items.append(item)
        }
        (self.items, self.digests, self.ids) = (items, digests, ids)
    }

    /// Refuses an item that was retired: by its content in any task, by its id in its own.
    package func check(_ item: PackItem, task: String) throws(PackError) {
        guard !items.isEmpty else { return }
        let byID = item.id.flatMap { ids[Identity(task: ExactString(task), id: ExactString($0))] }
        guard let place = try digests[item.digest()] ?? byID else { return }
        let retired = items[place]
        throw PackError(
            .retiredItem, "the item \(shown(retired.id)) of \(shown(retired.task)) was retired on \(retired.date): \(shown(retired.reason, limit: 256))",
            line: item.line)
    }
}
