"""Training an adapter by PyTorch and PEFT in float32 beside the engine's, in turn, 2 threads each.

    peft_training.py MODEL ENGINE

MODEL is the demonstration model's GGUF file, ENGINE the program assay-engine. Both begin with one adapter that PEFT wrote
(rank 8, queries and values) and take the same 4 texts of 128 tokens a step. Prints one line of JSON: each side's best step
in seconds, the largest difference between their losses over 50 steps, and the most memory that the engine held.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

os.environ["TQDM_DISABLE"] = "1"
warnings.simplefilter("ignore")

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).resolve().parent
TEXTS, LENGTH, RATE = 4, 128, 2e-4
ROUNDS, STEPS, CURVE = 4, 6, 50

path, engine = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
torch.set_num_threads(2)
torch.manual_seed(0)

fixture = HERE.parent.parent / "InferenceEngineTests" / "Fixtures" / "smollm2-logprobs.jsonl"
long = json.loads(fixture.read_text(encoding="utf-8").splitlines()[-1])["tokens"]
texts = [long[start:start + LENGTH] for start in torch.randint(len(long) - LENGTH, (16,)).tolist()]
base = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
model = get_peft_model(base, LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
model.train()
trained = [p for p in model.parameters() if p.requires_grad]
start = [p.detach().clone() for p in trained]


def torch_steps(count):
    with torch.no_grad():
        for p, first in zip(trained, start):
            p.copy_(first)
    optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.0)
    times, losses = [], []
    for step in range(count):
        began = time.perf_counter()
        tokens = torch.tensor([texts[(step * TEXTS + i) % len(texts)] for i in range(TEXTS)])
        optimizer.zero_grad()
        loss = model(tokens, labels=tokens).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        losses.append(loss.item())
        times.append(time.perf_counter() - began)
    return min(times[1:]), losses


def engine_steps(count, folder):
    process = subprocess.Popen(
        [engine, "train", "--model", path, "--adapter", folder / "start", "--data", folder / "texts.jsonl", "--output", folder / "end",
         "--steps", str(count), "--batch", str(TEXTS), "--length", str(LENGTH), "--schedule", "constant", "--rate", str(RATE), "--no-shuffle",
         "--threads", "2", "--json"], stdout=subprocess.PIPE)
    times, losses, memory = [], [], 0.0
    for line in process.stdout:
        times.append(time.perf_counter())
        losses.append(json.loads(line)["loss"])
        try:
            # The program's own; what rusage says counts this process, from which it was made.
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            memory = max(memory, int(status.split("VmHWM:")[1].split()[0]) / 1024)
        except (FileNotFoundError, IndexError):
            pass
    if process.wait() != 0:
        raise SystemExit(f"the engine ended with status {process.returncode}")
    return min(after - before for before, after in zip(times, times[1:])), losses, memory


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    (folder / "texts.jsonl").write_text("".join(json.dumps({"tokens": text}) + "\n" for text in texts))
    model.save_pretrained(folder / "start")
    own, other = [], []
    for number in range(ROUNDS):
        for side in ("torch", "engine") if number % 2 else ("engine", "torch"):
            if side == "torch":
                other.append(torch_steps(STEPS)[0])
            else:
                own.append(engine_steps(STEPS, folder)[0])
            print(f"round {number}, {side}: {(other if side == 'torch' else own)[-1]:.3f} s", file=sys.stderr)
    theirs = torch_steps(CURVE)[1]
    _, ours, memory = engine_steps(CURVE, folder)
difference = max(abs(a - b) for a, b in zip(ours, theirs, strict=True))
print(json.dumps({
    "tokens": TEXTS * LENGTH, "seconds": min(own), "torch_seconds": min(other), "steps": CURVE, "loss_difference": difference,
    "first_loss": ours[0], "last_loss": ours[-1], "mib": memory}))
