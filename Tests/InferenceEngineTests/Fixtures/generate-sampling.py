#!/usr/bin/env python3
"""Writes sampling.jsonl: what PyPI's transformers leaves of random logits, by its own processors in its own order.

    pip install numpy torch==2.13.0 transformers==5.24.0 && ./generate-sampling.py

A line a case: "logits", "prompt" and "written" (tokens), "parameters", and "probabilities" of all tokens, 0 for those that are
cut off. Presence and frequency penalties, which transformers has not, are those of OpenAI's API reference.
"""
import json
import pathlib

import numpy as np
import torch
from transformers.generation import logits_process as process

RANDOM = np.random.default_rng(7)
CASES = [
    {"min_p": 0.1}, {"min_p": 0.5}, {"min_p": 1}, {"typical_p": 0.2}, {"typical_p": 0.6}, {"typical_p": 0.95},
    {"temperature": 0.6, "top_k": 8, "top_p": 0.9, "min_p": 0.05, "typical_p": 0.8}, {"temperature": 2, "top_p": 0.7, "typical_p": 0.5},
    {"temperature": 1.5, "top_k": 5, "min_p": 0.3}, {"repetition_penalty": 1.3}, {"repetition_penalty": 0.8, "temperature": 0.7},
    {"presence_penalty": 1}, {"frequency_penalty": 0.6}, {"presence_penalty": -0.5, "frequency_penalty": 1.5, "top_p": 0.8},
    {"repetition_penalty": 2, "presence_penalty": 0.25, "frequency_penalty": 0.25, "temperature": 1.2, "min_p": 0.02},
]
PROMPT, WRITTEN = [0, 3, 3, 7], [7, 1, 7, 5, 7]


def probabilities(logits, case):
    scores = torch.tensor(logits)[None]
    seen = torch.tensor([PROMPT + WRITTEN])
    if "repetition_penalty" in case:
        scores = process.RepetitionPenaltyLogitsProcessor(float(case["repetition_penalty"]))(seen, scores)
    for token in set(WRITTEN):
        scores[0, token] -= case.get("presence_penalty", 0) + case.get("frequency_penalty", 0) * WRITTEN.count(token)
    for name, kind, plain in [
        ("temperature", process.TemperatureLogitsWarper, 1.0), ("top_k", process.TopKLogitsWarper, 0),
        ("top_p", process.TopPLogitsWarper, 1.0), ("min_p", process.MinPLogitsWarper, 0), ("typical_p", process.TypicalLogitsWarper, 1.0),
    ]:
        if case.get(name, plain) != plain:
            value = case[name]
            scores = kind(value if name == "top_k" else float(value))(seen, scores)
    return torch.softmax(scores.double(), -1)[0].tolist()


with open(pathlib.Path(__file__).with_name("sampling.jsonl"), "w") as out:
    for number, case in enumerate(CASES):
        logits = RANDOM.normal(0, 1.5, 16).astype(np.float32).round(3).tolist()
        parameters = {"temperature": 1, **case}
        line = {
            "logits": logits, "prompt": PROMPT, "written": WRITTEN, "parameters": parameters, "probabilities": probabilities(logits, parameters)}
        out.write(json.dumps(line) + "\n")
