import CanonicalEncoding
import ContentStore
import EngineProtocol
import Inspection
import LocalAPI
import SealedMedia
import WeightFormats

/// A worker that is handed a submission's weights, or two submissions', piece by piece: each file's header for the table,
/// then the segments that hold the tensors which are looked into. Memory grows with neither files nor models: of each
/// submission, no more is held at once than half a gigabyte, or the largest tensor where that is larger, and a header.
final class WeightsSession {
    /// One submission's weights as one table.
    struct Model {
        /// In the order of their parts.
        let files: [MediaFile]
        let headerBytes: [Int]
        /// The index that they were held against.
        let index: MediaFile?
        let tensors: [Tensor]
    }

    struct Tensor {
        /// Which of the model's files it lies in.
        let file: Int
        let information: ModelInformation.Tensor
        let range: Range<Int>
    }

    /// What is asked of a file at first; a longer header is asked for again.
    private static let headerStretch = MediaSegment.maximumPlainSize
    /// No published model's header is near it.
    private static let maximumHeader = 512 << 20
    /// How much of each file is handed over at once where many tensors are gone through.
    private static let batch = 512 << 20

    let client: EngineClient
    private(set) var models: [Model] = []
    private let store: SubmissionStore
    private let submissions: [StoredSubmission]
    private let threads: Int
    /// Of each submission, what was handed over last: what is asked for next may lie in it.
    private var last: [Int: (file: String, segments: Set<Int>, memory: SealedMemory)] = [:]

    /// Reads each file's header, and holds each submission's files against each other and their index.
    init(_ client: EngineClient, _ submissions: [StoredSubmission], in store: SubmissionStore, threads: Int) throws {
        (self.client, self.submissions, self.store, self.threads) = (client, submissions, store, threads)
        for submission in submissions.indices { models.append(try table(of: submission)) }
    }

    /// Each model's tensors, in the order of its parts and of each part's table.
    var tables: [[ModelInformation.Tensor]] { models.map { $0.tensors.map(\.information) } }

    /// What each model's first file says besides its tensors, held against the other's.
    func metadata() throws -> [WeightMetadata] {
        _ = try open(models.indices.map { (submission: $0, file: models[$0].files[0], ranges: [0..<models[$0].headerBytes[0]]) })
        return try models.indices.map { try client.weightMetadata(.init(file: $0), within: .seconds(60)) }
    }

    /// Opens the file of the first model that holds this tensor, for the worker to be asked about it.
    func open(_ name: String) throws {
        guard let tensor = models[0].tensors.first(where: { ExactString($0.information.name) == ExactString(name) }) else {
            throw LocalFailure(
                code: "weights.no-such-tensor", message: "The submission has no tensor of that name.",
                advice: "assay inspect tensors lists them.")
        }
        _ = try open([piece([tensor], of: 0)])
    }

    /// Goes through tensors, or pairs of tensors of one name, with both at hand whenever `body` is called.
    ///
    /// - Parameters:
    ///   - places: for each, its place in each model's table.
    ///   - body: gets the number of each once, in the order in which they lie in the files.
    func forEach(_ places: [[Int]], _ body: (Int) throws -> Void) throws {
        let items = places.map { place in place.enumerated().map { models[$0.offset].tensors[$0.element] } }
        let order = items.indices.sorted { one, other in
            let (a, b) = (items[one][0], items[other][0])
            return (a.file, a.range.lowerBound, one) < (b.file, b.range.lowerBound, other)
        }
        var start = 0
        while start < order.count {
            let first = items[order[start]]
            var segments = [Set<Int>](repeating: [], count: models.count), bytes = 0
            var end = start
            while end < order.count {
                let item = items[order[end]]
                guard zip(item, first).allSatisfy({ $0.file == $1.file }) else { break }
                for (model, tensor) in item.enumerated() {
                    let file = models[model].files[tensor.file]
                    for segment in file.segments(covering: tensor.range) where segments[model].insert(segment).inserted {
                        bytes += file.segments[segment].plainSize
                    }
                }
                guard end == start || bytes <= Self.batch * models.count else { break }
                end += 1
            }
            let batch = order[start..<end].map { items[$0] }
            _ = try open(models.indices.map { model in piece(batch.map { $0[model] }, of: model) })
            for number in order[start..<end] { try body(number) }
            start = end
        }
    }

    // MARK: Handing over

    private typealias Piece = (submission: Int, file: MediaFile, ranges: [Range<Int>])

    /// The header of the tensors' file, without which it cannot be read, and the tensors.
    private func piece(_ tensors: [Tensor], of model: Int) -> Piece {
        let file = tensors[0].file
        return (model, models[model].files[file], [0..<models[model].headerBytes[file]] + tensors.map(\.range))
    }

    private func open(_ pieces: [Piece]) throws -> WeightTables {
        var files: [OpenWeightsRequest.File] = [], memories: [SealedMemory] = []
        for piece in pieces {
            let segments = Set(piece.ranges.flatMap { piece.file.segments(covering: $0) })
            let held = try memory(of: piece.file, segments, piece.submission)
            files.append(.init(size: piece.file.size, present: piece.file.stretches(of: held.segments)))
            memories.append(held.memory)
        }
        // A memory file is closed with its last use, which naming its descriptor would be.
        return try withExtendedLifetime(memories) {
            try client.openWeights(
                OpenWeightsRequest(files: files, threads: threads), descriptors: memories.map(\.descriptor), within: .seconds(600))
        }
    }

