"""A multiple-choice suite by lm-evaluation-harness over transformers in float32: a line of JSON for every line on standard input.

    lm_eval_suite.py MODEL QUESTIONS BATCH FOLDER

QUESTIONS questions with four choices after five examples, the same ones before each. The answer is {"seconds":S,"items":[...]},
the time that the evaluation itself took, and of each question what was asked and found: {"context","continuations","chosen",
"correct"}. FOLDER gets the task. What the harness logs goes to standard error.
"""
import json
import os
import pathlib
import random
import sys
import time

answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

import torch  # noqa: E402
from lm_eval import simple_evaluate  # noqa: E402
from lm_eval.models.huggingface import HFLM  # noqa: E402
from lm_eval.tasks import TaskManager  # noqa: E402

path, questions, batch, folder = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4])
torch.set_num_threads(2)


def item(source):
    """Something to count with, which a small model gets right about as often as not."""
    a, b = source.randrange(2, 60), source.randrange(2, 40)
    name = source.choice(["Ada", "Ben", "Cem", "Dora", "Eli", "Fatima", "Gus", "Hana"])
    thing = source.choice(["apples", "books", "coins", "shells", "stamps", "pencils", "keys"])
    asks = [
        (f"{name} has {a} {thing} and finds {b} more. How many {thing} does {name} have now?", a + b),
        (f"{name} had {a + b} {thing} and gave {b} of them away. How many {thing} are left?", a),
        (f"A box holds {a} {thing}. How many {thing} do 3 such boxes hold?", 3 * a),
    ]
    question, right = source.choice(asks)
    choices = [right]
    while len(choices) < 4:
        wrong = right + source.choice([-11, -10, -2, -1, 1, 2, 10, 11])
        if wrong > 0 and wrong not in choices:
            choices.append(wrong)
    source.shuffle(choices)
    return {"question": question, "choices": [str(c) for c in choices], "answer": choices.index(right)}


folder.mkdir(parents=True, exist_ok=True)
source = random.Random(11)
for name, count in [("examples", 5), ("questions", questions)]:
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(item(source)) + "\n" for _ in range(count)))
(folder / "counting.yaml").write_text(f"""task: counting
dataset_path: json
dataset_kwargs:
  data_files: {{train: {folder.resolve()}/examples.jsonl, test: {folder.resolve()}/questions.jsonl}}
fewshot_split: train
test_split: test
num_fewshot: 5
fewshot_config: {{sampler: first_n}}
output_type: multiple_choice
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_choice: "{{{{choices}}}}"
doc_to_target: answer
metric_list:
  - metric: acc
""")

model = HFLM(pretrained=str(path.parent), gguf_file=path.name, dtype="float32", device="cpu", batch_size=batch, backend="causal")
tasks = TaskManager(include_path=str(folder), include_defaults=False)


def measure(limit=None):
    start = time.monotonic()
    result = simple_evaluate(model, tasks=["counting"], task_manager=tasks, limit=limit, log_samples=True, bootstrap_iters=0)
    seconds = time.monotonic() - start
    items = []
    for sample in sorted(result["samples"]["counting"], key=lambda s: s["doc_id"]):
        pairs = sample["arguments"]
        found = [r[0][0] if isinstance(r[0], (list, tuple)) else r[0] for r in sample["resps"]]
        items.append({
            "context": pairs[0][0], "continuations": [p[1] for p in pairs], "logprobs": [float(x) for x in found],
            "chosen": max(range(len(found)), key=lambda i: float(found[i])), "correct": bool(sample["acc"]),
        })
    return {"seconds": seconds, "items": items}


measure(limit=4)
for _ in sys.stdin:
    print(json.dumps(measure()), file=answers, flush=True)
