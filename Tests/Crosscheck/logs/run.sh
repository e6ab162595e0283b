#!/usr/bin/env bash
# Inspect reads the logs that assay-eval writes, and those that `make demo` left of the appliance.
# Usage: Tests/Crosscheck/logs/run.sh [FOLDER]        FOLDER holds logs (*.eval); without it some are written, after `make build model`.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
environment=$("$here/../environment.sh" "$here/../serving" serving)

if [ $# -gt 0 ]; then
    logs=$1
else
    logs=$root/.cache/crosscheck-logs
    suites=$root/Sources/EvaluationSuites/Resources
    rm -rf "$logs"
    evaluate() { "$root/.build/release/assay-eval" run --model "${ASSAY_MODEL:-$root/.cache/SmolLM2-135M-Instruct.Q4_1.gguf}" "$@" >/dev/null; }
    evaluate --out "$logs/plain" --limit 6 "$suites"/{capability,cloze,perplexity,code}
    evaluate --out "$logs/chat" --limit 4 --chat-template "$suites"/{refusal,reasoning}
    cp "$logs"/{plain,chat}/*.eval "$logs"
    if [ -d "$root/.demo/private/logs" ]; then
        for log in "$root"/.demo/private/logs/*.eval; do cp "$log" "$logs/appliance-$(basename "$log")"; done
    fi
fi

"$environment/bin/python" -B "$here/logs.py" "$logs"
