import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport
import Foundation

/// What puts a person's signed request before the appliance.
protocol RequestSigning {
    func act(_ action: String, _ scope: JSONValue, attachment: String?, through connection: ConnectionOptions) throws -> JSONValue
}

extension RequestSigning {
    func act(_ action: String, _ scope: JSONValue, through connection: ConnectionOptions) throws -> JSONValue {
        try act(action, scope, attachment: nil, through: connection)
    }
}

/// Who asks, and with which key.
struct SignerOptions: ParsableArguments, RequestSigning {
    @Option(name: .customLong("as"), help: "Your name as the roster has it.")
    var person: String

    @Option(
        name: .long,
        help: "Your OpenSSH private key; or the public one, and ssh-agent signs. Default: ~/.ssh/id_ed25519.")
    var key: String?

    private static let defaultKey = NSString(string: "~/.ssh/id_ed25519").expandingTildeInPath

    @Option(name: .long, help: "Why you ask; it goes into the request that you sign.")
    var purpose: String = "audit"

    /// Submits `action` on `scope`: under an open session where that is enough, else signed with ssh-keygen over a fresh
    /// challenge.
    ///
    /// - Parameter attachment: what the request names by digest in its scope, such as a plan.
    func act(
        _ action: String, _ scope: JSONValue, attachment: String?, through connection: ConnectionOptions
    ) throws -> JSONValue {
        let result: JSONValue
        if action.hasPrefix("inspect."), let session = try StoredSession.read(person) {
            result = try connection.call(
                "look",
                ["action": .string(action), "scope": scope, "session": .integer(session.number), "token": .string(session.token)])
        } else {
            result = try submit(action, scope, attachment: attachment, through: connection)
        }
        guard let waiting = result["waiting"] else { return result }
        if connection.json { try Output.json(result) }
        let id = waiting["request"]?.string ?? ""
        throw CommandFailure(
            .waiting,
            """
            This takes the consent of \(waiting["needs"]?.string ?? ""). It waits until \(waiting["expires"]?.string ?? ""), on the ledger, as \
            request \(id.prefix(12)).
            They decide with: assay requests approve \(id.prefix(12)) --as NAME
            Then give this command again with: --approved \(id.prefix(12))
            """)
    }

    fileprivate func submit(
        _ action: String, _ scope: JSONValue, attachment: String?, through connection: ConnectionOptions
    ) throws -> JSONValue {
        let challenge = try connection.call("challenge", ["person": .string(person)])
        let request: JSONValue = [
            "action": .string(action), "checkpoint": challenge["checkpoint"] ?? nil, "nonce": challenge["nonce"] ?? nil,
            "person": .string(person), "purpose": .string(purpose), "scope": scope, "v": 1,
        ]
        let bytes = try CanonicalJSON.encode(request)
        let signature = try SSHSigner(key: key ?? Self.defaultKey).sign(bytes)
        var parameters: JSONObject = [
            "request": .string(String(decoding: bytes, as: UTF8.self)), "signature": .string(signature),
        ]
        if let attachment { parameters["attachment"] = .string(attachment) }
        return try connection.call("act", .object(parameters))
    }
}

/// The same, for what may take others' consent.
struct SigningOptions: ParsableArguments, RequestSigning {
    @OptionGroup var signer: SignerOptions

    @Option(name: .long, help: "Carry out this request of yours, which others have approved. (What takes their consent ends with status 75 and the request's name.)")
    var approved: String?

    func act(
        _ action: String, _ scope: JSONValue, attachment: String?, through connection: ConnectionOptions
    ) throws -> JSONValue {
        guard let approved else { return try signer.act(action, scope, attachment: attachment, through: connection) }
        let waiting = try WaitingRequest.find(approved, through: connection)
        guard waiting.person == signer.person, waiting.action == action else {
            throw CommandFailure(
                .refused,
                "Request \(waiting.id.prefix(12)) is \(waiting.person)'s for \(waiting.action), not \(signer.person)'s for \(action).")
        }
        return try signer.submit("request.perform", ["request": .string(waiting.id)], attachment: attachment, through: connection)
    }
}

