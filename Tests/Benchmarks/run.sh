#!/usr/bin/env bash
# Measures Assay against peers, paired in one run, and writes .bench/results.jsonl: a line a figure,
# {"name","value","unit","peer","peer_value","ratio"}. Peers are installed as they are needed (Peers/run.sh).
#
# Usage: Tests/Benchmarks/run.sh [NAME ...]    only these benchmarks, or those whose names start so
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

for product in Benchmarks InstantEngine; do ASSAY_BENCH=1 swift build -c release --product "$product"; done
mkdir -p .bench
exec .build/release/Benchmarks --out .bench/results.jsonl "$@"
