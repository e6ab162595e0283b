#!/usr/bin/env python3
"""Writes whitebox.json: what PyPI's transformers says of the inside of small-f32.safetensors, in float32.

    pip install numpy safetensors==0.8.0 torch==2.13.0 transformers==5.24.0
    ./generate-whitebox.py

streams      of every place (embedded, then of each layer after its attention and after it) the residual stream of each
             position
attention    of layer 1: [heads][positions][positions]
lens         of the stream after layer 0: the logits of the last position
logprobs     of each token after the first, with nothing changed, and with each of the changes: a direction removed
             everywhere, added after layer 0, set after layer 1's attention, and layer 1 skipped
"""
import json
import pathlib

import torch
from safetensors.torch import load_file
from transformers import LlamaConfig, LlamaForCausalLM

HERE = pathlib.Path(__file__).parent
line = next(l for l in map(json.loads, open(HERE / "small-models.jsonl")) if l["file"] == "small-f32.safetensors")
config = LlamaConfig(**{k: v for k, v in line["config"].items() if v is not None})
config._attn_implementation = "eager"
model = LlamaForCausalLM(config)
missing = model.load_state_dict(load_file(HERE / line["file"]), strict=False)
assert missing.missing_keys in ([], ["lm_head.weight"]) and not missing.unexpected_keys  # tied
model.eval()
tokens = line["sequences"][2]["tokens"][:14]
generator = torch.Generator().manual_seed(7)
direction = torch.randn(config.hidden_size, generator=generator)
unit = direction / direction.norm()


def rounded(tensor):
    return [round(x, 7) for x in tensor.tolist()] if tensor.dim() == 1 else [rounded(x) for x in tensor]


@torch.no_grad()
def run(change=None, skipped=()):
    """The model's own modules, in its own order, with a change at each place."""
    places = {}

    def at(place, stream):
        if change:
            stream = change(place, stream)
        places[place] = stream[0].clone()
        return stream

    inner = model.model
    stream = at("embedded", inner.embed_tokens(torch.tensor([tokens])))
    positions = torch.arange(len(tokens))[None]
    rotary = inner.rotary_emb(stream, positions)
    mask = torch.full((len(tokens), len(tokens)), float("-inf")).triu(1)[None, None]
    attention = {}
    for number, layer in enumerate(inner.layers):
        if number in skipped:
            continue
        given, weights = layer.self_attn(
            hidden_states=layer.input_layernorm(stream), position_embeddings=rotary, attention_mask=mask)
        attention[number] = weights[0]
        stream = at(f"attended {number}", stream + given)
        stream = at(f"fed {number}", stream + layer.mlp(layer.post_attention_layernorm(stream)))
    logits = model.lm_head(inner.norm(stream))[0]
    table = torch.log_softmax(logits.double(), -1)
    return places, attention, [round(table[i, t].item(), 7) for i, t in enumerate(tokens[1:])]


places, attention, plain = run()
with torch.no_grad():
    whole = model(torch.tensor([tokens]), output_hidden_states=True, output_attentions=True)
    assert torch.allclose(whole.hidden_states[1][0], places["fed 0"], atol=1e-6)
    assert torch.allclose(whole.attentions[1][0], attention[1], atol=1e-6)
    lens = model.lm_head(model.model.norm(places["fed 0"]))[-1]


def remove(place, x):
    return x - (x @ unit)[..., None] * unit


def add(place, x):
    return x + 0.75 * unit if place == "fed 0" else x


def fix(place, x):
    return x + (1.5 - x @ unit)[..., None] * unit if place == "attended 1" else x


json.dump(
    {
        "tokens": tokens, "direction": rounded(direction),
        "streams": {place: rounded(stream) for place, stream in places.items()},
        "attention": rounded(attention[1]), "lens": rounded(lens),
        "logprobs": {
            "plain": plain, "removed": run(remove)[2], "added": run(add)[2], "set": run(fix)[2], "skipped": run(skipped={1})[2],
        },
    }, open(HERE / "whitebox.json", "w"))
