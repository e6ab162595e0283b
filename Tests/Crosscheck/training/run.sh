#!/usr/bin/env bash
# PEFT and transformers read what assay-engine trained, merged and wrote.
# Usage: Tests/Crosscheck/training/run.sh        after `make build model`
# The Python environment is that of the benchmarks' peer peft_training, made on first use (PyTorch: some 900 MB to download).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
model=${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}

for file in "$model" "$root/.build/release/assay-engine"; do
    [ -e "$file" ] || {
        echo "$file is missing. Run make build model first." >&2
        exit 2
    }
done
exec "$root/Tests/Benchmarks/Peers/python.sh" peft_training "$here/training.py" "$root/.build/release/assay-engine" "$model"
