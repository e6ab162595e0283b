#!/usr/bin/env python3
"""Cuts every-type.gguf and every-type.safetensors into parts, with the programs that published models are cut with.

    pip install gguf==0.19.0 safetensors==0.8.0 huggingface_hub==2.4.0 numpy && ./generate-shards.py

sharded/every-type-0000N-of-00003.gguf       gguf.GGUFWriter with split_max_tensors
sharded/model-0000N-of-0000M.safetensors     huggingface_hub's split of a state dict, and the index that it writes
sharded/model.safetensors.index.json
"""
import json
import pathlib

import gguf
import numpy as np
import safetensors
from huggingface_hub.serialization import split_state_dict_into_shards_factory

HERE = pathlib.Path(__file__).parent
TO = HERE / "sharded"


def split_gguf():
    reader = gguf.GGUFReader(HERE / "every-type.gguf")
    writer = gguf.GGUFWriter(TO / "every-type.gguf", "fixture", split_max_tensors=3)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        element = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(field.name, field.contents(), field.types[0], sub_type=element)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def split_safetensors():
    with open(HERE / "every-type.safetensors", "rb") as file:
        tensors = dict(safetensors.deserialize(file.read()))
    types = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
    split = split_state_dict_into_shards_factory(
        tensors, get_storage_size=lambda tensor: len(tensor["data"]), max_shard_size=150,
        filename_pattern="model{suffix}.safetensors")
    for name, keys in split.filename_to_tensors.items():
        arrays = {key: np.frombuffer(bytes(tensors[key]["data"]), np.uint8) for key in keys}
        shard = {
            key: safetensors.TensorSpec(
                dtype=types[tensors[key]["dtype"]], shape=tensors[key]["shape"], data_ptr=arrays[key].ctypes.data,
                data_len=arrays[key].nbytes)
            for key in keys}
        (TO / name).write_bytes(bytes(safetensors.serialize(shard, {"note": "Prüfung"})))
    index = {"metadata": split.metadata, "weight_map": split.tensor_to_filename}
    (TO / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")


TO.mkdir(exist_ok=True)
split_gguf()
split_safetensors()
for path in sorted(TO.iterdir()):
    print(path.stat().st_size, path.name)
