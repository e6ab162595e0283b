#!/usr/bin/env python3
"""Writes reference.json: what SciPy, statsmodels and scikit-learn make of the same data. Needs
`pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1`; run in this folder."""
import json, math, random, warnings
from itertools import combinations
import numpy as np
import scipy.stats as st
from scipy.optimize import brentq
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep, power_proportions_2indep, proportion_confint, samplesize_proportions_2indep_onetail)

warnings.simplefilter("ignore")
random.seed(20240702)
out = {}

out["clopperPearson"] = [
    {"successes": k, "count": n, "level": level, "interval": [float(b) for b in proportion_confint(k, n, 1 - level, "beta")]}
    for k, n in [(0, 10), (10, 10), (16, 60), (1, 2), (3, 7), (99, 100), (137, 220), (1, 100000)] for level in (0.9, 0.95, 0.99)]
out["beta"] = [
    {"x": x, "a": a, "b": b, "cumulative": float(st.beta.cdf(x, a, b))}
    for x in (0.001, 0.2, 0.5, 0.93) for a, b in [(0.5, 0.5), (1, 3), (20, 5), (300, 700), (0.02, 4)]]
out["binomial"] = [
    {"successes": k, "count": n, "rate": p, "cumulative": float(st.binom.cdf(k, n, p)), "probability": float(st.binom.pmf(k, n, p))}
    for k, n in [(0, 5), (5, 5), (3, 10), (40, 100), (480, 1000)] for p in (0.0, 0.03, 0.5, 0.9, 1.0)]

out["mcnemar"] = []
for b, c in [(0, 0), (1, 0), (5, 5), (3, 12), (12, 3), (40, 61), (0, 9), (300, 250)]:
    exact = float(mcnemar([[7, b], [c, 9]], exact=True).pvalue) if b + c else 1.0
    # Fagerland, Lydersen and Laake (2013): the exact value less the probability of what was observed.
    mid = min(1.0, 2 * st.binom.cdf(min(b, c), b + c, 0.5) - st.binom.pmf(min(b, c), b + c, 0.5)) if b + c else 1.0
    out["mcnemar"].append({"firstOnly": b, "secondOnly": c, "pValue": exact, "midP": float(mid)})

out["newcombe"] = [
    {"first": [k1, n1], "second": [k2, n2], "level": level,
     "interval": [float(b) for b in confint_proportions_2indep(k1, n1, k2, n2, method="newcomb", compare="diff", alpha=1 - level, correction=False)]}
    for (k1, n1), (k2, n2) in [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((6, 7), (2, 7)), ((5, 56), (0, 29)), ((0, 10), (0, 20)), ((10, 10), (0, 10))]
    for level in (0.9, 0.95)]


def paired_newcombe(a, b, c, d, z):
    """Newcombe (1998), method 10, written from the paper with statsmodels' Wilson limits."""
    n = a + b + c + d
    l1, u1 = proportion_confint(a + b, n, 2 * st.norm.sf(z), "wilson")
    l2, u2 = proportion_confint(a + c, n, 2 * st.norm.sf(z), "wilson")
    p1, p2, q = (a + b) / n, (a + c) / n, (a + b) * (c + d) * (a + c) * (b + d)
    num = a * d - b * c
    phi = 0 if q == 0 else (max(num - n / 2, 0) if num > 0 else num) / math.sqrt(q)
    low = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    high = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return [p1 - p2 - low, p1 - p2 + high]


out["pairedNewcombe"] = [
    {"cells": cells, "interval": [float(b) for b in paired_newcombe(*cells, st.norm.ppf(0.975))]}
    for cells in [(36, 12, 2, 0), (20, 12, 2, 16), (0, 1, 0, 49), (10, 3, 8, 29), (54, 0, 0, 0), (1, 15, 14, 2)]]

lists = [[0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.2], [0.0, 1.0, 1.0, 0.0], [random.random() ** 3 for _ in range(40)], []]
out["multiplicity"] = [
    {"pValues": ps, **{ours: [float(p) for p in multipletests(ps, method=theirs)[1]] if ps else []
                       for ours, theirs in [("holm", "holm"), ("benjaminiHochberg", "fdr_bh"), ("benjaminiYekutieli", "fdr_by")]}}
    for ps in lists]

