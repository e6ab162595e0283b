import CanonicalEncoding

extension Rubric {
    /// Reads a rubric of one's own: `{"measure": …, "question": …, "grades": [{"label": …, "description": …}, …]}`. Every label
    /// of the measure has one grade, and there are no others, so that the judge's error can be measured on people's labels.
    package init(json bytes: [UInt8], file: String) throws(TaskError) {
        do {
            let root = JSONField(try StrictJSON.parse(bytes, limits: JSONLimits(maxBytes: 1 << 16, maxDepth: 4, maxValues: 128)))
            try root.allow(only: ["measure", "question", "grades"])
            let name = try root.field("measure")
            guard let measure = JudgedMeasure(rawValue: try name.string()) else {
                throw name.failure("it is one of \(JudgedMeasure.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            var grades: [Grade] = []
            for field in try root.field("grades").array(maxCount: 26) {
                try field.allow(only: ["label", "description"])
                let label = try field.field("label").string()
                guard measure.labels.contains(label), !grades.contains(where: { $0.label == label }) else {
                    throw field.failure("\"label\" is one of \(measure.labels.joined(separator: ", ")), each once")
                }
                grades.append(Grade(label: label, description: try Self.text(field.field("description"))))
            }
            guard grades.count == measure.labels.count else {
                throw root.failure("there must be a grade for each of \(measure.labels.joined(separator: ", "))")
            }
            self.init(measure: measure, question: try Self.text(root.field("question")), grades: grades)
        } catch {
            throw TaskError(.invalid, "\(error)", file: file)
        }
    }

    /// One line: lines of its own could pass for the prompt's.
    private static func text(_ field: JSONField) throws(JSONFieldError) -> String {
        let text = try field.string(maxBytes: 2048)
        guard !text.isEmpty, !text.contains(where: \.isNewline) else { throw field.failure("one line of text was expected") }
        return text
    }
}
