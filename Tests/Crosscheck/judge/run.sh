#!/usr/bin/env bash
# The rule-based judges against labels that other people gave: those of PyRIT's scorer evaluations (MIT).
# Usage: Tests/Crosscheck/judge/run.sh        after `make build`
# Sets up once, under .cache/: a Python environment with the package that holds the labels, without its dependencies. Nothing
# of it is kept here.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$root/.cache/judge-venv
program=${ASSAY_PROGRAM:-$root/.build/release/assay}

[ -e "$program" ] || {
    echo "$program is missing. Run make build first." >&2
    exit 2
}

mkdir -p "$root/.cache"
if ! cmp -s "$here/requirements.txt" "$environment/requirements.txt"; then
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt" || {
        echo "pip could not install what $here/requirements.txt names. Is a package index reachable?" >&2
        rm -rf "$environment"
        exit 2
    }
    cp "$here/requirements.txt" "$environment/requirements.txt"
fi

"$environment/bin/python" -B "$here/judge.py" "$program"
