import ArgumentParser
import CanonicalEncoding
import CommandSupport
import Evaluation

struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Capability thresholds by domain: check a policy before a plan is drafted from it.",
        discussion: """
            Example:
              assay policy check policy.yaml
              assay plan 4f1c --policy policy.yaml --out plan.json
            """,
        subcommands: [PolicyCheck.self])
}

struct PolicyCheck: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Whether a policy is well formed, and which of its suites the appliance does not have.",
        discussion: """
            The file is YAML, as Runbooks/capability-policy.md describes it. With --form-only no appliance is asked.

            Exit status: 0 it is well formed and every elicitation can be asked; 1 it is not, or one cannot; 66 the file is missing; \
            69 no appliance answers.

            Examples:
              assay policy check policy.yaml
              assay policy check policy.yaml --form-only --json
            """)

    @OptionGroup var connection: ConnectionOptions
    @Argument(help: "The policy (YAML).") var file: String
    @Flag(name: .long, help: "Check its form alone, without an appliance.") var formOnly = false

    func execute() throws {
        let policy = try PolicyFile.read(file)
        let missing: [JSONValue]? = formOnly ? nil : try connection.call("policy.check", ["policy": policy.json])["missing"]?.array ?? []
        let elicitations = policy.domains.reduce(0) { $0 + $1.elicitations.count }
        var result: JSONObject = [
            "name": .string(policy.name), "version": .string(policy.version), "sha256": .string(policy.digest.hex),
            "tiers": .array(policy.tiers.map { .string($0) }), "domains": .array(policy.domains.map { .string($0.name) }),
            "elicitations": .integer(Int64(elicitations)),
        ]
        if let missing { result["missing"] = .array(missing) }
        try connection.show(.object(result)) {
            var lines = [
                "\(policy.name) \(policy.version): well formed, sha256 \(policy.digest.hex)",
                "Tiers, from the least strict: \(policy.tiers.joined(separator: ", "))", "",
                Output.table([["domain", "suite", "threshold", "elicitations", "crossing asks for"]] + Self.rows(of: policy)),
            ]
            if let missing {
                lines.append("")
                lines.append(missing.isEmpty ? "Every elicitation can be asked here." : "Cannot be asked here:")
                lines += missing.map { "  \($0["elicitation"]?.string ?? "") (\($0["task"]?.string ?? "")): \($0["reason"]?.string ?? "")" }
            }
            return lines.joined(separator: "\n")
        }
        if let missing, !missing.isEmpty { throw ExitCode(CommandFailure.Status.refused.rawValue) }
    }

    private static func rows(of policy: CapabilityPolicy) -> [[String]] {
        policy.domains.flatMap { domain in
            domain.suites.map { suite in
                [
                    domain.name, suite.task, "\(suite.metric) ≥ \(suite.threshold.text)", suite.elicitations.map(\.name).joined(separator: ", "),
                    [domain.crossing.tier, domain.crossing.exportClass].compactMap(\.self).joined(separator: ", "),
                ]
            }
        }
    }
}

/// A policy as it is given on the command line.
enum PolicyFile {
    static func read(_ path: String) throws -> CapabilityPolicy {
        let bytes = try Files.read(path, maxBytes: 256 << 10)
        do { return try CapabilityPolicy(yaml: bytes, file: path) } catch { throw CommandFailure(.refused, "\(error)") }
    }
}

/// What a policy decided, for people.
enum PolicyTable {
    /// - Parameters:
    ///   - policy: as the evidence has it; nothing is shown for null.
    ///   - results: the suites' rows.
    static func text(_ policy: JSONValue?, results: JSONValue?) -> String? {
        guard let policy, policy != .null else { return nil }
        let domains = policy["domains"]?.array ?? []
        let rows = domains.map { domain in row(domain, results: results?.array ?? []) }
        var lines = [
            Output.table(
                [["domain", "decision", "best elicitation", "n", "value", "bounds", "threshold", "crossing asks for"]] + rows, rightAligned: [3]),
        ]
        for domain in domains {
            let name = domain["domain"]?.string ?? ""
            let baselines = (domain["facts"]?.object?.members ?? []).filter { $0.0.hasPrefix("baseline ") }
            lines += baselines.map { "\(name), \($0.0): \($0.1.string ?? "")" }
            if let needed = domain["itemsNeeded"]?.integer { lines.append("\(name): about \(Counted.of(needed, "more item", "more items")) would settle it") }
        }
        let facts = policy["facts"]
        func fact(_ name: String) -> String { facts?[name]?.string ?? "" }
        lines.append("Asked: \(fact("elicitations run")) of \(fact("elicitations declared")) elicitations, \(fact("samples")) samples, \(fact("tokens")) tokens.")
        lines.append(
            "Policy \(fact("name")) \(fact("version")): tier \(policy["tier"]?.string ?? "")"
                + (fact("export classes").isEmpty ? "" : ", export class \(fact("export classes"))")
                + "; declared is \(policy["release"]?["declared"]?.string ?? "") (\(policy["release"]?["tier"]?.string ?? "")).")
        return lines.joined(separator: "\n")
    }

    private static func row(_ domain: JSONValue, results: [JSONValue]) -> [String] {
        let best = domain["best"]?.string
        let elicitation = (domain["elicitations"]?.array ?? []).first { $0["suite"]?.string == best && best != nil }
        let suite = results.first { $0["task"]?.string == best && best != nil }
        let bounds = elicitation?["bounds"]
        return [
            domain["domain"]?.string ?? "", domain["decision"]?.string ?? "", best ?? "-", suite?["n"]?.integer.map(String.init) ?? "-",
            suite?["value"]?.string ?? "-", bounds?["low"].map { "[\($0.string ?? ""), \(bounds?["high"]?.string ?? "")]" } ?? "-",
            elicitation?["threshold"]?.string.map { "≥ \($0)" } ?? "-",
            [domain["tier"]?.string, domain["facts"]?["export class"]?.string].compactMap(\.self).joined(separator: ", "),
        ]
    }
}
