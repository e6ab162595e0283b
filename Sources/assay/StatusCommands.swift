import ArgumentParser
import CanonicalEncoding
import CommandSupport

struct Status: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "What the appliance is and holds.", discussion: "Example: assay status --json")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let status = try connection.call("status")
        try connection.show(status) {
            var rows = [["state", status["state"]?.string ?? ""]]
            if let name = status["name"]?.string { rows.append(["name", name]) }
            if let size = status["restored"]?["size"]?.integer {
                rows.append(["restored", "from a backup of \(Counted.entries(size)), root \(status["restored"]?["root"]?.string?.prefix(16) ?? "")…"])
                rows.append(["", "two persons must agree to go on from it: assay restore confirm"])
            }
            if let failure = status["unbound"]?.string {
                rows.append(["unbound", failure])
                rows.append(["", "two persons must agree to bind the ledger to another TPM: assay ledger rebind-tpm"])
            }
            if let ledger = status["ledger"], let size = ledger["size"]?.integer {
                rows.append(["ledger", "\(Counted.entries(size)), root \(ledger["root"]?.string?.prefix(16) ?? "")…"])
                rows.append(["origin", ledger["origin"]?.string ?? ""])
            }
            if let anchor = status["anchor"], anchor != .null { rows += Self.rows(of: anchor) }
            if let count = status["submissions"]?.integer {
                let (duplicates, superseded) = (status["duplicates"]?.integer ?? 0, status["superseded"]?.integer ?? 0)
                let words = (duplicates > 0 ? ["\(duplicates) with weights that were there"] : []) + (superseded > 0 ? ["\(superseded) superseded"] : [])
                rows.append(["submissions", "\(count)" + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")])
            }
            if let count = status["runs"]?.integer { rows.append(["evaluation runs", "\(count)"]) }
            for person in status["people"]?.array ?? [] {
                let roles = (person["roles"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
                rows.append(["person", "\(person["name"]?.string ?? "") (\(roles))"])
            }
            return Output.table(rows)
        }
    }

    private static func rows(of anchor: JSONValue) -> [[String]] {
        let counter = anchor["counter"]?.integer.map(String.init) ?? "does not answer"
        var rows = [
            ["anchor", "\(anchor["anchored"]?.integer ?? 0), \(Counted.entries(anchor["behind"]?.integer ?? 0)) since"],
            ["TPM's counter", "\(counter), at \(anchor["index"]?.string ?? "") of \(anchor["tcti"]?.string ?? "")"],
        ]
        if let failure = anchor["failure"]?.string { rows.append(["not anchored", failure]) }
        return rows
    }
}

struct Submissions: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The submissions in the store.", discussion: "Example: assay submissions")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("submissions")
        try connection.show(result) {
            let rows = (result["submissions"]?.array ?? []).map { submission in
                [
                    submission["submission"]?.string ?? "", submission["model"]?.string ?? "",
                    "\(submission["files"]?.array?.count ?? 0)", "\(submission["bytes"]?.integer ?? 0)",
                    submission["ingested"]?.string ?? "", Self.links(of: submission),
                ]
            }
            let table = rows.isEmpty
                ? "No submissions yet."
                : Output.table([["submission", "model", "files", "bytes", "ingested", ""]] + rows, rightAligned: [2, 3])
            let incoming = (result["incoming"]?.array ?? []).map { Ingest.missing(of: $0) }
            return ([table] + incoming).joined(separator: "\n\n")
        }
    }
}

extension Submissions {
    /// How it hangs together with the others, in words.
    private static func links(of submission: JSONValue) -> String {
        func short(_ id: String) -> String { String(id.prefix(12)) }
        var words: [String] = []
        let duplicates = (submission["duplicates"]?.array ?? []).compactMap(\.string)
        if !duplicates.isEmpty { words.append("same weights as \(duplicates.map(short).joined(separator: ", "))") }
        if let id = submission["supersedes"]?.string { words.append("supersedes \(short(id))") }
        if let id = submission["supersededBy"]?.string { words.append("superseded by \(short(id))") }
        if let terms = Terms.words(submission["terms"]) { words.append(terms) }
        if let signature = ModelSignature.word(submission["modelSignature"]) { words.append("model's signature \(signature)") }
        return words.joined(separator: "; ")
    }
}

/// The terms that a lab says it submits under, in words; nil where it names none.
private enum Terms {
    static func words(_ terms: JSONValue?) -> String? {
        guard let version = terms?["version"]?.integer else { return nil }
        return switch terms?["state"]?.string {
        case "in-force": "terms version \(version), in force"
        case "replaced": "terms version \(version), replaced by newer ones"
        default: "terms version \(version), not in force: nothing is shown"
        }
    }
}

/// The model's own signature (OpenSSF Model Signing), in words; nil where none was submitted.
private enum ModelSignature {
    static func word(_ signature: JSONValue?) -> String? {
        signature?["state"]?.string.map { $0 == "not-verified" ? "not verified" : $0 }
    }

