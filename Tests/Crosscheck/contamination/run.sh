#!/usr/bin/env bash
# Whether `assay-eval contamination` finds what a model was trained on, and nothing else. Some minutes.
# Usage: Tests/Crosscheck/contamination/run.sh        after `make build` and `make model`
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
programs=${ASSAY_PROGRAMS:-$root/.build/release}
model=${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}

for file in "$programs/assay-engine" "$programs/assay-eval" "$model"; do
    [ -e "$file" ] || {
        echo "$file is missing. Run make build and make model first." >&2
        exit 2
    }
done

python3 -B "$here/contamination.py" "$programs" "$model"
