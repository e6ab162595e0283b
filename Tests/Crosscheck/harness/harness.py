"""Holds assay-eval against lm-evaluation-harness: task files that it ships, unmodified but for where their items are, on the
same model, through the same requests.

    harness.py BUILD MODEL

BUILD holds the programs, MODEL is the demonstration model. lm_eval asks assay-serve; assay-eval asks its own worker. Every
request must be the same text, every answer the same (log-likelihoods up to the rounding of the API's decimal numbers), every
metric of every sample and every aggregate equal. Exit status: 0 all agreed, 1 some did not.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.update(HF_DATASETS_OFFLINE="1", LMEVAL_LOG_LEVEL="ERROR", TOKENIZERS_PARALLELISM="false", TQDM_DISABLE="1")
import lm_eval
from lm_eval import evaluator
from lm_eval.api.task import ConfigurableTask
from lm_eval.tasks._yaml_loader import load_yaml

from data import SHOTS, TASKS

SHIPPED = Path(lm_eval.__file__).parent / "tasks"
# assay-serve prints a float's shortest digits for each token, and lm_eval adds them up as doubles.
NATS = 1e-5


def prepare(name: str, splits: dict, folder: Path) -> Path:
    """The task as it is shipped, with its items beside it: another file that includes it says where they are."""
    place = folder / name.replace("/", "_").removesuffix(".yaml")
    place.mkdir()
    source = SHIPPED / name
    for file in source.parent.iterdir():
        if file.is_file() and file.suffix in (".yaml", "") and file.stat().st_size < 1 << 20:
            (place / file.name).write_bytes(file.read_bytes())
    files = {}
    for split, rows in splits.items():
        (place / f"{split}.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
        files[split] = f"{split}.jsonl"
    path = place / "here.yaml"
    path.write_text(f"include: {source.name}\ndataset_path: json\ndataset_kwargs:\n  data_files: {json.dumps(files)}\n")
    return path


def theirs(path: Path, shots: int | None, model) -> tuple[str, list[dict], dict]:
    config = load_yaml(path)
    config["dataset_kwargs"]["data_files"] = {k: str(path.parent / v) for k, v in config["dataset_kwargs"]["data_files"].items()}
    if shots is not None:
        config["num_fewshot"] = shots
    task = ConfigurableTask(config=config)
    task.set_fewshot_seed(1234)
    name = task.config.task
    results = evaluator.evaluate(model, {name: task}, bootstrap_iters=0)
    return name, results["samples"][name], results["results"][name]


def ours(build: Path, weights: Path, path: Path, shots: int | None, out: Path) -> dict:
    options = [] if shots is None else ["--shots", str(shots)]
    done = subprocess.run(
        [build / "assay-eval", "run", "--model", weights, "--out", out, "--json", *options, path], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"assay-eval: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def same(one, other) -> bool:
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=NATS)
    return one == other


def compare(path: Path, shots: int | None, build: Path, weights: Path, model, out: Path) -> str:
    name, samples, results = theirs(path, shots, model)
    evidence = ours(build, weights, path, shots, out)
    lines = [json.loads(line) for line in (out / f"samples_{name}.jsonl").read_text().splitlines()]
    order = {filter: number for number, filter in enumerate(dict.fromkeys(sample["filter"] for sample in samples))}
    lines.sort(key=lambda line: (order[line["filter"]], line["doc_id"]))
    assert len(lines) == len(samples), f"{len(lines)} samples here, {len(samples)} there"
    values = 0
    for line, sample in zip(lines, samples, strict=True):
        place = f"item {sample['doc_id']}, filter {sample['filter']}"
        requests = [list(arguments.values()) for arguments in line["arguments"].values()]
        assert same(requests, [list(arguments) for arguments in sample["arguments"]]), f"{place}: requests {requests} and {sample['arguments']}"
        for key in ("target", "resps", "filtered_resps"):
            assert same(line[key], sample[key]), f"{place}: {key} {line[key]} and {sample[key]}"
        for metric in sample["metrics"]:
            assert same(line[metric], sample[metric]), f"{place}: {metric} {line[metric]} and {sample[metric]}"
            values += 1
    figures = {value["metric"]: value for value in evidence["suites"][0]["metrics"]}
    for key, value in results.items():
        if "," in key and "_stderr" not in key and isinstance(value, (int, float)):
            own = figures[key.removesuffix(",none")]["value"]
            assert math.isclose(float(own), value, rel_tol=1e-5, abs_tol=1e-5), f"{key}: {own} and {value}"
    return f"{name}: {len(samples)} samples, {sum(len(s['arguments']) for s in samples)} requests, {values} values"


def main() -> int:
    build, weights = Path(sys.argv[1]), Path(sys.argv[2])
    server = subprocess.Popen(
        [build / "assay-serve", "--model", weights, "--port", "0", "--served-model-name", "submitted"], stdout=subprocess.PIPE, text=True)
    failed = 0
    try:
        address = server.stdout.readline().split(" at ")[1].strip()
        from lm_eval.models.openai_completions import LocalCompletionsAPI

        model = LocalCompletionsAPI(
            model="submitted", base_url=f"{address}/completions", tokenizer_backend="remote", num_concurrent=1, max_length=2048, batch_size=1)
        with tempfile.TemporaryDirectory() as folder:
            for number, (name, splits) in enumerate(TASKS.items()):
                try:
                    path = prepare(name, splits, Path(folder))
                    print("ok      " + compare(path, SHOTS.get(name), build, weights, model, Path(folder) / f"out{number}"))
                except Exception as error:
                    failed += 1
                    print(f"FAILED  {name}: {type(error).__name__}: {str(error)[:600]}")
    finally:
        server.terminate()
    print(f"{len(TASKS) - failed} of {len(TASKS)} shipped tasks agree with lm_eval {lm_eval.__version__}.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
