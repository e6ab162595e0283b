"""Runs every check on what a demonstration left, then on copies with one thing tampered with each.

A check passes when the outside program accepts the genuine files and refuses every tampered copy. The folder:
export/ (verdict.assay and the five files that it holds), trust/ (ledger.vkey, appliance.pub.pem, lab.pub.pem,
allowed_signers), ledger/ (checkpoint and tile/), receipt/ (receipt.txt, receipt.svg), media/,
private/sealed-to-age/ and private/age.key.

Exit status: 0 all passed, 1 some did not.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import format_checks
import ledger_checks
import media_checks
import receipt_checks
import verdict_checks
from checks import Check, Demo, Refused


def outcome(check: Check, demo: Demo, scratch: Path) -> tuple[str, list[str]]:
    """What to print of the genuine run, and every complaint."""
    complaints = []
    try:
        seen = check.run(demo)
    except Refused as refusal:
        return "refused", [f"the genuine files are refused: {refusal}"]
    except Exception as error:  # noqa: BLE001, a breakdown of any kind is this check's failure, not the others'
        return "broken", [f"{type(error).__name__}: {error}"]
    for what, tamper in check.tamperings:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            try:
                copy = demo.copy([name for name in check.folders if demo.path(name).exists()], Path(folder))
                tamper(copy)
                check.run(copy)
                complaints.append(f"accepted in spite of tampering with {what}")
            except Refused:
                pass
            except Exception as error:  # noqa: BLE001
                complaints.append(f"tampering with {what} was not refused but broke the check: {type(error).__name__}: {error}")
    return seen, complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("demo", type=Path)
    parser.add_argument("--sumdb", type=Path, required=True, help="the program built from sumdb/sumdb.go")
    arguments = parser.parse_args()
    demo = Demo(arguments.demo.resolve(), arguments.sumdb.resolve())

    rows, failures = [], []
    # Beside the files, so that copies can be hard links.
    with tempfile.TemporaryDirectory(prefix=".crosscheck-", dir=demo.root) as scratch:
        for check in verdict_checks.CHECKS + format_checks.CHECKS + ledger_checks.CHECKS + receipt_checks.CHECKS + media_checks.CHECKS:
            seen, complaints = outcome(check, demo, Path(scratch))
            refused = len(check.tamperings) - len(complaints)
            tampered = f"{max(refused, 0)} of {len(check.tamperings)} refused" if seen not in ("refused", "broken") else "not tried"
            rows.append((check.name, check.program, seen, tampered, "FAIL" if complaints else "PASS"))
            failures += [f"{check.name} ({check.program}): {complaint}" for complaint in complaints]

    heading = ("what", "by", "genuine", "tampered copies", "")
    widths = [max(len(row[column]) for row in [heading, *rows]) for column in range(5)]
    for row in [heading, *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{sum(row[4] == 'PASS' for row in rows)} of {len(rows)} checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
