"""The items as a chat, for inspect-ai."""

import json
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.scorer import includes
from inspect_ai.solver import generate


@task
def serving_chat():
    lines = Path(__file__).with_name("items.jsonl").read_text().splitlines()
    items = [json.loads(line) for line in lines]
    samples = [Sample(input=item["question"], target=item["choices"][item["answer"]], id=number) for number, item in enumerate(items)]
    return Task(dataset=samples, solver=[generate()], scorer=includes())
