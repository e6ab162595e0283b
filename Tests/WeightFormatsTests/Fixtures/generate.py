#!/usr/bin/env python3
"""Writes the fixtures in this folder with PyPI's gguf and safetensors, and what numpy makes of them.

    pip install gguf==0.19.0 safetensors==0.8.0 ml_dtypes numpy && ./generate.py

every-type.gguf          tensors of the commonest types, and a metadata value of each type
quantised.gguf           a tensor of each other block type that is read
quantised.gguf.f32
float8.safetensors       every E4M3 and every E5M2 number but NaNs; float8.safetensors.f32 by PyPI's ml_dtypes
every-type.gguf.f32      the tensors' values in the file's order, dequantised by gguf.quants, little-endian
every-type.safetensors   F32, F16 and BF16 tensors, an empty one, and metadata
every-type.safetensors.f32
"""
import json
import pathlib
import struct

import gguf
import ml_dtypes
import numpy as np
import safetensors

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20240607)
# Zeros, subnormals, the largest finite half, infinities, ordinary values, both signs.
HALVES = np.array(
    [0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x3C00, 0xC000, 0x3555], dtype="<u2")


def scales(count):
    """Finite halves: the special ones first, then any."""
    finite = HALVES[(HALVES & 0x7C00) != 0x7C00]
    drawn = RANDOM.integers(0, 0x10000, 4 * count, dtype="<u2")
    return np.concatenate([finite, drawn[(drawn & 0x7C00) != 0x7C00]])[:count]


def blocks(count, layout):
    """`count` blocks; `layout` names each block's parts: "h" a half, a number that many random bytes."""
    parts = []
    for part in layout:
        if part == "h":
            parts.append(scales(count).view(np.uint8).reshape(count, 2))
        else:
            parts.append(RANDOM.integers(0, 256, (count, part), dtype=np.uint8))
    return np.concatenate(parts, axis=1)


def halves(count):
    drawn = RANDOM.integers(0, 0x10000, count, dtype="<u2")
    # NaNs have no one bit pattern; they are tested apart.
    drawn[(drawn & 0x7C00) == 0x7C00] &= 0xFBFF
    return np.concatenate([HALVES, drawn])[:count]


def brain_halves(count):
    drawn = RANDOM.integers(0, 0x10000, count, dtype="<u2")
    drawn[(drawn & 0x7F80) == 0x7F80] &= 0xBFFF
    return drawn


def write_gguf():
    path = HERE / "every-type.gguf"
    writer = gguf.GGUFWriter(path, "fixture")
    kind = gguf.GGUFValueType
    for name, value, value_type in [
        ("test.uint8", 255, kind.UINT8), ("test.int8", -128, kind.INT8),
        ("test.uint16", 65535, kind.UINT16), ("test.int16", -32768, kind.INT16),
        ("test.uint32", 4294967295, kind.UINT32), ("test.int32", -2147483648, kind.INT32),
        ("test.uint64", 2**64 - 1, kind.UINT64), ("test.int64", -(2**63), kind.INT64),
        ("test.float32", 0.1, kind.FLOAT32), ("test.float64", 0.1, kind.FLOAT64),
        ("test.bool", True, kind.BOOL), ("test.string", "Prüfung \u2713", kind.STRING),
    ]:
        writer.add_key_value(name, value, value_type)
    writer.add_array("test.strings", ["", "a", "\u00e9\u00e8", "\U0001f600"])
    writer.add_array("test.integers", [1, -2, 3])
    writer.add_array("test.floats", [0.5, -1.5])
    writer.add_array("test.bools", [True, False])

    types = gguf.GGMLQuantizationType
    raw = [
        ("plain.f32", types.F32, RANDOM.standard_normal((3, 5)).astype("<f4")),
        ("plain.f16", types.F16, halves(3 * 40).view("<f2").reshape(3, 40)),
        ("plain.bf16", types.BF16, brain_halves(2 * 33).view(np.uint8).reshape(2, 66)),
        ("block.q4_0", types.Q4_0, blocks(2 * 6, ["h", 16]).reshape(2, 6 * 18)),
        ("block.q4_1", types.Q4_1, blocks(2 * 6, ["h", "h", 16]).reshape(2, 6 * 20)),
        ("block.q8_0", types.Q8_0, blocks(2 * 6, ["h", 32]).reshape(2, 6 * 34)),
        ("cube.f32", types.F32, RANDOM.standard_normal((2, 3, 4)).astype("<f4")),
    ]
    finish_gguf(writer, path, raw)


