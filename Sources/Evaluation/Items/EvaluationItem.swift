import AuditCrypto
import CanonicalEncoding

/// One line of a split: what a task's templates see as variables.
package struct EvaluationItem: Sendable {
    /// The field `id` where every item has one of its own, or else the item's number from 0.
    package let id: String
    /// The place in the split, from 0.
    package let index: Int
    /// For breaking a result down.
    package let domain: String?
    /// Items with the same one are not independent.
    package let cluster: String?
    package let fields: JSONObject
    /// Where it stands; the line from 1.
    package let file: String
    package let line: Int
    /// SHA-256 of the fields in canonical form, as they stand in the file.
    package let digest: SHA256Digest
}

extension EvaluationItem {
    /// What an agent finds in its folder: a field's members, path by path.
    /// - Parameter field: as `TaskDefinition.filesField`; nil for none.
    /// - Throws: `TaskError` where the field is no object of texts.
    package func files(in field: String?) throws(TaskError) -> [AgentTask.File] {
        guard let field else { return [] }
        let value = fields[field] ?? .null
        guard case .object(let object) = value else {
            if value == .null { return [] }
            throw TaskError(.invalid, "\"\(field)\" must be an object of files: their contents by path", file: file, line: line)
        }
        var files: [AgentTask.File] = []
        for (path, content) in object.members {
            guard let text = content.string else {
                throw TaskError(.invalid, "the content of \"\(path.prefix(256))\" in \"\(field)\" must be a string", file: file, line: line)
            }
            files.append(AgentTask.File(path: path, bytes: Array(text.utf8)))
        }
        return files
    }
}
