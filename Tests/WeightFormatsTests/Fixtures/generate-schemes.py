#!/usr/bin/env python3
"""Writes the quantised models in schemes/, and what the programs that run such models make of their weights.

    pip install compressed-tensors==0.20.0 gptqmodel==7.7.0 transformers==5.24.0 safetensors==0.8.0
    pip install --no-deps autoawq==0.2.9 torch==2.13.0 && ./generate-schemes.py

Of each: NAME.safetensors, its config in NAME.json, and in NAME.expected.safetensors each weight that is stored as something else, in
float32 and under the name that a model knows it by. Expected values come, on a CPU and asked for float32, from

    fp8-*          transformers' Fp8Dequantize and, where blocks are cut off by the matrix' end, _dequantize_fp8_weight
    compressed, fbgemm    compressed-tensors' dequantize
    gptq-*         GPTQModel's TorchLinear, after its convert_gptq_v1_to_v2_format_module; held against its convert_gptq_file where
                   no zero point overflows
    gptq-partial   GPTQModel's convert_gptq_file: inputs that fill words in part
    awq            AutoAWQ's dequantize_gemm
    mxfp4          transformers' convert_moe_packed_tensors

types.safetensors has a tensor of each type that holds no weights by itself; types.expected.safetensors has the same numbers in float64,
by torch.

Some of the models, each in one file with its config, are seeds of Tests/Fuzz/Weights too.
"""
import importlib.util
import json
import pathlib

import torch
from compressed_tensors.quantization import QuantizationArgs
from compressed_tensors.quantization.lifecycle.forward import dequantize
from gptqmodel.nn_modules.qlinear.torch import TorchLinear
from gptqmodel.utils.model import convert_gptq_v1_to_v2_format_module
from gptqmodel.utils.model_dequant import convert_gptq_file
from safetensors.torch import save_file
from transformers.integrations.finegrained_fp8 import Fp8Dequantize, _dequantize_fp8_weight
from transformers.integrations.mxfp4 import convert_moe_packed_tensors

OUT = pathlib.Path(__file__).parent / "schemes"
RANDOM = torch.Generator().manual_seed(20260607)


