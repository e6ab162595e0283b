#!/usr/bin/env bash
# python-tuf verifies packs that assay made, and assay verifies packs that python-tuf made.
# Usage: Tests/Crosscheck/packs/run.sh [ASSAY]        after `make build`; ASSAY is .build/release/assay unless given
# Sets up once, under .cache/: a Python environment with pinned packages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$root/.cache/packs-venv
assay=${1:-$root/.build/release/assay}

[ -x "$assay" ] || {
    echo "$assay is missing. Run make build first." >&2
    exit 2
}
for tool in age age-keygen python3; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing. Install the packages that Provisioning/apt-packages-crosscheck.txt names." >&2
        exit 2
    }
done

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

"$environment/bin/python" -B "$here/packs.py" "$assay"
