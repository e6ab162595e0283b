"""Runs evaluation harnesses that others wrote against assay-serve, and our worker against a server that others wrote.

    serving.py BUILD MODEL

BUILD holds the programs, MODEL is the demonstration model. What a harness logs of each item is held against what
assay-engine itself says of the same tokens. Exit status: 0 all agreed, 1 some did not.
"""

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import openai

from worker import Worker

HERE = Path(__file__).parent
ITEMS = [json.loads(line) for line in (HERE / "items.jsonl").read_text().splitlines()]
NAME = "submitted"
# The engine prints the shortest digits of a float, and a harness adds them up as doubles.
EXACT = 1e-6
# llama.cpp rounds activations to 8 bits before each product with 4-bit weights; we do not. Measured: 0.06 nats on average and
# 0.55 at most over 288 tokens of the engine's fixtures, 0.10 and 0.61 over the 75 of these items. The bounds are twice that;
# scores that are taken for their neighbours' are several nats off on average, which is checked too.
ROUNDED_MEAN, ROUNDED_MOST = 0.2, 1.2


class Disagreement(Exception):
    pass


def need(condition: bool, what: str):
    if not condition:
        raise Disagreement(what)


class Engine:
    """assay-engine's line commands on the model."""

    def __init__(self, build: Path, model: Path):
        self.build, self.model = build, model

    def lines(self, command: str, lines: list[dict], *options: str) -> list[dict]:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        done = subprocess.run(
            [self.build / "assay-engine", command, "--model", self.model, *options], input=text, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def chats(self, questions: list[str], count: int) -> list[tuple[list[int], dict]]:
        """Of each question the rendered prompt's tokens, and what is written after them."""
        rendered = self.lines("render", [{"messages": [{"role": "user", "content": question}]} for question in questions])
        prompts = [line["tokens"] for line in self.lines("tokenize", rendered)]
        written = self.lines("generate", [{"tokens": tokens, "max_new_tokens": count} for tokens in prompts])
        return list(zip(prompts, written, strict=True))


def quiet() -> dict:
    """No harness asks a hub for anything, or writes into a home."""
    home = os.environ["CROSSCHECK_HOME"]
    return {
        **os.environ, "HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "OPENAI_API_KEY": "none",
        "ASSAY_API_KEY": "none", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def outside(program: str, *arguments, folder: Path, **variables) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments], cwd=folder, env={**quiet(), **variables}, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{program} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")


def samples(folder: Path, task: str) -> list[dict]:
    file = next(folder.glob(f"**/samples_{task}_*.jsonl"))
    return sorted((json.loads(line) for line in file.read_text().splitlines()), key=lambda sample: sample["doc_id"])


def lm_eval(address: str, engine: Engine, folder: Path) -> str:
    tasks = folder / "tasks"
    tasks.mkdir()
    for name in ("choice.yaml", "write.yaml"):
        (tasks / name).write_text((HERE / name).read_text().replace("ITEMS", str(HERE / "items.jsonl")))
    outside(
        "lm_eval", "--model", "local-completions", "--tasks", "serving_choice,serving_write", "--include_path", tasks,
        "--model_args", f"model={NAME},base_url={address}/completions,tokenizer_backend=remote,num_concurrent=2,max_length=1024",
        "--log_samples", "--output_path", folder / "out", folder=folder)  # fmt: skip
    logged = samples(folder, "serving_choice")
    context = "Question: {question}\nAnswer:".format_map
    asked = [{"context": context(sample["doc"]), "continuations": [f" {c}" for c in sample["doc"]["choices"]]} for sample in logged]
    pairs = right = 0
    for sample, answer in zip(logged, engine.lines("score", asked), strict=True):
        for response, score in zip(sample["resps"], answer["scores"], strict=True):
            theirs, greedy = float(response[0][0]), str(response[0][1])
            need(abs(score["logprob"] - theirs) < EXACT, f"lm_eval logs {theirs} in item {sample['doc_id']}, the engine says {score['logprob']}")
            need(greedy == str(score["greedy"]), f"lm_eval takes item {sample['doc_id']} for greedy: {greedy}")
            pairs += 1
        own = [score["logprob"] for score in answer["scores"]]
        need(sample["acc"] == float(own.index(max(own)) == sample["doc"]["answer"]), f"lm_eval's accuracy of item {sample['doc_id']}")
        right += sample["acc"]
    logged = samples(folder, "serving_write")
    lines = [{"text": context(sample["doc"]), "max_new_tokens": 12, "stop": ["\n"]} for sample in logged]
    for sample, own in zip(logged, engine.lines("generate", lines), strict=True):
        theirs = sample["resps"][0][0]
        need(theirs == own["text"], f"lm_eval logs {theirs!r} in item {sample['doc_id']}, the engine writes {own['text']!r}")
    need(pairs == 4 * len(ITEMS) and len(logged) == len(ITEMS), "items are missing from lm_eval's log")
    return f"{pairs} log-likelihoods within {EXACT:g}, {len(logged)} texts the same, accuracy {right / len(ITEMS):.2f}"


def inspect(address: str, engine: Engine, folder: Path) -> str:
    logs = folder / "logs"
    for name in ("inspect_task.py", "items.jsonl"):
        shutil.copy(HERE / name, folder)
    outside(
        "inspect", "eval", "inspect_task.py", "--model", f"openai-api/assay/{NAME}", "--max-tokens", "16", "--temperature", "0",
        "--logprobs", "--top-logprobs", "3", "--display", "none", "--log-format", "json", "--log-dir", logs,
        folder=folder, ASSAY_BASE_URL=address)  # fmt: skip
    log = json.loads(next(logs.glob("*.json")).read_text())
    need(log["status"] == "success" and len(log["samples"]) == len(ITEMS), f"inspect's log says {log['status']}")
    chats = engine.chats([sample["input"] for sample in log["samples"]], 16)
    scored = engine.lines("score", [{"tokens": prompt + written["tokens"]} for prompt, written in chats])
    tokens = 0
    for sample, (prompt, written), score in zip(log["samples"], chats, scored, strict=True):
        choice = sample["output"]["choices"][0]
        theirs = choice["message"]["content"]
        need(theirs == written["text"], f"inspect logs {theirs!r}, the engine writes {written['text']!r}")
        logged = [entry["logprob"] for entry in choice["logprobs"]["content"]]
        own = score["logprobs"][len(prompt) :]
        need(all(abs(a - b) < EXACT for a, b in zip(logged, own, strict=True)), f"inspect's log-probabilities of {sample['input']!r}")
        tokens += len(logged)
    return f"{len(ITEMS)} replies the same, {tokens} log-probabilities within {EXACT:g}"


def client(address: str, engine: Engine, folder: Path) -> str:
    api = openai.OpenAI(base_url=address, api_key="none", max_retries=0)
    need([model.id for model in api.models.list()] == [NAME], "the list of models")
    message = {"role": "user", "content": ITEMS[0]["question"]}
    _, written = engine.chats([message["content"]], 12)[0]
    reply = api.chat.completions.create(model=NAME, messages=[message], max_tokens=12, temperature=0, n=2)
    need([choice.message.content for choice in reply.choices] == [written["text"]] * 2, "a chat's replies")
    stream = api.chat.completions.create(
        model=NAME, messages=[message], max_tokens=12, temperature=0, stream=True, stream_options={"include_usage": True})
    chunks = list(stream)
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    need(streamed == written["text"], "a streamed reply")
    need(chunks[-1].usage.completion_tokens == len(written["tokens"]), "a stream's usage")
    echo = api.completions.create(model=NAME, prompt="The sky is", max_tokens=3, temperature=0, echo=True, logprobs=2)
    logprobs = echo.choices[0].logprobs
    own = engine.lines("score", [{"text": echo.choices[0].text}])[0]["logprobs"]
    need(all(a is b is None or abs(a - b) < EXACT for a, b in zip(logprobs.token_logprobs, own, strict=True)), "an echo's log-probabilities")
    need("".join(logprobs.tokens) == echo.choices[0].text, "an echo's tokens")
    refused = 0
    for member in ({"logit_bias": {"5": 1}}, {"suffix": "x"}, {"max_tokens": 1 << 20}, {"temperature": -1}, {"logprobs": 99}):
        try:
            api.completions.create(model=NAME, prompt="x", **member)
        except openai.BadRequestError as error:
            need(error.param == next(iter(member)), f"the member named for {member}: {error.param}")
            refused += 1
    need(refused == 5, "what is not done is refused")
    return f"chat, stream, echo and models; {refused} refusals that name their member"


def llama(engine: Engine, folder: Path) -> str:
    """assay-engine-remote over llama.cpp, held against assay-engine."""
    server = subprocess.Popen(
        [sys.executable, HERE / "llama_server.py", engine.model], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=(folder / "llama.log").open("w"), env=quiet(), text=True)  # fmt: skip
    try:
        address = server.stdout.readline().strip()
        if not address:
            raise RuntimeError("llama.cpp's server did not start: " + (folder / "llama.log").read_text()[-1000:])
        worker = Worker(engine.build / "assay-engine-remote", address, str(engine.model))
        texts = [f"Question: {item['question']}\nAnswer: {item['choices'][item['answer']]}" for item in ITEMS]
        own = engine.lines("score", [{"text": text} for text in texts])
        tokens = worker.ask("tokenize", {"texts": texts, "recognisesSpecialTokens": True})["tokens"]
        need(tokens == [line["tokens"] for line in own], "llama.cpp's tokens")
        ours, theirs = [], []
        for line in own:
            ours += line["logprobs"][1:]
            theirs += worker.logprobs(line["tokens"])
        off = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
        mean, most = math.fsum(off) / len(off), max(off)
        need(mean < ROUNDED_MEAN and most < ROUNDED_MOST, f"llama.cpp's log-probabilities differ by {mean:.3f} on average, {most:.3f} at most")
        # What it would be if places were mixed up: the bounds are worth something.
        shifted = math.fsum(abs(a - b) for a, b in zip(ours[1:], theirs)) / (len(off) - 1)
        need(shifted > 10 * ROUNDED_MEAN, f"shifted by one they differ by {shifted:.3f} only")
        written = worker.written(own[0]["tokens"], 6)
        need(len(written) == 6, "llama.cpp's text through the worker")
        worker.close()
        return f"{len(off)} log-probabilities: {mean:.3f} nats apart on average, {most:.3f} at most ({shifted:.1f} shifted by one)"
    finally:
        server.stdin.close()
        server.kill()
        server.wait()


def main() -> int:
    build, model = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    engine = Engine(build, model)
    failures = 0
    with tempfile.TemporaryDirectory(prefix="assay-serving-") as scratch:
        os.environ["CROSSCHECK_HOME"] = scratch
        server = subprocess.Popen(
            [build / "assay-serve", "--model", model, "--port", "0", "--served-model-name", NAME, "--context", "1024"],
            stdout=subprocess.PIPE, text=True)  # fmt: skip
        try:
            line = server.stdout.readline().split()
            if not line:
                raise SystemExit("assay-serve did not start")
            address = line[-1]
            checks = [
                ("log-likelihoods and texts", "lm_eval 0.4.13", lambda folder: lm_eval(address, engine, folder)),
                ("chats", "inspect-ai 0.3.285", lambda folder: inspect(address, engine, folder)),
                ("the API", "openai 3.57.0", lambda folder: client(address, engine, folder)),
                ("assay-engine-remote", "llama.cpp (xllamacpp)", lambda folder: llama(engine, folder)),
            ]
            for what, program, check in checks:
                folder = Path(scratch, str(len(list(Path(scratch).iterdir()))))
                folder.mkdir()
                try:
                    print(f"PASS  {what}, by {program}: {check(folder)}", flush=True)
                except Exception as error:  # noqa: BLE001, a breakdown of any kind is this check's failure, not the others'
                    failures += 1
                    print(f"FAIL  {what}, by {program}: {type(error).__name__}: {error}", flush=True)
            print(f"{len(checks) - failures} of {len(checks)} checks of serving passed")
        finally:
            server.terminate()
            if server.wait(timeout=20) != 0:
                failures += 1
                print(f"FAIL  assay-serve ended with {server.returncode}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