    static func sentence(_ signature: JSONValue?) -> String? {
        guard let word = word(signature) else { return nil }
        guard let key = signature?["key"]?.string else {
            return "The model's own signature: \(word) (\(signature?["code"]?.string ?? "?"))."
        }
        let counts = [
            ("matching", "as signed"), ("differing", "other than signed"), ("notComparable", "without a SHA-256 to compare"),
            ("missing", "signed and not submitted"), ("notCovered", "not signed"),
        ].compactMap { member, what in
            (signature?[member]?.integer).flatMap { $0 > 0 ? "\($0) \(what)" : nil }
        }
        let source = signature?["keySource"]?.string == "certificate" ? "the signature's own certificate, which was not judged" : "the submission"
        return "The model's own signature: \(word). Files: \(counts.joined(separator: ", ")).\nSigned by the key \(key), from \(source); compare it with the signer's."
    }
}

struct Runs: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The evaluation runs.", discussion: "Example: assay runs")

    @OptionGroup var connection: ConnectionOptions

    func execute() throws {
        let result = try connection.call("runs")
        try connection.show(result) {
            let rows = (result["runs"]?.array ?? []).map { run in
                [
                    run["run"]?.string ?? "", run["submission"]?.string ?? "", run["state"]?.string ?? "",
                    "\(run["samples"]?.integer ?? 0)",
                ]
            }
            return rows.isEmpty
                ? "No evaluation runs yet."
                : Output.table([["run", "submission", "state", "samples"]] + rows, rightAligned: [3])
        }
    }
}

struct Ingest: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take in a lab's sealed medium: verify all of it, then keep it.",
        discussion: """
            The medium is refused whole if its signature, a digest or a length is wrong, or if it holds anything that \
            its manifest does not declare. A refusal is on the ledger too. With --repair, parts that are damaged or missing \
            are given back by the lab's repair data, if it covers them, and listed.

            The volumes of a submission may come in any order, one call each or several in one. Nobody can look at the \
            submission before the last is in; assay submissions says which are missing. What an interrupted call took in \
            stays, and the next goes on from there.

            Example: assay ingest /media/usb --receipt receipt.json --as alice
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SignerOptions

    @Argument(help: "The folder of the sealed medium; of several volumes, more than one if they are at hand.")
    var media: [String] = []

    @Flag(name: .long, help: "Give back what is damaged or missing, from the lab's repair data.")
    var repair = false

    @Option(name: .long, help: "Give up a submission of which volumes are missing, and remove what there is of it.")
    var drop: String?

    @Option(name: .long, help: "Write the signed ingest receipt for the lab here.")
    var receipt: String?

    func validate() throws {
        guard media.isEmpty != (drop == nil) else { throw ValidationError("Give the folder of a medium, or --drop with a submission.") }
    }

    func execute() throws {
        if let drop {
            let result = try signing.act("submission.ingest", ["drop": .string(drop)], through: connection)
            return try connection.show(result) { "Given up: submission \(result["dropped"]?.string ?? ""). Nothing of it is left here." }
        }
        for medium in media {
            let path = medium.hasPrefix("/") ? medium : "\(currentFolder())/\(medium)"
            let scope: JSONObject = repair ? ["media": .string(path), "repair": true] : ["media": .string(path)]
            let result = try signing.act("submission.ingest", .object(scope), through: connection)
            if let receipt, let text = result["receipt"]?.string { try Files.write(Array(text.utf8), to: receipt) }
            try connection.show(result) { Self.text(result) }
        }
    }

    private static func text(_ result: JSONValue) -> String {
        let damage = (result["damage"]?.array ?? []).map { "\n  \($0["file"]?.string ?? ""): \($0["message"]?.string ?? "")" }
        let damaged = damage.isEmpty ? "" : "\nDamaged on this medium:" + damage.joined()
        guard result["whole"]?.bool ?? false else { return missing(of: result) + damaged }
        let rebuilt = result["rebuilt"]?.integer ?? 0
        return """
            Submission \(result["submission"]?.string ?? ""): \(result["model"]?.string ?? "")
            \(Counted.files(result["files"]?.integer ?? 0)), \(Counted.bytes(result["bytes"]?.integer ?? 0)), verified and stored sealed.
            Ledger entry \(result["entry"]?.integer ?? 0).\(links(result["links"]))\(Terms.words(result["terms"]).map { "\nSubmitted under \($0)." } ?? "")\
            \(ModelSignature.sentence(result["modelSignature"]).map { "\n\($0)" } ?? "")\(damaged)\(rebuilt == 0 ? "" : "\nGiven back by repair data: \(Counted.of(rebuilt, "segment", "segments")).")
            """
    }

    /// Which volumes are to come yet.
    static func missing(of incoming: JSONValue) -> String {
        let volumes = (incoming["volumes"]?.array ?? []).map { volume in
            let (held, parts) = (volume["held"]?.integer ?? 0, volume["parts"]?.integer ?? 0)
            return "volume \(volume["number"]?.integer ?? 0): \(held == parts ? "in" : held == 0 ? "missing" : "\(held) of \(parts) parts")"
        }
        return "Being taken in: submission \(incoming["submission"]?.string ?? ""): \(incoming["model"]?.string ?? "")\n"
            + volumes.joined(separator: "; ") + "."
    }

    private static func links(_ links: JSONValue?) -> String {
        var lines = ""
        for id in (links?["duplicates"]?.array ?? []).compactMap(\.string) { lines += "\nIts weights are those of submission \(id)." }
        if let id = links?["supersedes"]?.string { lines += "\nIt takes the place of submission \(id)." }
        return lines
    }
}
