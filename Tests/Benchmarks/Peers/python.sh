#!/usr/bin/env bash
# The Python of a peer's environment, which lies under .cache/ and is made on first use from NAME.txt.
# Usage: Peers/python.sh NAME [ARGUMENT ...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$1
shift
environment=$here/../../../.cache/bench-$name
if ! cmp -s "$here/$name.txt" "$environment/requirements.txt"; then
    echo "Installing the peer $name ($(tr '\n' ' ' <"$here/$name.txt"))" >&2
    rm -rf "$environment"
    python3 -m venv "$environment"
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r "$here/$name.txt" >&2 || {
        echo "pip could not install what $here/$name.txt names. Is a package index reachable?" >&2
        rm -rf "$environment"
        exit 2
    }
    cp "$here/$name.txt" "$environment/requirements.txt"
fi
exec "$environment/bin/python" -B "$@"
