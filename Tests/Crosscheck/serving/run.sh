#!/usr/bin/env bash
# Evaluation harnesses that others wrote, against assay-serve; and llama.cpp's server, against assay-engine-remote.
# Usage: Tests/Crosscheck/serving/run.sh        after `make build model`
# Sets up once, under .cache/: a Python environment with pinned packages (some 300 MB to download).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
model=${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}

for file in "$model" "$root"/.build/release/{assay-serve,assay-engine,assay-engine-remote}; do
    [ -e "$file" ] || {
        echo "$file is missing. Run make build model first." >&2
        exit 2
    }
done

environment=$("$here/../environment.sh" "$here" serving)
"$environment/bin/python" -B "$here/serving.py" "$root/.build/release" "$model"
