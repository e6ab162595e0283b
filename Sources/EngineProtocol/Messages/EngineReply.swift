import CanonicalEncoding

/// Everything a worker can answer.
package enum EngineReply: Hashable, Sendable {
    case hello(EngineHello)
    case load(ModelInformation)
    case information(ModelInformation)
    case tokenize([[Int]])
    case renderChat([String])
    case score([ScoreResult])
    case generate([GenerateResult])
    case tensorStatistics(TensorStatistics)
    case shutdown
    case openWeights(WeightTables)
    case tensorValues(TensorValues)
    case tensorSpectrum(TensorSpectrum)
    case compareTensors(TensorComparison)
    case weightMetadata(WeightMetadata)
    case detokenize([TokenPiece])
    case beginWriting(WritingStart)
    case continueWriting([WrittenPart])
    case endWriting
    case failure(EngineFailure)

    private static let failureName = "error"

    private var name: String {
        switch self {
        case .hello: EngineRequest.Name.hello.rawValue
        case .load: EngineRequest.Name.load.rawValue
        case .information: EngineRequest.Name.information.rawValue
        case .tokenize: EngineRequest.Name.tokenize.rawValue
        case .renderChat: EngineRequest.Name.renderChat.rawValue
        case .score: EngineRequest.Name.score.rawValue
        case .generate: EngineRequest.Name.generate.rawValue
        case .tensorStatistics: EngineRequest.Name.tensorStatistics.rawValue
        case .shutdown: EngineRequest.Name.shutdown.rawValue
        case .openWeights: EngineRequest.Name.openWeights.rawValue
        case .tensorValues: EngineRequest.Name.tensorValues.rawValue
        case .tensorSpectrum: EngineRequest.Name.tensorSpectrum.rawValue
        case .compareTensors: EngineRequest.Name.compareTensors.rawValue
        case .weightMetadata: EngineRequest.Name.weightMetadata.rawValue
        case .detokenize: EngineRequest.Name.detokenize.rawValue
        case .beginWriting: EngineRequest.Name.beginWriting.rawValue
        case .continueWriting: EngineRequest.Name.continueWriting.rawValue
        case .endWriting: EngineRequest.Name.endWriting.rawValue
        case .failure: EngineReply.failureName
        }
    }

    private var body: JSONValue {
        switch self {
        case .hello(let hello): hello.json
        case .load(let information), .information(let information): information.json
        case .tokenize(let tokens): ["tokens": .array(tokens.map { .tokens($0) })]
        case .renderChat(let texts): ["texts": .strings(texts)]
        case .score(let results): ["results": .array(of: results)]
        case .generate(let results): ["results": .array(of: results)]
        case .tensorStatistics(let statistics): statistics.json
        case .shutdown: [:]
        case .openWeights(let tables): tables.json
        case .tensorValues(let values): values.json
        case .tensorSpectrum(let spectrum): spectrum.json
        case .compareTensors(let comparison): comparison.json
        case .weightMetadata(let metadata): metadata.json
        case .detokenize(let pieces): TokenPiece.json(pieces)
        case .beginWriting(let start): start.json
        case .continueWriting(let parts): ["parts": .array(of: parts)]
        case .endWriting: [:]
        case .failure(let failure): failure.json
        }
    }

    /// The frame's payload.
    package func encoded(id: Int) throws(JSONError) -> [UInt8] {
        try CanonicalJSON.encode(["id": .count(id), "reply": .string(name), "body": body])
    }

    /// Reads the reply to the request `name` with `id`: another id or name is refused.
    package static func decoded(
        _ payload: [UInt8], to name: EngineRequest.Name, id: Int
    ) throws(JSONFieldError) -> EngineReply {
        let value: JSONValue
        do {
            value = try StrictJSON.parse(payload, limits: WireLimits.json)
        } catch {
            throw JSONFieldError(path: "$", message: error.description)
        }
        let field = JSONField(value)
        try field.allow(only: ["id", "reply", "body"])
        let answered = try field.field("id")
        guard try answered.count() == id else { throw answered.failure("the reply is to another request than \(id)") }
        let reply = try field.field("reply")
        let replyName = ExactString(try reply.string(maxBytes: 64))
        let body = try field.field("body")
        if replyName == ExactString(failureName) { return .failure(try EngineFailure(body)) }
        guard replyName == ExactString(name.rawValue) else { throw reply.failure("\(name.rawValue) was expected") }
        switch name {
        case .hello: return .hello(try EngineHello(body))
        case .load: return .load(try ModelInformation(body))
        case .information: return .information(try ModelInformation(body))
        case .tokenize:
            try body.allow(only: ["tokens"])
            var lists: [[Int]] = []
            for list in try body.field("tokens").array(maxCount: WireLimits.batch) { lists.append(try list.tokens()) }
            return .tokenize(lists)
        case .renderChat:
            try body.allow(only: ["texts"])
            return .renderChat(try body.field("texts").strings())
        case .score:
            try body.allow(only: ["results"])
            return .score(try ScoreResult.array(body.field("results")))
        case .generate:
            try body.allow(only: ["results"])
            return .generate(try GenerateResult.array(body.field("results")))
        case .tensorStatistics: return .tensorStatistics(try TensorStatistics(body))
        case .shutdown:
            try body.allow(only: [])
            return .shutdown
        case .openWeights: return .openWeights(try WeightTables(body))
        case .tensorValues: return .tensorValues(try TensorValues(body))
        case .tensorSpectrum: return .tensorSpectrum(try TensorSpectrum(body))
        case .compareTensors: return .compareTensors(try TensorComparison(body))
        case .weightMetadata: return .weightMetadata(try WeightMetadata(body))
        case .detokenize: return .detokenize(try TokenPiece.list(body))
        case .beginWriting: return .beginWriting(try WritingStart(body))
        case .continueWriting:
            try body.allow(only: ["parts"])
            return .continueWriting(try WrittenPart.array(body.field("parts")))
        case .endWriting:
            try body.allow(only: [])
            return .endWriting
        }
    }
}

extension EngineFailure: WireMessage {
    package var json: JSONValue { ["code": .string(code.rawValue), "message": .string(message)] }

    package init(_ field: JSONField) throws(JSONFieldError) {
        try field.allow(only: ["code", "message"])
        self.init(
            try field.field("code").word(Code.self),
            // It came from the worker, which hostile bytes may have taken over.
            PlainText.of(try field.field("message").string(maxBytes: 65_536), maximumBytes: 4096))
    }
}
