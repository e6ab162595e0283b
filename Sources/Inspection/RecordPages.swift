import CanonicalEncoding
import ContentStore
import DatasetFormats

/// Pages of a submission's rows and log lines, as text that a terminal can be trusted with.
package enum RecordPages {
    /// Rows of a dataset.
    ///
    /// - Parameters:
    ///   - name: the file's, which says whether it is JSON Lines or CSV.
    ///   - from: the first row, from 0.
    package static func records(
        _ memory: SealedMemory, named name: String, from: Int, count: Int
    ) throws -> JSONValue {
        let file = RecordFile(MemoryBytes(memory), format: RecordFormat(path: name) ?? .jsonLines)
        let page = try file.page(offset: from, limit: count)
        return [
            "from": .integer(Int64(page.offset)), "total": .integer(Int64(try file.count())), "rows": rows(page.records),
        ]
    }

    /// Lines of a training log, and what the whole of it says.
    package static func trainingLog(
        _ memory: SealedMemory, named name: String, from: Int, count: Int
    ) throws -> JSONValue {
        let format = RecordFormat(path: name) ?? .jsonLines
        let file = RecordFile(MemoryBytes(memory), format: format)
        let page = try file.page(offset: from, limit: count)
        let summary = try TrainingLogSummary.of(TrainingLog(MemoryBytes(memory), format: format))
        return [
            "from": .integer(Int64(page.offset)), "total": .integer(Int64(try file.count())), "rows": rows(page.records),
            "summary": view(of: summary),
        ]
    }

    /// The log in figures; a loss as the shortest digits that read back as the same double.
    private static func view(of summary: TrainingLogSummary) -> JSONValue {
        var view: JSONObject = ["entries": .integer(Int64(summary.entries))]
        view["firstStep"] = summary.firstStep.map { .integer($0) }
        view["lastStep"] = summary.lastStep.map { .integer($0) }
        for (name, loss) in [
            ("firstLoss", summary.firstLoss), ("lastLoss", summary.lastLoss), ("lowestLoss", summary.lowestLoss),
            ("highestLoss", summary.highestLoss),
        ] {
            view[name] = loss.map { .string("\($0.value)") }
        }
        for (name, count) in [
            ("withoutLoss", summary.entriesWithoutLoss), ("notFinite", summary.nonFiniteCount),
            ("stepsBack", summary.nonMonotoneCount), ("gaps", summary.gapCount),
        ] {
            view[name] = .integer(Int64(count))
        }
        return .object(view)
    }

    static func rows(_ records: [Record]) -> JSONValue {
        .array(
            records.map { record in
                ["number": .integer(Int64(record.index)), "text": .string(VisibleText.line(record.text))]
            })
    }
}

/// Plaintext in a memfd, as the readers take it.
struct MemoryBytes: ByteSource {
    private let memory: SealedMemory

    init(_ memory: SealedMemory) { self.memory = memory }

    var count: Int { memory.size }

    func read(at offset: Int, count: Int) throws -> [UInt8] { try memory.read(at: offset, count: count) }
}
