#!/usr/bin/env bash
# Programs that others wrote verify what a demonstration left, and refuse tampered copies of it.
# Usage: Tests/Crosscheck/run.sh [FOLDER]        FOLDER is .demo unless given; see crosscheck.py for its layout.
# Sets up once, under .cache/: a Python environment with pinned packages, and the Go program in sumdb/.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
demo=${1:-$root/.demo}
cache=$root/.cache
program=$cache/crosscheck-sumdb

[ -d "$demo/export" ] || {
    echo "There is no $demo/export to check. Run make demo first." >&2
    exit 2
}
for tool in openssl ssh-keygen age zstd tar go python3 zbarimg rsvg-convert; do
    command -v "$tool" >/dev/null || {
        echo "$tool is missing. Install the packages that Provisioning/apt-packages-crosscheck.txt names." >&2
        exit 2
    }
done

mkdir -p "$cache"
environment=$("$here/environment.sh" "$here" crosscheck)

# The appliance's private key never leaves it, so age cannot open what the appliance took in. The lab seals the same
# files once more, with the same program, to a key that age-keygen made.
if [ ! -d "$demo/private/sealed-to-age" ] && [ -d "$demo/private/lab" ]; then
    lab=$(mktemp -d)
    trap 'rm -rf "$lab"' EXIT
    cp -r "$demo/private/lab/." "$lab"
    rm -f "$demo/private/age.key"
    age-keygen -o "$demo/private/age.key" 2>/dev/null
    python3 - "$demo/private/appliance.json" "$(age-keygen -y "$demo/private/age.key")" >"$lab/age.json" <<'PY'
import json, sys
file = json.load(open(sys.argv[1]))
file.update(name="age", recipient=sys.argv[2])
print(json.dumps(file, sort_keys=True, separators=(",", ":")), end="")
PY
    assay_lab() { ASSAY_LAB_HOME=$lab "$root/.build/release/assay-lab" "$@" >/dev/null; }
    fingerprint=$(ASSAY_LAB_HOME=$lab "$root/.build/release/assay-lab" fingerprint "$lab/age.json" --json |
        python3 -c 'import json,sys; print(json.load(sys.stdin)["fingerprint"])')
    assay_lab trust-appliance "$lab/age.json" --fingerprint "$fingerprint"
    data=$root/Provisioning/demo
    assay_lab seal --declaration "$demo/private/declaration.json" --weights "$cache/SmolLM2-135M-Instruct.Q4_1.gguf" \
        --dataset "$data/croissant.json" --records "$data/records.jsonl" --log "$data/training-log.jsonl" \
        --passphrase-file "$demo/private/lab.pass" --to "$lab/age.json" --parity 20% --out "$demo/private/sealed-to-age"
fi

# Debian installs the Go packages as sources below /usr/share/gocode.
GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS= GOCACHE=$cache/go-build \
    go build -o "$program" "$here/sumdb/sumdb.go"

"$environment/bin/python" -B "$here/crosscheck.py" "$demo" --sumdb "$program"

"$here/serving/run.sh"

"$here/logs/run.sh"

"$here/harness/run.sh"

"$here/judge/run.sh"

"$here/contamination/run.sh"

"$here/packs/run.sh"
