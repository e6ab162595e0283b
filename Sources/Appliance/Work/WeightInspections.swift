import AuditCrypto
import CanonicalEncoding
import Clearance
import ContentStore
import EngineProtocol
import Inspection
import Ledger
import LocalAPI
import MerkleLog
import SealedMedia

/// Looks into weights. All sums are the confined worker's; here they are made readable.
extension OpenAppliance {
    func inspectTensors(
        _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["statistics", "submission"])
        let submission = try self.submission(scope)
        let withStatistics = try scope.optional("statistics")?.bool() ?? false
        var details: JSONObject = [:]
        if withStatistics { details["statistics"] = true }
        return try await disclose(
            authorized, .weights, of: [submission], subjects: [submission.weightsSubject()], details: details
        ) {
            try await workbench.withWeights(of: [submission], in: submissions) { session in
                let tensors = session.tables[0]
                var statistics: [Int: TensorStatistics] = [:]
                if withStatistics {
                    try session.forEach(tensors.indices.map { [$0] }) { number in
                        progress(.init(activity: "statistics", done: Int64(statistics.count), total: Int64(tensors.count), unit: "tensors"))
                        statistics[number] = try session.client.tensorStatistics(.init(name: tensors[number].name), within: .seconds(600))
                    }
                }
                return TensorTable.view(
                    of: tensors, metadata: try session.metadata()[0], statistics: statistics, files: session.models[0].placed)
            }
        }
    }

    func inspectTensor(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["spectrum", "submission", "tensor"])
        let submission = try self.submission(scope)
        let name = try scope.field("tensor").string(maxBytes: 1024)
        let count = try scope.optional("spectrum")?.integer(in: 1...Int64(TensorSpectrumRequest.maximumCount))
        var details: JSONObject = [:]
        details["spectrum"] = count.map { .integer($0) }
        return try await disclose(
            authorized, .weights, of: [submission], subjects: [submission.weightsSubject(), .init("tensor", digestOf: name)],
            details: details
        ) {
            try await workbench.withWeights(of: [submission], in: submissions) { session in
                try session.open(name)
                let statistics = try session.client.tensorStatistics(.init(name: name, histogramBins: 32), within: .seconds(600))
                let spectrum = try count.map { count in
                    try session.client.tensorSpectrum(.init(name: name, count: Int(count)), within: .seconds(3600))
                }
                return TensorTable.view(of: statistics, spectrum: spectrum)
            }
        }
    }

    /// Raw numbers, which take a second person unless the terms say otherwise.
    func inspectValues(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["count", "from", "submission", "tensor"])
        let submission = try self.submission(scope)
        let name = try scope.field("tensor").string(maxBytes: 1024)
        let from = try scope.field("from").integer(in: 0...Int64(WireLimits.integer))
        let count = try scope.field("count").integer(in: 1...Int64(TensorValuesRequest.maximumCount))
        let subjects: [LedgerEntry.Subject] = [submission.weightsSubject(), .init("tensor", digestOf: name)]
        // Before anybody is asked to consent to what this person would then not be shown.
        try await refusing(authorized) {
            try await desk.checkShowing(.weights, of: submission, to: authorized.person)
        }
        try await requireConsent(authorized, to: .weightValues, on: submission)
        return try await disclose(
            authorized, .weights, of: [submission], subjects: subjects,
            details: ["count": .integer(count), "from": .integer(from)]
        ) {
            try await workbench.withWeights(of: [submission], in: submissions) { session in
                try session.open(name)
                let values = try session.client.tensorValues(
                    .init(name: name, from: Int(from), count: Int(count)), within: .seconds(60))
                return TensorNumbers.view(of: values, named: name)
            }
        }
    }

    /// Two submissions' tensors, and whether what lies between them has low rank.
    func inspectCompare(
        _ authorized: AuthorizedRequest, _ progress: @escaping @Sendable (LocalProgress) -> Void
    ) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["rank", "submission", "tolerance", "with"])
        let (first, second) = (try submission(scope), try submission(scope, "with"))
        let lowRank = try Self.lowRank(scope)
        var details: JSONObject = [:]
        if let lowRank {
            details["rank"] = .integer(Int64(lowRank.limit))
            details["tolerance"] = .string("\(lowRank.tolerance)")
        }
        return try await disclose(
            authorized, .weights, of: [first, second],
            subjects: [first.weightsSubject(), second.weightsSubject(named: "with")], details: details
        ) {
            try await workbench.withWeights(of: [first, second], in: submissions) { session in
                let comparison = WeightComparison(session.tables[0], session.tables[1])
                let pairs = comparison.comparable
                var results: [Int: TensorComparison] = [:]
                try session.forEach(comparison.places) { number in
                    progress(.init(activity: "comparing", done: Int64(results.count), total: Int64(pairs.count), unit: "tensors"))
                    results[number] = try session.client.compareTensors(
                        .init(name: pairs[number].first.name, spectrumCount: lowRank?.values ?? 0), within: .seconds(3600))
                }
                return comparison.view(pairs.indices.compactMap { results[$0] }, lowRank: lowRank)
            }
        }
    }

    private static func lowRank(_ scope: JSONField) throws -> WeightComparison.LowRank? {
        guard let rank = try scope.optional("rank") else { return nil }
        let limit = Int(try rank.integer(in: 1...Int64(TensorSpectrumRequest.maximumCount - 1)))
        guard let field = try scope.optional("tolerance") else { return .init(limit: limit, tolerance: 1e-3) }
        guard let tolerance = Double(try field.string(maxBytes: 32)), (1e-6...0.5).contains(tolerance) else {
            throw field.failure("a decimal number from 0.000001 to 0.5 was expected")
        }
        return .init(limit: limit, tolerance: tolerance)
    }

    /// Two submissions' configuration, tokenizer and chat template, by line.
    func inspectDifferences(_ authorized: AuthorizedRequest) async throws -> JSONValue {
        let scope = try scope(of: authorized, ["submission", "with"])
        let (first, second) = (try submission(scope), try submission(scope, "with"))
        return try await disclose(
            authorized, .weights, of: [first, second],
            subjects: [
                .init(name: "manifest", sha256: first.manifestDigest), .init(name: "with", sha256: second.manifestDigest),
            ]
        ) {
            let metadata = try await workbench.withWeights(of: [first, second], in: submissions) { try $0.metadata() }
            return try await Blocking.run { [submissions] in
                func texts(_ submission: StoredSubmission, _ metadata: WeightMetadata) throws -> ModelTexts {
                    try ModelTexts(
                        metadata,
                        files: submission.textFiles.map { (name: $0.name, bytes: try submissions.bytes(of: $0.file, submission)) })
                }
                return TextDifferences.view(try texts(first, metadata[0]), try texts(second, metadata[1]))
            }
        }
    }
}

