#!/usr/bin/env bash
# Task files that lm-evaluation-harness ships, in it and in assay-eval, on the same model.
# Usage: Tests/Crosscheck/harness/run.sh        after `make build model`
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$("$here/../environment.sh" "$here/../serving" serving)
"$environment/bin/python" -B "$here/harness.py" "$root/.build/release" "${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}"
