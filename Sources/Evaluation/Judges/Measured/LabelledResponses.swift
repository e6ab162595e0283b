import AuditCrypto
import CanonicalEncoding

/// A response that people have labelled.
package struct LabelledResponse: Hashable, Sendable {
    /// What the response is for.
    package enum Use: String, Hashable, Sendable, CaseIterable {
        /// The rules were written with these in view; a judge's error is not measured on them.
        case design
        /// The rules were not fitted to these.
        case heldOut = "held-out"
    }

    /// What people said of it.
    package enum People: Hashable, Sendable {
        /// One of the measure's labels.
        case label(String)
        /// A score of each person's, 0...1; at least one.
        case scores([Double])
    }

    package let id: String
    package let use: Use
    /// What it answers, where that is known.
    package let request: String?
    package let response: String
    package let people: People

    package init(id: String, use: Use, request: String?, response: String, people: People) {
        (self.id, self.use, self.request, self.response, self.people) = (id, use, request, response, people)
    }
}

/// A file of labelled responses.
package struct LabelledResponses: Sendable {
    package let file: String
    /// SHA-256 of the file.
    package let digest: SHA256Digest
    package let responses: [LabelledResponse]

    /// Krippendorff's alpha among the people, with the square of the difference as distance; nil unless several scored.
    package var alpha: Double? {
        KrippendorffAlpha.alpha(
            units: responses.compactMap { if case .scores(let scores) = $0.people, scores.count > 1 { scores } else { nil } },
            distance: .interval)
    }

    /// Reads JSON Lines of {"id", "use", "label", "request", "response"}: `label` one of the measure's, or a score 0...1;
    /// `use` and `request` may be left out of the file.
    package init(jsonLines bytes: [UInt8], file: String, measure: JudgedMeasure) throws(TaskError) {
        self.file = file
        digest = SHA256Digest.of(bytes)
        var responses: [LabelledResponse] = []
        for item in try ItemFile(jsonLines: bytes, file: file).items() {
            func failure(_ message: String) -> TaskError { TaskError(.invalid, message, file: file, line: item.line) }
            guard let response = item.fields["response"]?.string else { throw failure("\"response\" must be a string") }
            var use = LabelledResponse.Use.heldOut
            if let value = item.fields["use"] {
                guard let known = value.string.flatMap(LabelledResponse.Use.init(rawValue:)) else {
                    throw failure("\"use\" must be \"design\" or \"held-out\"")
                }
                use = known
            }
            var request: String?
            if let value = item.fields["request"], value != .null {
                guard let text = value.string else { throw failure("\"request\" must be a string or null") }
                request = text
            }
            let people: LabelledResponse.People
            if let label = item.fields["label"]?.string, measure.labels.contains(label) {
                people = .label(label)
            } else if let score = item.fields["label"]?.double, (0...1).contains(score) {
                people = .scores([score])
            } else {
                throw failure("\"label\" must be one of \(measure.labels.joined(separator: ", ")), or a number from 0 to 1")
            }
            responses.append(LabelledResponse(id: item.id, use: use, request: request, response: response, people: people))
        }
        self.responses = responses
    }

    /// Which columns of a CSV file hold what. Defaults read files whose header is
    /// `objective,assistant_response,human_score…`, and ours.
    package struct Columns: Sendable {
        package var response: [String]
        package var request: [String]
        /// Every column of one of these names, or that begins with one and an underscore and a number.
        package var labels: [String]

        package init(
            response: [String] = ["assistant_response", "response"], request: [String] = ["objective", "request", "prompt"],
            labels: [String] = ["human_score", "label"]
        ) {
            (self.response, self.request, self.labels) = (response, request, labels)
        }
    }

    /// Reads CSV with a header; lines before it that begin with "#" are remarks.
    package init(csv bytes: [UInt8], file: String, measure: JudgedMeasure, columns: Columns = Columns()) throws(TaskError) {
        self.file = file
        digest = SHA256Digest.of(bytes)
        let table = try CSVTable(bytes, file: file)
        func place(_ names: [String]) -> Int? {
            names.lazy.compactMap { name in table.header.firstIndex { ExactString($0) == ExactString(name) } }.first
        }
        guard let response = place(columns.response) else {
            throw TaskError(
                .invalid, "none of the columns \(columns.response.joined(separator: ", ")); there are "
                    + table.header.joined(separator: ", "), file: file, line: table.headerLine)
        }
        let request = place(columns.request)
        let labels = table.header.indices.filter { index in
            columns.labels.contains { name in
                let header = table.header[index]
                guard header.hasPrefix(name) else { return false }
                let rest = header.dropFirst(name.count)
                return rest.isEmpty || rest.first == "_" && rest.dropFirst().allSatisfy(\.isWholeNumber)
            }
        }
        guard !labels.isEmpty else {
            throw TaskError(
                .invalid, "none of the columns \(columns.labels.joined(separator: ", ")); there are "
                    + table.header.joined(separator: ", "), file: file, line: table.headerLine)
        }
        var responses: [LabelledResponse] = []
        for row in table.rows {
            let cells = labels.map { row.cells[$0] }.filter { !$0.isEmpty }
            let scores = cells.compactMap { Double($0) }.filter { (0...1).contains($0) }
            let people: LabelledResponse.People
            if let label = cells.first, cells.count == 1, measure.labels.contains(label) {
                people = .label(label)
            } else if !scores.isEmpty, scores.count == cells.count {
                people = .scores(scores)
            } else {
                throw TaskError(
                    .invalid, "a label must be one of \(measure.labels.joined(separator: ", ")), or a number from 0 to 1",
                    file: file, line: row.line)
            }
            responses.append(
                LabelledResponse(
                    id: "line \(row.line)", use: .heldOut, request: request.map { row.cells[$0] },
                    response: row.cells[response], people: people))
        }
        self.responses = responses
    }
}
