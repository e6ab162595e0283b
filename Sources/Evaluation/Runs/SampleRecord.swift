import AuditCrypto
import CanonicalEncoding

/// All that one sample was and gave: what is digested, stored, and compared bit for bit on replay. It holds no time.
///
/// It is written as one line of canonical JSON (RFC 8785). Log-likelihoods stand there as the hexadecimal of their
/// IEEE 754 bits (16 digits for the sum, 8 for each token), with a rounded decimal beside the sum for people.
package struct SampleRecord: Hashable, Sendable {
    /// As the plan calls the suite.
    package let task: String
    package let id: String
    /// The item's place in its split, from 0.
    package let index: Int
    package let domain: String?
    package let cluster: String?
    package let itemDigest: SHA256Digest
    /// One for each time that the model was asked.
    package let seeds: [UInt64]
    package let target: JSONValue
    /// The prompt as the model read it, and its output.
    package let solution: Solution
    /// Nil when the sample failed.
    package let score: SampleScore?
    /// Why there is no score.
    package let failure: RequestFailure?

    package init(question: Question, task: String, solution: Solution, score: Result<SampleScore, RequestFailure>) {
        self.task = task
        id = question.item.id
        index = question.item.index
        domain = question.item.domain
        cluster = question.item.cluster
        itemDigest = question.item.digest
        seeds = question.seeds
        target = question.rendered.target
        self.solution = solution
        if case .failure(let failure) = solution.output {
            (self.score, self.failure) = (nil, failure)
        } else {
            switch score {
            case .success(let score): (self.score, failure) = (score, nil)
            case .failure(let failure): (self.score, self.failure) = (nil, failure)
            }
        }
    }

    private init(_ record: SampleRecord, failure: RequestFailure) {
        task = record.task
        id = record.id
        index = record.index
        domain = record.domain
        cluster = record.cluster
        itemDigest = record.itemDigest
        seeds = record.seeds
        target = .null
        solution = Solution(prompts: [""], output: .failure(failure))
        score = nil
        self.failure = failure
    }

    /// What one line may hold, written or read. Nothing in it has a bound of its own that what was asked could pass.
    package static let limits = JSONLimits(maxBytes: 64 << 20, maxDepth: 24, maxValues: 1 << 20)

    /// The line without its newline.
    /// - Throws: for what has no form in JSON, such as an infinite number in a target.
    package var line: [UInt8] {
        get throws(JSONError) {
            // A target may hold decimal numbers, as its item does; all else is strings, and integers within 2^53.
            try CanonicalJSON.encode(json, numbers: .any)
        }
    }

    /// - Throws: `JSONError` or `JSONFieldError` for a line that no sample is written as.
    package init(line: [UInt8]) throws {
        try self.init(JSONField(StrictJSON.parse(line, limits: Self.limits)))
    }

    /// The record where it can be written and read again. Otherwise a failure in its place, without its texts and its target: a
    /// sample that cannot be read must not get into a store, where it would end every later run.
    package var recordable: SampleRecord {
        let reason: String
        do {
            let line = try line
            if try SampleRecord(line: line).line == line { return self }
            reason = "it is read as something else"
        } catch {
            reason = "\(error)"
        }
        return SampleRecord(self, failure: RequestFailure(code: "not-recordable", message: "the sample has no record: \(reason.prefix(512))"))
    }
}

extension SampleRecord {
    package var json: JSONValue {
        var object: JSONObject = [
            "v": 2, "task": .string(task), "id": .string(id), "index": .integer(Int64(index)),
            "itemSha256": .string(itemDigest.hex), "seeds": .array(seeds.map { .string(ExactNumber.hex($0)) }), "target": target,
            "prompts": .array(solution.prompts.map { .string($0) }),
            "promptSha256": .string(Self.digest(of: solution.prompts).hex),
        ]
        object["domain"] = domain.map { .string($0) }
        object["cluster"] = cluster.map { .string($0) }
        switch solution.output {
        case .choices(let choices, let alone):
            object["choices"] = .array(choices.map(\.json))
            if !alone.isEmpty { object["alone"] = .array(alone.map(\.json)) }
        case .texts(let texts): object["outputs"] = .array(texts.map(\.json))
        case .failure: break
        }
        object["scaffold"] = solution.trace?.json
        if let failure { object["failure"] = ["code": .string(failure.code), "message": .string(failure.message)] }
        if let score { object["score"] = score.json }
        return .object(object)
    }

