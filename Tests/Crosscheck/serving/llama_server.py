"""llama.cpp's server, by its Python wheel xllamacpp, on a port of the loopback: llama_server.py MODEL

Prints its address, and serves until its standard input ends.
"""

import os
import sys

# llama.cpp logs to standard output, which is for the address alone.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import xllamacpp  # noqa: E402

settings = xllamacpp.CommonParams()
settings.model.path = sys.argv[1]
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 2
settings.n_ctx = 1024
settings.n_parallel = 1
settings.warmup = False
settings.hostnames = ["127.0.0.1"]
settings.port = 0
server = xllamacpp.Server(settings)
print(server.listening_address, file=answers, flush=True)
sys.stdin.read()
os._exit(0)
