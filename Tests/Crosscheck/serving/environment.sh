#!/usr/bin/env bash
# Makes the Python environment that requirements.txt beside this names, once, under .cache/ (some 300 MB to download), and prints its folder.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$root/.cache/serving-venv

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
echo "$environment"
