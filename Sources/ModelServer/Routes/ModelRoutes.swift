import Hummingbird

/// `/v1/models` and `/health`
extension Endpoint {
    @Sendable func models(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        try Self.json(["object": "list", "data": [model.json]])
    }

    /// A name may hold slashes: all that is left of the path is one.
    @Sendable func oneModel(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let name = context.parameters.getCatchAll().joined(separator: "/")
        guard Array(name.utf8) == Array(model.name.utf8) else {
            throw APIError.notFound("there is no model of that name here; this is \(model.name)", member: "model", code: "model_not_found")
        }
        return try Self.json(model.json)
    }

    /// 200 for as long as the worker lives.
    @Sendable func health(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        if let end = await queue.end { throw APIError(end) }
        return Response(status: .ok)
    }
}
