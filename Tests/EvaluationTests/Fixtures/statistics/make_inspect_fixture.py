#!/usr/bin/env python3
"""Writes inspect.json: what inspect_ai's own metrics make of scores with and without clusters and epochs.
Needs `pip install inspect_ai==0.3.285 numpy==2.4.6`; run in this folder."""
import json, random
from inspect_ai.scorer import Score, SampleScore, mean_score
from inspect_ai.scorer._metrics.std import ci, ci_wilson, stderr

random.seed(20240701)
LEVELS = (0.9, 0.95, 0.99)


def scores(values, clusters):
    return [
        SampleScore(score=Score(value=v), sample_id=i, sample_metadata=None if clusters is None else {"c": clusters[i]})
        for i, v in enumerate(values)
    ]


def wilson(rows, level, cluster):
    try:
        return ci_wilson(level=level, cluster=cluster)(rows)
    except ValueError:  # a single cluster, or a value outside 0...1
        return None


def case(name, values, clusters=None, epochs=None):
    key = None if clusters is None else "c"
    rows = scores(values, clusters)
    intervals = []
    for level in LEVELS:
        t, w = ci(level=level, cluster=key)(rows), wilson(rows, level, key)
        intervals.append({"level": level, "t": [t["lower"], t["upper"]], "wilson": w and [w["lower"], w["upper"]]})
    out = {"name": name, "values": values, "clusters": clusters, "stderr": float(stderr(cluster=key)(rows)), "intervals": intervals}
    if epochs is not None:
        out["epochs"] = epochs
    return out


def clustered(groups):
    return [v for g in groups for v in g], [f"c{i}" for i, g in enumerate(groups) for _ in g]


def binary(sizes, rates):
    return [[1.0 if random.random() < r else 0.0 for _ in range(s)] for s, r in zip(sizes, rates)]


cases = [
    case("sixteen of sixty", [1.0] * 16 + [0.0] * 44),
    case("all 0", [0.0] * 10), case("all 1", [1.0] * 10), case("one, 0", [0.0]), case("one, 1", [1.0]), case("two", [1.0, 0.0]),
    case("real", [random.gauss(3, 20) for _ in range(37)]), case("partial credit", [random.choice([0, 0.5, 1.0]) for _ in range(25)]),
    case("all 0 in clusters", *clustered([[0.0] * 3] * 4)), case("all 1 in clusters", *clustered([[1.0] * 3] * 4)),
    case("one cluster", *clustered([[1.0, 0.0, 1.0]])), case("one value in a cluster", *clustered([[0.25]])),
    case("two clusters", *clustered([[1.0, 1.0, 0.0], [0.0, 0.0]])), case("each its own cluster", *clustered([[1.0], [0.0], [1.0], [1.0]])),
    case("clusters that cancel", *clustered([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])),
    case("unequal clusters", *clustered(binary([1, 7, 3, 12, 2, 5, 9], [0.2, 0.9, 0.1, 0.7, 0.5, 0.3, 0.95]))),
    case("many clusters", *clustered(binary([4] * 55, [random.random() for _ in range(55)]))),
    case("rare in clusters", *clustered(binary([10] * 20, [0.4] + [0.01] * 19))),
    case("real in clusters", *clustered([[random.gauss(i, 1) for _ in range(3 + i % 4)] for i in range(12)])),
]
# A file in which clusters do not stand together.
values, clusters = clustered(binary([5] * 9, [random.random() for _ in range(9)]))
order = random.sample(range(len(values)), len(values))
cases.append(case("scattered clusters", [values[i] for i in order], [clusters[i] for i in order]))
# Epochs, reduced to their mean as inspect_ai does.
for name, epochs in (
    ("epochs, 0 or 1", binary([5] * 24, [random.random() for _ in range(24)])),
    ("epochs, real", [[random.gauss(i % 5, 2) for _ in range(4)] for i in range(18)]),
):
    reduced = [float(mean_score()([Score(value=v) for v in group]).value) for group in epochs]
    cases.append(case(name, reduced, epochs=epochs))

with open("inspect.json", "w") as file:
    file.write("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
