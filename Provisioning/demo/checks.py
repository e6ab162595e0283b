#!/usr/bin/env python3
"""Holds what the demonstration's steps showed against the files themselves, read here by other means.

Usage: checks.py DEMO MODEL     exit status 1 at the first thing that does not hold
"""

import csv
import hashlib
import json
import math
import pathlib
import struct
import sys
import xml.etree.ElementTree
import zipfile

from gguf_file import BLOCKS, GGUF

demo, path = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
data, steps = pathlib.Path(__file__).parent, demo / "private/steps"
done = []


def result(name):
    return json.loads((steps / f"{name}.json").read_text())


def view(name):
    done.append(name)
    return result(name)["view"]


def check(holds, what):
    if not holds:
        sys.exit(f"The demonstration stops: {what}.")


def close(one, other, tolerance=1e-6):
    return math.isclose(float(one), float(other), rel_tol=tolerance, abs_tol=1e-12)


model = GGUF(path)
lines = (data / "records.jsonl").read_text().splitlines()

# The files, by the digests that Python works out.
sources = {path.name: path, **{name: data / name for name in ["croissant.json", "records.jsonl", "training-log.jsonl"]}}
files = {file["path"]: file for file in view("files")["files"]}
check(files.keys() == sources.keys(), "inspect files lists other files than were sealed")
for name, source in sources.items():
    content = source.read_bytes()
    check(files[name]["sha256"] == hashlib.sha256(content).hexdigest() and files[name]["size"] == len(content), f"inspect files has {name} wrong")

# Tensors: the table, the statistics of those that are plain float32 and of one matrix, its spectrum and its first numbers.
matrix = model.tensor("blk.0.attn_q.weight")
integers, numbers = model.q4_1(matrix)
shown = {"tensors": view("tensors"), "parts-tensors": view("parts-tensors"), "statistics": view("statistics")}
expected = [(tensor["name"], tensor["shape"][::-1], BLOCKS[tensor["type"]][0], tensor["size"]) for tensor in model.tensors]
for name, table in shown.items():
    found = [(row["name"], row["shape"], row["type"], row["bytes"]) for row in table["tensors"]]
    check(found == expected, f"the table of {name} is not the file's")
plain = {tensor["name"]: struct.unpack(f"<{tensor['size'] // 4}f", model.stored(tensor)) for tensor in model.tensors if tensor["type"] == 0}
check(plain, "the model has no float32 tensors to check statistics with")
plain[matrix["name"]] = numbers
for row in shown["statistics"]["tensors"]:
    check(row["nan"] == row["infinite"] == 0, f"{row['name']} is said to hold NaN or infinities")
    if row["name"] in plain:
        held = plain[row["name"]]
        for figure, value in [("minimum", min(held)), ("maximum", max(held)), ("mean", math.fsum(held) / len(held)),
                              ("norm", math.sqrt(math.fsum(number * number for number in held)))]:
            check(close(row[figure], value, 1e-5), f"the {figure} of {row['name']} is {value}, not {row[figure]}")
norm = math.sqrt(math.fsum(number * number for number in numbers))
spectrum = view("tensor")["spectrum"]
values = [float(value) for value in spectrum["values"]]
columns = matrix["shape"][0]
longest = max(math.fsum(number * number for number in numbers[start:start + columns]) for start in range(0, len(numbers), columns))
check(len(values) == 8 and values == sorted(values, reverse=True), "the singular values are not eight in descending order")
check(close(spectrum["norm"], norm) and close(spectrum["stableRank"], norm**2 / values[0]**2), "the spectrum's norm or stable rank is wrong")
# No row is longer than the largest singular value; all squares together are the Frobenius norm's.
check(longest <= values[0]**2 * (1 + 1e-9) and math.fsum(value * value for value in values) <= norm**2, "the singular values cannot be the matrix's")
raw = view("values")["rows"]
check([int(row["stored"], 16) for row in raw] == integers[:64], "inspect values shows other bits than are stored")
check(all(math.isclose(float(row["value"]), number, rel_tol=1e-5, abs_tol=1e-6) for row, number in zip(raw, numbers)), "inspect values shows other numbers")
check(result("values")["entry"] > result("values-approved")["entry"], "raw numbers were shown before the lab agreed")