extension WeightsSession.Model {
    /// The files and the place of each tensor, where there is more to say than that all lie in one.
    fileprivate var placed: TensorTable.Files? {
        guard files.count > 1 || index != nil else { return nil }
        return .init(paths: files.map(\.path), places: tensors.map(\.file), index: index?.path)
    }
}

extension StoredSubmission {
    /// What a look at its weights is about: the one file, or, where there are several, the manifest that names them all.
    fileprivate func weightsSubject(named name: String? = nil) -> LedgerEntry.Subject {
        let files = weightFiles
        if files.count == 1 { return .init(name: name ?? MediaFileKind.weights.rawValue, sha256: files[0].digest) }
        return .init(name: name ?? "manifest", sha256: manifestDigest)
    }

    /// The texts beside the weights, by their last name; of each name the one in no folder, else the first.
    fileprivate var textFiles: [(name: String, file: MediaFile)] {
        let others = manifest.files.filter { $0.kind == .other }
        return ModelTexts.fileNames.compactMap { name in
            (others.first { $0.path == name } ?? others.first { $0.path.hasSuffix("/" + name) }).map { (name: name, file: $0) }
        }
    }
}

extension SubmissionStore {
    /// Far above any tokenizer's.
    private static let maximumTextBytes = 64 << 20

    fileprivate func bytes(of file: MediaFile, _ submission: StoredSubmission) throws -> [UInt8] {
        guard file.size <= Self.maximumTextBytes else {
            throw StoreError(.noSuchFile, "\(file.path) has \(file.size) bytes; texts of at most \(Self.maximumTextBytes) are compared.")
        }
        return try open(file, of: submission).read(at: 0, count: file.size)
    }
}
