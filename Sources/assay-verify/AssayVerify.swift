import ArgumentParser
import BundleVerifier

@main
struct AssayVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-verify",
        abstract: "What an oversight body does with an exported verdict: verify it, offline.",
        discussion: """
            A verdict bundle is one file. You also need a trust folder with ledger.vkey, appliance.pub.pem, lab.pub.pem \
            and allowed_signers, and perhaps epoch.vkey and witnesses, from a source you trust: compare fingerprints with \
            the appliance's custodian by voice.

              assay-verify verdict.assay --trust trust
              assay-verify verdict.assay --trust trust --weights model.gguf
              assay-verify verdict.assay --trust trust --witness witness.vkey
              assay-verify unpack verdict.assay --to unpacked
              assay-verify checkpoint unpacked/checkpoint --trust trust
              assay-verify proof unpacked/entry.json --proof unpacked/proof.tlog-proof --trust trust
              assay-verify ledger ledger --trust trust --kept monday/checkpoint
              assay-verify consistency monday/checkpoint friday/checkpoint --proof proof --trust trust
              assay-verify receipt receipt.txt --trust trust --ledger ledger

            Where only the ledger's key is at hand, --vkey ledger.vkey takes the place of --trust for the last five.

            Exit status:
            \(ExitStatus.table)
            """,
        subcommands: [
            Verify.self, Unpack.self, CheckpointCommand.self, ProofCommand.self, ConsistencyCommand.self, LedgerCommand.self,
            ReceiptCommand.self,
        ],
        defaultSubcommand: Verify.self)
}
