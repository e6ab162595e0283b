"""llama.cpp's speed, by its Python wheel xllamacpp: for every line on standard input, one measurement.

    llama_cpp.py MODEL PROMPT GENERATE THREADS

It reads PROMPT tokens and writes GENERATE, and answers {"prefill":R,"decode":R}, in tokens a second by llama.cpp's own
clock. What it logs goes to standard error.
"""
import json
import os
import random
import sys

# llama.cpp logs to standard output, which is for our answers alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import xllamacpp  # noqa: E402

model, prompt, generate, threads = sys.argv[1], *map(int, sys.argv[2:])
settings = xllamacpp.CommonParams()
settings.model.path = model
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
settings.n_ctx = prompt + generate + 64
settings.n_batch = settings.n_ubatch = prompt
settings.n_parallel = 1
server = xllamacpp.Server(settings)
source = random.Random(1)


def measure():
    # Fresh tokens, so that nothing can come from a cache.
    tokens = [source.randrange(100, 40000) for _ in range(prompt)]
    answer = server.handle_completions(
        {"prompt": tokens, "n_predict": generate, "cache_prompt": False, "ignore_eos": True, "temperature": 0})
    timings = (json.loads(answer) if isinstance(answer, (str, bytes)) else answer)["timings"]
    assert timings["prompt_n"] == prompt and timings["predicted_n"] == generate, timings
    return {"prefill": timings["prompt_per_second"], "decode": timings["predicted_per_second"]}


measure()
for _ in sys.stdin:
    print(json.dumps(measure()), file=answers, flush=True)
