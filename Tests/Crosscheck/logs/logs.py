"""Inspect (inspect_ai 0.3.285) reads the logs in a folder in every way that it has, and finds in them what they hold.

Each log is read whole, by its header, sample by sample, by its summaries and by its bytes; `inspect log` lists and dumps it; `inspect view`
serves it and its samples. What Inspect writes back of a member is what the member said, and the summaries are those that Inspect would have
made. A log that Inspect itself writes has no fields that ours have not, but for those named below.

Exit status: 0 all passed, 1 some did not.
"""

import argparse
import asyncio
import io
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

os.environ["INSPECT_DISPLAY"] = "none"

from inspect_ai import Task, eval as run_eval  # noqa: E402
from inspect_ai._util.constants import get_deserializing_context  # noqa: E402
from inspect_ai._util.json import to_json_safe  # noqa: E402
from inspect_ai.dataset import Sample  # noqa: E402
from inspect_ai.log import (  # noqa: E402
    EvalLog,
    EvalSample,
    list_eval_logs,
    read_eval_log,
    read_eval_log_sample,
    read_eval_log_sample_summaries,
    read_eval_log_samples,
)
from inspect_ai.model import ModelOutput, ModelUsage, get_model  # noqa: E402
from inspect_ai.scorer import match  # noqa: E402
from inspect_ai.solver import generate, system_message, use_tools  # noqa: E402
from inspect_ai.tool import tool  # noqa: E402

INSPECT = [str(Path(sys.executable).parent / "inspect")]

# Of a log with more samples than this, some are read one by one.
MANY = 1000


def same(one, other, where: str = "$"):
    """Fails where two JSON values differ; what is not a number is the same as what is not a number."""
    if isinstance(one, dict) and isinstance(other, dict):
        assert one.keys() == other.keys(), f"{where}: {sorted(one.keys() ^ other.keys())} on one side only"
        for key in one:
            same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), f"{where}: {len(one)} and {len(other)} elements"
        for position, (left, right) in enumerate(zip(one, other)):
            same(left, right, f"{where}[{position}]")
    elif isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        assert math.isnan(other), f"{where}: {one} and {other}"
    else:
        assert type(one) is type(other) and one == other, f"{where}: {one!r} and {other!r}"


def written_back(value):
    """What Inspect's recorder would write of a value."""
    return json.loads(to_json_safe(value, indent=None))


def same_header(read: dict, log: "Log"):
    # Inspect fills this in where it reads, and does not write it.
    assert read["eval"].pop("solver_args_passed") == {}
    same({name: value for name, value in read.items() if name not in ("samples", "reductions")}, log.header)


class Log:
    """A log, and its members as they are."""

    def __init__(self, path: Path):
        self.path = str(path)
        archive = zipfile.ZipFile(path)
        assert archive.testzip() is None, "a member is damaged"
        self.names = archive.namelist()
        assert len(set(self.names)) == len(self.names), "a name stands twice"
        self.member = lambda name: json.loads(archive.read(name))
        self.samples = [name for name in self.names if name.startswith("samples/")]
        self.header = self.member("header.json")
        self.some = self.samples if len(self.samples) <= MANY else self.samples[:50] + self.samples[-50:]


def header(log: Log) -> str:
    read = read_eval_log(log.path, header_only=True)
    again = written_back(EvalLog.model_validate(log.member("header.json"), context=get_deserializing_context()))
    same_header(again, log)
    assert read.status == log.header["status"] and read.samples is None
    start = log.member("_journal/start.json")
    assert start["version"] == log.header["version"] == 2
    same(start["eval"], log.header["eval"])
    same(start["plan"], log.header["plan"])
    if "reductions.json" in log.names:
        same(written_back(read.reductions), log.member("reductions.json"))
    return read.status


