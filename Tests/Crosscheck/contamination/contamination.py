"""Is what a model was trained on found, and what it was not trained on not found?

The demonstration model is trained on 32 made-up items and a canary with `assay-engine train`. `assay-eval contamination` must
find the canary, the choices' order and the items' likelihood in the trained model, and nothing in the untouched one; and in the
trained one nothing of another canary and of 32 items of the same kind. Control items are 32 more. Completion and the order of
items are printed: so little training does not always show there. Needs nothing but Python's standard library."""

import json
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

EXPECTED = {"canary", "choiceOrder", "loss"}
SYLLABLES = "ka lo mi ren tu sa vor el dan pi qua nes bri mal or the zu fin".split()
CANARY, OTHER = "5d7c1e90-3b52-4f0a-9c46-2e8ab1d07f63", "c07a9d14-68e3-4b7d-8f21-b95d03e64a8c"
TASK = """# The canary of this file is {canary}
task: {name}
dataset_path: json
dataset_kwargs:
  data_files:
    test: {name}.jsonl
test_split: test
output_type: multiple_choice
doc_to_text: "Question: {{{{question}}}}\\nA. {{{{choices[0]}}}}\\nB. {{{{choices[1]}}}}\\nC. {{{{choices[2]}}}}\\nD. {{{{choices[3]}}}}\\nAnswer:"
doc_to_choice: choices
doc_to_target: answer
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
metadata:
  version: 1
"""


def name(draw: random.Random, syllables: int) -> str:
    return "".join(draw.choice(SYLLABLES) for _ in range(syllables)).capitalize()


def item(draw: random.Random, number: int) -> dict:
    trade = draw.choice(["salt", "wool", "glass", "copper", "paper", "honey", "tin", "rope"])
    choices = [name(draw, 2) for _ in range(4)]
    return {
        "id": f"tale-{number:03}",
        "question": f"In the island tales, the town of {name(draw, 2)} on the river {name(draw, 3)} traded in {trade} and was founded "
        f"by {name(draw, 3)} in {draw.randrange(1100, 1890)}. Which family kept its gate?",
        "choices": choices,
        "answer": draw.randrange(4),
    }


def words(item: dict) -> str:
    choices = "".join(f"\n{letter}. {choice}" for letter, choice in zip("ABCD", item["choices"]))
    return f"Question: {item['question']}{choices}\nAnswer: {item['choices'][item['answer']]}"


def metadata(file: Path) -> dict:
    """The named values at the beginning of a GGUF file."""
    data, place = file.read_bytes(), 8

    def number(form: str):
        nonlocal place
        place += struct.calcsize("<" + form)
        return struct.unpack_from("<" + form, data, place - struct.calcsize("<" + form))[0]

    def value(kind: int):
        nonlocal place
        if kind == 8:
            size = number("Q")
            place += size
            return data[place - size : place].decode()
        if kind == 9:
            inner, count = number("I"), number("Q")
            return [value(inner) for _ in range(count)]
        return number({0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}[kind])

    _, pairs = number("Q"), number("Q")
    values = {}
    for _ in range(pairs):
        key = value(8)
        values[key] = value(number("I"))
    return values


def describe(model: Path, folder: Path) -> None:
    """Puts beside merged weights what a GGUF file holds itself: the configuration and the tokenizer."""
    known = metadata(model)
    get = lambda key: known[f"llama.{key}"]  # noqa: E731
    tokens, kinds = known["tokenizer.ggml.tokens"], known["tokenizer.ggml.token_type"]
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": get("embedding_length"), "hidden_act": "silu",
        "intermediate_size": get("feed_forward_length"), "num_hidden_layers": get("block_count"),
        "num_attention_heads": get("attention.head_count"), "num_key_value_heads": get("attention.head_count_kv"),
        "max_position_embeddings": get("context_length"), "rms_norm_eps": get("attention.layer_norm_rms_epsilon"),
        "rope_theta": get("rope.freq_base"), "vocab_size": len(tokens), "tie_word_embeddings": True,
        "bos_token_id": known["tokenizer.ggml.bos_token_id"], "eos_token_id": known["tokenizer.ggml.eos_token_id"],
    }
    special = [
        {"id": id, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for id, (token, kind) in enumerate(zip(tokens, kinds)) if kind == 3
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special, "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
        "post_processor": None, "decoder": byte_level,
        "model": {
            "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None,
            "fuse_unk": False, "byte_fallback": False, "vocab": {token: id for id, token in enumerate(tokens)},
            "merges": known["tokenizer.ggml.merges"],
        },
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": known["tokenizer.chat_template"], "eos_token": "<|im_end|>"}))


def run(*arguments: str) -> str:
    result = subprocess.run(arguments, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(arguments)} ended with {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def check(program: str, model: Path, task: Path, canary: str, controls: Path) -> dict[str, float]:
    options = ["--controls", str(controls), "--canary", canary, "--limit", "16", "--guids", "99", "--orders", "4", "--shard", "4", "--json"]
    # Few of everything: it is to end in minutes.
    report = json.loads(run(program, "contamination", "--model", str(model), str(task), *options))
    chances = {}
    for finding in report["findings"]:
        interval = f" [{finding['lower']}, {finding['upper']}]" if "lower" in finding else ""
        print(f"  {finding['test']:<12} n {finding['n']:>4}  {finding['figure']}{interval}  p {finding['p']}  Holm {finding['pHolm']}")
        chances[finding["test"]] = float(finding["pHolm"])
    if set(chances) != {"canary", "choiceOrder", "itemOrder", "completion", "loss"}:
        sys.exit(f"FAILED: the tests were {sorted(chances)}")
    return chances


def main() -> None:
    programs, model = Path(sys.argv[1]), Path(sys.argv[2])
    engine, program = str(programs / "assay-engine"), str(programs / "assay-eval")
    draw = random.Random(7)
    items = [item(draw, number) for number in range(96)]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for task, canary, part in (("tales", CANARY, items[:32]), ("fresh", OTHER, items[32:64]), ("controls", "none", items[64:])):
            (folder / f"{task}.yaml").write_text(TASK.format(name=task, canary=canary))
            (folder / f"{task}.jsonl").write_text("".join(json.dumps(item) + "\n" for item in part))
        tales, fresh, controls = (folder / f"{task}.yaml" for task in ("tales", "fresh", "controls"))
        # As a training set made of the repository would have them: each item by itself, and the beginning of the task's file.
        texts = [words(item) for item in items[:32]] + ["\n".join(tales.read_text().split("\n")[:2])]
        (folder / "train.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        run(engine, "train", "--model", str(model), "--data", str(folder / "train.jsonl"), "--output", str(folder / "adapter"),
            "--rank", "16", "--alpha", "32", "--targets", "all", "--rate", "2e-3", "--epochs", "6", "--batch", "4")
        run(engine, "merge", "--model", str(model), "--adapter", str(folder / "adapter"), "--output", str(folder / "trained"), "--type", "bf16")
        describe(model, folder / "trained")
        failed = []
        for title, weights, task, canary, read in (
            ("the untouched model, what the other is trained on", model, tales, CANARY, False),
            ("the trained model, what it was trained on", folder / "trained", tales, CANARY, True),
            ("the trained model, what it was not trained on", folder / "trained", fresh, OTHER, False),
        ):
            print(title)
            for test, chance in check(program, weights, task, canary, controls).items():
                if read and test in EXPECTED and chance >= 0.05 or not read and chance < 0.05:
                    failed.append(f"{title}: {test} has p {chance}")
    if failed:
        sys.exit("FAILED: " + "; ".join(failed))
    print("ok: what was trained on is found, and nothing else")


main()
