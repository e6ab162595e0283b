"""llama.cpp's speed, by its Python wheel xllamacpp: for every line on standard input, one measurement.

    llama_cpp.py MODEL PROMPT GENERATE THREADS PARALLEL

It reads PROMPT tokens and writes GENERATE, and answers {"prefill":R,"decode":R}, in tokens a second by llama.cpp's own
clock; a line {"parallel":true} has PARALLEL sequences written side by side after 8 tokens each, and is answered
{"decode":R} for all of them together. What it logs goes to standard error.
"""
import json
import os
import random
import sys
import threading
import time

# llama.cpp logs to standard output, which is for our answers alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import xllamacpp  # noqa: E402

model, prompt, generate, threads, parallel = sys.argv[1], *map(int, sys.argv[2:])
source = random.Random(1)


def server(sequences):
    settings = xllamacpp.CommonParams()
    settings.model.path = model
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = threads
    settings.n_ctx = sequences * (prompt + generate + 64)
    settings.n_batch = settings.n_ubatch = prompt
    settings.n_parallel = sequences
    return xllamacpp.Server(settings)


def complete(server, count):
    # Fresh tokens, so that nothing can come from a cache.
    tokens = [source.randrange(100, 40000) for _ in range(count)]
    answer = server.handle_completions(
        {"prompt": tokens, "n_predict": generate, "cache_prompt": False, "ignore_eos": True, "temperature": 0})
    timings = (json.loads(answer) if isinstance(answer, (str, bytes)) else answer)["timings"]
    assert timings["prompt_n"] == count and timings["predicted_n"] == generate, timings
    return timings


def measure():
    timings = complete(alone, prompt)
    return {"prefill": timings["prompt_per_second"], "decode": timings["predicted_per_second"]}


def measure_parallel():
    timings = []
    writers = [threading.Thread(target=lambda: timings.append(complete(together, 8))) for _ in range(parallel)]
    start = time.monotonic()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    seconds = time.monotonic() - start - max(t["prompt_ms"] for t in timings) / 1000
    assert len(timings) == parallel
    return {"decode": parallel * generate / seconds}


alone, together = server(1), server(parallel)
measure()
measure_parallel()
for line in sys.stdin:
    print(json.dumps(measure_parallel() if json.loads(line).get("parallel") else measure()), file=answers, flush=True)
