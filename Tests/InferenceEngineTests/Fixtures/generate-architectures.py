#!/usr/bin/env python3
"""Writes the fixtures of the architectures in this folder with PyPI's transformers, in float32 on the processor.

    pip install accelerate==1.15.0 gguf==0.19.0 numpy safetensors==0.8.0 torch==2.13.0 transformers==5.24.0 xllamacpp==2026.10.11549
    ./generate-architectures.py [--check]

architecture-<name>.safetensors   random models of every architecture, in bfloat16; one file may serve several configurations
architecture-<name>.gguf          some of them again as llama.cpp's converter writes them, with the tokenizer of small-smollm.gguf
architectures.jsonl               for each model its config.json, sequences of tokens with the natural logarithm of each
                                  token's probability given those before it, and a greedy continuation

Probabilities are taken in float64 from the logits of a model that transformers read from config.json and the safetensors file
into float32. A sequence is one pass over all of its tokens, and so is every step of a continuation: a RoPE that depends on the
length takes it from there. No choice of experts and no choice of a next token is closer than float32 can tell apart.

With --check the GGUF files are held against llama.cpp too (xllamacpp).
"""
import argparse
import copy
import json
import math
import pathlib
import re
import shutil
import tempfile

import gguf
import numpy
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM

HERE = pathlib.Path(__file__).parent
# As many as small-tokenizer.json knows, and some more.
VOCABULARY = 416
LENGTHS = [3, 30, 120]
# What is not about the computation.
PLAIN = dict(vocab_size=VOCABULARY, bos_token_id=None, eos_token_id=None, pad_token_id=None, use_cache=False)
DENSE = dict(
    **PLAIN, hidden_size=28, num_attention_heads=4, num_key_value_heads=2, head_dim=12, intermediate_size=36, num_hidden_layers=2,
    max_position_embeddings=256, tie_word_embeddings=True)
# Where the width of a head follows from the model's.
SQUARE = {**{key: value for key, value in DENSE.items() if key != "head_dim"}, "hidden_size": 32}
SPARSE = dict(num_experts_per_tok=2, num_hidden_layers=2)


# Models


def randomise(model, seed):
    """Weights with which everything shows in the logits: gains, biases and sinks are random as well."""
    generator = torch.Generator().manual_seed(seed)
    zero_centred = model.config.model_type.startswith("gemma")
    for name, weight in model.named_parameters():
        noise = torch.randn(weight.shape, generator=generator)
        if "norm" in name:
            noise = 0.3 * noise + (0 if zero_centred else 1)
        elif name.endswith("sinks"):
            noise = 1.5 * noise
        elif name.endswith("bias"):
            noise = 0.3 * noise
        elif "embed_tokens" in name or "lm_head" in name:
            noise *= 2 / math.sqrt(weight.shape[-1])
        else:
            # The experts of gpt-oss have their inputs first.
            inputs = weight.shape[-2 if "experts" in name and model.config.model_type == "gpt_oss" else -1]
            gain = 1.6 if re.search(r"[qk]_proj|qkv_proj|gate\.weight|router", name) else 1.2
            noise *= gain / math.sqrt(inputs)
        # Rounded here, so that a tensor that is made of several is rounded once.
        weight.data.copy_(noise.to(torch.bfloat16).float())


def packed_experts(tensors):
    """The experts of gpt-oss as they were published: MXFP4 along the inputs (OCP Microscaling Formats, version 1.0, section 5.3)."""
    found, values = {}, torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6])
    for name, tensor in tensors.items():
        if not name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            found[name] = tensor
            continue
        groups = tensor.float().transpose(1, 2).unflatten(-1, (-1, 32))
        exponents = torch.floor(torch.log2(groups.abs().amax(-1, keepdim=True))) - 2
        scaled = groups / 2 ** exponents
        codes = (scaled.abs()[..., None] - values).abs().argmin(-1) | (scaled < 0).long() << 3
        codes = codes.to(torch.uint8)
        found[name + "_blocks"] = codes[..., 0::2] | codes[..., 1::2] << 4
        found[name + "_scales"] = (exponents.squeeze(-1) + 127).to(torch.uint8)
    return found


