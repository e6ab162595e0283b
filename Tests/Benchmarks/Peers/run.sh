#!/usr/bin/env bash
# Runs a peer, NAME.py, in a Python environment of its own (python.sh).
# Usage: Peers/run.sh NAME [ARGUMENT ...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=$1
shift
exec "$here/python.sh" "$name" "$here/$name.py" "$@"