def autoawq():
    """Its one file of use: the package itself wants a GPU's toolkit."""
    root = pathlib.Path(importlib.util.find_spec("awq").submodule_search_locations[0])
    spec = importlib.util.spec_from_file_location("packing_utils", root / "utils" / "packing_utils.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(name, config, tensors, expected):
    OUT.mkdir(exist_ok=True)
    save_file({key: value.contiguous() for key, value in tensors.items()}, OUT / f"{name}.safetensors")
    save_file({key: value.to(torch.float32).contiguous() for key, value in expected.items()}, OUT / f"{name}.expected.safetensors")
    (OUT / f"{name}.json").write_text(json.dumps({"model_type": "llama", "quantization_config": config}, indent=1) + "\n")


def words(*shape):
    return torch.randint(-(2**31), 2**31, shape, generator=RANDOM, dtype=torch.int64).to(torch.int32)


def bytes_(*shape, below=256):
    return torch.randint(0, below, shape, generator=RANDOM, dtype=torch.int64).to(torch.uint8)


def scales(*shape, dtype=torch.float32):
    return (torch.rand(shape, generator=RANDOM) * 0.02 + 0.001).to(dtype)


def codes(*shape, dtype=torch.float8_e4m3fn):
    """Every kind of number, NaN and E5M2's infinities among them."""
    return bytes_(*shape).view(dtype)


# FP8


def fp8():
    convert = Fp8Dequantize(None)._dequantize_one
    tensors, expected = {}, {}

    def add(name, weight, scale, suffix="_scale_inv", result=None):
        tensors[name], tensors[name + suffix] = weight, scale
        expected[name] = convert(weight, scale, torch.float32) if result is None else result

    def ragged(weight, scale, block):
        return _dequantize_fp8_weight(weight, scale, block, torch.float32)

    weight, scale = codes(21, 40), scales(3, 3)
    add("ragged.weight", weight, scale, result=ragged(weight, scale, [8, 16]))
    add("half.weight", codes(16, 32), scales(2, 2, dtype=torch.bfloat16))
    add("wide.weight", codes(16, 32, dtype=torch.float8_e5m2), bytes_(2, 2).view(torch.float8_e8m0fnu))
    add("exponents.weight", codes(16, 32), torch.tensor([[0, 1], [127, 255]], dtype=torch.uint8))
    add("experts.gate_up_proj", codes(3, 16, 32), scales(3, 2, 2))
    add("one.weight", codes(4, 6), scales())
    tensors.update({"one.activation_scale": scales(), "one.bias": scales(4, dtype=torch.bfloat16)})
    add("rows.weight", codes(6, 32), scales(6, 2))
    add("embed.weight", codes(5, 8), scales(1), suffix="_scale")
    tensors["lm_head.weight"] = scales(3, 8, dtype=torch.bfloat16)
    config = {"quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [8, 16], "modules_to_not_convert": ["lm_head"]}
    write("fp8-blocks", config, tensors, expected)

    # Without the size of a block, which then is 128: both dimensions go over it.
    tensors, expected = {}, {}
    for name, shape, grid in [("tall.weight", (130, 3), (2, 1)), ("wide.weight", (2, 260), (1, 3))]:
        weight, scale = codes(*shape), scales(*grid)
        add(name, weight, scale, result=ragged(weight, scale, [128, 128]))
    write("fp8-default", {"quant_method": "fp8"}, tensors, expected)


def rows():
    float8 = QuantizationArgs(num_bits=8, type="float", strategy="channel")
    tensors, expected = {}, {}

    def add(name, weight, scale):
        tensors[name + ".weight"], tensors[name + ".weight_scale"] = weight, scale
        expected[name + ".weight"] = dequantize(weight, scale.to(torch.float32), args=float8)

    add("q_proj", codes(8, 24), scales(8, 1))
    tensors["q_proj.input_scale_ub"] = torch.tensor([1200.0])
    write("fbgemm", {"quant_method": "fbgemm_fp8", "activation_scale_ub": 1200.0, "modules_to_not_convert": ["lm_head"]}, tensors, expected)

    tensors, expected = {}, {}
    add("single", codes(8, 24), scales(8, 1))
    add("half", codes(8, 24), scales(8, 1, dtype=torch.bfloat16))
    tensors["half.input_scale"] = scales(1)
    float8 = QuantizationArgs(num_bits=8, type="float", strategy="tensor")
    add("one", codes(8, 24), scales(1))
    float8 = QuantizationArgs(num_bits=8, type="float", strategy="block", block_structure=[8, 16])
    add("blocks", codes(16, 32), scales(2, 2, dtype=torch.bfloat16))
    weights = {"num_bits": 8, "type": "float", "strategy": "block", "symmetric": True, "block_structure": [8, 16]}
    config = {
        "quant_method": "compressed-tensors", "format": "float-quantized", "quantization_status": "compressed", "ignore": ["lm_head"],
        "config_groups": {"group_0": {"targets": ["Linear"], "weights": weights, "input_activations": None}}, "kv_cache_scheme": None}
    write("compressed", config, tensors, expected)


# GPTQ


def gptq_config(bits, group, order, version):
    return {
        "quant_method": "gptq", "bits": bits, "group_size": group, "desc_act": order, "sym": False, "damp_percent": 0.01,
        "checkpoint_format": version}


def gptq(name, bits, group, order, version, dtype, inputs=64, outputs=32, overflows=False, indices=True):
    groups = 1 if group == -1 else inputs // group
    zeros = words(groups, outputs * bits // 32)
    if bits == 4 and version == "gptq" and not overflows:
        # No code of all ones, which one more would carry over.
        zeros &= 0x77777777
    index = torch.arange(inputs, dtype=torch.int32) // (inputs if group == -1 else group)
    if order:
        index = index[torch.randperm(inputs, generator=RANDOM)]
    tensors = {
        "a.qweight": words(inputs * bits // 32, outputs), "a.qzeros": zeros, "a.scales": scales(groups, outputs, dtype=dtype), "a.g_idx": index,
        "a.bias": scales(outputs, dtype=dtype)}
    layer = TorchLinear(
        bits=bits, group_size=group, sym=False, desc_act=order, in_features=inputs, out_features=outputs, bias=False,
        pack_dtype=torch.int32, register_buffers=True)
    layer.qweight, layer.qzeros, layer.g_idx = tensors["a.qweight"].clone(), zeros.clone(), index.clone()
    layer.scales = tensors["a.scales"].to(torch.float32)
    if version == "gptq":
        convert_gptq_v1_to_v2_format_module(layer, bits, torch.int32)
    layer.post_init()
    expected = layer.dequantize_weight().T.contiguous()
    assert expected.dtype == torch.float32
    config = gptq_config(bits, group, order, version)
    write(name, config, tensors, {"a.weight": expected})
    if not overflows:
        other = convert_gptq_file(OUT / f"{name}.safetensors", torch.float32, config, "cpu")["a.weight"]
        assert torch.equal(other, expected), name
    if not indices:
        del tensors["a.g_idx"]
        write(name, config, tensors, {"a.weight": expected})


def gptq_partial():
    """Three words of eight inputs hold 20, and 13 outputs two words."""
    tensors = {
        "a.qweight": words(3, 13), "a.qzeros": words(3, 2), "a.scales": scales(3, 13, dtype=torch.float16),
        "a.g_idx": torch.arange(20, dtype=torch.int32) // 8}
    config = gptq_config(4, 8, False, "gptq_v2")
    full = dict(tensors)
    # The reference knows whole words only: the same numbers with outputs and inputs filled up.
    full["a.qweight"] = torch.cat([tensors["a.qweight"], words(3, 3)], 1)
    full["a.scales"] = torch.cat([tensors["a.scales"], scales(3, 3, dtype=torch.float16)], 1)
    full["a.g_idx"] = torch.arange(24, dtype=torch.int32) // 8
    write("gptq-partial", config, full, {})
    whole = convert_gptq_file(OUT / "gptq-partial.safetensors", torch.float32, config, "cpu")["a.weight"]
    write("gptq-partial", config, tensors, {"a.weight": whole[:13, :20]})


# AWQ and MXFP4


def awq():
    packing = autoawq()
    for name, group, sizes in [("awq", 32, [(64, 24), (96, 8)]), ("awq-odd", 8, [(40, 16)]), ("awq-whole", -1, [(48, 40)])]:
        tensors, expected = {}, {}
        for number, (inputs, outputs) in enumerate(sizes):
            size = inputs if group == -1 else group
            part = {
                "qweight": words(inputs, outputs // 8), "qzeros": words(inputs // size, outputs // 8),
                "scales": scales(inputs // size, outputs, dtype=torch.float16)}
            tensors.update({f"layers.{number}.{key}": value for key, value in part.items()})
            result = packing.dequantize_gemm(part["qweight"], part["qzeros"], part["scales"].to(torch.float32), 4, size)
            expected[f"layers.{number}.weight"] = result.T
        tensors["norm.weight"] = scales(8, dtype=torch.float16)
        config = {"quant_method": "awq", "bits": 4, "group_size": group, "zero_point": True, "version": "gemm", "modules_to_not_convert": ["norm"]}
        write(name, config, tensors, expected)


def mxfp4():
    tensors, expected = {}, {}
    for name, outputs, groups in [("mlp.experts.gate_up_proj", 19, 2), ("mlp.experts.down_proj", 16, 1)]:
        blocks, exponents = bytes_(2, outputs, groups, 16), bytes_(2, outputs, groups)
        exponents.view(-1)[:4] = torch.tensor([0, 1, 254, 255], dtype=torch.uint8)
        tensors.update({name + "_blocks": blocks, name + "_scales": exponents, name + "_bias": scales(2, outputs, dtype=torch.bfloat16)})
        expected[name] = convert_moe_packed_tensors(blocks, exponents, dtype=torch.float32)
    write("mxfp4", {"quant_method": "mxfp4", "modules_to_not_convert": ["lm_head"]}, tensors, expected)


fp8()
rows()
gptq("gptq-2", 2, 32, False, "gptq_v2", torch.float16)
gptq("gptq-3", 3, 32, True, "gptq_v2", torch.bfloat16)
gptq("gptq-4", 4, 32, False, "gptq", torch.float16, indices=False)
gptq("gptq-4-order", 4, 16, True, "gptq_v2", torch.float16)
gptq("gptq-8", 8, -1, False, "gptq_v2", torch.float32)
for bits in [2, 3, 4, 8]:
    gptq(f"gptq-{bits}-one-less", bits, 32, False, "gptq", torch.float16, inputs=32, overflows=True)
gptq_partial()
awq()
mxfp4()
def types():
    tensors = {"BOOL": torch.tensor([[True, False], [False, True]]), "F64": torch.tensor([0.1, -1e300, float("inf")], dtype=torch.float64)}
    for bits in [8, 16, 32, 64]:
        signed, unsigned = getattr(torch, f"int{bits}"), getattr(torch, f"uint{bits}")
        numbers = torch.tensor([-(2 ** (bits - 1)), -1, 0, 1, 2 ** (bits - 1) - 1], dtype=signed)
        tensors[f"I{bits}"], tensors[f"U{bits}"] = numbers, numbers.clone().view(unsigned)
    tensors["F8_E8M0"] = torch.arange(255, dtype=torch.uint8).view(torch.float8_e8m0fnu)
    save_file(tensors, OUT / "types.safetensors")
    save_file({name: (t.float() if name == "F8_E8M0" else t).to(torch.float64) for name, t in tensors.items()}, OUT / "types.expected.safetensors")


types()
SEEDS = OUT.parents[2] / "Fuzz" / "Corpus" / "Weights"
for name in ["fp8-blocks", "compressed", "gptq-2", "gptq-3", "gptq-4-order", "gptq-8-one-less", "gptq-partial", "awq-odd", "mxfp4"]:
    config, data = (OUT / f"{name}.json").read_bytes(), (OUT / f"{name}.safetensors").read_bytes()
    (SEEDS / f"{name}.model").write_bytes(b"+" + config + b"\0" + data)
for path in sorted(OUT.iterdir()):
    print(path.stat().st_size, path.name)
