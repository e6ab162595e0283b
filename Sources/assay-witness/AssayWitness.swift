import ArgumentParser

@main
struct AssayWitness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-witness",
        abstract: "A witness of ledgers, on anybody's own offline machine: cosigns a checkpoint only if it extends the last one.",
        discussion: """
            Whoever runs an appliance can write its ledger again and sign it again. A witness makes that show: it \
            remembers the largest tree that it cosigned of each log, and cosigns nothing that does not extend it. \
            Formats: C2SP tlog-witness (requests) and tlog-cosignature. No network is used; requests come and cosigned \
            checkpoints go as files, or as text that was scanned from a QR code.

              assay-witness keygen --name lab.example/witness      once; hand out witness.vkey
              assay-witness add-log ledger.vkey                    once for each log, by a key that you have from its keepers
              assay-witness cosign request --out cosigned          each time (assay witness request, then assay witness accept)
              assay-witness accept-restore proof                   where an appliance went on from a backup
              assay-witness status

            The folder is what the witness remembers: never put back an older copy of it.

            Exit status:
            \(Status.table)
            """,
        subcommands: [Keygen.self, AddLog.self, Cosign.self, AcceptRestore.self, StatusCommand.self])
}