def write_weights(file, seed, kind, pack=False, **settings):
    """The safetensors file and the config.json that save_pretrained wrote."""
    config = AutoConfig.for_model(kind, **settings)
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    randomise(model, seed)
    with tempfile.TemporaryDirectory() as folder:
        model.to(torch.bfloat16).save_pretrained(folder)
        written = json.loads((pathlib.Path(folder) / "config.json").read_text())
        tensors = load_file(pathlib.Path(folder) / "model.safetensors")
    if pack:
        tensors = packed_experts(tensors)
        written["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": [
            "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}
    save_file(tensors, HERE / file, metadata={"format": "pt"})
    return written


def read_model(config, file):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "config.json").write_text(json.dumps(config))
        shutil.copy(HERE / file, folder / "model.safetensors")
        model = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", experts_implementation="eager").eval()
    return model


# Results


@torch.no_grad()
def table(model, tokens):
    """log P, and how close the closest choice of experts was."""
    closest, hooks = [math.inf], []
    used = getattr(model.config, "num_experts_per_tok", 0)

    def look(_, __, output):
        best = torch.topk(output[0], used + 1).values
        closest[0] = min(closest[0], (best[..., used - 1] - best[..., used]).min().item())

    for name, module in model.named_modules():
        if type(module).__name__.endswith("TopKRouter"):
            hooks.append(module.register_forward_hook(look))
    # A RoPE that grew with a longer text must not keep what it grew to.
    rotary = model.model.rotary_emb
    kept = copy.deepcopy(rotary)
    logits = model(torch.tensor([tokens])).logits[0].double()
    model.model.rotary_emb = kept
    for hook in hooks:
        hook.remove()
    return torch.log_softmax(logits, -1), closest[0]


def sequences(model, seed):
    generator = torch.Generator().manual_seed(seed)
    found = []
    for length in LENGTHS:
        while True:
            tokens = torch.randint(VOCABULARY, (length,), generator=generator).tolist()
            values, closest = table(model, tokens)
            if closest > 2e-4:
                break
        found.append({"tokens": tokens, "logprobs": [None] + [round(values[i, t].item(), 7) for i, t in enumerate(tokens[1:])]})
    return found


def continuation(model, seed):
    generator = torch.Generator().manual_seed(seed + 1)
    while True:
        prompt = torch.randint(VOCABULARY, (28,), generator=generator).tolist()
        tokens, margin, closest = list(prompt), math.inf, math.inf
        for _ in range(12):
            values, close = table(model, tokens)
            best = torch.topk(values[-1], 2)
            margin = min(margin, (best.values[0] - best.values[1]).item())
            closest = min(closest, close)
            tokens.append(best.indices[0].item())
        if margin > 0.02 and closest > 2e-4:
            return {"tokens": prompt, "written": tokens[len(prompt):], "margin": round(margin, 5)}


def difference(model, record):
    """By how much another model judges a record's long sequence otherwise."""
    tokens, expected = record["sequences"][-1]["tokens"], record["sequences"][-1]["logprobs"]
    values, _ = table(model, tokens)
    return max(abs(values[i, t].item() - expected[i + 1]) for i, t in enumerate(tokens[1:]))


class Book:
    """The lines of architectures.jsonl."""

    def __init__(self):
        self.lines = []
        self.seed = 100

    def model(self, name, kind, **settings):
        """Weights of their own."""
        self.seed += 10
        file = f"architecture-{name}.safetensors"
        config = write_weights(file, self.seed, kind, **settings)
        return self.record(name, config, file)

    def variant(self, name, base, change, least=0.03):
        """Another configuration of the same weights. It must show, or (`least` 0) must not."""
        config = copy.deepcopy(base["config"])
        change(config)
        found = self.record(name, config, base["weights"])
        apart = difference(read_model(config, base["weights"]), base)
        assert apart > least if least else apart < 1e-6, f"{name} is {apart} from {base['name']}"
        return found

    def record(self, name, config, file):
        model = read_model(config, file)
        self.seed += 1
        found = {
            "name": name, "weights": file, "gguf": None, "config": config, "sequences": sequences(model, self.seed),
            "greedy": continuation(model, self.seed)}
        spread = torch.tensor([value for line in found["sequences"] for value in line["logprobs"][1:]]).std().item()
        print(f"{name}: spread {spread:.2f}, margin {found['greedy']['margin']}", flush=True)
        self.lines.append(found)
        return found


def setting(**values):
    return lambda config: config.update(values)


def scaled(**values):
    """RoPE's parameters as transformers 5 writes them."""
    return lambda config: config["rope_parameters"].update(values)


def older(theta=None, **scaling):
    """RoPE's parameters as transformers 4 wrote them."""
    def change(config):
        base = config.pop("rope_parameters")
        config["rope_theta"] = theta or base["rope_theta"]
        if scaling:
            config["rope_scaling"] = scaling
    return change


def both(*changes):
    def change(config):
        for each in changes:
            each(config)
    return change


# GGUF


class Twin:
    """A GGUF file as llama.cpp's converter writes it: its names, its keys, its order of rows."""

    ARCHITECTURES = {
        "llama": "llama", "mixtral": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "qwen3_moe": "qwen3moe", "gemma2": "gemma2",
        "gemma3_text": "gemma3", "phi3": "phi3", "olmo2": "olmo2", "smollm3": "smollm3", "granite": "granite", "olmoe": "olmoe",
        "gpt_oss": "gpt-oss"}

    def __init__(self, record):
        self.config = AutoConfig.for_model(**copy.deepcopy(record["config"]))
        self.kind = record["config"]["model_type"]
        self.rope = self.config.rope_parameters
        self.rope = self.rope.get("full_attention", self.rope)
        self.layers = self.config.num_hidden_layers
        self.tensors = load_file(HERE / record["weights"])
        self.names = gguf.get_tensor_name_map(
            {name: key for key, name in gguf.MODEL_ARCH_NAMES.items()}[self.ARCHITECTURES[self.kind]], self.layers)

    def write(self, path, matrices):
        writer = gguf.GGUFWriter(path, self.ARCHITECTURES[self.kind])
        self.add_keys(writer)
        self.add_tokenizer(writer)
        if factors := self.llama3_factors():
            self.add(writer, "rope_freqs.weight", torch.tensor(factors), matrices)
        if self.kind == "phi3" and "long_factor" in self.rope:
            self.add(writer, "rope_factors_long.weight", torch.tensor(self.rope["long_factor"]), matrices)
            self.add(writer, "rope_factors_short.weight", torch.tensor(self.rope["short_factor"]), matrices)
        self.pack_experts(writer, matrices)
        for name, tensor in self.stacked().items():
            self.add(writer, self.target(name), self.arranged(name, tensor), matrices)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()

    def add_keys(self, writer):
        config = self.config
        heads = config.num_attention_heads
        head = getattr(config, "head_dim", None) or config.hidden_size // heads
        writer.add_block_count(self.layers)
        writer.add_context_length(config.max_position_embeddings)
        writer.add_embedding_length(config.hidden_size)
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_head_count(heads)
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        if self.kind not in ("granite", "phi3", "olmo2", "olmoe", "smollm3", "qwen2"):
            writer.add_key_length(head)
            writer.add_value_length(head)
        if self.kind in ("llama", "mixtral", "granite", "smollm3"):
            writer.add_vocab_size(VOCABULARY)
            writer.add_rope_dimension_count(head)
        if self.kind != "gemma2":
            writer.add_rope_freq_base(self.rope["rope_theta"])
        self.add_scaling(writer)
        if self.kind in ("mixtral", "qwen3_moe", "olmoe", "gpt_oss"):
            writer.add_expert_count(config.num_experts)
            writer.add_expert_used_count(config.num_experts_per_tok)
        if self.kind == "qwen3_moe":
            writer.add_expert_feed_forward_length(config.moe_intermediate_size)
        if self.kind == "gpt_oss":
            writer.add_sliding_window(config.sliding_window)
            writer.add_expert_feed_forward_length(config.intermediate_size)
        if self.kind == "gemma2":
            writer.add_attn_logit_softcapping(config.attn_logit_softcapping)
            writer.add_final_logit_softcapping(config.final_logit_softcapping)
            writer.add_sliding_window(config.sliding_window)
        if self.kind == "gemma3_text":
            writer.add_rope_freq_base_swa(config.rope_parameters["sliding_attention"]["rope_theta"])
            writer.add_sliding_window(config.sliding_window)
        if self.kind == "granite":
            writer.add_attention_scale(config.attention_multiplier)
            writer.add_embedding_scale(config.embedding_multiplier)
            writer.add_residual_scale(config.residual_multiplier)
            writer.add_logit_scale(config.logits_scaling)
        if self.kind == "phi3":
            writer.add_rope_dimension_count(int(self.rope["partial_rotary_factor"] * config.hidden_size) // heads)
            writer.add_sliding_window(config.sliding_window or 0)

    def add_scaling(self, writer):
        rope, kind = self.rope, self.rope["rope_type"]
        if self.kind == "phi3":
            original = self.config.original_max_position_embeddings
            writer.add_rope_scaling_orig_ctx_len(original)
            if "long_factor" in rope:
                scale = self.config.max_position_embeddings / original
                writer.add_rope_scaling_attn_factors(math.sqrt(1 + math.log(scale) / math.log(original)))
        elif kind == "linear":
            writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
            writer.add_rope_scaling_factor(rope["factor"])
        elif kind == "yarn":
            writer.add_rope_scaling_type(gguf.RopeScalingType.YARN)
            writer.add_rope_scaling_factor(rope["factor"])
            writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
            for key, add in [
                    ("attention_factor", writer.add_rope_scaling_yarn_attn_factor),
                    ("beta_fast", writer.add_rope_scaling_yarn_beta_fast), ("beta_slow", writer.add_rope_scaling_yarn_beta_slow)]:
                if rope.get(key) is not None:
                    add(rope[key])
        else:
            assert kind in ("default", "llama3"), kind

    def add_tokenizer(self, writer):
        words = gguf.GGUFReader(HERE / "small-smollm.gguf").fields
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("smollm")
        tokens, kinds = (words[f"tokenizer.ggml.{key}"].contents() for key in ["tokens", "token_type"])
        # A row of the embedding that the tokenizer does not know is a token that it never gives.
        missing = range(len(tokens), VOCABULARY)
        writer.add_token_list(tokens + [f"[PAD{i}]" for i in missing])
        writer.add_token_types(kinds + [gguf.TokenType.UNUSED for _ in missing])
        writer.add_token_merges(words["tokenizer.ggml.merges"].contents())
        writer.add_bos_token_id(words["tokenizer.ggml.bos_token_id"].contents())
        writer.add_eos_token_id(words["tokenizer.ggml.eos_token_id"].contents())

    def llama3_factors(self):
        """By what each frequency is divided: the factor, one, or between them."""
        if self.rope["rope_type"] != "llama3":
            return None
        width, rope, found = self.config.head_dim, self.rope, []
        for i in range(0, width, 2):
            turns = rope["original_max_position_embeddings"] / (2 * math.pi * rope["rope_theta"] ** (i / width))
            low, high = rope["low_freq_factor"], rope["high_freq_factor"]
            part = min(max((turns - low) / (high - low), 0), 1)
            found.append(1 / ((1 - part) / rope["factor"] + part))
        return found

    def stacked(self):
        """Expert after expert in one tensor."""
        found, experts = {}, {}
        for name, tensor in self.tensors.items():
            match = re.fullmatch(r"(.*\.experts)\.(\d+)\.(\w+)\.weight", name)
            if match:
                names = {"w1": "gate_proj", "w2": "down_proj", "w3": "up_proj"}
                place = f"{match[1].replace('block_sparse_moe', 'mlp')}.{names.get(match[3], match[3])}.weight"
                experts.setdefault(place, {})[int(match[2])] = tensor
            elif self.kind == "gpt_oss" and ".experts." in name:
                if name.endswith(("_blocks", "_scales")):
                    continue
                bias = name.endswith("_bias")
                stem, end = name.removesuffix("_bias"), "bias" if bias else "weight"
                # Kept with the inputs first, gates and ups alternating.
                tensor = tensor if bias else tensor.transpose(1, 2)
                if "gate_up" in name:
                    found[f"{stem.replace('gate_up_proj', 'gate_proj')}.{end}"] = tensor[:, 0::2]
                    found[f"{stem.replace('gate_up_proj', 'up_proj')}.{end}"] = tensor[:, 1::2]
                else:
                    found[f"{stem}.{end}"] = tensor
            else:
                found[name] = tensor
        for place, parts in experts.items():
            found[place] = torch.stack([parts[i] for i in range(len(parts))])
        return found

    def target(self, name):
        name = name + ".weight" if name.endswith("sinks") else name
        found = self.names.get_name(name, try_suffixes=(".weight", ".bias"))
        assert found, f"llama.cpp has no name for {name}"
        return found

    def arranged(self, name, tensor):
        tensor = tensor.float()
        if self.kind.startswith("gemma") and name.endswith("norm.weight"):
            return tensor + 1
        if self.kind in ("llama", "mixtral", "granite", "smollm3"):
            heads = {"q_proj": self.config.num_attention_heads, "k_proj": self.config.num_key_value_heads}.get(name.split(".")[-2])
            if heads:
                # The rows of a head from halves to pairs.
                return tensor.reshape(heads, 2, tensor.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(tensor.shape)
        return tensor

    def add(self, writer, name, tensor, matrices):
        values = tensor.float().contiguous().numpy()
        plain = values.ndim < 2 or name.endswith("_norm.weight") or "ffn_gate_inp" in name or not name.endswith(".weight")
        if plain or matrices == gguf.GGMLQuantizationType.F32:
            writer.add_tensor(name, values)
        else:
            writer.add_tensor(name, gguf.quantize(values, matrices), raw_dtype=matrices)

    def pack_experts(self, writer, matrices):
        """MXFP4 as it was published, in ggml's order: a block's scale, then its first half in the low nibbles."""
        for name, blocks in self.tensors.items():
            if not name.endswith("_blocks"):
                continue
            scales = self.tensors[name.replace("_blocks", "_scales")]
            nibbles = torch.stack([blocks & 15, blocks >> 4], -1).flatten(-2)
            packed = torch.cat([scales[..., None], nibbles[..., :16] | nibbles[..., 16:] << 4], -1).flatten(-2)
            stem = name.removesuffix("_blocks")
            parts = {stem: packed} if "down_proj" in stem else {
                stem.replace("gate_up_proj", "gate_proj"): packed[:, 0::2], stem.replace("gate_up_proj", "up_proj"): packed[:, 1::2]}
            for place, rows in parts.items():
                kind = gguf.GGMLQuantizationType.MXFP4
                rows, target = rows.contiguous().numpy(), self.target(place + ".weight")
                if matrices == gguf.GGMLQuantizationType.F32:
                    writer.add_tensor(target, gguf.dequantize(rows, kind))
                else:
                    writer.add_tensor(target, rows, raw_dtype=kind)


def twin(record):
    name = f"architecture-{record['name']}.gguf"
    Twin(record).write(HERE / name, gguf.GGMLQuantizationType.BF16)
    record["gguf"] = name


def llama_cpp_difference(record):
    """From what llama.cpp makes of the twin, its matrices in float32 so that it rounds no activations."""
    import xllamacpp

    sequence = record["sequences"][-1]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.gguf"
        Twin(record).write(path, gguf.GGMLQuantizationType.F32)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_ctx, params.n_gpu_layers, params.warmup, params.n_parallel, params.fit_params = 256, 0, False, 1, False
        params.cache_type_k = params.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        params.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        server = xllamacpp.Server(params)
        # One whose bytes are a character, without which there is no answer; the probabilities are those before the bias.
        worst, chosen = 0, 33
        for length in [2, 5, 11, 30, 60, 90, 119]:
            answer = server.handle_completions({
                "prompt": sequence["tokens"][:length], "n_predict": 1, "n_probs": VOCABULARY, "temperature": 0, "cache_prompt": False,
                "logit_bias": [[chosen, 1000]]})
            ranked = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            values = {entry["id"]: entry["logprob"] for entry in ranked}
            worst = max(worst, abs(values[sequence["tokens"][length]] - sequence["logprobs"][length]))
        del server
    return worst


# What there is


def dense(book):
    llama = book.model("llama", "llama", **DENSE, rms_norm_eps=1e-5, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
    book.variant("llama-older", llama, older(), least=0)
    book.variant("llama-theta", llama, older(500.0))
    book.variant("llama-linear", llama, scaled(rope_type="linear", factor=4.0))
    book.variant("llama-linear-older", llama, older(type="linear", factor=2.5))
    book.variant("llama-dynamic", llama, both(scaled(rope_type="dynamic", factor=3.0), setting(max_position_embeddings=64)))
    yarn = book.variant("llama-yarn", llama, scaled(rope_type="yarn", factor=4.0, original_max_position_embeddings=64))
    book.variant("llama-yarn-untruncated", llama, older(
        rope_type="yarn", factor=4.0, original_max_position_embeddings=64, truncate=False, beta_fast=8, beta_slow=2))
    book.variant("llama-yarn-mscale", llama, older(
        type="yarn", factor=4.0, original_max_position_embeddings=64, mscale=1.5, mscale_all_dim=0.5))
    book.variant("llama-yarn-attention", llama, scaled(
        rope_type="yarn", factor=8.0, original_max_position_embeddings=32, attention_factor=1.4))
    # The original length falls back to the longest one.
    book.variant("llama-yarn-no-original", llama, older(type="yarn", factor=4.0))
    llama3 = book.variant("llama-llama3", llama, scaled(
        rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))
    factors = dict(short_factor=[1.0, 1.05, 1.1, 1.2, 1.35, 1.5], long_factor=[1.0, 1.3, 1.9, 2.7, 4.1, 5.5])
    book.variant("llama-longrope", llama, scaled(
        rope_type="longrope", **factors, original_max_position_embeddings=32, factor=8.0))
    book.variant("llama-longrope-attention", llama, scaled(
        rope_type="longrope", **factors, original_max_position_embeddings=32, attention_factor=1.3))
    # Beside the RoPE's parameters it comes before the one among them.
    book.variant("llama-original-outside", llama3, setting(original_max_position_embeddings=128))
    twin(yarn)
    twin(llama3)

    biased = book.model(
        "llama-biased", "llama", **{**DENSE, "tie_word_embeddings": False}, attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5)
    twin(biased)

    mistral = book.variant("mistral", llama, both(
        setting(model_type="mistral", architectures=["MistralForCausalLM"], sliding_window=9), older()))
    book.variant("mistral-full", mistral, setting(sliding_window=None))

    qwen2 = book.model("qwen2", "qwen2", **SQUARE, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})
    book.variant("qwen2-window", qwen2, both(
        setting(use_sliding_window=True, sliding_window=7, max_window_layers=1), lambda config: config.pop("layer_types")))
    book.variant("qwen2-layer-types", qwen2, setting(
        use_sliding_window=True, sliding_window=7, layer_types=["sliding_attention", "full_attention"]))
    twin(qwen2)
    qwen3 = book.model("qwen3", "qwen3", **DENSE, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})
    book.variant("qwen3-yarn", qwen3, older(rope_type="yarn", factor=4.0, original_max_position_embeddings=64))
    book.variant("qwen3-window", qwen3, both(
        setting(use_sliding_window=True, sliding_window=7, max_window_layers=1), lambda config: config.pop("layer_types")))
    twin(qwen3)
    book.model("qwen3-biased", "qwen3", **{**DENSE, "num_hidden_layers": 1}, attention_bias=True)

    gemma2 = book.model(
        "gemma2", "gemma2", **{**DENSE, "num_hidden_layers": 3}, sliding_window=10, query_pre_attn_scalar=12,
        attn_logit_softcapping=2.0, final_logit_softcapping=4.0)
    book.variant("gemma2-scalar", gemma2, setting(query_pre_attn_scalar=5))
    book.variant("gemma2-uncapped", gemma2, setting(attn_logit_softcapping=None, final_logit_softcapping=None))
    twin(gemma2)
    small = {**DENSE, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 24}
    gemma3 = book.model(
        "gemma3", "gemma3_text", **{**small, "num_hidden_layers": 6}, sliding_window=10, query_pre_attn_scalar=16,
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 4.0, "rope_theta": 1000.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 100.0}})

    def published(config):
        """As the first releases of Gemma 3 spelt it."""
        del config["rope_parameters"], config["layer_types"]
        config.update(
            rope_theta=1000.0, rope_local_base_freq=100.0, rope_scaling={"rope_type": "linear", "factor": 4.0}, sliding_window_pattern=2)

    book.variant("gemma3-older", gemma3, published)
    book.variant("gemma3-scalar", gemma3, setting(query_pre_attn_scalar=6, final_logit_softcapping=3.0))
    book.variant("gemma3-attention-cap", gemma3, setting(attn_logit_softcapping=1.0), least=0)
    twin(gemma3)

    phi3 = book.model("phi3", "phi3", **SQUARE, original_max_position_embeddings=256, sliding_window=11)
    halves = dict(short_factor=[1.0, 1.1, 1.3, 1.5], long_factor=[1.0, 1.7, 2.9, 4.2])

    def longrope(count, **others):
        return both(
            older(type="longrope", **{key: values[:count] for key, values in halves.items()}),
            setting(original_max_position_embeddings=32, sliding_window=None, **others))

    long = book.variant("phi3-longrope", phi3, longrope(4))
    book.variant("phi3-su", long, lambda config: config["rope_scaling"].update(
        type="su", original_max_position_embeddings=config["original_max_position_embeddings"]), least=0)
    partial = book.variant("phi3-partial", phi3, longrope(3, partial_rotary_factor=0.75))
    twin(partial)

    olmo2 = book.model("olmo2", "olmo2", **{**SQUARE, "tie_word_embeddings": False})
    twin(olmo2)

    smollm3 = book.model("smollm3", "smollm3", **{**SQUARE, "num_hidden_layers": 4, "intermediate_size": 20})
    book.variant("smollm3-listed", smollm3, setting(no_rope_layers=[0, 1, 1, 0]))
    book.variant("smollm3-window", smollm3, both(
        setting(use_sliding_window=True, sliding_window=8), lambda config: config.pop("layer_types")))
    twin(smollm3)

    granite = book.model(
        "granite", "granite", **SQUARE, embedding_multiplier=3.0, logits_scaling=1.5, residual_multiplier=0.6,
        attention_multiplier=0.2)
    twin(granite)


