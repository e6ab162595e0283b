import ArgumentParser
import AuditCrypto
import CanonicalEncoding
import CommandSupport

struct LedgerRebindTPM: ApplianceCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebind-tpm", abstract: "Bind the ledger to another TPM's counter, where the one before is lost. It takes two persons.",
        discussion: """
            Makes a counter and a key in the TPM that is named, and asks for the ledger to be bound to them. A new counter \
            knows nothing of what was before, so the ledger is held against what is outside: with witnesses, against a \
            checkpoint that one of them cosigned since the appliance was opened; else against the newest that left the \
            machine. One that the ledger does not begin with ends it: then an older copy was put back. Where none can be \
            had, --despite says so, for the other person to sign and for everybody to read.

            Open the appliance with assay unlock --without-tpm first, where the TPM does not let it open.

            Example: assay ledger rebind-tpm --tpm device:/dev/tpmrm0 --reason replaced --kept cosigned --as dave \
            --purpose "new mainboard, order 1234"
            """)

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var signing: SigningOptions
    @Option(name: .long, help: "The other TPM: device:/dev/tpmrm0. (For trials: swtpm:path=/SOCKET.)") var tpm: String
    @Option(name: .long, help: "broken, cleared, replaced (machine or board) or moved (in good order).") var reason: String
    @Option(name: .long, help: "A checkpoint, or a receipt's text, from outside; may be given several times.") var kept: [String] = []
    @Flag(name: .long, help: "What should vouch for the ledger cannot be had any more.") var despite = false

    func execute() throws {
        let notes = try kept.map(KeptCheckpoint.read)
        var scope: JSONObject = [:]
        // What is carried out was signed with its scope already.
        if signing.approved == nil {
            let prepared = try signing.act("ledger.prepare-tpm", ["tpm": .string(tpm)], through: connection)
            scope = [
                "after": prepared["after"] ?? .null, "before": prepared["before"] ?? .null,
                "kept": .array(notes.map { .string(SHA256Digest.of(Array($0.utf8)).hex) }), "reason": .string(reason), "tpm": .string(tpm),
            ]
            if despite { scope["despite"] = true }
            if !connection.json { Output.note("Wanted from outside: \(prepared["needs"]?.string ?? "").") }
        }
        let attachment = String(decoding: try CanonicalJSON.encode(.array(notes.map { .string($0) })), as: UTF8.self)
        let result = try signing.act("ledger.rebind-tpm", .object(scope), attachment: attachment, through: connection)
        try connection.show(result) {
            let (vouched, witnesses) = (result["vouched"]?.integer ?? 0, result["witnesses"]?.array?.count ?? 0)
            return """
                The ledger is bound to the counter at \(result["index"]?.string ?? "") of \(tpm). Ledger entry \(result["entry"]?.integer ?? 0).
                \(vouched == 0 ? "Nothing from outside vouches for what was before." : "Something outside vouches for its first \(vouched) entries.")\
                \(witnesses > 0 ? " Witnesses that looked at it: \(witnesses)." : "")
                """
        }
    }
}
