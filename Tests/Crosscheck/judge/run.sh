#!/usr/bin/env bash
# The rule-based judges against labels that other people gave: those of PyRIT's scorer evaluations (MIT).
# Usage: Tests/Crosscheck/judge/run.sh        after `make build`
# Sets up once, under .cache/: a Python environment with the package that holds the labels, without its dependencies. Nothing
# of it is kept here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
program=${ASSAY_PROGRAM:-$root/.build/release/assay-eval}

[ -e "$program" ] || {
    echo "$program is missing. Run make build first." >&2
    exit 2
}

environment=$("$here/../environment.sh" "$here" judge)

"$environment/bin/python" -B "$here/judge.py" "$program"