/// Signs with OpenSSH's own program, and so with whatever keys it can use: files, ssh-agent, security keys.
struct SSHSigner {
    let key: String
    static let namespace = "assay-request@v1"

    func sign(_ message: [UInt8]) throws -> String {
        guard FileManager.default.fileExists(atPath: key) else {
            throw CommandFailure(.missingInput, "There is no key at \(key). Name yours with --key.")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["ssh-keygen", "-Y", "sign", "-q", "-f", key, "-n", Self.namespace]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        do {
            try process.run()
        } catch {
            throw CommandFailure(.cannotSign, "ssh-keygen could not be started: \(error.localizedDescription).")
        }
        // A request is a few hundred bytes, less than a pipe holds, so this cannot block.
        try? input.fileHandleForWriting.write(contentsOf: message)
        try? input.fileHandleForWriting.close()
        let signature = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0, signature.hasPrefix("-----BEGIN SSH SIGNATURE-----") else {
            throw CommandFailure(
                .cannotSign, "ssh-keygen -Y sign failed with the key \(key) (exit status \(process.terminationStatus)).")
        }
        return signature
    }
}

/// A request that waits at the appliance, held against its own name.
struct WaitingRequest {
    /// SHA-256 of the signed bytes.
    let id: String
    let person: String
    let action: String
    /// The request as its author signed it.
    let signed: JSONValue

    /// The one whose name starts with `prefix`. What the appliance shows of it must be what its name is the digest of.
    static func find(_ prefix: String, through connection: ConnectionOptions) throws -> WaitingRequest {
        let all = try connection.call("requests")["requests"]?.array ?? []
        let found = all.filter { $0["request"]?.string?.hasPrefix(prefix) ?? false }
        guard let one = found.first, found.count == 1, let id = one["request"]?.string, let text = one["signed"]?.string else {
            throw CommandFailure(
                .refused, "\(found.isEmpty ? "No waiting request starts" : "\(found.count) waiting requests start") with \(prefix). assay requests lists "
                    + "those that wait.")
        }
        guard SHA256Digest.of(Array(text.utf8)).hex == id, let signed = try? CanonicalJSON.parse(Array(text.utf8)) else {
            throw CommandFailure(.refused, "What the appliance shows as request \(id.prefix(12)) is not what that name stands for. Do not decide on it.")
        }
        return WaitingRequest(
            id: id, person: signed["person"]?.string ?? "", action: signed["action"]?.string ?? "", signed: signed)
    }
}

/// The token of an open session, kept for this user alone.
struct StoredSession {
    let number: Int64
    let token: String

    private static func file(_ person: String) -> String {
        let environment = ProcessInfo.processInfo.environment
        let folder = environment["ASSAY_SESSIONS"] ?? environment["XDG_RUNTIME_DIR"].map { $0 + "/assay" }
            ?? (environment["HOME"] ?? ".") + "/.assay"
        return "\(folder)/session-\(person.filter { $0.isLetter || $0.isNumber || "._-@".contains($0) }).json"
    }

    static func read(_ person: String) throws -> StoredSession? {
        let file = file(person)
        guard Files.exists(file) else { return nil }
        guard let json = try? StrictJSON.parse(Files.read(file, maxBytes: 4096)), let number = json["session"]?.integer,
            let token = json["token"]?.string
        else { throw CommandFailure(.missingInput, "\(file) holds no session. Remove it, and open one with assay session open.") }
        return StoredSession(number: number, token: token)
    }

    func write(_ person: String) throws {
        let file = Self.file(person)
        try Files.makeFolder(String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]), mode: 0o700)
        try Files.write(
            CanonicalJSON.encode(["session": .integer(number), "token": .string(token)]), to: file, mode: 0o600)
    }

    static func remove(_ person: String) { try? FileManager.default.removeItem(atPath: file(person)) }
}