out["power"] = [
    {"first": p1, "second": p2, "items": n, "power": float(power_proportions_2indep(p1 - p2, p2, n).power),
     "needed": float(samplesize_proportions_2indep_onetail(p1 - p2, p2, 0.8))}
    for p1, p2 in [(0.6, 0.5), (0.05, 0.02), (0.3, 0.8), (0.97, 0.9)] for n in (20, 100, 400)]


def settles(n, threshold, rate):
    """Exact: the probability of all counts whose Wilson interval leaves the threshold out on the rate's side."""
    k = np.arange(n + 1)
    low, high = proportion_confint(k, n, 0.05, "wilson")
    return float(st.binom.pmf(k, n, rate)[low > threshold if rate > threshold else high < threshold].sum())


out["settle"] = []
for threshold, rate in [(0.5, 0.6), (0.5, 0.35), (0.05, 0.1), (0.1, 0.02), (0.8, 0.9), (0.9, 1.0), (0.25, 0.0)]:
    powers = {n: settles(n, threshold, rate) for n in range(1, 700)}
    last = max([n for n, p in powers.items() if p < 0.8])
    out["settle"].append({"threshold": threshold, "rate": rate, "items": last + 1, "powers": [[n, powers[n]] for n in (10, 33, 100, 250, 600)]})

out["passAtK"] = []
for n, c, k in [(1, 0, 1), (1, 1, 1), (5, 2, 1), (5, 2, 3), (10, 3, 4), (10, 3, 10), (10, 0, 2), (200, 13, 100), (8, 6, 4)]:
    some = 1 - math.comb(n - c, k) / math.comb(n, k)
    every = math.comb(c, k) / math.comb(n, k)
    values = [random.gauss(0, 1) for _ in range(n)] if n <= 10 else []
    best = sum(max(chosen) for chosen in combinations(values, k)) / math.comb(n, k) if values else None
    out["passAtK"].append({"attempts": n, "passed": c, "k": k, "any": some, "all": every, "scores": values, "best": best})

out["calibration"] = []
for count, bins in ((200, 10), (57, 5), (12, 15)):
    p = np.array([random.random() for _ in range(count)])
    p[:3] = p[0]
    y = np.array([random.random() < q * q for q in p])
    row = {"probabilities": p.tolist(), "outcomes": y.tolist(), "bins": bins, "brier": float(brier_score_loss(y, p)),
           "auroc": float(roc_auc_score(y, np.round(p, 1))), "rounded": np.round(p, 1).tolist()}
    true, mean = calibration_curve(y, p, n_bins=bins, strategy="uniform")
    weights = np.histogram(p, np.linspace(0, 1, bins + 1))[0]
    row["ece"] = float(np.sum(np.abs(true - mean) * weights[weights > 0]) / count)
    # Equal mass, bins of ascending forecasts; the three equal ones are not cut apart at these sizes.
    groups = np.array_split(np.argsort(p, kind="stable"), bins)
    row["eceEqualMass"] = None if count < 2 * bins or count % bins else float(sum(abs(p[g].mean() - y[g].mean()) * len(g) for g in groups) / count)
    out["calibration"].append(row)

out["signedRank"] = []
for values in ([1.5, -0.5, 2.5, 3.0, -1.0, 4.0], [random.gauss(0.4, 1) for _ in range(30)], [random.gauss(0, 1) for _ in range(50)],
               [random.gauss(0.2, 1) for _ in range(80)], [random.randint(-3, 5) for _ in range(40)]):
    kept = [v for v in values if v != 0]
    exact = len(kept) <= 50 and len({abs(v) for v in kept}) == len(kept)
    ps = {a: float(st.wilcoxon(kept, alternative=b, method="exact" if exact else "asymptotic", correction=False).pvalue)
          for a, b in (("twoSided", "two-sided"), ("greater", "greater"), ("less", "less"))}
    out["signedRank"].append({"differences": values, "isExact": exact, **ps})

