"""PEFT and transformers read what assay-engine trained, merged and wrote, and compute what it computes.

    training.py ENGINE MODEL

ENGINE is the program, MODEL the demonstration model's GGUF file. What is held against each other is every token's
log-probability in texts that were not trained on. Exit status: 0 all agreed, 1 some did not.
"""

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

warnings.simplefilter("ignore", FutureWarning)
os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).resolve().parent
# Nats: both sides compute in float32, in other orders.
BOUND = 2e-3
# What training must change at least, so that agreeing says something.
CHANGE = 0.5

engine, gguf = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
fixture = HERE.parent.parent / "InferenceEngineTests" / "Fixtures" / "smollm2-logprobs.jsonl"
LONG = json.loads(fixture.read_text(encoding="utf-8").splitlines()[-1])["tokens"]
ASKED = [LONG[start : start + 96] for start in (0, 400)]
LEARNT = [LONG[start : start + 64] for start in (100, 164, 228, 292)]


class Disagreement(Exception):
    pass


def need(condition: bool, what: str):
    if not condition:
        raise Disagreement(what)


def run(command: str, *options, lines: list[dict] = ()) -> list[dict]:
    text = "".join(json.dumps(line) + "\n" for line in lines)
    done = subprocess.run([engine, command, *options], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"assay-engine {command} ended with {done.returncode}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def train(model: Path, output: Path, *options: str):
    data = output.with_suffix(".jsonl")
    data.write_text("".join(json.dumps({"tokens": tokens}) + "\n" for tokens in LEARNT))
    steps = run("train", "--model", model, "--data", data, "--output", output, "--steps", "12", "--schedule", "constant", "--json", *options)
    need(steps[-1]["loss"] < steps[0]["loss"] - 0.3, f"the loss goes from {steps[0]['loss']} to {steps[-1]['loss']}")


def ours(model: Path, *options) -> list[list[float]]:
    return [line["logprobs"][1:] for line in run("score", "--model", model, *options, lines=[{"tokens": tokens} for tokens in ASKED])]


@torch.inference_mode()
def theirs(model) -> list[list[float]]:
    logits = torch.log_softmax(model.eval()(torch.tensor(ASKED)).logits.double(), dim=-1)
    return [[logits[row, place, tokens[place + 1]].item() for place in range(len(tokens) - 1)] for row, tokens in enumerate(ASKED)]


def apart(one: list[list[float]], two: list[list[float]]) -> float:
    return max(abs(a - b) for x, y in zip(one, two, strict=True) for a, b in zip(x, y, strict=True))


def agree(one: list[list[float]], two: list[list[float]], plain: list[list[float]]) -> str:
    found, change = apart(one, two), apart(one, plain)
    need(change > CHANGE, f"training changed log-probabilities by {change:.4f} nats at most")
    need(found < BOUND, f"log-probabilities are up to {found:.4f} nats apart")
    return f"{sum(map(len, one))} log-probabilities within {found:.1e} nats, where training changed them by up to {change:.1f}"


def load(path: Path, **options):
    return AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32, **options)


def main() -> int:
    torch.set_num_threads(2)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="assay-training-") as name:
        scratch = Path(name)
        base = load(gguf.parent, gguf_file=gguf.name)
        # The same model as transformers publishes one: it writes none that came from GGUF.
        folder = scratch / "base"
        del base.config.quantization_config
        published = AutoModelForCausalLM.from_config(base.config, dtype=torch.float32)
        published.load_state_dict(base.state_dict())
        published.save_pretrained(folder)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
        plain = ours(gguf)
        adapter = scratch / "adapter"

        def adapters() -> str:
            """One for every product of the layers: their rows are ordered otherwise in a GGUF file."""
            train(gguf, adapter, "--targets", "all", "--rank", "8", "--rate", "1e-3")
            return agree(ours(gguf, "--adapter", adapter), theirs(PeftModel.from_pretrained(load(folder), adapter)), plain)

        def merged() -> str:
            run("merge", "--model", folder, "--adapter", adapter, "--output", scratch / "merged")
            return agree(ours(gguf, "--adapter", adapter), theirs(load(scratch / "merged")), plain)

        def merged_from_gguf() -> str:
            run("merge", "--model", gguf, "--adapter", adapter, "--output", scratch / "merged-gguf")
            base.config.save_pretrained(scratch / "merged-gguf")
            return agree(ours(gguf, "--adapter", adapter), theirs(load(scratch / "merged-gguf")), plain)

        def layers() -> str:
            train(folder, scratch / "layers", "--full-layers", "27-29", "--train-output", "--rate", "1e-4")
            return agree(ours(scratch / "layers"), theirs(load(scratch / "layers")), plain)

        checks = [
            ("an adapter", "PEFT", adapters), ("a merged model", "transformers", merged),
            ("one merged from GGUF", "transformers", merged_from_gguf), ("trained layers", "transformers", layers),
        ]  # fmt: skip
        for what, program, check in checks:
            try:
                print(f"PASS  {what}, by {program}: {check()}", flush=True)
            except Exception as error:  # noqa: BLE001, a breakdown of any kind is this check's failure, not the others'
                failures += 1
                print(f"FAIL  {what}, by {program}: {type(error).__name__}: {error}", flush=True)
        print(f"{len(checks) - failures} of {len(checks)} checks of training passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
