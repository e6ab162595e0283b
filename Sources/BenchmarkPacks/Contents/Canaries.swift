import AuditSigning
import CanonicalEncoding

/// A GUID for each task, to be looked for in training data: the target `canary.json`.
package struct Canaries: Hashable, Sendable {
    package struct Canary: Hashable, Sendable {
        package let task: String
        /// 8-4-4-4-12 lower-case hexadecimal digits.
        package let guid: String
    }

    package let canaries: [Canary]

    /// New random ones (RFC 9562, version 4).
    package init(for tasks: [String]) {
        canaries = tasks.map { task in
            var bytes = SecureRandom.bytes(16)
            bytes[6] = bytes[6] & 0x0F | 0x40
            bytes[8] = bytes[8] & 0x3F | 0x80
            let digits = Array(Hex.encode(bytes))
            let guid = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
            return Canary(task: task, guid: guid)
        }
    }

    package init(json bytes: [UInt8], file: String = PackDescription.canariesPath) throws(PackError) {
        do {
            let root = JSONField(try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: 1 << 20, maxDepth: 4, maxValues: 50_000)))
            try root.allow(only: ["canaries", "v"])
            _ = try root.field("v").integer(in: 1...1)
            var canaries: [Canary] = [], tasks: Set<ExactString> = [], guids: Set<String> = []
            for field in try root.field("canaries").array(maxCount: 4096) {
                try field.allow(only: ["guid", "task"])
                let canary = Canary(task: try field.field("task").string(maxBytes: 128), guid: try field.field("guid").string(maxBytes: 36))
                guard Self.isGUID(canary.guid) else { throw field.failure("\"guid\" must be 8-4-4-4-12 lower-case hexadecimal digits") }
                guard tasks.insert(ExactString(canary.task)).inserted, guids.insert(canary.guid).inserted else {
                    throw field.failure("the task or its GUID stands twice")
                }
                canaries.append(canary)
            }
            self.canaries = canaries
        } catch { throw PackError(.badCanary, "\(error)", file: file) }
    }

    package var json: JSONValue {
        ["canaries": .array(canaries.map { ["guid": .string($0.guid), "task": .string($0.task)] }), "v": 1]
    }

    /// Refuses canaries that are not those of just these tasks.
    package func check(tasks: [String], file: String = PackDescription.canariesPath) throws(PackError) {
        let (own, known) = (Set(canaries.map { ExactString($0.task) }), Set(tasks.map(ExactString.init)))
        if let missing = known.subtracting(own).min() {
            throw PackError(.badCanary, "the task \(shown(missing.string)) has no canary", file: file)
        }
        if let other = own.subtracting(known).min() { throw PackError(.badCanary, "there is no task \(shown(other.string))", file: file) }
    }

    package func guid(of task: String) -> String? { canaries.first { ExactString($0.task) == ExactString(task) }?.guid }

    private static func isGUID(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
}
