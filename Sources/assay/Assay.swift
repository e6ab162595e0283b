import ArgumentParser

@main
struct Assay: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "What cleared inspectors do at the appliance: ingest, inspect, evaluate, adjudicate, export.",
        discussion: """
            Commands talk to the appliance, assayd, over its Unix socket, but for backup verify, judge and most of pack, which need none. Whatever shows or decides something \
            about a submission is a request that you sign with your OpenSSH key (--as NAME --key FILE), and the \
            ledger holds it before you see anything.

            A session, from an empty appliance to a verdict:
              assay init --name ward-3 --roster roster.dsse.json --authority authority.pub.pem \\
                --trust-lab lab.pub.pem
              assay terms install terms.dsse.json --as dave
              assay ingest /media/usb --as alice --key ~/.ssh/id_ed25519
              assay inspect tensors 4f1c --as alice --key ~/.ssh/id_ed25519
              assay plan 4f1c --out plan.json
              assay evaluate --plan plan.json --as alice --key ~/.ssh/id_ed25519
              assay verdict 4f1c --decision pass --as bob
              assay requests approve 3fa9c1 --as carol
              assay verdict 4f1c --decision pass --as bob --approved 3fa9c1
              assay export 4f1c --to export --as bob --key ~/.ssh/id_ed25519

            Exit status: 0 done; 1 the appliance refused, or what was checked does not hold; 64 the command line is \
            wrong; 66 a file is missing; 69 no appliance answers; 73 a file cannot be written; 75 the request waits for \
            others' consent; 77 the signature could not be made.
            """,
        subcommands: [
            Init.self, Unlock.self, Status.self, Submissions.self, Identity.self, Trust.self, Ingest.self, Inspect.self,
            Plan.self, Evaluate.self, Runs.self, CompareRuns.self, Verdict.self, Export.self, Purge.self, LedgerCommand.self, Requests.self,
            SessionCommand.self, RosterCommand.self, TermsCommand.self, Maintain.self, WitnessCommand.self,
            BackupCommand.self, RestoreCommand.self, Retention.self, Certificate.self, PackCommand.self, PolicyCommand.self,
        ])
}
