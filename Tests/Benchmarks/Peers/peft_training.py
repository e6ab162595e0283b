"""A training step of an adapter by PyTorch and PEFT in float32 beside the engine's, alternating in one run, 2 threads each.

    peft_training.py MODEL ENGINE [ROUNDS] [STEPS] [CURVE]

MODEL is the demonstration model's GGUF file, ENGINE the program assay-engine. Both begin with one adapter that PEFT
wrote (rank 8, queries and values) and take the same 4 texts of 128 tokens a step. Prints a line of JSON for each round, with
each side's best step in seconds, the largest difference between their losses and the engine's memory; after the rounds
one for CURVE steps' losses; and one with what PEFT makes of the adapter that the engine wrote.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM

HERE = pathlib.Path(__file__).resolve().parent
TEXTS, LENGTH, RATE = 4, 128, 2e-4

path, engine = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
rounds, steps, curve = (int(x) for x in (sys.argv[3:] + ["3", "6", "50"][len(sys.argv) - 3:]))
torch.set_num_threads(2)
torch.manual_seed(0)


def load():
    return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)


fixtures = HERE.parent.parent / "InferenceEngineTests" / "Fixtures" / "smollm2-logprobs.jsonl"
long = json.loads(fixtures.read_text(encoding="utf-8").splitlines()[-1])["tokens"]
texts = [long[start:start + LENGTH] for start in torch.randint(len(long) - LENGTH, (16,)).tolist()]
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "texts.jsonl").write_text("".join(json.dumps({"tokens": text}) + "\n" for text in texts))
model = get_peft_model(load(), LoraConfig(task_type="CAUSAL_LM", r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"]))
model.save_pretrained(folder / "start")
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
    return times[1:], losses


def engine_steps(count):
    process = subprocess.Popen(
        [engine, "train", "--model", path, "--adapter", folder / "start", "--data", folder / "texts.jsonl", "--output", folder / "end",
         "--steps", str(count), "--batch", str(TEXTS), "--length", str(LENGTH), "--schedule", "constant", "--rate", str(RATE), "--no-shuffle",
         "--threads", "2", "--json"], stdout=subprocess.PIPE)
    times, losses, last, memory = [], [], None, 0
    for line in process.stdout:
        now = time.perf_counter()
        try:
            # The program's own; what rusage says counts this process, from which it was made.
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            memory = max(memory, int(status.split("VmHWM:")[1].split()[0]) / 1024)
        except (FileNotFoundError, IndexError):
            pass
        if last is not None:
            times.append(now - last)
        last = now
        losses.append(json.loads(line)["loss"])
    assert process.wait() == 0, "the engine failed"
    return times, losses, memory


def difference(a, b):
    return max(abs(x - y) for x, y in zip(a, b))


def show(**entry):
    print(json.dumps({key: round(value, 6) if isinstance(value, float) else value for key, value in entry.items()}), flush=True)


best = [float("inf")] * 2
for number in range(rounds):
    times, losses = torch_steps(steps)
    own, found, memory = engine_steps(steps)
    best = [min(best[0], *times), min(best[1], *own)]
    show(round=number, torch=min(times), engine=min(own), ratio=best[0] / best[1], loss_difference=difference(losses, found), engine_mib=memory)
if curve:
    _, losses = torch_steps(curve)
    _, found, memory = engine_steps(curve)
    show(curve=curve, first=losses[0], last=losses[-1], engine_last=found[-1], loss_difference=difference(losses, found), engine_mib=memory)
    with torch.no_grad():
        tokens = torch.tensor(texts[:TEXTS])
        own = model.eval()(tokens, labels=tokens).loss.item()
        read = PeftModel.from_pretrained(load(), folder / "end").eval()
        show(read_back_loss=read(tokens, labels=tokens).loss.item(), torch_loss=own)
