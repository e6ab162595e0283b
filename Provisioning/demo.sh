#!/usr/bin/env bash
# The whole audit of a real open-weight model, from sealed media to a verified verdict, with every program that the
# parties would use; the same model once more, in three files and with one number changed, to be compared with it; then
# one byte changed in each of media, store, ledger and bundle, an older ledger put back, a backup restored, and the
# refusals. A TPM in software stands for the machine's own.
#
# Results: .demo/  media/ export/ trust/ ledger/ receipt/ approval/ summary.json   (private/ holds what never leaves the parties)
set -euo pipefail
cd "$(dirname "$0")/.."

bin=$PWD/.build/release
model=$PWD/.cache/SmolLM2-135M-Instruct.Q4_1.gguf
data=$PWD/Provisioning/demo
demo=$PWD/.demo
private=$demo/private
# A socket's path is short (unix(7): 107 bytes), wherever the checkout lies.
run=$(mktemp -d /tmp/assay-demo.XXXXXX)
export ASSAY_SOCKET=$run/assayd.sock
export ASSAY_LAB_HOME=$private/lab
export ASSAY_WITNESS_HOME=$private/witness
appliance=$private/appliance
daemon=
tpm=

stop_appliance() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
    daemon=
}
agent=
watcher=
trap 'stop_appliance; for helper in $agent $tpm $watcher; do kill "$helper" 2>/dev/null || true; done; rm -rf "$run"' EXIT

# --- Showing what happens -------------------------------------------------------------------------------------------

heading() { printf '\n\033[1m== %s\033[0m\n' "$1" | if [ -t 1 ]; then cat; else sed 's/\x1b\[[0-9;]*m//g'; fi; }

# step NAME COMMAND ...   runs a command that must succeed, keeps its JSON (last line) and its seconds.
step() {
    local name=$1 start end
    shift
    printf '   $ %s\n' "$(shown "$@")"
    start=$(date +%s.%N)
    "$@" >"$run/out" || {
        cat "$run/out"
        echo "The demonstration stops: the step \"$name\" failed." >&2
        exit 1
    }
    end=$(date +%s.%N)
    tail -n 1 "$run/out" >"$private/steps/$name.json"
    python3 -c "print(f'{$end - $start:.3f}')" >"$private/steps/$name.seconds"
}

# written NAME FILE COMMAND ...   a step whose output is kept in a file; its lines are counted.
written() {
    local name=$1 file=$2
    shift 2
    step "$name" "$@"
    mv "$run/out" "$file"
    printf '{"lines":%d}\n' "$(wc -l <"$file")" >"$private/steps/$name.json"
}

# refused NAME STATUS COMMAND ...   runs a command that must be refused with that status (0: any but 0).
refused() {
    local name=$1 expected=$2 status=0
    shift 2
    printf '   $ %s\n' "$(shown "$@")"
    "$@" >"$run/out" 2>"$run/err" || status=$?
    if [ "$status" -eq 0 ] || { [ "$expected" -ne 0 ] && [ "$status" -ne "$expected" ]; }; then
        cat "$run/out" "$run/err"
        echo "The demonstration stops: \"$name\" ended with status $status, where a refusal was expected." >&2
        exit 1
    fi
    printf '     refused (%s): %s\n' "$status" "$(head -n 3 "$run/err" | tr '\n' ' ' | cut -c1-400)"
    python3 - "$name" "$status" "$run/err" >"$private/refusals/$name.json" <<'PY'
import json, sys
print(json.dumps({"case": sys.argv[1], "status": int(sys.argv[2]), "message": open(sys.argv[3]).read().strip()}))
PY
}