# The same model in three files: what gguf-split does changes nothing but where tensors lie, and one number was changed.
parts = shown["parts-tensors"]
check([file["path"] for file in parts["files"]] == [f"model-0000{number}-of-00003.gguf" for number in (1, 2, 3)], "the parts are not listed")
check({row["file"] for row in parts["tensors"]} == {file["path"] for file in parts["files"]}, "tensors are not said to lie in each part")
compare = view("compare")
differing = compare["differing"]
check(compare["identical"] == len(expected) - 1 and not compare["onlyInFirst"] + compare["onlyInSecond"] + compare["reshaped"], "the comparison misses tensors")
check([row["name"] for row in differing] == [matrix["name"]] and differing[0]["differing"] == 1, "the changed number was not found")
(scale,) = struct.unpack_from("<e", model.stored(matrix))
check(close(differing[0]["largest"], abs(scale), 1e-4), f"one step of the first block is {abs(scale)}, not {differing[0]['largest']}")
for document in view("differences")["documents"]:
    check(document.get("removed") == 0 and document.get("added") == 0, f"{document['name']} is said to differ")

# The dataset, row by row.
search = view("search")
check(search["matches"] == sum("water" in line.lower() for line in lines) > 0 and search["rows"] == [], "the search counts other rows")
sample = view("sample")["rows"]
check(len({row["number"] for row in sample}) == 10 and all(row["text"] == lines[row["number"]] for row in sample), "the sample is not of the dataset")
dataset = view("dataset")
check(dataset["rows"] == len(lines) and dataset["duplicateRows"] == len(lines) - len(set(lines)), "the dataset's figures are wrong")
check({name for line in lines for name in json.loads(line)} <= {field["name"] for field in dataset["fields"]}, "the dataset's fields are incomplete")

# The curves, and the picture of them.
log = [json.loads(line) for line in (data / "training-log.jsonl").read_text().splitlines()]
curves = {curve["name"]: curve for curve in view("curves")["curves"]}
loss = {step: float(value) for step, value in curves["loss"]["points"]}
check(loss.items() <= {entry["step"]: entry["loss"] for entry in log}.items(), "the curve has points that the log has not")
check(max(loss.values()) == max(entry["loss"] for entry in log) and curves["loss"]["values"] == len(log), "the curve lost the highest loss")
picture = xml.etree.ElementTree.parse(demo / "private/curves.svg").getroot()
drawn = " ".join(text.strip() for text in picture.itertext())
check(picture.tag.endswith("svg") and "loss" in drawn and result("curves")["watermark"] in drawn, "the picture lacks the curve's name or the viewer's mark")

# What the model was asked, and said.
transcripts = view("transcripts")
check(transcripts["total"] == result("replay")["samples"] and len(transcripts["rows"]) == 3, "the transcripts are not the run's")
check(all(row["prompts"] and ("outputs" in row or "choices" in row) for row in transcripts["rows"]), "a transcript has no question or no answer")

# The logs of a task: each is the file whose digest the ledger holds, with the same samples and the same answers.
inspect_log, lines_log = (demo / "private/logs" / name for name in ("assay_refusal.eval", "samples_assay_refusal.jsonl"))
for name, path in (("run-log", inspect_log), ("run-log-lines", lines_log)):
    check(view(name)["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest() and view(name)["size"] == path.stat().st_size, f"{name} is not the log that was recorded")
logged = [json.loads(line) for line in lines_log.read_text().splitlines()]
with zipfile.ZipFile(inspect_log) as archive:
    read = {name for name in archive.namelist() if name.startswith("samples/")}
    answers = {json.loads(archive.read(name))["output"]["choices"][0]["message"]["content"] for name in read}
check(len(logged) == len(read) == view("run-log")["samples"] > 0, "a log lacks samples")
check(answers == {sample["resps"][0][0] for sample in logged}, "the two logs have other answers")

# The ledger saw each look before it was shown, and tells it live, filtered, and as a table.
looks = {result(name)["entry"] for name in done}
watched = [json.loads(line) for line in (demo / "private/watched.jsonl").read_text().splitlines()]
late = {result(name)["entry"] for name in ("transcripts", "run-log", "run-log-lines")}
check(looks - late <= {entry["sequence"] for entry in watched}, "ledger watch missed a look")
filtered = result("ledger-looks")["entries"]
check(all(entry["actor"] == "alice" and entry["action"].startswith("inspect.") for entry in filtered), "the filter lets others through")
check(looks - {result("parts-tensors")["entry"]} <= {entry["sequence"] for entry in filtered}, "the filter loses looks")
with open(demo / "private/ledger.csv", newline="") as table:
    head, *rows = csv.reader(table)
check(head[0] == "sequence" and [int(row[0]) for row in rows] == list(range(len(rows))), "the CSV is not one row an entry")
check(len(rows) >= result("ledger-verify")["entries"] and all(len(row) == len(head) for row in rows), "the CSV has too few rows, or ragged ones")
for entry in watched:
    check(rows[entry["sequence"]][head.index("action")] == entry["action"], "watch and CSV disagree")
print(f"\nChecked against the files themselves: {len(done)} views, {len(watched)} looks as they were recorded, {len(rows)} entries as CSV.")
