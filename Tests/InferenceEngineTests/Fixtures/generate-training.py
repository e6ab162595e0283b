#!/usr/bin/env python3
"""Writes the training fixtures in this folder with PyPI's torch, transformers and peft, in float32 on the processor.

    pip install gguf==0.19.0 numpy peft==0.21.2 safetensors==0.8.0 torch==2.13.0 transformers==5.24.0
    ./generate-training.py

training-gradients.jsonl   for models of architectures.jsonl and small-models.jsonl: a batch, its loss, and of every
                           weight's gradient its norm and some elements, joined as the engine joins weights
training-curves.jsonl      losses, gradients' norms and learning rates of short trainings
training-adapters.jsonl    for adapters that PEFT wrote: their configuration, logprobs with them, and weights merged by PEFT
training-rates.jsonl       learning rates by transformers' schedules
adapter-<name>.safetensors those adapters
"""
import json
import math
import pathlib
import tempfile

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, get_constant_schedule_with_warmup, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

HERE = pathlib.Path(__file__).parent
SAMPLES = 8


def lines(name):
    return [json.loads(line) for line in open(HERE / name, encoding="utf-8")]


def write(name, entries):
    with open(HERE / name, "w", encoding="utf-8") as file:
        for entry in entries:
            file.write(json.dumps(entry, separators=(",", ":")) + "\n")


def load(weights, config):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if config is None:
            (folder / weights).symlink_to(HERE / weights)
            return AutoModelForCausalLM.from_pretrained(folder, gguf_file=weights, dtype=torch.float32, attn_implementation="eager").eval()
        (folder / "model.safetensors").symlink_to(HERE / weights)
        (folder / "config.json").write_text(json.dumps(config))
        return AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager").eval()


def rounded(x):
    return float(f"{x:.8g}")


def batch(seed, vocabulary, lengths=(5, 33, 70)):
    generator = torch.Generator().manual_seed(seed)
    found = []
    for length in lengths:
        tokens = torch.randint(vocabulary, (length,), generator=generator).tolist()
        labels = (torch.rand(length, generator=generator) < 0.7).tolist()
        found.append({"tokens": tokens, "labels": labels})
    return found


def loss_of(model, examples):
    """The mean over all labels of the batch, as transformers' with label -100 for what is not learnt."""
    total, count = 0, 0
    for example in examples:
        tokens = torch.tensor([example["tokens"]])
        labels = torch.tensor([[t if keep else -100 for t, keep in zip(example["tokens"], example["labels"])]])
        number = (labels[:, 1:] != -100).sum().item()
        if number:
            total = total + model(tokens, labels=labels, num_items_in_batch=1).loss
            count += number
    return total / count