def sparse(book):
    mixtral = book.model("mixtral", "mixtral", **{**DENSE, **SPARSE, "intermediate_size": 14}, num_local_experts=5)
    book.variant("mixtral-window", mixtral, setting(sliding_window=9))
    twin(mixtral)

    moe = {**DENSE, **SPARSE, "moe_intermediate_size": 10, "num_experts": 6, "num_experts_per_tok": 3}
    qwen = book.model("qwen3-moe", "qwen3_moe", **moe, norm_topk_prob=True)
    book.variant("qwen3-moe-unnormed", qwen, setting(norm_topk_prob=False))
    book.variant("qwen3-moe-window", qwen, setting(use_sliding_window=True, sliding_window=9))
    twin(qwen)

    def published(config):
        config["num_experts"] = config.pop("num_local_experts")
        older()(config)

    book.variant("qwen3-moe-older", qwen, published, least=0)
    mixed = book.model("qwen3-moe-mixed", "qwen3_moe", **moe, norm_topk_prob=True, mlp_only_layers=[0])
    book.variant("qwen3-moe-step", mixed, setting(mlp_only_layers=[], decoder_sparse_step=2), least=0)

    olmoe = book.model("olmoe", "olmoe", **{
        **SQUARE, **SPARSE, "intermediate_size": 10, "num_experts": 5, "num_key_value_heads": 4, "tie_word_embeddings": False,
        "num_experts_per_tok": 3})
    book.variant("olmoe-clipped", olmoe, setting(clip_qkv=0.8))
    book.variant("olmoe-normed", olmoe, setting(norm_topk_prob=True))
    twin(olmoe)

    rope = dict(
        rope_type="yarn", rope_theta=150000.0, factor=4.0, beta_fast=4.0, beta_slow=1.0, truncate=False,
        original_max_position_embeddings=64)
    settings = {**DENSE, **SPARSE, "num_local_experts": 4, "tie_word_embeddings": False}
    oss = book.model(
        "gpt-oss", "gpt_oss", **{**settings, "intermediate_size": 20}, sliding_window=9, swiglu_limit=1.5, rope_parameters=rope)
    book.variant("gpt-oss-limit", oss, lambda config: config.pop("swiglu_limit"))
    packed = book.model(
        "gpt-oss-mxfp4", "gpt_oss", pack=True, **{**settings, "hidden_size": 32, "intermediate_size": 32}, sliding_window=9,
        rope_parameters=rope)
    book.variant("gpt-oss-truncated", packed, scaled(truncate=True), least=0.005)
    twin(packed)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    torch.set_num_threads(1)
    book = Book()
    dense(book)
    sparse(book)
    with open(HERE / "architectures.jsonl", "w", encoding="utf-8") as file:
        for line in book.lines:
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    if check:
        lines = {line["name"]: line for line in book.lines}
        # llama.cpp rounds YaRN's bounds to whole dimensions for this family too.
        lines["gpt-oss-mxfp4"] = {**lines["gpt-oss-truncated"], "gguf": lines["gpt-oss-mxfp4"]["gguf"]}
        for line in lines.values():
            if line["gguf"]:
                apart = llama_cpp_difference(line)
                print(f"{line['gguf']}: {apart:.6f} from llama.cpp", flush=True)
                # It looks GELU up in a table of halves.
                assert apart < (2e-3 if "gemma" in line["name"] else 1e-4)


if __name__ == "__main__":
    main()