shown() { printf '%s ' "$@" | sed -e "s#$bin/##g" -e "s#$PWD/##g" -e "s#$run/##g" -e 's#--passphrase-file [^ ]* ##' -e 's# --json##'; }
field() { python3 -c 'import json,sys; v=json.load(open(sys.argv[1]))
for k in sys.argv[2:]: v=v[int(k)] if isinstance(v,list) else v[k]
print(v)' "$private/steps/$1.json" "${@:2}"; }
# The store's name for the first segment of a submitted file.
segment_of() { python3 -c 'import base64,json,sys
statement=json.loads(base64.b64decode(json.load(open(sys.argv[1]))["payload"]))
print(next(f for f in statement["predicate"]["files"] if f["path"]==sys.argv[2])["segments"][0]["path"].replace("/","_"))' \
    "$demo/media/manifest.dsse.json" "$1"; }
flip() { python3 - "$1" "$2" <<'PY'
import sys
path, place = sys.argv[1], int(sys.argv[2])
with open(path, "r+b") as file:
    file.seek(place); byte = file.read(1)[0]; file.seek(place); file.write(bytes([byte ^ 1]))
PY
}

start_appliance() { # HOME
    "$bin/assayd" --home "$1" --socket "$ASSAY_SOCKET" 2>>"$private/assayd.log" &
    daemon=$!
    for _ in $(seq 100); do
        [ -S "$ASSAY_SOCKET" ] && return 0
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$private/assayd.log" >&2
    echo "assayd did not start." >&2
    exit 1
}

start_tpm() {
    swtpm socket --tpm2 --tpmstate dir="$private/tpm" --server type=unixio,path="$run/tpm" \
        --ctrl type=unixio,path="$run/tpm.ctrl" --flags not-need-init,startup-clear 2>>"$private/tpm.log" &
    tpm=$!
    for _ in $(seq 100); do
        [ -S "$run/tpm" ] && tpm2_getcap -T "swtpm:path=$run/tpm" properties-fixed >/dev/null 2>&1 && return 0
        kill -0 "$tpm" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$private/tpm.log" >&2
    echo "swtpm did not start." >&2
    exit 1
}

started=$(date +%s)
rm -rf "$demo"
mkdir -p "$private"/{steps,refusals,keys,approvals,tpm} "$demo"/{export,trust,ledger,receipt}
chmod 700 "$private"
(umask 077; echo 'demonstration passphrase of the lab' >"$private/lab.pass"
 echo 'demonstration passphrase of the appliance' >"$private/appliance.pass"
 echo 'demonstration passphrase of the authority' >"$private/authority.pass"
 echo 'demonstration passphrase of the witness' >"$private/witness.pass")
for person in alice bob carol; do ssh-keygen -q -t ed25519 -N '' -C "$person" -f "$private/keys/$person"; done
as_alice=(--as alice --key "$private/keys/alice")
as_bob=(--as bob --key "$private/keys/bob")
# Carol's key is nowhere but in her ssh-agent, as a hardware key's would be.
eval "$(ssh-agent -s -a "$run/agent")" >/dev/null
agent=$SSH_AGENT_PID
ssh-add -q "$private/keys/carol"
rm "$private/keys/carol"
as_carol=(--as carol --key "$private/keys/carol.pub")
export ASSAY_SESSIONS=$private/sessions

# agreed NAME APPROVER... -- COMMAND ...   a step that takes another person: asked for, approved, then carried out.
agreed() {
    local name=$1 status=0 request
    shift
    local approver=()
    while [ "$1" != -- ]; do approver+=("$1"); shift; done
    shift
    printf '   $ %s\n' "$(shown "$@")"
    "$@" >"$private/steps/$name-asked.json" 2>"$run/err" || status=$?
    if [ "$status" -ne 75 ]; then
        cat "$run/err"
        echo "The demonstration stops: \"$name\" ended with status $status; it was to wait for a second person." >&2
        exit 1
    fi
    echo 0 >"$private/steps/$name-asked.seconds"
    request=$(field "$name-asked" waiting request)
    # Whoever agrees may do so on another day.
    if [ "$name" = verdict ]; then
        stop_appliance
        start_appliance "$appliance"
        "$bin/assay" unlock --passphrase-file "$private/appliance.pass" >/dev/null
    fi
    step "$name-approved" "$bin/assay" requests approve "$request" "${approver[@]}" --json
    step "$name" "$@" --approved "$request"
}

# --- Lab and appliance make their keys, and compare fingerprints ------------------------------------------------------

heading "Lab and authority make their keys; the authority signs who is cleared; the appliance makes its own keys"
step witness-keygen "$bin/assay-witness" keygen --name demonstration.example/witness --passphrase-file "$private/witness.pass" --json
step authority-keygen "$bin/assay-authority" keygen --to "$private/authority" --passphrase-file "$private/authority.pass" --json
step lab-keygen "$bin/assay-lab" keygen --name "Demonstration lab" --passphrase-file "$private/lab.pass" --json
python3 - "$private" <<'PY'
import datetime, json, sys
folder = sys.argv[1]
key = lambda name: " ".join(open(f"{folder}/keys/{name}.pub").read().split()[:2])
moment = lambda days: (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)).strftime("%Y-%m-%dT00:00:00Z")
dates = {"issued": moment(-1), "expires": moment(365)}
everything = ["weights", "datasets", "logs", "transcripts"]
person = lambda name, side, roles, sees: {
    "name": name, "side": side, "roles": roles, "clearances": sees, "keys": [key(name)]}
json.dump({"type": "assay-roster", "v": 1, "version": 1, **dates, "people": [
    person("alice", "authority", ["inspector"], everything),
    person("bob", "authority", ["adjudicator", "custodian"], everything),
    person("carol", "lab", ["lab-representative"], [])]}, open(f"{folder}/roster.json", "w"))
lab = json.load(open(f"{folder}/lab/lab.json"))["keyid"]
json.dump({"type": "assay-terms", "v": 1, "version": 1, **dates, "lab": lab, "rowsAlone": 5,
    "budgets": {name: {"person": 1 << 16, "total": 1 << 17} for name in everything} | {"transcripts": {"person": 1 << 20, "total": 1 << 20}}}, open(f"{folder}/terms.json", "w"))
PY
step roster "$bin/assay-authority" sign "$private/roster.json" --key "$private/authority/authority.key" \
    --passphrase-file "$private/authority.pass" --out "$private/roster.dsse.json" --json
step terms "$bin/assay-authority" sign "$private/terms.json" --key "$private/authority/authority.key" \
    --passphrase-file "$private/authority.pass" --out "$private/terms.dsse.json" --json
step lab-terms "$bin/assay-lab" sign-terms "$private/terms.dsse.json" --passphrase-file "$private/lab.pass" \
    --out "$private/terms.dsse.json" --json
start_tpm
start_appliance "$appliance"
step init "$bin/assay" init --name demonstration-appliance --tpm "swtpm:path=$run/tpm" --roster "$private/roster.dsse.json" \
    --authority "$private/authority/authority.pub.pem" --witness "$ASSAY_WITNESS_HOME/witness.vkey" --trust-lab "$ASSAY_LAB_HOME/lab.pub.pem" --passphrase-file "$private/appliance.pass" --json
step terms-install "$bin/assay" terms install "$private/terms.dsse.json" "${as_bob[@]}" --json
step identity "$bin/assay" identity --out "$private/appliance.json" --json
echo "   Read aloud by the appliance's custodian: $(field identity fingerprint)"
step trust-appliance "$bin/assay-lab" trust-appliance "$private/appliance.json" --fingerprint "$(field identity fingerprint)" --json

# --- The lab seals its submission --------------------------------------------------------------------------------------

heading "The lab declares and seals weights, dataset and training log"
step declare "$bin/assay-lab" declare --weights "$model" --model SmolLM2-135M-Instruct --model-version 1 \
    --base SmolLM2-135M --release open-weights --licence Apache-2.0 --contact lab@example.org \
    --terms "$private/terms.dsse.json" --dataset "$data/croissant.json" --language en --modality text \
    --out "$private/declaration.json" --json
step seal "$bin/assay-lab" seal --declaration "$private/declaration.json" --weights "$model" \
    --dataset "$data/croissant.json" --records "$data/records.jsonl" --log "$data/training-log.jsonl" \
    --passphrase-file "$private/lab.pass" --out "$demo/media" --json
step check "$bin/assay-lab" check "$demo/media" --json

# --- The appliance takes it in; inspectors look -------------------------------------------------------------------------

heading "Inspectors ingest and look: each look is signed, and on the ledger before it is shown"
step ingest "$bin/assay" ingest "$demo/media" --receipt "$private/receipt.json" "${as_alice[@]}" --json
submission=$(field ingest submission)
short=${submission:0:12}
step kept "$bin/assay" ledger checkpoint --out "$private/kept-checkpoint" --json
step receipt "$bin/assay-lab" receipt "$private/receipt.json" --media "$demo/media" --json
step status "$bin/assay" status --json
step submissions "$bin/assay" submissions --json
# On a screen of its own: the looks of the next steps, sixteen, each as it is recorded.
timeout 120 "$bin/assay" ledger watch --action inspect --from 0 --count 16 --format jsonl >"$private/watched.jsonl" &
watcher=$!
step files "$bin/assay" inspect files "$short" "${as_alice[@]}" --purpose "what was submitted?" --json
step tensors "$bin/assay" inspect tensors "$short" "${as_alice[@]}" --purpose "architecture as declared?" --json
step statistics "$bin/assay" inspect tensors "$short" --statistics "${as_alice[@]}" --purpose "anything that stands out?" --json
step tensor "$bin/assay" inspect tensor "$short" blk.0.attn_q.weight --spectrum 8 "${as_alice[@]}" --purpose "sound weights?" --json
agreed values "${as_carol[@]}" -- \
    "$bin/assay" inspect values "$short" blk.0.attn_q.weight --from 0 --count 64 "${as_alice[@]}" --purpose "quantised as declared?" --json
step records "$bin/assay" inspect records "$short" --from 0 --count 5 "${as_alice[@]}" --purpose "what was it trained on?" --json
agreed more-records "${as_carol[@]}" -- \
    "$bin/assay" inspect records "$short" --from 5 --count 5 "${as_alice[@]}" --purpose "the rows after those" --json
step search "$bin/assay" inspect search "$short" --pattern WATER --ignore-case --count 0 "${as_alice[@]}" --purpose "how often?" --json
agreed sample "${as_carol[@]}" -- \
    "$bin/assay" inspect sample "$short" --count 10 "${as_alice[@]}" --purpose "rows that nobody chose" --json
step dataset "$bin/assay" inspect dataset "$short" "${as_alice[@]}" --purpose "missing values? duplicates?" --json
step session "$bin/assay" session open "${as_alice[@]}" --minutes 30 --submission "$submission" --purpose "the training log" --json
step log "$bin/assay" inspect log "$short" --from 0 --count 5 "${as_alice[@]}" --purpose "did training converge?" --json
step curves "$bin/assay" inspect curves "$short" --svg "$private/curves.svg" "${as_alice[@]}" --purpose "did training converge?" --json
step session-end "$bin/assay" session end "${as_alice[@]}" --json
"$bin/assay" inspect curves "$short" --points 64 "${as_bob[@]}" | sed -n '/^loss/,/step/p'
step budgets "$bin/assay" terms --json
step backup "$bin/assay" backup --to "$private/backup" "${as_bob[@]}" --purpose "each evening" --json
step backup-verify "$bin/assay" backup verify "$private/backup" --json
echo "   $(field tensors view tensors 0 name) … $(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["view"]["tensors"]))' "$private/steps/tensors.json") tensors"

# --- A second submission, to compare --------------------------------------------------------------------------------------

heading "The same model comes once more, cut into three files and with one number changed: it is one table, and the change is found"
python3 -B "$data/split.py" "$model" "$private/parts" 3 blk.0.attn_q.weight
step parts-declare "$bin/assay-lab" declare --weights "$private/parts" --model SmolLM2-135M-Instruct --model-version 2 \
    --base SmolLM2-135M --release open-weights --licence Apache-2.0 --contact lab@example.org \
    --out "$private/parts-declaration.json" --json
step parts-seal "$bin/assay-lab" seal --declaration "$private/parts-declaration.json" --weights "$private/parts" \
    --passphrase-file "$private/lab.pass" --parity 34% --volume-size 70M --out "$private/parts-media" --json
step parts-labels "$bin/assay-lab" labels "$private/parts-media" --out "$private/labels.html" --json
step volume-check "$bin/assay-lab" check "$private/parts-media/volume-002" --json
step parts-ingest "$bin/assay" ingest "$private/parts-media/volume-003" "${as_alice[@]}" --json
# One is lost on the way.
rm -r "$private/parts-media/volume-001"
step parts-ingest-last "$bin/assay" ingest "$private/parts-media/volume-002" --repair "${as_alice[@]}" --json
parts=$(field parts-ingest-last submission)
step parts-tensors "$bin/assay" inspect tensors "${parts:0:12}" "${as_alice[@]}" --purpose "the same tensors?" --json
step compare "$bin/assay" inspect compare "$short" "${parts:0:12}" --low-rank 4 "${as_alice[@]}" --purpose "what was changed?" --json
step differences "$bin/assay" inspect differences "$short" "${parts:0:12}" "${as_alice[@]}" --purpose "the same tokenizer?" --json
rm -r "$private/parts/model-00002-of-00003.gguf" "$private/parts-media"
refused parts-incomplete 65 "$bin/assay-lab" declare --weights "$private/parts" --model SmolLM2-135M-Instruct --model-version 2 \
    --release open-weights --licence Apache-2.0 --contact lab@example.org --out "$private/parts-declaration.json"
rm -r "$private/parts"
echo "   It came on 3 volumes, one of which was lost: $(field parts-ingest-last rebuilt) segments were given back by the repair data"
echo "   $(field compare view identical) of $(python3 -c 'import json,sys; print(len(json.load(open(sys.argv[1]))["view"]["tensors"]))' "$private/steps/parts-tensors.json") tensors are the same byte for byte; $(field compare view differing 0 name) differs in $(field compare view differing 0 differing) number"
wait "$watcher"
watcher=

# --- A benchmark pack ------------------------------------------------------------------------------------------------------

heading "Two authors sign a benchmark pack, some items sealed to this appliance; two persons take it in, and a plan asks its tasks"
for author in pat quinn; do
    (umask 077; echo "demonstration passphrase of $author" >"$private/$author.pass")
    step "pack-keygen-$author" "$bin/assay" pack keygen --to "$private/authors" --name "$author" --passphrase-file "$private/$author.pass" --json
done
cp -r "$data/pack" "$private/suite"
step pack-build "$bin/assay" pack build "$private/suite" --out "$private/suite.pack" --name demonstration --version 1.0 --author "Pat and Quinn" \
    --licence CC0-1.0 --root-key "$private/authors/pat.pub.json" --root-key "$private/authors/quinn.pub.json" --root-threshold 2 \
    --targets-key "$private/authors/pat.pub.json" --snapshot-key "$private/authors/quinn.pub.json" \
    --timestamp-key "$private/authors/quinn.pub.json" --seal tasks/workshop/private.jsonl --recipient "$private/appliance.json" --json
step pack-sign-pat "$bin/assay" pack sign "$private/suite.pack" --role root --role targets --key "$private/authors/pat.key" \
    --passphrase-file "$private/pat.pass" --json
step pack-sign-quinn "$bin/assay" pack sign "$private/suite.pack" --role root --role snapshot --role timestamp --key "$private/authors/quinn.key" \
    --passphrase-file "$private/quinn.pass" --json
step pack-verify "$bin/assay" pack verify "$private/suite.pack" --root "$private/suite.pack/metadata/1.root.json" --json
agreed pack-install "${as_carol[@]}" -- \
    "$bin/assay" pack install "$private/suite.pack" --root "$private/suite.pack/metadata/1.root.json" "${as_alice[@]}" --json
step pack-list "$bin/assay" pack list --json
step pack-plan "$bin/assay" plan "${parts:0:12}" --pack demonstration --threshold "acc>=0.35" --out "$private/pack-plan.json" --json
step pack-evaluate "$bin/assay" evaluate --plan "$private/pack-plan.json" "${as_alice[@]}" --json
python3 - "$private/steps/pack-evaluate.json" <<'PY'
import json, sys
for r in json.load(open(sys.argv[1]))["results"]:
    print(f'   {r["task"]}: {r["metric"]} {r["value"]} [{r["lower"]}, {r["upper"]}], n = {r["n"]}, threshold {r["threshold"]}: {r["decision"]}')
PY

# --- Evaluation, registered before it runs ---------------------------------------------------------------------------

heading "Inspectors evaluate in the confined engine, then repeat the run bit for bit"
step policy "$bin/assay" policy check Provisioning/demo/policy.yaml --json
step plan "$bin/assay" plan "$short" --policy Provisioning/demo/policy.yaml --suite assay_capability --suite assay_refusal \
    --suite assay_overrefusal --out "$private/plan.json" --json
step evaluate "$bin/assay" evaluate --plan "$private/plan.json" "${as_alice[@]}" --json
python3 - "$private/steps/evaluate.json" <<'PY'
import json, sys
evaluated = json.load(open(sys.argv[1]))
for r in evaluated["results"]:
    corrected = r["corrected"]
    judged = f', without the judge\'s error {corrected["value"]} [{corrected["lower"]}, {corrected["upper"]}]' if corrected else ""
    print(f'   {r["task"]}: {r["metric"]} {r["value"]} [{r["lower"]}, {r["upper"]}]{judged}, n = {r["n"]}, threshold {r["threshold"]}: {r["decision"]}')
for d in evaluated["policy"]["domains"]:
    print(f'   policy, {d["domain"]}: {d["decision"]}, best in {d["best"]}; crossing would ask for {d["tier"]}')
PY
step replay "$bin/assay" evaluate --replay "$(field evaluate run)" "${as_alice[@]}" --json
echo "   repeated: $(field replay samples) records, identical bit for bit"
step transcripts "$bin/assay" inspect transcripts "$(field evaluate run)" --from 0 --count 3 "${as_alice[@]}" --purpose "how does it fail?" --json
mkdir -p "$private/logs"
step run-log "$bin/assay" inspect run-log "$(field evaluate run)" --task assay_refusal --format inspect \
    --out "$private/logs/assay_refusal.eval" "${as_alice[@]}" --purpose "to read it in a viewer, on site" --json
step run-log-lines "$bin/assay" inspect run-log "$(field evaluate run)" --task assay_refusal --format harness \
    --out "$private/logs/samples_assay_refusal.jsonl" "${as_alice[@]}" --purpose "to read it with other tools, on site" --json

# --- Verdict and export ------------------------------------------------------------------------------------------------

heading "An adjudicator reads the evidence, signs a verdict over it, and lets the bundle out"
decision=$(field evaluate suggested)
agreed verdict "${as_carol[@]}" -- "$bin/assay" verdict "$short" --decision "$decision" "${as_bob[@]}" --json
step rotate "$bin/assay" ledger rotate --passphrase-file "$private/appliance.pass" "${as_bob[@]}" --json
step archive "$bin/assay" ledger archive --to "$demo/archive" "${as_bob[@]}" --json
step archive-verify "$bin/assay" ledger verify --archive "$demo/archive" --json
step trust "$bin/assay" trust --to "$demo/trust" --json
step witness-log "$bin/assay-witness" add-log "$demo/trust/ledger.vkey" --json
step witness-request "$bin/assay" witness request --witness demonstration.example/witness --out "$private/witness-request" --json
step witness-cosign "$bin/assay-witness" cosign "$private/witness-request" --passphrase-file "$private/witness.pass" \
    --out "$private/cosigned" --json
step witness-accept "$bin/assay" witness accept "$private/cosigned" --json
agreed export "${as_carol[@]}" -- "$bin/assay" export "$short" --to "$demo/export" "${as_bob[@]}" --json
step ledger-verify "$bin/assay" ledger verify --kept "$private/kept-checkpoint" --json
step ledger-checkpoint "$bin/assay" ledger checkpoint --out "$private/checkpoint" --json
step ledger-consistency "$bin/assay" ledger consistency "$(field ledger-verify kept 0)" --out "$private/consistency" --json
step consistency "$bin/assay-verify" consistency "$private/kept-checkpoint" "$private/checkpoint" \
    --proof "$private/consistency" --vkey "$demo/trust/ledger.vkey" --json
step ledger-prove "$bin/assay" ledger prove "$(field verdict entry)" --to "$private/proof" --json
step approval "$bin/assay" ledger prove "$(field verdict-approved entry)" --to "$demo/approval" --json
step ledger-receipt "$bin/assay" ledger receipt --out "$demo/receipt/receipt.txt" --svg "$demo/receipt/receipt.svg" \
    "${as_carol[@]}" --purpose "to take home" --json
step cosigned-receipt "$bin/assay" ledger receipt --cosigned --out "$demo/receipt/cosigned.txt" "${as_carol[@]}" --json
step ledger-export "$bin/assay" ledger export --to "$demo/ledger" "${as_bob[@]}" --json
step anchor "$bin/assay" status --json
step ledger-looks "$bin/assay" ledger show --all --actor alice --action inspect --subject "$short" --json
written ledger-csv "$private/ledger.csv" "$bin/assay" ledger show --all --format csv
"$bin/assay" ledger show
"$bin/assay" status

# --- Oversight ---------------------------------------------------------------------------------------------------------

heading "An oversight body verifies the bundle, offline, against the file that it downloaded"
step ledger-tiles "$bin/assay-verify" ledger "$demo/ledger" --vkey "$demo/trust/ledger.vkey" --kept "$private/kept-checkpoint" \
    --kept "$private/checkpoint" --json
step verify "$bin/assay-verify" "$demo/export/verdict.assay" --trust "$demo/trust" --weights "$model" --quorum 1 --json
"$bin/assay-verify" "$demo/export/verdict.assay" --trust "$demo/trust" --quorum 1

heading "The lab's representative holds the exported ledger against the receipt that went home with her"
cat "$demo/receipt/receipt.txt"
step receipt-verify "$bin/assay-verify" receipt "$demo/receipt/receipt.txt" --vkey "$demo/trust/ledger.vkey" --ledger "$demo/ledger" --json
"$bin/assay-verify" receipt "$demo/receipt/receipt.txt" --vkey "$demo/trust/ledger.vkey" --ledger "$demo/ledger"
step cosigned-verify "$bin/assay-verify" receipt "$demo/receipt/cosigned.txt" --vkey "$demo/trust/ledger.vkey" \
    --witness "$demo/trust/witnesses" --ledger "$demo/ledger" --json

# --- Tampering ---------------------------------------------------------------------------------------------------------

heading "One byte changed on the media"
cp -r "$demo/media" "$private/media-tampered"
segment=$(ls "$private/media-tampered/segments" | head -n 1)
flip "$private/media-tampered/segments/$segment" 100000
refused media-lab-check 0 "$bin/assay-lab" check "$private/media-tampered"
# With an empty store, which has never seen this submission: the store must not answer for the media.
stop_appliance
mkdir "$private"/ledger-{older,newest}
cp "$appliance"/ledger.sqlite* "$private/ledger-older"
mv "$appliance/store" "$private/store-aside"
start_appliance "$appliance"
"$bin/assay" unlock --passphrase-file "$private/appliance.pass" >/dev/null
refused media 1 "$bin/assay" ingest "$private/media-tampered" "${as_alice[@]}"
"$bin/assay" ledger show --from "$(field ledger-export size)" | tail -n 2
stop_appliance
rm -rf "$appliance/store"
mv "$private/store-aside" "$appliance/store"

heading "One byte changed in the store"
start_appliance "$appliance"
"$bin/assay" unlock --passphrase-file "$private/appliance.pass" >/dev/null
stored=$appliance/store/segments/$submission/$(segment_of records.jsonl)
flip "$stored" 300
refused store 1 "$bin/assay" inspect records "$short" "${as_bob[@]}" --count 1
refused second-appliance 73 "$bin/assayd" --home "$appliance" --socket "$run/second.sock"
flip "$stored" 300
step store-restored "$bin/assay" inspect records "$short" "${as_bob[@]}" --count 1 --json
stop_appliance

heading "An older copy of the ledger put back: sound by itself, but the TPM has counted on"
mv "$appliance"/ledger.sqlite* "$private/ledger-newest"
cp "$private/ledger-older"/ledger.sqlite* "$appliance"
start_appliance "$appliance"
refused rollback 1 "$bin/assay" unlock --passphrase-file "$private/appliance.pass"
stop_appliance
rm "$appliance"/ledger.sqlite*
mv "$private/ledger-newest"/ledger.sqlite* "$appliance"
start_appliance "$appliance"
step newest-restored "$bin/assay" unlock --passphrase-file "$private/appliance.pass" --json
stop_appliance

heading "One byte changed in the ledger"
cp -r "$appliance" "$private/appliance-tampered"
python3 - "$private/appliance-tampered/ledger.sqlite" <<'PY'
# Somebody with the disk: triggers are no obstacle, only the hashes are.
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("DROP TRIGGER entry_no_update")
bytes_ = bytearray(database.execute("SELECT bytes FROM entry WHERE sequence = 3").fetchone()[0])
place = bytes_.index(b'"time":') + 12
bytes_[place] = bytes_[place] ^ 1
database.execute("UPDATE entry SET bytes = ? WHERE sequence = 3", (bytes(bytes_),))
database.commit()
PY
start_appliance "$private/appliance-tampered"
refused ledger 1 "$bin/assay" unlock --passphrase-file "$private/appliance.pass"
stop_appliance

heading "The disk is lost: a backup is restored, two persons declare what is gone, and the witness goes on with it"
start_appliance "$private/appliance-restored"
step restore "$bin/assay" restore --from "$private/backup" --json
step restored-unlock "$bin/assay" unlock --passphrase-file "$private/appliance.pass" --json
refused restored-waits 1 "$bin/assay" submissions
agreed restore-confirm "${as_carol[@]}" -- "$bin/assay" restore confirm --kept "$private/cosigned" --kept "$private/checkpoint" \
    "${as_bob[@]}" --purpose "the disk failed after the audit" --json
echo "   $(field restore-confirm lost) entries after the first $(field restore-confirm size) are declared lost, by entry $(field restore-confirm entry)"
step restored-verify "$bin/assay" ledger verify --kept "$private/kept-checkpoint" --kept "$private/checkpoint" --json
"$bin/assay" ledger verify --kept "$private/checkpoint"
step restored-prove "$bin/assay" ledger prove "$(field restore-confirm entry)" --to "$private/restored-proof" --json
refused witness-unconfirmed 3 "$bin/assay-witness" accept-restore "$private/restored-proof"
step witness-restored "$bin/assay-witness" accept-restore "$private/restored-proof" --yes --json
stop_appliance
# Should the lost one turn up, the TPM knows it for what it is.
start_appliance "$appliance"
refused lost-one 1 "$bin/assay" unlock --passphrase-file "$private/appliance.pass"
stop_appliance

heading "A letter misread when the receipt is typed in, and a receipt that disagrees with the ledger"
sed -E '/^ +3 /s/(.{16})./\1#/' "$demo/receipt/receipt.txt" >"$private/receipt-mistyped.txt"
refused receipt-mistyped 38 "$bin/assay-verify" receipt "$private/receipt-mistyped.txt" --vkey "$demo/trust/ledger.vkey"
cp -r "$demo/ledger" "$private/ledger-rewritten"
flip "$(find "$private/ledger-rewritten/tile/entries" -type f | head -n 1)" 100
refused receipt-ledger 36 "$bin/assay-verify" receipt "$demo/receipt/receipt.txt" --vkey "$demo/trust/ledger.vkey" \
    --ledger "$private/ledger-rewritten"

heading "One byte changed in the bundle"
cp "$demo/export/verdict.assay" "$private/verdict-tampered.assay"
flip "$private/verdict-tampered.assay" 700
refused bundle 0 "$bin/assay-verify" "$private/verdict-tampered.assay" --trust "$demo/trust"
cp "$model" "$private/other-weights.gguf"
flip "$private/other-weights.gguf" 50000000
refused weights 0 "$bin/assay-verify" "$demo/export/verdict.assay" --trust "$demo/trust" --weights "$private/other-weights.gguf"
rm -rf "$private/other-weights.gguf" "$private"/backup "$private"/appliance-{tampered,restored} "$private/media-tampered" "$private"/ledger-{older,newest,rewritten}

# What the views showed, and what the ledger says of them, against the files themselves.
python3 -B "$data/checks.py" "$demo" "$model"

# --- Summary -----------------------------------------------------------------------------------------------------------

python3 - "$demo" "$started" <<'PY'
import glob, json, os, sys, time
demo, started = sys.argv[1], int(sys.argv[2])
steps = {}
for path in sorted(glob.glob(f"{demo}/private/steps/*.json"), key=os.path.getmtime):
    name = os.path.basename(path)[:-5]
    steps[name] = {"seconds": float(open(path[:-5] + ".seconds").read()), "result": json.load(open(path))}
# What is shown of a submission stays inside; the summary keeps the figures.
for step in steps.values(): step["result"].pop("view", None)
steps["ledger-looks"]["result"].pop("entries")
for name in ["identity", "ingest", "plan", "verify", "ledger-prove", "restored-prove", "ledger-receipt", "cosigned-receipt", "approval"]:
    for heavy in ["receipt", "appliance", "plan", "entry", "proof", "request", "checkpoint"]:
        if isinstance(steps[name]["result"].get(heavy), str): steps[name]["result"].pop(heavy)
refusals = [json.load(open(path)) for path in sorted(glob.glob(f"{demo}/private/refusals/*.json"), key=os.path.getmtime)]
total = int(time.time()) - started
evaluation = steps["evaluate"]["result"]
summary = {
    "model": steps["submissions"]["result"]["submissions"][0]["model"], "submission": evaluation["submission"],
    "results": evaluation["results"], "verdict": steps["verdict"]["result"]["result"],
    "replay_identical": steps["replay"]["result"]["identical"], "ledger_entries": steps["ledger-verify"]["result"]["entries"],
    "refusals": refusals, "steps": steps, "seconds": total,
}
json.dump(summary, open(f"{demo}/summary.json", "w"), indent=2)
print(f"\nVerdict {summary['verdict']} on {summary['model']}: verified. {len(refusals)} of {len(refusals)} things refused that must be. "
      f"{total} s. Results in .demo/, figures in .demo/summary.json.")
PY
