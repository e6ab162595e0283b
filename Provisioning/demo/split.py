#!/usr/bin/env python3
"""Cuts a GGUF file into parts as llama.cpp's gguf-split does, and changes one number of one tensor on the way.

Usage: split.py MODEL FOLDER PARTS TENSOR     (TENSOR of type Q4_1)
"""

import pathlib
import struct
import sys

from gguf_file import GGUF


def text(string):
    return struct.pack("<Q", len(string)) + string.encode()


model, folder, parts, changed = GGUF(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
folder.mkdir(parents=True)
each = -(-len(model.tensors) // parts)
for number in range(parts):
    tensors = model.tensors[number * each:(number + 1) * each]
    # uint16, uint16 and int32, as gguf-split has them; all else the first part says alone.
    split = b"".join([
        text("split.no") + struct.pack("<IH", 2, number), text("split.count") + struct.pack("<IH", 2, parts),
        text("split.tensors.count") + struct.pack("<Ii", 5, len(model.tensors))])
    count, metadata = (model.value_count + 3, model.metadata + split) if number == 0 else (3, split)
    header, data = b"", bytearray()
    for tensor in tensors:
        header += text(tensor["name"]) + struct.pack("<I", len(tensor["shape"])) + struct.pack(f"<{len(tensor['shape'])}Q", *tensor["shape"])
        header += struct.pack("<IQ", tensor["type"], len(data))
        stored = bytearray(model.stored(tensor))
        if tensor["name"] == changed:
            # The lowest bit of a block's first number, behind its scale and minimum.
            stored[4] ^= 1
        data += stored + bytes(-len(stored) % 32)
    start = struct.pack("<4sIQQ", b"GGUF", model.version, len(tensors), count) + metadata + header
    name = f"model-{number + 1:05}-of-{parts:05}.gguf"
    (folder / name).write_bytes(start + bytes(-len(start) % 32) + data)