def write_quantised():
    """Random blocks: every code, scales of every size."""
    path = HERE / "quantised.gguf"
    writer = gguf.GGUFWriter(path, "fixture")
    types = gguf.GGMLQuantizationType
    layouts = {
        types.Q5_0: ["h", 4, 16], types.Q5_1: ["h", "h", 4, 16], types.Q2_K: [16, 64, "h", "h"], types.Q3_K: [32, 64, 12, "h"],
        types.Q4_K: ["h", "h", 12, 128], types.Q5_K: ["h", "h", 12, 32, 128], types.Q6_K: [128, 64, 16, "h"],
        types.IQ4_NL: ["h", 16], types.IQ4_XS: ["h", 2, 4, 128], types.MXFP4: [1, 16],
    }
    raw = []
    for tensor_type, layout in layouts.items():
        elements, size = gguf.GGML_QUANT_SIZES[tensor_type]
        count = 3 if elements == 256 else 24
        data = blocks(count, layout)
        assert data.shape[1] == size
        if tensor_type == types.MXFP4:
            data[:4, 0] = [0, 1, 2, 254]
        raw.append((tensor_type.name.lower(), tensor_type, data.reshape(1, count * size)))
    finish_gguf(writer, path, raw)


def finish_gguf(writer, path, raw):
    for name, tensor_type, data in raw:
        writer.add_tensor(name, data, raw_dtype=tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    expected = b""
    for tensor in gguf.GGUFReader(path).tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        expected += np.ascontiguousarray(values, dtype="<f4").tobytes()
    path.with_name(path.name + ".f32").write_bytes(expected)


def write_float8():
    numbers = np.arange(256, dtype=np.uint8)
    tensors, expected = {}, {}
    for dtype, number_type in [("float8_e4m3fn", ml_dtypes.float8_e4m3fn), ("float8_e5m2", ml_dtypes.float8_e5m2)]:
        values = numbers.view(number_type).astype("<f4")
        kept = np.ascontiguousarray(numbers[~np.isnan(values)])
        expected[dtype] = values[~np.isnan(values)].tobytes()
        tensors[dtype] = (kept, safetensors.TensorSpec(dtype=dtype, shape=kept.shape, data_ptr=kept.ctypes.data, data_len=kept.nbytes))
    data = bytes(safetensors.serialize({name: spec for name, (_, spec) in tensors.items()}, None))
    (HERE / "float8.safetensors").write_bytes(data)
    length = struct.unpack("<Q", data[:8])[0]
    order = [name for name in json.loads(data[8:8 + length]) if name != "__metadata__"]
    (HERE / "float8.safetensors.f32").write_bytes(b"".join(expected[name] for name in order))


def write_safetensors():
    single = RANDOM.standard_normal((4, 3)).astype("<f4")
    half = halves(64).view("<f2").reshape(8, 8)
    brain = brain_halves(30).reshape(5, 6)
    empty = np.zeros((0, 7), "<f4")
    tensors = {
        name: safetensors.TensorSpec(dtype=dtype, shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
        for name, dtype, array in [
            ("single", "float32", single), ("half", "float16", half), ("brain", "bfloat16", brain),
            ("empty", "float32", empty)]
    }
    data = bytes(safetensors.serialize(tensors, {"note": "Prüfung"}))
    (HERE / "every-type.safetensors").write_bytes(data)

    # The order of the file's own header, which the library chooses.
    expected = b""
    widened = {
        "single": single, "half": half.astype("<f4"),
        "brain": (brain.astype("<u4") << 16).view("<f4"), "empty": empty,
    }
    length = struct.unpack("<Q", data[:8])[0]
    for name in json.loads(data[8:8 + length]):
        if name != "__metadata__":
            expected += np.ascontiguousarray(widened[name], dtype="<f4").tobytes()
    (HERE / "every-type.safetensors.f32").write_bytes(expected)


write_gguf()
write_safetensors()
write_quantised()
write_float8()
for path in sorted(HERE.glob("*.gguf*")) + sorted(HERE.glob("*.safetensors*")):
    print(path.stat().st_size, path.name)
