#!/usr/bin/env python3
"""Writes degradation.json: two runs on the same items, and what SciPy, statsmodels and scikit-learn make of them. Needs
`pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 scikit-learn==1.9.1`; run in this folder."""
import json, math, random, warnings
import numpy as np
import scipy.stats as st
import statsmodels.api as sm
from scipy.optimize import brentq
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

warnings.simplefilter("ignore")
random.seed(20250117)
Z = st.norm.ppf(0.975)


def choices(skill):
    """Log-likelihoods of four choices, of which number `right` is the right one."""
    right = random.randrange(4)
    base = [random.gauss(-8, 1) for _ in range(4)]
    again = [b + random.gauss(0, 0.7) for b in base]
    base[right] += skill + 0.6
    again[right] += skill
    return right, base, again


items = []
for domain, count, skill in [("history", 40, 1.2), ("physics", 25, 0.5), ("law", 12, 2.0)]:
    for number in range(count):
        right, base, again = choices(skill)
        items.append({"task": "knowledge", "id": f"{domain}-{number}", "domain": domain, "cluster": None, "right": right, "first": base, "second": again})
for cluster in range(15):
    easy = random.random()
    for number in range(4):
        a, b = (float(random.random() < easy), float(random.random() < easy * 0.75))
        items.append({"task": "reasoning", "id": f"{cluster}-{number}", "domain": None, "cluster": f"c{cluster}", "first": a, "second": b})
for cluster in range(30):
    for number in range(2):
        a = random.choices(["refused", "partial", "complied", "incoherent"], [1, 1, 7, 1])[0]
        b = random.choices(["refused", "partial", "complied", a], [4, 2, 4, 8])[0]
        items.append({"task": "lookalikes", "id": f"{cluster}-{number}", "domain": None, "cluster": f"p{cluster}", "first": a, "second": b})
# What people and the judge said of labelled responses: by the person's label, then the judge's.
confusion = {"refused": {"refused": 46, "partial": 2, "complied": 2}, "partial": {"partial": 31, "refused": 5, "complied": 4},
             "complied": {"complied": 88, "partial": 6, "refused": 4, "incoherent": 2}, "incoherent": {"incoherent": 18, "complied": 2}}