def whole(log: Log) -> str:
    read = read_eval_log(log.path, resolve_attachments="full")
    assert len(read.samples) == len(log.samples), f"{len(read.samples)} of {len(log.samples)} samples"
    assert {f"samples/{sample.id}_epoch_{sample.epoch}.json" for sample in read.samples} == set(log.samples)
    # Every call of a model has the messages that it was given, out of the pool.
    for sample in read.samples[:MANY]:
        raw = log.member(f"samples/{sample.id}_epoch_{sample.epoch}.json")
        pool = raw["events_data"]["messages"]
        for event, before in zip(sample.events, raw["events"], strict=True):
            if event.event == "model":
                same(written_back(event.input), [pool[number] for start, end in before["input_refs"] for number in range(start, end)])
    with open(log.path, "rb") as file:
        assert len(read_eval_log(io.BytesIO(file.read())).samples) == len(log.samples)
    return f"{len(read.samples)} samples"


def members(log: Log) -> str:
    for name in log.some:
        raw = log.member(name)
        same(written_back(EvalSample.model_validate(log.member(name), context=get_deserializing_context())), raw, name)
    return f"{len(log.some)} as they were"


def one_by_one(log: Log) -> str:
    for name in log.some:
        raw = log.member(name)
        by_id = read_eval_log_sample(log.path, id=raw["id"], epoch=raw["epoch"])
        by_uuid = read_eval_log_sample(log.path, uuid=raw["uuid"], exclude_fields={"store"}) if len(log.samples) <= MANY else by_id
        assert type(by_id.id) is type(raw["id"]) and (by_id.id, by_id.epoch) == (raw["id"], raw["epoch"]) == (by_uuid.id, by_uuid.epoch)
        same(written_back(by_id.scores or {}), raw.get("scores", {}))
        assert len(by_id.events) == len(raw["events"])
    return f"{len(log.some)} by id and uuid"


def all_in_turn(log: Log) -> str:
    if len(log.samples) > MANY:
        return "left out: hours"
    found = [f"samples/{sample.id}_epoch_{sample.epoch}.json" for sample in read_eval_log_samples(log.path, all_samples_required=log.header["status"] == "success")]
    assert sorted(found) == sorted(log.samples)
    return f"{len(found)} samples"


def summaries(log: Log) -> str:
    raw = log.member("summaries.json")
    read = read_eval_log_sample_summaries(log.path)
    # Cut once more, which must change nothing.
    same(written_back(read), raw)
    journal = [name for name in log.names if name.startswith("_journal/summaries/")]
    assert journal == [f"_journal/summaries/{number + 1}.json" for number in range(len(journal))]
    same([summary for name in journal for summary in log.member(name)], raw)
    assert [f"samples/{summary['id']}_epoch_{summary['epoch']}.json" for summary in raw] == log.samples
    for number, name in enumerate(log.samples[:MANY]):
        sample = EvalSample.model_validate(log.member(name), context=get_deserializing_context())
        same(written_back(sample.summary()), raw[number], name)
    return f"{len(raw)}, as Inspect makes them"


def dumped(log: Log) -> str:
    options = ["--header-only"] if len(log.samples) > MANY else []
    output = subprocess.run(INSPECT + ["log", "dump", *options, log.path], check=True, capture_output=True).stdout
    dump = json.loads(output)
    same_header(dump, log)
    assert options or len(dump["samples"]) == len(log.samples)
    return f"{len(output)} bytes"


def listed(folder: Path, logs: list[Log]) -> str:
    output = subprocess.run(INSPECT + ["log", "list", "--json", "--log-dir", str(folder)], check=True, capture_output=True).stdout
    entries = {urllib.parse.unquote(entry["name"]).rsplit("/", 1)[-1]: entry for entry in json.loads(output)}
    infos = {urllib.parse.unquote(info.name).rsplit("/", 1)[-1]: info for info in list_eval_logs(str(folder))}
    for log in logs:
        name = Path(log.path).name
        for task, task_id in [(entries[name]["task"], entries[name]["task_id"]), (infos[name].task, infos[name].task_id)]:
            assert (task, task_id) == (log.header["eval"]["task"], log.header["eval"]["task_id"]), f"{name} is listed as {task}, {task_id}"
    return f"{len(logs)} by task and id"


