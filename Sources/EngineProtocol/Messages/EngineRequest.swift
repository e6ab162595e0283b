import CanonicalEncoding

/// Everything a worker can be asked.
///
/// On the wire a request is `{"body":…,"id":N,"request":NAME}` and its reply `{"body":…,"id":N,"reply":NAME}` with the
/// same id and name, or `{"body":{"code":…,"message":…},"id":N,"reply":"error"}`. One request is under way at a time.
package enum EngineRequest: Hashable, Sendable {
    /// With one descriptor, a memfd that holds a nonce.
    case hello
    /// With a descriptor for each file.
    case load(LoadRequest)
    case information
    case tokenize(TokenizeRequest)
    case renderChat(RenderChatRequest)
    case score(ScoreRequest)
    case generate(GenerateRequest)
    case tensorStatistics(TensorStatisticsRequest)
    /// Answered, then the worker exits.
    case shutdown
    /// With a descriptor for each file. What follows looks into the files so opened.
    case openWeights(OpenWeightsRequest)
    case tensorValues(TensorValuesRequest)
    case tensorSpectrum(TensorSpectrumRequest)
    case compareTensors(TensorComparisonRequest)
    case weightMetadata(WeightMetadataRequest)
    case detokenize(DetokenizeRequest)
    /// Text in steps: begun, continued until every part has said its reason to finish, ended at any time.
    case beginWriting(WritingRequest)
    case continueWriting(WritingStep)
    /// With its id. An id that is not known (any more) is no failure.
    case endWriting(Int)

    package enum Name: String, Hashable, Sendable, CaseIterable {
        case hello, load, information, tokenize
        case renderChat = "render-chat"
        case score, generate
        case tensorStatistics = "tensor-statistics"
        case shutdown
        case openWeights = "open-weights"
        case tensorValues = "tensor-values"
        case tensorSpectrum = "tensor-spectrum"
        case compareTensors = "compare-tensors"
        case weightMetadata = "weight-metadata"
        case detokenize
        case beginWriting = "begin-writing"
        case continueWriting = "continue-writing"
        case endWriting = "end-writing"
    }

    package var name: Name {
        switch self {
        case .hello: .hello
        case .load: .load
        case .information: .information
        case .tokenize: .tokenize
        case .renderChat: .renderChat
        case .score: .score
        case .generate: .generate
        case .tensorStatistics: .tensorStatistics
        case .shutdown: .shutdown
        case .openWeights: .openWeights
        case .tensorValues: .tensorValues
        case .tensorSpectrum: .tensorSpectrum
        case .compareTensors: .compareTensors
        case .weightMetadata: .weightMetadata
        case .detokenize: .detokenize
        case .beginWriting: .beginWriting
        case .continueWriting: .continueWriting
        case .endWriting: .endWriting
        }
    }

    /// How many descriptors come with it.
    package var descriptorCount: Int {
        switch self {
        case .hello: 1
        case .load(let request): request.files.count
        case .openWeights(let request): request.files.count
        default: 0
        }
    }
}

extension EngineRequest {
    /// The frame's payload.
    package func encoded(id: Int) throws(JSONError) -> [UInt8] {
        let body: JSONValue =
            switch self {
            case .hello: ["protocol": .count(EngineHello.protocolVersion)]
            case .information, .shutdown: [:]
            case .load(let request): request.json
            case .tokenize(let request): request.json
            case .renderChat(let request): request.json
            case .score(let request): request.json
            case .generate(let request): request.json
            case .tensorStatistics(let request): request.json
            case .openWeights(let request): request.json
            case .tensorValues(let request): request.json
            case .tensorSpectrum(let request): request.json
            case .compareTensors(let request): request.json
            case .weightMetadata(let request): request.json
            case .detokenize(let request): request.json
            case .beginWriting(let request): request.json
            case .continueWriting(let step): step.json
            case .endWriting(let id): ["id": .count(id)]
            }
        return try CanonicalJSON.encode(["id": .count(id), "request": .string(name.rawValue), "body": body])
    }

    /// The request and its id; the id is 0 when not even that could be read.
    package static func decoded(_ payload: [UInt8]) -> (id: Int, request: Result<EngineRequest, EngineFailure>) {
        var id = 0
        do {
            let field = JSONField(try StrictJSON.parse(payload, limits: WireLimits.json))
            id = try field.field("id").count(in: 0...WireLimits.integer)
            try field.allow(only: ["id", "request", "body"])
            return (id, .success(try request(field.field("request").word(Name.self), field.field("body"))))
        } catch let error as JSONFieldError {
            return (id, .failure(EngineFailure(.invalidRequest, error.description)))
        } catch {
            return (id, .failure(EngineFailure(.invalidRequest, "\(error)")))
        }
    }

    private static func request(_ name: Name, _ body: JSONField) throws(JSONFieldError) -> EngineRequest {
        switch name {
        case .hello:
            try body.allow(only: ["protocol"])
            let version = try body.field("protocol")
            guard try version.count() == EngineHello.protocolVersion else {
                throw version.failure("this engine speaks protocol \(EngineHello.protocolVersion)")
            }
            return .hello
        case .information, .shutdown:
            try body.allow(only: [])
            return name == .information ? .information : .shutdown
        case .load: return .load(try LoadRequest(body))
        case .tokenize: return .tokenize(try TokenizeRequest(body))
        case .renderChat: return .renderChat(try RenderChatRequest(body))
        case .score: return .score(try ScoreRequest(body))
        case .generate: return .generate(try GenerateRequest(body))
        case .tensorStatistics: return .tensorStatistics(try TensorStatisticsRequest(body))
        case .openWeights: return .openWeights(try OpenWeightsRequest(body))
        case .tensorValues: return .tensorValues(try TensorValuesRequest(body))
        case .tensorSpectrum: return .tensorSpectrum(try TensorSpectrumRequest(body))
        case .compareTensors: return .compareTensors(try TensorComparisonRequest(body))
        case .weightMetadata: return .weightMetadata(try WeightMetadataRequest(body))
        case .detokenize: return .detokenize(try DetokenizeRequest(body))
        case .beginWriting: return .beginWriting(try WritingRequest(body))
        case .continueWriting: return .continueWriting(try WritingStep(body))
        case .endWriting:
            try body.allow(only: ["id"])
            return .endWriting(try body.field("id").count(in: 0...WireLimits.integer))
        }
    }
}
