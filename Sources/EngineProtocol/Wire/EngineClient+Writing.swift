/// Text in steps, and what tokens stand for.
extension EngineClient {
    /// As many pieces as tokens; checked here.
    package func detokenize(_ request: DetokenizeRequest, within duration: Duration) throws(EngineError) -> [TokenPiece] {
        guard case .detokenize(let pieces) = try ask(.detokenize(request), [], duration), pieces.count == request.tokens.count else {
            throw unexpected(.detokenize)
        }
        return pieces
    }

    package func beginWriting(_ request: WritingRequest, within duration: Duration) throws(EngineError) -> WritingStart {
        guard case .beginWriting(let start) = try ask(.beginWriting(request), [], duration),
            start.promptTokenCounts.count == request.prompts.count
        else { throw unexpected(.beginWriting) }
        return start
    }

    /// - Parameter texts: how many there are; as many parts come, none with more tokens than steps; checked here.
    package func continueWriting(_ step: WritingStep, texts: Int, within duration: Duration) throws(EngineError) -> [WrittenPart] {
        guard case .continueWriting(let parts) = try ask(.continueWriting(step), [], duration), parts.count == texts,
            parts.allSatisfy({ $0.tokens.count <= step.steps })
        else { throw unexpected(.continueWriting) }
        return parts
    }

    package func endWriting(_ id: Int, within duration: Duration = .seconds(30)) throws(EngineError) {
        guard case .endWriting = try ask(.endWriting(id), [], duration) else { throw unexpected(.endWriting) }
    }
}