    private func memory(
        of file: MediaFile, _ segments: Set<Int>, _ submission: Int
    ) throws -> (segments: Set<Int>, memory: SealedMemory) {
        if let last = last[submission], ExactString(last.file) == ExactString(file.path), segments.isSubset(of: last.segments) {
            return (last.segments, last.memory)
        }
        // Let go first: one of the two is enough.
        last[submission] = nil
        let memory = try store.open(file, of: submissions[submission], segments: segments)
        last[submission] = (file: file.path, segments: segments, memory: memory)
        return (segments, memory)
    }

    // MARK: The table

    private func table(of submission: Int) throws -> Model {
        let files = submissions[submission].weightFiles
        let tables = try files.map { try header(of: $0, submission) }
        let index = try submissions[submission].weightsIndex
        let order: [Int]
        do {
            order = try WeightShards(
                zip(files, tables).map { file, table in
                    .init(
                        path: file.path, isGGUF: table.isGGUF,
                        split: table.split.map { .init(number: $0.number, count: $0.count, tensors: $0.tensors) },
                        tensors: table.tensors.map(\.name), sizes: table.tensors.map(\.byteCount))
                },
                index: index.map { try read($0, of: submissions[submission]) }
            ).order
        } catch let error as ShardError {
            throw LocalFailure(error)
        }
        return Model(
            files: order.map { files[$0] }, headerBytes: order.map { tables[$0].headerBytes }, index: index,
            tensors: order.enumerated().flatMap { place, number in
                zip(tables[number].tensors, tables[number].offsets).map { tensor, offset in
                    Tensor(file: place, information: tensor, range: offset..<offset + tensor.byteCount)
                }
            })
    }

    /// What a file's header says. No more of the file is opened than the segments that the header lies in.
    private func header(of file: MediaFile, _ submission: Int) throws -> WeightTables.File {
        var length = min(file.size, Self.headerStretch)
        while true {
            do {
                return try open([(submission, file, [0..<length])]).files[0]
            } catch EngineProtocol.EngineError.refused(let failure) {
                // Malformed, or longer than what was handed over: in a hole nothing can be told.
                guard length < min(file.size, Self.maximumHeader) else {
                    throw LocalFailure(
                        code: "weights.unreadable", message: "\(file.path) cannot be read: \(failure.message).",
                        advice: "The lab must correct the file and submit it again.")
                }
                length = min(file.size, 2 * length)
            }
        }
    }

    private func read(_ index: MediaFile, of submission: StoredSubmission) throws -> WeightShards.Index {
        guard index.size <= SafetensorsIndex.maximumBytes else {
            throw ShardError(
                .indexMalformed, "the index has \(index.size) bytes; at most \(SafetensorsIndex.maximumBytes) are read", file: index.path)
        }
        let bytes = try store.open(index, of: submission).read(at: 0, count: index.size)
        return try WeightShards.Index(path: index.path, json: bytes)
    }
}

extension LocalFailure {
    fileprivate init(_ error: ShardError) {
        let place = (error.file.map { " [file \($0)]" } ?? "") + (error.tensor.map { " [tensor \($0)]" } ?? "")
        self.init(
            code: "weights.\(error.code.rawValue)", message: "The weight files are not one whole model: \(error.message)\(place).",
            advice: "The lab must submit the model again, with all its parts and the index that belongs to them.")
    }
}

extension StoredSubmission {
    var weightFiles: [MediaFile] { manifest.files.filter { $0.kind == .weights } }

    /// The index of safetensors shards, where one was submitted.
    fileprivate var weightsIndex: MediaFile? {
        get throws {
            let found = manifest.files.filter { $0.kind == .other && $0.path.hasSuffix(SafetensorsIndex.suffix) }
            guard found.count <= 1 else {
                throw LocalFailure(
                    ShardError(.indexMisplaced, "there are \(found.count) indexes of weight files; a submission has one", file: found[1].path))
            }
            return found.first
        }
    }
}

extension MediaFile {
    /// The numbers of the segments that bytes of this file lie in.
    fileprivate func segments(covering range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty else { return 0..<0 }
        // Segments follow each other without gaps.
        func first(_ isPast: (MediaSegment) -> Bool) -> Int {
            var (low, high) = (0, segments.count)
            while low < high {
                let middle = (low + high) / 2
                if isPast(segments[middle]) { high = middle } else { low = middle + 1 }
            }
            return low
        }
        let start = first { $0.plainOffset + $0.plainSize > range.lowerBound }
        return start..<max(start, first { $0.plainOffset >= range.upperBound })
    }

    /// The stretches of the file that these segments are, as few as can be.
    fileprivate func stretches(of numbers: Set<Int>) -> [Range<Int>] {
        var stretches: [Range<Int>] = []
        for number in numbers.sorted() {
            let segment = segments[number]
            if let last = stretches.last, last.upperBound == segment.plainOffset {
                stretches[stretches.count - 1] = last.lowerBound..<segment.plainOffset + segment.plainSize
            } else {
                stretches.append(segment.plainOffset..<segment.plainOffset + segment.plainSize)
            }
        }
        return stretches
    }
}