def summary(gradient):
    flat = gradient.detach().double().reshape(-1)
    step = max(1, flat.numel() // SAMPLES)
    return {"count": flat.numel(), "norm": rounded(flat.norm().item()), "step": step, "samples": [rounded(x) for x in flat[::step][:SAMPLES].tolist()]}


def joined(model):
    """The gradients of all weights under the engine's names, which joins what has the same input."""
    own = dict(model.named_parameters())
    grads = {name: p.grad for name, p in own.items() if p.grad is not None}
    found = {"output_norm": grads["model.norm.weight"], "embedding.weight": grads["model.embed_tokens.weight"]}
    if "lm_head.weight" in grads:
        found["output.weight"] = grads["lm_head.weight"]
    for number in range(model.config.num_hidden_layers):
        def get(part):
            return grads.get(f"model.layers.{number}.{part}")

        def put(name, *parts):
            values = [get(part) for part in parts]
            if all(v is not None for v in values):
                found[f"layers.{number}.{name}"] = torch.cat(values)

        kind = model.config.model_type
        gemma = kind.startswith("gemma")
        after = kind == "olmo2"
        put("attention_norm", "input_layernorm.weight")
        if gemma:
            put("attention_post_norm", "post_attention_layernorm.weight")
            put("feed_forward_norm", "pre_feedforward_layernorm.weight")
            put("feed_forward_post_norm", "post_feedforward_layernorm.weight")
        elif after:
            put("attention_post_norm", "post_attention_layernorm.weight")
            put("feed_forward_post_norm", "post_feedforward_layernorm.weight")
        else:
            put("feed_forward_norm", "post_attention_layernorm.weight")
        for end in ["weight", "bias"]:
            put(f"query_key_value.{end}", *[f"self_attn.{x}_proj.{end}" for x in "qkv"])
            put(f"query_key_value.{end}", f"self_attn.qkv_proj.{end}")
            put(f"attention_output.{end}", f"self_attn.o_proj.{end}")
            put(f"gate_up.{end}", f"mlp.gate_proj.{end}", f"mlp.up_proj.{end}")
            put(f"gate_up.{end}", f"mlp.gate_up_proj.{end}")
            put(f"down.{end}", f"mlp.down_proj.{end}")
            put(f"router.{end}", f"mlp.gate.{end}")
            put(f"router.{end}", f"mlp.router.{end}")
        put("query_norm", "self_attn.q_norm.weight")
        put("key_norm", "self_attn.k_norm.weight")
        put("sinks", "self_attn.sinks")
        gate_up, down = get("mlp.experts.gate_up_proj"), get("mlp.experts.down_proj")
        if gate_up is None:
            continue
        for expert in range(gate_up.shape[0]):
            prefix = f"layers.{number}.experts.{expert}"
            if kind == "gpt_oss":
                # Inputs first, gate and up taking turns.
                turned = gate_up[expert].T
                found[f"{prefix}.gate_up.weight"] = torch.cat([turned[::2], turned[1::2]])
                found[f"{prefix}.down.weight"] = down[expert].T
                bias = get("mlp.experts.gate_up_proj_bias")[expert]
                found[f"{prefix}.gate_up.bias"] = torch.cat([bias[::2], bias[1::2]])
                found[f"{prefix}.down.bias"] = get("mlp.experts.down_proj_bias")[expert]
            else:
                found[f"{prefix}.gate_up.weight"] = gate_up[expert]
                found[f"{prefix}.down.weight"] = down[expert]
    return found


def gradients(name, weights, config, seed):
    model = load(weights, config)
    for p in model.parameters():
        p.requires_grad_(True)
    examples = batch(seed, model.config.vocab_size)
    loss = loss_of(model, examples)
    loss.backward()
    return {
        "name": name, "weights": weights, "config": config, "batch": examples, "loss": rounded(loss.item()),
        "gradients": {key: summary(value) for key, value in joined(model).items()},
    }


ARCHITECTURES = [
    "llama", "llama-yarn", "llama-longrope", "llama-dynamic", "llama-biased", "mistral", "qwen2-layer-types", "qwen3", "qwen3-biased", "gemma2",
    "gemma3", "phi3", "phi3-partial", "olmo2", "smollm3", "granite", "mixtral", "qwen3-moe", "qwen3-moe-unnormed", "qwen3-moe-mixed", "olmoe",
    "olmoe-clipped", "gpt-oss", "gpt-oss-limit",
]


@torch.no_grad()
def logprobs(model, tokens):
    table = torch.log_softmax(model(torch.tensor([tokens])).logits[0].double(), -1)
    return [None] + [round(table[i, t].item(), 7) for i, t in enumerate(tokens[1:])]


def adapted(name, weights, config, seed, **settings):
    """A PEFT adapter of random matrices, neither of them zero, and what it makes of the model."""
    torch.manual_seed(seed)
    model = get_peft_model(load(weights, config), LoraConfig(task_type="CAUSAL_LM", init_lora_weights=False, **settings)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if "lora_B" in key:
                p.mul_(0.3)
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        (HERE / f"adapter-{name}.safetensors").write_bytes((pathlib.Path(folder) / "adapter_model.safetensors").read_bytes())
        written = json.loads((pathlib.Path(folder) / "adapter_config.json").read_text())
    tokens = torch.randint(400, (60,), generator=torch.Generator().manual_seed(seed)).tolist()
    entry = {
        "name": name, "weights": weights, "config": config, "adapter": f"adapter-{name}.safetensors", "adapter_config": written,
        "tokens": tokens, "logprobs": logprobs(model, tokens),
    }
    merged = model.merge_and_unload()
    entry["merged_logprobs"] = logprobs(merged, tokens)
    entry["merged"] = {key: summary(p) for key, p in merged.state_dict().items() if "layers" in key or "embed" in key}
    return entry


def curve(name, model, examples, steps, per_step, trained, optimizer, schedule, config):
    losses, norms, rates = [], [], []
    for step in range(steps):
        part = [examples[(step * per_step + i) % len(examples)] for i in range(per_step)]
        loss = loss_of(model, part)
        optimizer.zero_grad()
        loss.backward()
        norms.append(rounded(torch.nn.utils.clip_grad_norm_(trained, config["clip"]).item()))
        rates.append(rounded(schedule.get_last_lr()[0]))
        losses.append(rounded(loss.item()))
        optimizer.step()
        schedule.step()
    return {"name": name, **config, "steps": steps, "per_step": per_step, "examples": examples, "losses": losses, "norms": norms, "rates": rates}


def texts(seed, count, length):
    generator = torch.Generator().manual_seed(seed)
    start = torch.randint(400, (count, 1), generator=generator)
    # Something to be learnt: each token follows from the one before.
    rows = [start]
    for _ in range(length - 1):
        rows.append((rows[-1] * 7 + 3) % 400)
    tokens = torch.cat(rows, 1)
    return [{"tokens": row.tolist(), "labels": [i % 5 != 2 for i in range(length)]} for row in tokens]


def curves(small):
    examples = texts(5, 24, 20)
    model = PeftModel.from_pretrained(load(small["file"], small["config"]), adapter_folder("small"), is_trainable=True)
    trained = [p for p in model.parameters() if p.requires_grad]
    settings = {"weights": small["file"], "config": small["config"], "adapter": "adapter-small.safetensors", "rate": 5e-3, "warmup": 5, "decay": 0.05, "clip": 1.0, "schedule": "linear"}
    optimizer = torch.optim.AdamW(trained, lr=settings["rate"], weight_decay=settings["decay"])
    yield curve("adapter", model, examples, 50, 4, trained, optimizer, get_linear_schedule_with_warmup(optimizer, 5, 50), settings)

    model = load(small["file"], small["config"])
    for key, p in model.named_parameters():
        p.requires_grad_("layers.1." in key or key == "model.norm.weight" or "embed" in key)
    trained = [p for p in model.parameters() if p.requires_grad]
    settings = {"weights": small["file"], "config": small["config"], "layers": [1], "rate": 2e-3, "warmup": 3, "decay": 0.1, "clip": 0.5, "schedule": "cosine"}
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in trained if p.ndim > 1]}, {"params": [p for p in trained if p.ndim == 1], "weight_decay": 0.0}],
        lr=settings["rate"], weight_decay=settings["decay"])
    yield curve("full", model, examples, 20, 4, trained, optimizer, get_cosine_schedule_with_warmup(optimizer, 3, 20), settings)


