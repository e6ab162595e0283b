#!/usr/bin/env python3
"""Writes harness.json: what lm-evaluation-harness itself asks and scores for the task files in harness/ and for the
built-in capability suite, with a model whose answers any program can work out (see `Digests`); and scorers.json: the same for
the task files in scorers/, which have Python functions of their own.

Needs `pip install lm_eval==0.4.13 datasets sacrebleu scikit-learn`; run in this folder."""
import hashlib, json, os, sys

os.environ["HF_DATASETS_OFFLINE"] = "1"
os.environ["LMEVAL_LOG_LEVEL"] = "ERROR"
import lm_eval
from lm_eval import evaluator
from lm_eval.api.model import LM
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

SUITES = "../../../Sources/EvaluationSuites/Resources"
OURS = ("refusal_rate", "code_pass")  # metrics that the harness does not know

ANSWERS = [
    "The answer is 42.", "So there are (B) of them.", "#### 1,234", " B", "yes", "No!", "green\n", "I think it's Blue.", "Answer: C", "",
    "The answer is 7. The answer is 8.", "(a) or (b)", "Köln, vielleicht", "x = {3}", "The answer is (A).", "a", "7", "It is b: third c",
    "The answer is B. ", "second",
]


class Digests(LM):
    """Answers from SHA-256 over what was asked, so that they are the same wherever they are worked out."""

    def digest(self, *parts):
        return hashlib.sha256("\0".join(parts).encode()).digest()

    def likelihood(self, *parts):
        digest = self.digest(*parts)
        return -(digest[0] * 256 + digest[1] + 1) / 1024, digest[2] % 3 == 0

    def loglikelihood(self, requests):
        return [self.likelihood(*request.args) for request in requests]

    def loglikelihood_rolling(self, requests):
        return [self.likelihood(request.args[0])[0] for request in requests]

    def generate_until(self, requests):
        seen, out = {}, []
        for request in requests:  # the same prompt again is another answer
            number = seen[request.args[0]] = seen.get(request.args[0], -1) + 1
            out.append(ANSWERS[self.digest(request.args[0], str(number))[0] % len(ANSWERS)])
        return out

    def apply_chat_template(self, messages, add_generation_prompt=True):
        return "".join(f"<{m['role']}>{m['content']}</>" for m in messages) + ("<assistant>" if add_generation_prompt else "")

    @property
    def tokenizer_name(self):
        return "digests"


def load(path):
    config = load_yaml(path)
    folder = os.path.dirname(os.path.abspath(path))
    full = lambda value: [full(v) for v in value] if isinstance(value, list) else os.path.join(folder, value)
    if "dataset_kwargs" in config:
        files = config["dataset_kwargs"]["data_files"]
        config["dataset_kwargs"]["data_files"] = {k: full(v) for k, v in files.items()} if isinstance(files, dict) else full(files)
    else:
        config["dataset_path"] = full(config["dataset_path"])
    for metric in config.get("metric_list", []):
        if metric["metric"] in OURS:
            metric["metric"] = "bypass"
            metric.pop("aggregation", None)
    task = ConfigurableTask(config=config)
    task.set_fewshot_seed(1234)
    return task


def evaluate(path, **options):
    task = load(path)
    name = task.config.task
    results = evaluator.evaluate(Digests(), {name: task}, bootstrap_iters=0, **options)
    samples = []
    for sample in results["samples"][name]:
        kept = {key: sample[key] for key in ("doc_id", "target", "arguments", "resps", "filtered_resps", "filter", "metrics")}
        kept["values"] = {m: sample[m] for m in sample["metrics"] if sample[m] is not None}
        samples.append(kept)
    figures = {k: v for k, v in results["results"][name].items() if "," in k and "stderr" not in k and "bypass" not in k and not isinstance(v, str)}
    return {"samples": samples, "results": figures}


out = {"version": lm_eval.__version__, "answers": ANSWERS, "tasks": {}, "chat": {}}
for file in sorted(os.listdir("harness")):
    if file.endswith(".yaml") and not file.startswith("_"):
        out["tasks"][file[:-5]] = evaluate(f"harness/{file}")
for name in ("generate", "shots", "mc_drawn"):
    for turns in (False, True):
        out["chat"][f"{name} {turns}"] = evaluate(f"harness/{name}.yaml", apply_chat_template=True, fewshot_as_multiturn=turns)

# A group of tasks: names, a tag and a group within it.
from lm_eval.api.group import Group
config = load_yaml("harness/groups/mixed.yaml")
tasks = {name: load(f"harness/{name}.yaml") for name in ("plain", "same", "mc_many", "shots", "mc_drawn", "gen_filters")}
inner = Group.from_config({**config["task"][2], "task": []})
for name in config["task"][2]["task"]:
    inner.add(tasks[name])
mixed = Group.from_config({**config, "task": []})
for name in ("plain", "same", "mc_drawn", "gen_filters"):
    mixed.add(tasks[name])
mixed.add(inner)
os.environ["DISABLE_MULTIPROC"] = "1"
result = evaluator.evaluate(Digests(), {"tasks": tasks, "groups": {"mixed": mixed, "inner": inner}}, bootstrap_iters=10)
out["groups"] = {name: {k: v for k, v in result["groups"][name].items() if "," in k} for name in ("mixed", "inner")}

# All requests of the built-in suites, as a digest over them, and what they come to.
out["suites"] = {}
for folder, _, files in sorted(os.walk(SUITES)):
    for file in sorted(files):
        if file.endswith(".yaml") and os.path.basename(folder) != "policy":
            result = evaluate(os.path.join(folder, file))
            arguments = "".join(json.dumps(s["arguments"], ensure_ascii=False) + "\n" for s in result["samples"])
            out["suites"][file[:-5]] = {
                "samples": len(result["samples"]), "sha256": hashlib.sha256(arguments.encode()).hexdigest(), "results": result["results"]}


def lines(value, depth):
    """JSON with a line for each task."""
    if depth == 0 or not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True, default=lambda v: v.tolist())
    return "{\n" + ",\n".join(f"{json.dumps(key)}: {lines(inner, depth - 1)}" for key, inner in sorted(value.items())) + "\n}"


open("harness.json", "w").write(lines(out, 2) + "\n")
scorers = {"answers": ANSWERS, "tasks": {f[:-5]: evaluate(f"scorers/{f}") for f in sorted(os.listdir("scorers")) if f.endswith(".yaml")}}
open("scorers.json", "w").write(lines(scorers, 2) + "\n")
print({k: len(v["samples"]) for k, v in out["tasks"].items()}, out["suites"], file=sys.stderr)
