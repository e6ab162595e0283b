import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport

struct RosterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roster", abstract: "The people: take in a newer roster, suspend somebody at once.",
        discussion: """
            The roster is the clearing authority's (assay-authority sign); only a higher version is taken in.

            Examples:
              assay roster install roster.dsse.json --as dave
              assay roster suspend alice --as carol --purpose "her key is lost"
            """,
        subcommands: [RosterInstall.self, RosterSuspend.self])
}

struct RosterInstall: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Take in a newer roster, signed by the clearing authority. It takes two persons.",
        discussion: "Example: assay roster install roster.dsse.json --as dave")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The signed roster.") var file: String

    func execute() throws {
        let result = try signing.install("roster.install", "roster", file, through: connection)
        try connection.show(result) {
            "Roster, version \(result["version"]?.integer ?? 0): \(Counted.of(result["people"]?.integer ?? 0, "person", "people")). Ledger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}

struct RosterSuspend: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Bar a person at once, until the next roster. One custodian or lab representative is enough.",
        discussion: "Example: assay roster suspend alice --as carol --purpose \"her key is lost\"")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The person.") var name: String

    func execute() throws {
        let result = try signing.act("person.suspend", ["person": .string(name)], through: connection)
        try connection.show(result) { "\(name) is barred until the next roster. Ledger entry \(result["entry"]?.integer ?? 0)." }
    }
}

struct TermsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "terms", abstract: "The terms with each lab: what may be shown, and what was.",
        discussion: """
            Terms are signed by the lab (assay-lab sign-terms) and by the clearing authority (assay-authority sign). Without them \
            nothing of that lab's submissions is shown.

            Examples:
              assay terms
              assay terms install terms.dsse.json --as dave
            """,
        subcommands: [TermsShow.self, TermsInstall.self], defaultSubcommand: TermsShow.self)
}

struct TermsInstall: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Take in terms that the lab and the clearing authority have signed.",
        discussion: "Example: assay terms install terms.dsse.json --as dave")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions
    @Argument(help: "The signed terms.") var file: String

    func execute() throws {
        let result = try signing.install("terms.install", "terms", file, through: connection)
        try connection.show(result) {
            "Terms, version \(result["version"]?.integer ?? 0), with the lab of key \(result["lab"]?.string ?? ""). Ledger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}

struct TermsShow: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Budgets, and how much of them is spent, in bytes after compression.",
        discussion: "Example: assay terms")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("budgets")
        try connection.show(result) {
            let tables = (result["terms"]?.array ?? []).map { terms in
                let rows = (terms["classes"]?.array ?? []).flatMap { entry in
                    let kind = entry["class"]?.string ?? ""
                    return [[kind, "all", "\(entry["spent"]?.integer ?? 0)", "\(entry["total"]?.integer ?? 0)"]]
                        + (entry["people"]?.array ?? []).filter { ($0["spent"]?.integer ?? 0) > 0 }.map { person in
                            ["", person["name"]?.string ?? "", "\(person["spent"]?.integer ?? 0)", "\(entry["person"]?.integer ?? 0)"]
                        }
                }
                return "Lab \(terms["lab"]?.string ?? ""), version \(terms["version"]?.integer ?? 0), until \(terms["expires"]?.string ?? "")\n"
                    + Output.table([["class", "to", "shown", "of"]] + rows, rightAligned: [2, 3])
            }
            return tables.isEmpty ? "No terms are in force: nothing of a submission is shown." : tables.joined(separator: "\n\n")
        }
    }
}

struct Maintain: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Have work on the machine itself agreed to and put on record: its clock, disks, software.",
        discussion: "Example: assay maintain --as dave --purpose \"replace the second disk\"")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions

    func execute() throws {
        let result = try signing.act("appliance.maintain", [:], through: connection)
        try connection.show(result) { "Agreed and recorded. Ledger entry \(result["entry"]?.integer ?? 0)." }
    }
}

struct Purge: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase a submission's keys and content for good. It takes two persons.",
        discussion: """
            What it was called, its digests, plans, figures and verdict stay; nothing of it can be opened again.

            Example: assay purge 4f1c --as dave --purpose "the engagement is over"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "The submission, or the start of its name.") var submission: String

    func execute() throws {
        let result = try signing.act("submission.purge", ["submission": .string(submission)], through: connection)
        try connection.show(result) {
            "Submission \(result["submission"]?.string ?? "") is erased. Ledger entry \(result["entry"]?.integer ?? 0)."
        }
    }
}

extension RequestSigning {
    /// Signs for a signed document by its digest, and sends it along.
    func install(_ action: String, _ member: String, _ file: String, through connection: ConnectionOptions) throws -> JSONValue {
        let bytes = try Files.read(file, maxBytes: 2 << 20)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandFailure(.missingInput, "\(file) is no signed document: it is not UTF-8.")
        }
        return try act(action, ["\(member)": .string(SHA256Digest.of(bytes).hex)], attachment: text, through: connection)
    }
}
