"""Scorers for the fixture tasks: they touch all that a function is handed."""
import math
import re

SEEN = []


def texts(doc, results):
    """For generate_until: `results` has what the filters made of the responses, a text or a list of texts."""
    SEEN.append(doc["question"])
    written = results[0]
    first = written if isinstance(written, str) else written[0]
    digits = re.findall(r"\d+", first)
    doc["question"] = "changed"
    return {
        "exact_match": int(first.strip() == doc["answer"]),
        "share": len(set(first.lower().split()) & set(doc["words"])) / len(doc["words"]),
        "length": float(len(first)) * doc["weight"],
        "digits": bool(digits),
        "kinds": 1.0 if isinstance(doc["weight"], float) and doc["note"] is None and isinstance(doc["count"], int) else 0.0,
    }


def choices(doc, results):
    """For multiple_choice: pairs of log-likelihood and whether it is what greedy decoding gives."""
    sums, greedy = zip(*results)
    best = max(range(len(sums)), key=lambda index: sums[index] / len(doc["choices"][index]))
    total = sum(math.exp(value - max(sums)) for value in sums)
    return {
        "acc": doc["choices"][best] == doc["answer_text"],
        "confidence": math.exp(sums[doc["choices"].index(doc["answer_text"])] - max(sums)) / total,
        "greedy": sum(greedy) / len(greedy),
        "pairs": float(all(isinstance(result, tuple) for result in results)),
    }


def last(doc, results):
    (sum_, greedy), = results
    return {"nats": -sum_, "acc": greedy}


def overlap(references, predictions, scale=1.0):
    """A metric with the harness' named arguments, which gives a number."""
    right, written = set(references[0].lower().split()), set(predictions[0].lower().split())
    return scale * len(right & written) / max(1, len(right | written))


def begins(items):
    """A metric of the kind that takes one list, which gives a dictionary."""
    right, written = items
    return {"begins": 1.0 if written[:1] == right[:1] else 0.0}


def listed(references, predictions):
    """A metric of a list of responses."""
    return sum(len(text) for text in predictions[0]) / len(predictions[0])


def exact_match(references, predictions, **options):
    return {"exact_match": sum(a.lower() == b.lower().strip(" .!") for a, b in zip(references, predictions)) / len(references)}
