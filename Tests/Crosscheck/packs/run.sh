#!/usr/bin/env bash
# python-tuf verifies packs that assay made, and assay verifies packs that python-tuf made.
# Usage: Tests/Crosscheck/packs/run.sh [ASSAY]        after `make build`; ASSAY is .build/release/assay unless given
# Sets up once, under .cache/: a Python environment with pinned packages.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
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

environment=$("$here/../environment.sh" "$here" packs)

"$environment/bin/python" -B "$here/packs.py" "$assay"
