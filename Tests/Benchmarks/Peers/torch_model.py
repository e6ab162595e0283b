"""PyTorch's speed with a GGUF model, by transformers in float32: for every line on standard input, one measurement.

    torch_model.py MODEL PROMPT THREADS

It reads PROMPT tokens for the logits of the last, and answers {"prefill":R}, in tokens a second.
"""
import json
import pathlib
import random
import sys
import time

import torch
from transformers import AutoModelForCausalLM

path, prompt, threads = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
source = random.Random(1)


@torch.inference_mode()
def measure():
    tokens = torch.tensor([[source.randrange(100, 40000) for _ in range(prompt)]])
    start = time.perf_counter()
    model(tokens, use_cache=True, logits_to_keep=1)
    return {"prefill": prompt / (time.perf_counter() - start)}


measure()
for _ in sys.stdin:
    print(json.dumps(measure()), flush=True)
