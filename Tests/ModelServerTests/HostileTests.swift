import CanonicalEncoding
import TestTools
import Testing

/// Bodies and heads that no client means well with. The server answers or closes, and goes on.
@Suite(.serialized) struct HostileTests {
    @Test(arguments: [
        "", "{", "null", "[]", "\"a\"", "{\"prompt\":\"\u{0}", #"{"prompt":"\ud800"}"#, #"{"prompt":"a","prompt":"b"}"#, #"{"prompt":1e999}"#,
        #"{"prompt":"a"} x"#, String(repeating: "[", count: 100_000), #"{"prompt":"# + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "}",
        #"{"prompt":"a","max_tokens":99999999999999999999}"#, #"{"prompt":"a","n":1e300}"#, #"{"prompt":[9223372036854775807]}"#,
        #"{"prompt":"a","temperature":1e308}"#,
    ])
    func bodies(body: String) throws {
        let (status, json, _) = try Served.post("/v1/completions", bytes: Array(body.utf8))
        #expect(status == 400 && json["error"]?["message"]?.string?.isEmpty == false, "\(json)")
        #expect(try Served.get("/health").status == 200)
    }

    @Test func aBodyBeyondTheLimit() throws {
        let connection = try Served.connect()
        connection.request("POST", "/v1/completions", Array(repeating: 0x20, count: (16 << 20) + 1))
        #expect(try connection.reply().status == 413)
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        "GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 10_000) + "\r\n", "GET /\u{0} HTTP/1.1\r\n\r\n",
        "GET /" + String(repeating: "a", count: 200_000) + " HTTP/1.1\r\n\r\n",
    ])
    func heads(head: String) throws {
        let connection = try Served.connect()
        connection.send(Array(head.utf8))
        var came: [UInt8] = []
        while case let more = connection.some(), !more.isEmpty { came += more }
        #expect(came.isEmpty || came.starts(with: "HTTP/1.1 4".utf8))
        #expect(try Served.get("/health").status == 200)
    }

    @Test(arguments: [("GET", "/"), ("GET", "/v1/completions"), ("POST", "/v1/models"), ("DELETE", "/v1/models/smol"), ("GET", "/../../etc/passwd"), ("POST", "/v1/embeddings")])
    func otherPaths(method: String, path: String) throws {
        let connection = try Served.connect()
        connection.request(method, path, method == "POST" ? Array("{}".utf8) : nil)
        let reply = try connection.reply()
        #expect(reply.status == 404)
        #expect(try StrictJSON.parse(reply.body)["error"]?["code"] == "unknown_url")
    }
}