    /// Of one prompt its own; of several, of their digests one after another.
    private static func digest(of prompts: [String]) -> SHA256Digest {
        let digests = prompts.map { SHA256Digest.of(Array($0.utf8)) }
        return digests.count == 1 ? digests[0] : SHA256Digest.of(digests.flatMap(\.bytes))
    }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: [
            "v", "task", "id", "index", "itemSha256", "seeds", "target", "prompts", "promptSha256", "domain", "cluster",
            "choices", "alone", "outputs", "failure", "score", "scaffold",
        ])
        _ = try field.field("v").integer(in: 2...2)
        task = try field.field("task").string(maxBytes: 256)
        id = try field.field("id").string(maxBytes: 256)
        index = Int(try field.field("index").integer(in: 0...Int64(ItemFile.maximumItems)))
        domain = try field.optional("domain")?.string(maxBytes: 256)
        cluster = try field.optional("cluster")?.string(maxBytes: 256)
        itemDigest = try field.field("itemSha256").digest()
        var seeds: [UInt64] = []
        for element in try field.field("seeds").array(maxCount: 1024) {
            guard let seed = ExactNumber.uint64(try element.string(maxBytes: 16)) else {
                throw element.failure("16 hexadecimal digits were expected")
            }
            seeds.append(seed)
        }
        self.seeds = seeds
        target = try field.field("target").value
        var prompts: [String] = []
        for element in try field.field("prompts").array(maxCount: Self.limits.maxValues) {
            prompts.append(try element.string(maxBytes: Self.limits.maxBytes))
        }
        let promptDigest = try field.field("promptSha256")
        guard try promptDigest.digest() == Self.digest(of: prompts) else {
            throw promptDigest.failure("not the digest of the prompt")
        }
        let output: Solution.Output
        var failure: RequestFailure?
        if let member = try field.optional("failure") {
            try member.allow(only: ["code", "message"])
            failure = RequestFailure(
                code: try member.field("code").string(maxBytes: 64), message: try member.field("message").string(maxBytes: Self.limits.maxBytes))
        }
        if let choices = try field.optional("choices") {
            output = .choices(try Self.scored(choices), alone: try field.optional("alone").map { alone throws(JSONFieldError) in try Self.scored(alone) } ?? [])
        } else if let list = try field.optional("outputs") {
            var texts: [GeneratedText] = []
            for element in try list.array(maxCount: Self.limits.maxValues) { texts.append(try GeneratedText(element)) }
            output = .texts(texts)
        } else if let failure {
            output = .failure(failure)
        } else {
            throw field.failure("choices, outputs or a failure was expected")
        }
        let trace = try field.optional("scaffold").map { trace throws(JSONFieldError) in try ScaffoldTrace(trace) }
        guard trace?.fits(id: id, seeds: seeds, prompts: prompts, output: output) ?? true else {
            throw field.failure("the scaffold's record is of other prompts, seeds or outputs")
        }
        solution = Solution(prompts: prompts, output: output, trace: trace)
        self.failure = failure
        score = try field.optional("score").map { score throws(JSONFieldError) in try SampleScore(score) }
        guard (score == nil) == (failure != nil) else { throw field.failure("either a score or a failure was expected") }
    }

    private static func scored(_ field: JSONField) throws(JSONFieldError) -> [Solution.ScoredContinuation] {
        var scored: [Solution.ScoredContinuation] = []
        for element in try field.array(maxCount: limits.maxValues) { scored.append(try Solution.ScoredContinuation(element)) }
        return scored
    }
}

extension Solution.ScoredContinuation {
    fileprivate var json: JSONValue {
        [
            "text": .string(text), "bits": .string(ExactNumber.hex(score.logLikelihood.bitPattern)),
            "nats": .string(DecimalText.fixed(score.logLikelihood) ?? "beyond"),
            "tokens": .string(score.tokenLogLikelihoods.map { ExactNumber.hex($0.bitPattern) }.joined()),
            "greedy": .bool(score.isGreedy),
        ]
    }

    fileprivate init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["text", "bits", "nats", "tokens", "greedy"])
        let bits = try field.field("bits")
        guard let sum = ExactNumber.uint64(try bits.string(maxBytes: 16)) else {
            throw bits.failure("16 hexadecimal digits were expected")
        }
        let tokens = try field.field("tokens")
        guard let values = ExactNumber.floats(try tokens.string(maxBytes: SampleRecord.limits.maxBytes)) else {
            throw tokens.failure("8 hexadecimal digits for each token were expected")
        }
        self.init(
            text: try field.field("text").string(maxBytes: SampleRecord.limits.maxBytes),
            score: ContinuationScore(
                logLikelihood: Double(bitPattern: sum), tokenLogLikelihoods: values,
                isGreedy: try field.field("greedy").bool()))
        // The decimal is for people; the record must still be one that this code would write.
        let nats = try field.field("nats")
        guard try nats.string(maxBytes: 64) == DecimalText.fixed(score.logLikelihood) ?? "beyond" else {
            throw nats.failure("not the value of \"bits\"")
        }
    }
}

extension GeneratedText {
    fileprivate var json: JSONValue {
        [
            "text": .string(text), "tokens": .array(tokens.map { .integer(Int64($0)) }), "finish": .string(finish),
            "promptTokens": .integer(Int64(promptTokenCount)),
        ]
    }

    fileprivate init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["text", "tokens", "finish", "promptTokens"])
        var tokens: [Int] = []
        for token in try field.field("tokens").array(maxCount: SampleRecord.limits.maxValues) {
            tokens.append(Int(try token.integer(in: 0...Int64(Int32.max))))
        }
        self.init(
            text: try field.field("text").string(maxBytes: SampleRecord.limits.maxBytes), tokens: tokens,
            finish: try field.field("finish").string(maxBytes: 64),
            promptTokenCount: Int(try field.field("promptTokens").integer(in: 0...1 << 32)))
    }
}

/// Bit patterns as lower-case hexadecimal, most significant digit first.
enum ExactNumber {
    static func hex(_ value: UInt64) -> String { hex(value, digits: 16) }
    static func hex(_ value: UInt32) -> String { hex(UInt64(value), digits: 8) }

    private static func hex(_ value: UInt64, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    static func uint64(_ text: String) -> UInt64? {
        guard text.utf8.count == 16, let bytes = Hex.decode(text) else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func floats(_ text: String) -> [Float]? {
        guard let bytes = Hex.decode(text), bytes.count.isMultiple(of: 4) else { return nil }
        return stride(from: 0, to: bytes.count, by: 4).map { start in
            Float(bitPattern: bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
    }
}
