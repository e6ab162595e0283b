import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport

struct Init: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the appliance's keys and take in the roster and the labs' keys. Once in its life.",
        discussion: """
            The roster says who is cleared for what, and is signed by the clearing authority (assay-authority sign). \
            Compare the authority's fingerprint with the authority first: whoever holds that key decides who may look.

            Example:
              assay init --name ward-3 --roster roster.dsse.json \\
                --authority authority.pub.pem --trust-lab lab.pub.pem \\
                --witness witness.vkey --tpm device:/dev/tpmrm0
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(name: .long, help: "The appliance's name, as labs will read it.")
    var name: String

    @Option(name: .long, help: "The signed roster: people, their roles and OpenSSH public keys.")
    var roster: String

    @Option(name: .long, help: "The clearing authority's public key (PEM). May be repeated.")
    var authority: [String]

    @Option(name: .long, help: "A lab's public key (PEM) whose media are accepted. May be repeated.")
    var trustLab: [String]

    @Option(name: .long, help: "A witness that is trusted to cosign the ledger: its verifier key, or a file with it. May be repeated.")
    var witness: [String] = []

    @Option(name: .long, help: "Anchor the ledger in the machine's TPM: device:/dev/tpmrm0. (For trials: swtpm:path=/SOCKET.)")
    var tpm: String?

    @Option(name: .long, help: "A file whose first line is the passphrase. Default: ask at the terminal.")
    var passphraseFile: String?

    func execute() throws {
        let witnesses = try witness.map { text in
            let key = try? CosignerKey(text: text)
            return JSONValue.string(key == nil ? String(decoding: try Files.read(text, maxBytes: 4096), as: UTF8.self) : text)
        }
        let passphrase = try Passphrase.read(file: passphraseFile, prompt: "Passphrase for the appliance's keys", confirm: true)
        func keys(_ files: [String]) throws -> JSONValue {
            .array(try files.map { .string(String(decoding: try Files.read($0, maxBytes: 4096), as: UTF8.self)) })
        }
        var parameters: JSONObject = [
            "name": .string(name), "passphrase": .string(Base64.encode(passphrase)), "labs": try keys(trustLab),
            "authorities": try keys(authority),
            "roster": .string(String(decoding: try Files.read(roster, maxBytes: 2 << 20), as: UTF8.self)),
            "witnesses": .array(witnesses),
        ]
        if let tpm { parameters["tpm"] = .string(tpm) }
        let result = try connection.call("init", .object(parameters))
        try connection.show(result) {
            """
            The appliance \(name) has its keys. Give labs its public file (assay identity --out appliance.json);
            they compare this fingerprint with you, aloud:

              \(result["fingerprint"]?.string ?? "")
            """
        }
    }
}

struct Unlock: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Open the appliance's keys after it has started.",
        discussion: """
            It takes the passphrase and no signature: the ledger says that the appliance was unlocked, not by whom. A wrong \
            passphrase makes the next try wait, up to a minute.

            With --without-tpm, where the TPM that the ledger is bound to is lost: then nothing can be done but to bind it to \
            another (assay ledger rebind-tpm), and to look at the ledger.

            Example: assay unlock
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(name: .long, help: "A file whose first line is the passphrase. Default: ask at the terminal.")
    var passphraseFile: String?

    @Flag(name: .customLong("without-tpm"), help: "The TPM is lost: open only to bind the ledger to another.")
    var withoutTPM = false

    func execute() throws {
        let passphrase = try Passphrase.read(file: passphraseFile, prompt: "Passphrase of the appliance's keys")
        let result = try connection.call("unlock", ["passphrase": .string(Base64.encode(passphrase)), "withoutTPM": .bool(withoutTPM)])
        try connection.show(result) {
            if let failure = result["unbound"]?.string {
                return """
                    The keys are open, without the TPM. \(failure)
                    Until two persons have agreed to bind the ledger to another (assay ledger rebind-tpm), nothing else can be done.
                    """
            }
            guard let size = result["restored"]?["size"]?.integer else { return "The appliance is open." }
            return """
                The keys are open. The appliance was restored from a backup of \(Counted.entries(size)): until two persons have agreed to go on
                from it (assay restore confirm), nothing else can be done.
                """
        }
    }
}

struct Identity: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "The appliance's public file for labs, and the fingerprint to read aloud.",
        discussion: "Example: assay identity --out appliance.json")

    @OptionGroup var connection: ConnectionOptions

    @Option(name: .long, help: "Write the public file here.")
    var out: String?

    func execute() throws {
        let result = try connection.call("identity")
        if let out { try Files.write(Array((result["appliance"]?.string ?? "").utf8), to: out) }
        try connection.show(result) { "Fingerprint: \(result["fingerprint"]?.string ?? "")" }
    }
}

struct Trust: ApplianceCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the trust anchors that an oversight body verifies a bundle with.",
        discussion: """
            Writes ledger.vkey (signed-note verifier keys, the newest first), epoch.vkey (the keys of the ledger's epochs), \
            appliance.pub.pem, lab.pub.pem (and lab-2.pub.pem and so on, of further labs), allowed_signers (OpenSSH) and, where \
            there are any, witnesses (verifier keys, one a line). Hand them over by a way that you trust: whoever holds other anchors verifies other bundles.

            Example: assay trust --to trust
            """)

    @OptionGroup var connection: ConnectionOptions

    @Option(name: .long, help: "The folder to write to.")
    var to: String

    func execute() throws {
        let result = try connection.call("trust")
        try writeFiles(result["files"], to: to)
        try connection.show(result) { (result["files"]?.object?.keys ?? []).map { "\(to)/\($0)" }.joined(separator: "\n") }
    }
}

/// Writes the files of a reply, `{name: base64}`, below `folder`. The names come from our own appliance, yet
/// only plain relative ones are taken.
func writeFiles(_ files: JSONValue?, to folder: String) throws {
    for (name, content) in files?.object?.members ?? [] {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard let bytes = content.string.flatMap({ Base64.decode($0) }), !parts.contains(where: { $0.isEmpty || $0.hasPrefix(".") })
        else { throw CommandFailure(.refused, "The appliance sent a file that cannot be written: \(name).") }
        try Files.makeFolder(([folder] + parts.dropLast().map(String.init)).joined(separator: "/"))
        try Files.write(bytes, to: "\(folder)/\(name)")
    }
}
