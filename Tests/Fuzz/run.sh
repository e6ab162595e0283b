#!/usr/bin/env bash
# Fuzzes every parser of outside bytes with libFuzzer and AddressSanitizer: from the seeds in Corpus/, and from what
# earlier runs found (.cache/fuzz/corpus/). An input that crashes, runs on (10 s) or asks for too much memory is kept
# under .cache/fuzz/crashes/, and the exit status is 1. Whatever property a target checks besides, it crashes on.
#
# Usage: Tests/Fuzz/run.sh [RUNS]    inputs a target; without it, as many as a target manages in FUZZ_SECONDS (20).
#        FUZZ_ONLY="JSON Age"        only these targets
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
built=$root/.build-fuzz
cache=$root/.cache/fuzz
runs=${1:-${FUZZ_RUNS:-}}
seconds=${FUZZ_SECONDS:-20}

if [[ -n $runs && ! $runs =~ ^[1-9][0-9]*$ ]]; then
    echo "FUZZ_RUNS is a number of inputs, not \"$runs\"." >&2
    exit 2
fi

targets=()
for folder in "$here"/*/; do
    name=$(basename "$folder")
    case $name in Corpus | Support) continue ;; esac
    [[ -z ${FUZZ_ONLY:-} || " $FUZZ_ONLY " == *" $name "* ]] && targets+=("$name")
done
[ ${#targets[@]} -gt 0 ] || {
    echo "No target is called \"$FUZZ_ONLY\"; there are: $(ls -d "$here"/*/ | xargs -n1 basename | grep -v -e Corpus -e Support | xargs)" >&2
    exit 2
}

mkdir -p "$cache"/{corpus,crashes,logs}
cd "$root"
echo "Building ${#targets[@]} targets with sanitizers (some minutes the first time)"
for name in "${targets[@]}"; do
    # The package manager passes only one sanitizer on; the compiler takes the last such option, which names both.
    ASSAY_FUZZ=1 swift build -c release --scratch-path "$built" --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address \
        -Xcc -fsanitize=fuzzer-no-link,address --product "Fuzz$name" >"$cache/logs/build" 2>&1 || {
        grep -E 'error|note' "$cache/logs/build" || tail -n 20 "$cache/logs/build"
        echo "The target $name could not be built." >&2
        exit 1
    }
done

# Instances and what they may have: the largest file a target reads here is small, so is what it may allocate for it.
fuzz() { # NAME
    local name=$1 options=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=256 -print_final_stats=1 -verbosity=1)
    mkdir -p "$cache/corpus/$name"
    [ -f "$here/Corpus/$name.dict" ] && options+=("-dict=$here/Corpus/$name.dict")
    case $name in
        ModelFiles) options+=(-max_len=32768) ;;
        Manifest) options+=(-max_len=8192) ;;
        AgeHeader) options+=(-max_len=2048) ;;
        Repair) options+=(-max_len=64) ;;
        Weights | Bundle | Tokenizer | Media | ModelSigning | Datasets | Packs | Logs) options+=(-max_len=16384) ;;
        *) options+=(-max_len=4096) ;;
    esac
    if [ -n "$runs" ]; then options+=("-runs=$runs"); else options+=("-max_total_time=$seconds"); fi
    # The quarantine only delays the reuse of memory; a large one would count against the limit.
    ASAN_OPTIONS=quarantine_size_mb=32:detect_stack_use_after_return=0 OPENBLAS_NUM_THREADS=1 \
        "$built/release/Fuzz$name" "${options[@]}" "-artifact_prefix=$cache/crashes/$name-" \
        "$cache/corpus/$name" "$here/Corpus/$name" >"$cache/logs/$name" 2>&1
}

printf '%-15s %10s %9s %9s %8s  %s\n' target inputs inputs/s coverage 'peak MB' result
failed=0
report() { # NAME STATUS
    local log=$cache/logs/$1 figure result="nothing found"
    figure() { sed -n "s/^stat::$1: *//p" "$log"; }
    [ "$2" -eq 0 ] || {
        failed=1
        result="FAILED: $(grep -m1 -oE 'ERROR: .*|a property does not hold: .*' "$log" | cut -c1-100); see $log"
    }
    printf '%-15s %10s %9s %9s %8s  %s\n' "$1" "$(figure number_of_executed_units)" "$(figure average_exec_per_sec)" \
        "$(grep -oE 'cov: [0-9]+' "$log" | tail -n 1 | cut -c6-)" "$(figure peak_rss_mb)" "$result"
}

# As many at a time as there are processors.
declare -A running=()
finish() { # one that is running
    local process status=0
    wait -n -p process "${!running[@]}" || status=$?
    report "${running[$process]}" "$status"
    unset "running[$process]"
}
trap 'kill "${!running[@]}" 2>/dev/null || true' EXIT
for name in "${targets[@]}"; do
    fuzz "$name" &
    running[$!]=$name
    [ ${#running[@]} -lt "$(nproc)" ] || finish
done
while [ ${#running[@]} -gt 0 ]; do finish; done
trap - EXIT

if [ $failed -ne 0 ]; then
    echo "Inputs to look at:" >&2
    ls -1 "$cache/crashes" >&2
    echo "Run one again with .build-fuzz/release/Fuzz<target> <file>; -minimize_crash=1 makes it smaller." >&2
    exit 1
fi
