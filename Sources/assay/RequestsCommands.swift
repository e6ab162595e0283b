import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Requests that wait for a second person: list, approve, decline, withdraw.",
        discussion: """
            Raw weights, rows above the quota, changed plans, verdicts, exports, purges, rosters, benchmark packs, maintenance, another key \
            or TPM for the ledger and going on from a backup take more than one person, as the terms and the roster say. Whoever \
            agrees signs over the very request. Whoever asked then gives the command again, with --approved and the request's name.

            Examples:
              assay requests
              assay requests approve 3fa9c1 --as carol --purpose "as agreed on Monday"
            """,
        subcommands: [RequestsList.self, RequestsApprove.self, RequestsDecline.self, RequestsWithdraw.self],
        defaultSubcommand: RequestsList.self)
}

struct RequestsList: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The requests that wait, with what was signed.", discussion: "Example: assay requests")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("requests")
        try connection.show(result) {
            let rows = (result["requests"]?.array ?? []).map { request in
                [
                    String(request["request"]?.string?.prefix(12) ?? ""), request["person"]?.string ?? "",
                    request["action"]?.string ?? "", request["purpose"]?.string ?? "",
                    "\(request["approvals"]?.array?.count ?? 0)", request["expires"]?.string ?? "",
                ]
            }
            return rows.isEmpty
                ? "Nothing waits." : Output.table([["request", "person", "action", "purpose", "approvals", "until"]] + rows, rightAligned: [4])
        }
    }
}

/// Deciding on somebody's request: it is shown, held against its digest, and then signed over.
protocol DecisionCommand: ApplianceCommand {
    var connection: ConnectionOptions { get }
    var signing: SignerOptions { get }
    var request: String { get }
    static var action: String { get }
    static var done: String { get }
}

extension DecisionCommand {
    func execute() throws {
        let waiting = try WaitingRequest.find(request, through: connection)
        if !connection.json, let text = try? CanonicalJSON.encode(waiting.signed) {
            print("\(waiting.person) asks: \(String(decoding: text, as: UTF8.self))")
        }
        let result = try signing.act(Self.action, ["request": .string(waiting.id)], through: connection)
        try connection.show(result) {
            let more = result["enough"] == false ? " It still takes \(result["needs"]?.string ?? "")." : ""
            return "\(Self.done) request \(waiting.id.prefix(12)).\(more) Ledger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}

struct RequestsApprove: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Consent to another person's request, with your signature over it.",
        discussion: "Example: assay requests approve 3fa9c1 --as carol --purpose \"as agreed on Monday\"")
    static let (action, done) = ("request.approve", "Approved")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The request, or the start of its name.") var request: String
}

struct RequestsDecline: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "decline", abstract: "Refuse another person's request; the reason is --purpose.",
        discussion: "Example: assay requests decline 3fa9c1 --as carol --purpose \"not without our engineer\"")
    static let (action, done) = ("request.decline", "Declined")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The request, or the start of its name.") var request: String
}

struct RequestsWithdraw: DecisionCommand {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "Take back a request of your own that waits.",
        discussion: "Example: assay requests withdraw 3fa9c1 --as alice")
    static let (action, done) = ("request.withdraw", "Withdrew")
    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The request, or the start of its name.") var request: String
}