out["signFlip"] = []
for values in ([1.5, -0.5, 2.5, 3.0, -1.0, 4.0], [random.gauss(0.4, 1) for _ in range(12)], [1.0, 1.0, 1.0, -1.0, 2.0]):
    test = st.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf)
    more = st.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=np.inf, alternative="greater")
    out["signFlip"].append({"differences": values, "pValue": float(test.pvalue), "greater": float(more.pvalue)})

a, b = [random.gauss(0, 1) for _ in range(20)], [random.gauss(0.3, 1) for _ in range(20)]
out["paired"] = {"first": a, "second": b, "pValue": float(st.ttest_rel(a, b).pvalue),
                 "interval": [float(v) for v in st.ttest_rel(a, b).confidence_interval(0.95)]}



def corrected(k, n, a, m, b, l):
    """The interval for a rate judged k of n times by a judge right on a of m and b of l labelled responses: the method of
    variance estimates recovery on q - (1 - p) f - p s, with statsmodels' Wilson limits and SciPy's root finder."""
    q, s, f = k / n, a / m, 1 - b / l
    (lq, uq), (ls, us), (lb, ub) = (proportion_confint(*x, method="wilson") for x in ((k, n), (a, m), (b, l)))
    theta = lambda p: q - (1 - p) * f - p * s
    low = lambda p: theta(p) - math.sqrt((q - lq) ** 2 + ((1 - p) * ((1 - lb) - f)) ** 2 + (p * (us - s)) ** 2)
    high = lambda p: theta(p) + math.sqrt((uq - q) ** 2 + ((1 - p) * (f - (1 - ub))) ** 2 + (p * (s - ls)) ** 2)
    rate = min(max((q - f) / (s - f), 0), 1)
    return {"counts": [k, n, a, m, b, l], "rate": rate,
            "interval": [brentq(low, 0, rate, xtol=1e-14) if low(0) > 0 else 0.0, brentq(high, rate, 1, xtol=1e-14) if high(1) < 0 else 1.0]}


out["corrected"] = [corrected(*c) for c in [
    (30, 100, 90, 100, 95, 100), (2, 60, 47, 50, 44, 50), (97, 100, 45, 50, 40, 50), (0, 40, 20, 20, 20, 20), (250, 500, 280, 300, 210, 300), (5, 20, 15, 20, 20, 20)]]

# The generator: SplitMix64, and Lemire's bounded draws, written here once more.
MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        while True:
            product = self.next() * bound
            if (product & MASK) >= (1 << 64) % bound:
                return product >> 64


g = SplitMix64(1234567)
out["generator"] = {"seed": 1234567, "numbers": [str(g.next()) for _ in range(5)], "below10": [g.below(10) for _ in range(20)]}


def bootstrap(groups, seed, resamples, level):
    """Efron and Tibshirani's intervals with SciPy's quantile functions."""
    g, stats = SplitMix64(seed), []
    for _ in range(resamples):
        stats.append(np.concatenate([groups[g.below(len(groups))] for _ in groups]).mean())
    stats, observed, tail = np.sort(stats), np.concatenate(groups).mean(), (1 - level) / 2
    z0 = st.norm.ppf((np.mean(stats < observed) + np.mean(stats <= observed)) / 2)
    jack = np.array([np.concatenate(groups[:i] + groups[i + 1:]).mean() for i in range(len(groups))])
    d = jack.mean() - jack
    a = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5)
    z = st.norm.ppf([tail, 1 - tail])
    adjusted = st.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))
    return {"groups": [x.tolist() for x in groups], "seed": seed, "resamples": resamples, "level": level,
            "percentile": np.quantile(stats, [tail, 1 - tail]).tolist(), "bca": np.quantile(stats, adjusted).tolist()}


out["bootstrap"] = [
    bootstrap([np.array([random.expovariate(1)]) for _ in range(30)], 7, 500, 0.95),
    bootstrap([np.array([random.expovariate(1 + i % 3) for _ in range(1 + i % 5)]) for i in range(20)], 8, 400, 0.9)]

with open("reference.json", "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in out.items()) + "\n}\n")