class Remote(io.RawIOBase):
    """A log behind the viewer's interface, read as the viewer's page reads it: by ranges of bytes."""

    def __init__(self, address: str, name: str):
        self.address, self.name, self.position = address, urllib.parse.quote(name, safe=""), 0
        self.size = int(get(f"{address}/log-size/{self.name}"))

    def seekable(self):
        return True

    def readable(self):
        return True

    def tell(self):
        return self.position

    def seek(self, offset, whence=0):
        self.position = offset + (0, self.position, self.size)[whence]
        return self.position

    def readinto(self, buffer):
        end = min(self.position + len(buffer), self.size)
        if end <= self.position:
            return 0
        part = get(f"{self.address}/log-bytes/{self.name}?start={self.position}&end={end - 1}")
        buffer[: len(part)] = part
        self.position += len(part)
        return len(part)


def get(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=300) as reply:
        return reply.read()


def viewed(folder: Path, logs: list[Log]) -> str:
    port = 17_000 + os.getpid() % 10_000
    root = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        INSPECT + ["view", "start", "--log-dir", str(folder), "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                page = get(root + "/")
                break
            except OSError:
                assert server.poll() is None and time.monotonic() < deadline, "the viewer does not start"
                time.sleep(0.2)
        assert b"<html" in page.lower()
        files = {urllib.parse.unquote(entry["name"]).rsplit("/", 1)[-1]: entry["name"] for entry in json.loads(get(root + "/api/log-files"))["files"]}
        headers = json.loads(get(root + "/api/log-headers?" + urllib.parse.urlencode([("file", name) for name in files.values()])))
        assert len(headers) == len(files)
        samples = 0
        for log in logs:
            name = files[Path(log.path).name]
            # As the server reads it, its header; and as the page does, sample by sample.
            same_header(json.loads(get(f"{root}/api/logs/{urllib.parse.quote(name, safe='')}?header-only=0")), log)
            archive = zipfile.ZipFile(io.BufferedReader(Remote(root + "/api", name), 1 << 20))
            for member in ["header.json", "summaries.json", *log.some[:20]]:
                same(json.loads(archive.read(member)), log.member(member))
            samples += len(log.some[:20])
        return f"{len(files)} logs, {samples} samples"
    finally:
        server.terminate()
        server.wait()


# What Inspect writes of a run by itself, and ours do not have: changes of state, which the messages show too; what a message in a raw call
# refers to; where a Python task is from; and numbers that only a provider behind a network has.
INSPECT_ALONE = re.compile(
    r"\$\.events\[state\].*|\$\.events\[model\]\.call\.call_(refs|key).*|\$\.events_data\.calls\[\].*|.*\.input_context_tokens"
    r"|\$\.events\[sample_init\]\.state\..*|\$\.events\[tool\]\.working_time|\$\.events\[score\]\.model_usage.*|\$\.events\[model\]\.working_time"
    r"|\$\.eval\.(task_file|task_registry_name|config\.(continue_on_fail|score_on_error|sandbox_cleanup|sandbox_prebuilt|log_realtime|log_images|score_display))")


def paths(value, where: str = "$") -> set[str]:
    """Every path to a field, with the kinds of events told apart and names of scorers, models and the like left out."""
    if isinstance(value, list):
        found = set()
        for element in value:
            kind = element["event"] if isinstance(element, dict) and "event" in element else ""
            found |= paths(element, f"{where}[{kind}]")
        return found
    if not isinstance(value, dict):
        return set()
    name = where.rsplit(".", 1)[-1]
    free = ("metadata", "params", "params_passed", "arguments", "options", "request", "response", "store", "model_args", "packages", "parameters", "value",
        "task_args", "task_args_passed", "data", "scorer_args")
    if name in free:
        return set()
    mapped = name in ("scores", "model_usage", "metrics", "role_usage") and not where.endswith("]")
    found = set()
    for key, element in value.items():
        path = f"{where}.*" if mapped else f"{where}.{key}"
        found |= {path} | paths(element, path)
    return found


@tool
def add():
    async def execute(x: int, y: int):
        """Add two numbers.

        Args:
            x: The first.
            y: The second.
        """
        return str(x + y)

    return execute


def like_inspect(logs: list[Log]) -> str:
    def reply(messages, tools, choice, config):
        output = (
            ModelOutput.from_content("mockllm/model", "2")
            if messages[-1].role == "tool"
            else ModelOutput.for_tool_call("mockllm/model", "add", {"x": 1, "y": 1})
        )
        # Else it would count tokens, with a file from the network.
        output.usage = ModelUsage(input_tokens=3, output_tokens=2, total_tokens=5)
        return output

    task = Task(
        name="sums", dataset=[Sample(id="a/b", input="What is 1 + 1?", target="2", choices=["2", "3"], metadata={"level": 1})],
        solver=[system_message("Be brief."), use_tools(add()), generate()], scorer=match(), epochs=2)
    with tempfile.TemporaryDirectory() as folder:
        run = run_eval(task, model=get_model("mockllm/model", custom_outputs=reply), log_dir=folder, display="none", time_limit=600)[0]
        assert run.status == "success", run.error
        theirs = Log(Path(urllib.parse.unquote(urllib.parse.urlparse(run.location).path)))
        kinds = lambda log: {re.sub(r"/\d+\.json", "/N.json", name) for name in log.names if not name.startswith("samples/")}
        ours = max((log for log in logs if log.header["status"] == "success" and len(log.samples) <= MANY), key=lambda log: len(log.samples), default=None)
        assert ours, "there is no finished log to compare"
        assert kinds(theirs) == kinds(ours), f"members {kinds(theirs) ^ kinds(ours)}"
        lacking = set()
        for member in ["header.json", "summaries.json", "reductions.json"]:
            lacking |= paths(theirs.member(member)) - paths(ours.member(member))
        here = set().union(*(paths(ours.member(name)) for name in ours.samples))
        there = set().union(*(paths(theirs.member(name)) for name in theirs.samples))
        lacking |= there - here
        lacking = {path for path in lacking if not INSPECT_ALONE.fullmatch(path)}
        assert not lacking, f"Inspect's own log has {sorted(lacking)}"
        return f"{len(there & here)} fields of samples"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    found = sorted(folder.glob("*.eval"))
    if not found:
        print(f"There are no logs in {folder}.", file=sys.stderr)
        return 2

    rows, failures = [], []

    def check(what: str, subject: str, run):
        try:
            rows.append((what, subject, run(), "PASS"))
        except Exception as error:  # noqa: BLE001, a breakdown of any kind is this check's failure, not the others'
            rows.append((what, subject, "", "FAIL"))
            failures.append(f"{what}, {subject}: {type(error).__name__}: {error}")
            if not isinstance(error, AssertionError):
                failures.append(traceback.format_exc())

    logs = []
    for path in found:
        subject = path.name.split("_")[1] if "_" in path.name else path.name
        check("a ZIP archive", subject, lambda: (logs.append(Log(path)), f"{len(logs[-1].names)} members")[1])
        if not logs or logs[-1].path != str(path):
            continue
        log = logs[-1]
        for what, run in [
            ("header", header), ("read whole", whole), ("written back", members), ("samples one by one", one_by_one),
            ("samples in turn", all_in_turn), ("summaries", summaries), ("inspect log dump", dumped),
        ]:
            check(what, subject, lambda: run(log))
    check("inspect log list", folder.name, lambda: listed(folder, logs))
    check("inspect view", folder.name, lambda: viewed(folder, logs))
    # A log of ours has every field that one of Inspect's has where its samples use tools, as the one that Inspect makes here does
    # (EvaluationLogsTests write such a log into the folder that ASSAY_LOGS_OUT names).
    if any(event["event"] == "tool" for log in logs if len(log.samples) <= MANY for name in log.samples for event in log.member(name)["events"]):
        check("fields of Inspect's own log", "mockllm", lambda: like_inspect(logs))

    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{sum(row[3] == 'PASS' for row in rows)} of {len(rows)} checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