def adapter_folder(name):
    entry = next(x for x in ADAPTERS if x["name"] == name)
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "adapter_config.json").write_text(json.dumps(entry["adapter_config"]))
    (folder / "adapter_model.safetensors").write_bytes((HERE / entry["adapter"]).read_bytes())
    return folder


def rates():
    parameter = torch.nn.Parameter(torch.zeros(1))
    for kind, make in [
        ("constant", lambda o, w, s: get_constant_schedule_with_warmup(o, w)), ("linear", get_linear_schedule_with_warmup),
        ("cosine", get_cosine_schedule_with_warmup),
    ]:
        for warmup, steps in [(0, 10), (4, 12), (12, 12)]:
            optimizer = torch.optim.AdamW([parameter], lr=0.3)
            schedule = make(optimizer, warmup, steps)
            found = []
            for _ in range(steps + 2):
                found.append(schedule.get_last_lr()[0])
                optimizer.step()
                schedule.step()
            yield {"kind": kind, "highest": 0.3, "warmup": warmup, "steps": steps, "rates": found}


def main():
    global ADAPTERS
    torch.set_num_threads(2)
    known = {entry["name"]: entry for entry in lines("architectures.jsonl")}
    small = {entry["file"]: entry for entry in lines("small-models.jsonl")}
    f32 = small["small-f32.safetensors"]
    write("training-rates.jsonl", rates())
    write("training-gradients.jsonl", [gradients("small-f32", f32["file"], f32["config"], 1)] + [
        gradients(name, known[name]["weights"], known[name]["config"], 2 + number) for number, name in enumerate(ARCHITECTURES)])
    ADAPTERS = [
        adapted("small", f32["file"], f32["config"], 1, r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"]),
        adapted(
            "patterns", f32["file"], f32["config"], 2, r=3, lora_alpha=6, target_modules="all-linear", use_rslora=True,
            rank_pattern={"down_proj": 5, "layers.1.self_attn.q_proj": 2}, alpha_pattern={"down_proj": 9}),
        adapted("quantised", "small-quantised.gguf", None, 3, r=4, lora_alpha=8, target_modules=["q_proj", "k_proj", "o_proj", "gate_proj"]),
    ]
    write("training-adapters.jsonl", ADAPTERS)
    write("training-curves.jsonl", curves(f32))


if __name__ == "__main__":
    main()
