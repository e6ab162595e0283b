#!/usr/bin/env python3
"""Writes agreement.json: Cohen's kappa by scikit-learn and Krippendorff's alpha by the package krippendorff, of made-up
labels. Needs `pip install scikit-learn==1.7.2 krippendorff==0.8.1`; run in this folder."""
import json
import random

import krippendorff
import numpy
from sklearn.metrics import cohen_kappa_score

random.seed(20)
kappas, alphas = [], []
for count, rate, noise in [(10, 0.5, 0.2), (60, 0.3, 0.1), (200, 0.7, 0.4), (40, 0.1, 0.05)]:
    person = [random.random() < rate for _ in range(count)]
    judge = [label != (random.random() < noise) for label in person]
    kappas.append({"person": person, "judge": judge, "kappa": float(cohen_kappa_score(person, judge))})
for count, people, missing in [(12, 2, 0), (30, 3, 0.2), (50, 4, 0.5)]:
    truth = [random.choice([0, 0.25, 0.5, 0.75, 1]) for _ in range(count)]
    rows = [
        [None if random.random() < missing else random.choice([value, value, random.choice([0, 0.25, 0.5, 0.75, 1])]) for value in truth]
        for _ in range(people)
    ]
    data = numpy.array([[numpy.nan if value is None else value for value in row] for row in rows], dtype=float)
    alphas.append({
        "units": [[row[i] for row in rows if row[i] is not None] for i in range(count)],
        "nominal": float(krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")),
        "interval": float(krippendorff.alpha(reliability_data=data, level_of_measurement="interval")),
    })
json.dump({"kappas": kappas, "alphas": alphas}, open("agreement.json", "w"))
