"""What ZipNN makes of a file of bf16: a line of JSON with the bytes that are left of it, and the seconds that took.

    zipnn_file.py MODEL OUTPUT

It is compressed in stretches of 1 GiB, on all processors, and written with fsync.
"""
import json
import os
import sys
import time

from zipnn import ZipNN

packer = ZipNN(bytearray_dtype="bfloat16", input_format="byte", threads=os.cpu_count())
start, size = time.monotonic(), 0
with open(sys.argv[1], "rb") as model, open(sys.argv[2], "wb") as output:
    while stretch := model.read(1 << 30):
        size += output.write(packer.compress(stretch))
    output.flush()
    os.fsync(output.fileno())
print(json.dumps({"bytes": size, "seconds": time.monotonic() - start}))
