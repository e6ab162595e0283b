#!/usr/bin/env bash
# Evaluation harnesses that others wrote, against assay-serve; and llama.cpp's server, against assay-engine-remote.
# Usage: Tests/Crosscheck/serving/run.sh        after `make build model`
# Sets up once, under .cache/: a Python environment with pinned packages (some 300 MB to download).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$root/.cache/serving-venv
model=${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}

for file in "$model" "$root"/.build/release/{assay-serve,assay-engine,assay-engine-remote}; do
    [ -e "$file" ] || {
        echo "$file is missing. Run make build model first." >&2
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

"$environment/bin/python" -B "$here/serving.py" "$root/.build/release" "$model"