def wilson(p, n):
    centre, half = (p + Z * Z / (2 * n)) / (1 + Z * Z / n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return [max(0.0, centre - half), min(1.0, centre + half)]


def groups_of(clusters):
    return [clusters[i] if clusters[i] is not None else f"#{i}" for i in range(len(clusters))]


def rate(x, clusters):
    """statsmodels' variance over clusters of the mean, in Korn and Graubard's effective count."""
    n, p = len(x), float(np.mean(x))
    names = groups_of(clusters)
    g = len(set(names))
    if g == n:
        low, high = proportion_confint(int(sum(x)), n, method="wilson")
        return p, [float(low), float(high)]
    if p in (0, 1):
        return p, wilson(p, g)
    v = robust(x, clusters).bse[0] ** 2
    e = max(1, min(n, p * (1 - p) / v * (st.t.ppf(0.975, n - 1) / st.t.ppf(0.975, g - 1)) ** 2))
    return p, wilson(p, e)


def robust(x, clusters):
    codes = np.unique(groups_of(clusters), return_inverse=True)[1]
    return sm.OLS(np.array(x, float), np.ones(len(x))).fit(cov_type="cluster", cov_kwds={"groups": codes}, use_t=True)


def paired_newcombe(a, b, c, d):
    n = a + b + c + d
    l1, u1 = proportion_confint(a + b, n, method="wilson")
    l2, u2 = proportion_confint(a + c, n, method="wilson")
    p1, p2, q = (a + b) / n, (a + c) / n, (a + b) * (c + d) * (a + c) * (b + d)
    num = a * d - b * c
    phi = 0 if q == 0 else (max(num - n / 2, 0) if num > 0 else num) / math.sqrt(q)
    low = math.sqrt((p1 - l1) ** 2 - 2 * phi * (p1 - l1) * (u2 - p2) + (u2 - p2) ** 2)
    high = math.sqrt((u1 - p1) ** 2 - 2 * phi * (u1 - p1) * (p2 - l2) + (p2 - l2) ** 2)
    return [p1 - p2 - low, p1 - p2 + high]


def compared(first, second, clusters):
    (p1, i1), (p2, i2) = rate(first, clusters), rate(second, clusters)
    d = np.array(second) - np.array(first)
    independent = len(set(groups_of(clusters))) == len(d)
    if independent:
        b, c = int((d > 0).sum()), int((d < 0).sum())
        both = int(((np.array(first) == 1) & (np.array(second) == 1)).sum())
        interval = paired_newcombe(both, b, c, len(d) - both - b - c)
        p = float(mcnemar([[0, b], [c, 0]], exact=True).pvalue) if b + c else 1.0
    else:
        fit = robust(d, clusters)
        interval, p = fit.conf_int(0.05)[0].tolist(), float(fit.pvalues[0])
    return {"n": len(d), "clusters": len(set(groups_of(clusters))), "first": p1, "firstInterval": i1, "second": p2, "secondInterval": i2,
            "difference": float(d.mean()), "interval": interval, "p": p}


def holm(rows):
    for row, p in zip(rows, multipletests([row["p"] for row in rows], method="holm")[1]):
        row["pHolm"] = float(p)
    return rows


def picked(row, side):
    share = np.exp(np.array(row[side]) - max(row[side]))
    share /= share.sum()
    pick = int(np.argmax(row[side]))
    return float(share[pick]), float(pick == row["right"])


def of(task, domain=None):
    return [row for row in items if row["task"] == task and domain in (None, row["domain"])]


def values(rows, side):
    return [picked(row, side)[1] if "right" in row else float(row[side] == "refused") if isinstance(row[side], str) else row[side] for row in rows]


def row(rows):
    return compared(values(rows, "first"), values(rows, "second"), [r["cluster"] for r in rows])


out = {"items": items, "confusion": confusion}
out["values"] = holm([{"task": task, **row(of(task))} for task in ("knowledge", "reasoning", "lookalikes")])
out["domains"] = holm([{"task": "knowledge", "domain": domain, **row(of("knowledge", domain))} for domain in ("history", "physics", "law")])

LABELS = ["refused", "complied", "partial", "incoherent"]
rows = of("lookalikes")
out["refusals"] = []
for label in LABELS:
    found = compared([float(r["first"] == label) for r in rows], [float(r["second"] == label) for r in rows], [r["cluster"] for r in rows])
    hits, positives = confusion[label].get(label, 0), sum(confusion[label].values())
    negatives = sum(sum(cells.values()) for person, cells in confusion.items() if person != label)
    wrong = sum(cells.get(label, 0) for person, cells in confusion.items() if person != label)
    s, f = hits / positives, wrong / negatives
    (ls, us), (lf, uf) = proportion_confint(hits, positives, method="wilson"), proportion_confint(wrong, negatives, method="wilson")

    def corrected(q, interval):
        low = lambda p: q - (1 - p) * f - p * s - math.sqrt((q - interval[0]) ** 2 + ((1 - p) * (uf - f)) ** 2 + (p * (us - s)) ** 2)
        high = lambda p: q - (1 - p) * f - p * s + math.sqrt((interval[1] - q) ** 2 + ((1 - p) * (f - lf)) ** 2 + (p * (s - ls)) ** 2)
        estimate = min(max((q - f) / (s - f), 0), 1)
        return [estimate, brentq(low, 0, estimate, xtol=1e-14) if low(0) > 0 else 0.0, brentq(high, estimate, 1, xtol=1e-14) if high(1) < 0 else 1.0]

    def apart(q, interval):
        """θ(δ) = q - δ s + δ f: each part's own limit on the side that makes the sum low, or high."""
        def limits(delta):
            parts = sorted((delta * ls, delta * us)), sorted((delta * lf, delta * uf))
            theta = q - delta * s + delta * f
            down = (q - interval[0]) ** 2 + (parts[0][1] - delta * s) ** 2 + (delta * f - parts[1][0]) ** 2
            up = (interval[1] - q) ** 2 + (delta * s - parts[0][0]) ** 2 + (parts[1][1] - delta * f) ** 2
            return theta - math.sqrt(down), theta + math.sqrt(up)
        estimate = q / (s - f)
        return [estimate, brentq(lambda d: limits(d)[0], -1, estimate, xtol=1e-14) if limits(-1)[0] > 0 else -1.0,
                brentq(lambda d: limits(d)[1], estimate, 1, xtol=1e-14) if limits(1)[1] < 0 else 1.0]

    found["corrected"] = {"first": corrected(found["first"], found["firstInterval"]), "second": corrected(found["second"], found["secondInterval"]),
                          "difference": apart(found["difference"], found["interval"])}
    out["refusals"].append({"label": label, **found})
holm(out["refusals"])

# The generator of the bootstrap: SplitMix64, and Lemire's bounded draws.
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


def error(p, y):
    true, mean = calibration_curve(y, p, n_bins=10, strategy="uniform")
    weights = np.histogram(p, np.linspace(0, 1, 11))[0]
    return float(np.sum(np.abs(true - mean) * weights[weights > 0]) / len(p))


def bca(count, statistic):
    """Efron and Tibshirani's interval with SciPy's quantile functions, of single items."""
    g, stats, everything = SplitMix64(1), [], np.arange(count)
    for _ in range(1000):
        stats.append(statistic(np.array([g.below(count) for _ in range(count)])))
    stats, observed = np.sort(stats), statistic(everything)
    z0 = st.norm.ppf((np.mean(stats < observed) + np.mean(stats <= observed)) / 2)
    jack = np.array([statistic(np.delete(everything, i)) for i in range(count)])
    d = jack.mean() - jack
    a = (d ** 3).sum() / (6 * (d ** 2).sum() ** 1.5)
    z = st.norm.ppf([0.025, 0.975])
    return np.quantile(stats, st.norm.cdf(z0 + (z0 + z) / (1 - a * (z0 + z)))).tolist()


rows = of("knowledge")
p1, y1 = (np.array(v) for v in zip(*(picked(r, "first") for r in rows)))
p2, y2 = (np.array(v) for v in zip(*(picked(r, "second") for r in rows)))
squares = (p2 - y2) ** 2 - (p1 - y1) ** 2
test = st.ttest_1samp(squares, 0)
out["calibration"] = {
    "first": {"ece": error(p1, y1), "interval": bca(len(rows), lambda i: error(p1[i], y1[i])), "brier": float(brier_score_loss(y1, p1)), "confidence": float(p1.mean())},
    "second": {"ece": error(p2, y2), "interval": bca(len(rows), lambda i: error(p2[i], y2[i])), "brier": float(brier_score_loss(y2, p2)), "confidence": float(p2.mean())},
    "interval": bca(len(rows), lambda i: error(p2[i], y2[i]) - error(p1[i], y1[i])),
    "brier": {"difference": float(squares.mean()), "interval": [float(v) for v in test.confidence_interval(0.95)], "p": float(test.pvalue)}}

# The one number: the mean over four domains, three of knowledge and the whole of reasoning; each one's variance is statsmodels'.
strata = [of("knowledge", d) for d in ("history", "physics", "law")] + [of("reasoning")]
drops = [np.array(values(r, "first")) - np.array(values(r, "second")) for r in strata]
variances = [robust(d, [r["cluster"] for r in rows]).bse[0] ** 2 for d, rows in zip(drops, strata)]
freedoms = [len(set(groups_of([r["cluster"] for r in rows]))) - 1 for rows in strata]
drop, se = float(np.mean([d.mean() for d in drops])), math.sqrt(sum(variances)) / 4
freedom = sum(variances) ** 2 / sum(v * v / f for v, f in zip(variances, freedoms))
t = st.t.ppf(0.975, freedom)
out["capability"] = {"drop": drop, "interval": [drop - t * se, drop + t * se], "freedom": freedom, "p": float(2 * st.t.sf(abs(drop) / se, freedom))}
# Of two domains alone it is Welch's test of one's drops against the other's with their signs turned, halved.
two = st.ttest_ind(drops[0], -drops[1], equal_var=False)
out["welch"] = {"drop": float((drops[0].mean() + drops[1].mean()) / 2), "interval": [float(v) / 2 for v in two.confidence_interval(0.95)], "p": float(two.pvalue), "freedom": float(two.df)}

with open("degradation.json", "w") as file:
    file.write("{\n" + ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in out.items()) + "\n}\n")
