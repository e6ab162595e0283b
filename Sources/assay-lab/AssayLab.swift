import ArgumentParser

@main
struct AssayLab: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-lab",
        abstract: "What a lab does before an audit: keys, a declaration, and weights sealed to the appliance.",
        discussion: """
            The lab's keys and the appliances that it trusts are kept in a folder of its own: --home, else \
            $ASSAY_LAB_HOME, else ~/.assay-lab.

            From nothing to a medium that the appliance takes in:
              assay-lab keygen --name "Example Lab"
              assay-lab trust-appliance appliance.json
              assay-lab sign-terms terms.dsse.json --out terms.dsse.json
              assay-lab declare --weights model.gguf --model "Example 1" \\
                --model-version 1.0 --release open-weights \\
                --licence Apache-2.0 --contact audits@example.org
              assay-lab seal --weights model.gguf --dataset croissant.json \\
                --records records.jsonl --log train.jsonl --out /media/usb/sub
              assay-lab check /media/usb/sub
              assay-lab receipt receipt.json

            Exit status: 0 done; 1 what was checked does not hold; 64 the command line is wrong; 65 the input is not \
            what it should be; 66 a file is missing; 73 the output cannot be created; 74 reading or writing failed; \
            77 the passphrase does not open the key; 130 interrupted, and the same command goes on.
            """,
        subcommands: [
            Keygen.self, TrustAppliance.self, Declare.self, Seal.self, Check.self, Labels.self, SignTerms.self, Receipt.self,
            FingerprintCommand.self,
        ])
}
