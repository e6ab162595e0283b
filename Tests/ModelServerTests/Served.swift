import CanonicalEncoding
import Foundation
import TestTools
import Testing

/// The demonstration model, served to all tests of this target by one program.
enum Served {
    static let name = "smol"
    private static let program = Result {
        try ServeProgram(["--model", DemonstrationModel.path(), "--served-model-name", name, "--context", "1024"])
    }

    static func connect() throws -> RawConnection { try RawConnection(socket: socket()) }

    static func socket() throws -> String { try #require(program.get().socket) }

    static func errors() throws -> String { try program.get().errors }

    static func post(_ path: String, _ body: JSONValue) throws -> (status: Int, json: JSONValue, headers: [String: String]) {
        try post(path, bytes: CanonicalJSON.encode(body, numbers: .any))
    }

    static func post(_ path: String, bytes: [UInt8]) throws -> (status: Int, json: JSONValue, headers: [String: String]) {
        let connection = try connect()
        connection.request("POST", path, bytes)
        let reply = try connection.reply()
        return (reply.status, try StrictJSON.parse(reply.body), reply.headers)
    }

    static func get(_ path: String) throws -> (status: Int, body: [UInt8]) {
        let connection = try connect()
        connection.request("GET", path)
        let reply = try connection.reply()
        return (reply.status, reply.body)
    }

    /// The events of a stream but the last, which says that it is done.
    static func stream(_ path: String, _ body: JSONValue) throws -> [JSONValue] {
        let connection = try connect()
        connection.request("POST", path, try CanonicalJSON.encode(body, numbers: .any))
        let reply = try connection.reply()
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"]?.hasPrefix("text/event-stream") == true)
        #expect(reply.events.last == Array("[DONE]".utf8))
        return try reply.events.dropLast().map { try StrictJSON.parse($0) }
    }
}

extension JSONValue {
    subscript(place: Int) -> JSONValue? { array.flatMap { $0.indices.contains(place) ? $0[place] : nil } }
    var doubles: [Double?] { array?.map(\.double) ?? [] }
    var strings: [String] { array?.compactMap(\.string) ?? [] }
    var integers: [Int64] { array?.compactMap(\.integer) ?? [] }
}

/// What other programs made of the demonstration model.
struct Reference: Sendable, CustomTestStringConvertible {
    let text: String
    let tokens: [Int64]
    let logprobs: [Double?]
    let written: [Int64]
    var testDescription: String { String(text.prefix(30)) }

    static func lines(_ name: String) throws -> [Reference] {
        try DemonstrationModel.fixture(name).map { line in
            let value = try StrictJSON.parse(line)
            return Reference(
                text: value["text"]?.string ?? "", tokens: value["tokens"]?.integers ?? [], logprobs: value["logprobs"]?.doubles ?? [],
                written: value["written"]?.integers ?? [])
        }
    }
}
