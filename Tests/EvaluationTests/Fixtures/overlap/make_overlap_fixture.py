#!/usr/bin/env python3
"""Writes segments.json and labels.json: what sacrebleu, rouge_score, the SQuAD scripts and scikit-learn, and
lm-evaluation-harness through them, make of texts and labels drawn at random. Run in this folder, with Python 3.11
(Unicode 14) and

    pip install lm_eval==0.4.13 sacrebleu==2.6.0 rouge_score==0.1.2 scikit-learn==1.9.1 transformers==4.57.6 \\
        jieba==0.42.1 fuzzywuzzy==0.18.0 rouge==1.0.1

The SQuAD 2.0 measures are transformers', which the harness' tasks call; those of 1.1 are the harness' own (LongBench).
"""
import json, logging, random, sys, unicodedata, warnings
from types import SimpleNamespace

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
import sacrebleu, sklearn, transformers, lm_eval
from lm_eval.api import metrics as harness
from lm_eval.tasks.longbench.metrics import normalize_answer, qa_f1_score
from rouge_score.rouge_scorer import RougeScorer
from sklearn.metrics import f1_score, matthews_corrcoef
from transformers.data.metrics.squad_metrics import get_raw_scores

POOLS = [
    "the a an cat dog sat on mat The A An quick brown fox jumps over lazy it's don't state-of-the-art e.g. U.S.A. x".split(),
    "été où naïve Straße ẞ İstanbul ıı ǅ ﬁn Å K Ångström e\u0301te\u0301 a\u0301 señor l’a a’s ª º ²".split(),
    "Быстрая лиса прыгает через собаку И и не Ёж ёж СОБАКА".split(),
    "ΟΔΟΣ ὁδός Σ ΑΣ ΑΣ'Β ΣΑΣ. Σ\u0301Σ ΑΣ\u00ad ΑΣ\u00adΑ Ა Ꭰ 𐐀𐐨 Ω".split(),
    "我们 喜欢 猫 和 狗 。 ， 今天天气很好 日本語 ひらがな カタカナ 한국어 ，，".split(),
    "مرحبا بالعالم السلام عليكم ١٢٣ שלום हिन्दी क्षि ไทย".split(),
    "😀 👩‍👩‍👧‍👦 👍🏽 🇫🇷 ❤️ ☕ \u200d \ufe0f e\u0301\u0302".split(),
    "1,234.5 3. .5 5, ,5 1-2 -5 10- 3.14, 1.2.3 a.b a,b 1.a ٣.٤ ½ Ⅷ 12:30 50% $9.99 #1 1e-9".split(),
    "... !! ?! -- — … “x” «y» (hi) (hi [a] {b} <c> a/b \\ ` ~ ^ _ a_b _a_ | @ &&& ;,. '' \"q\" .,.,. -.-".split(),
    "&quot; &amp; &lt; &gt; &amp;lt; &amp;quot; &amp;amp; &quot &nbsp; <skipped> <skip<skipped>ped> & &;".split(),
    list("abcde"),
    list("ab"),
]
GAPS = [" "] * 12 + ["  ", "\t", "\n", "\r\n", "-\n", "\n-", "\u00a0", "\u3000", "\u2028", "\u0085", "\u001c", "\u200b", "\x0b", "\u180e", "", ". ", ", "]
ASSIGNED = [c for c in map(chr, range(0x110000)) if unicodedata.category(c) not in ("Cn", "Cs", "Co")]


def word(rng, pools):
    if rng.random() < 0.02:
        return "".join(rng.choice(ASSIGNED) for _ in range(rng.randint(1, 4)))
    text = rng.choice(rng.choice(pools))
    change = rng.random()
    return text.upper() if change < 0.05 else text.capitalize() if change < 0.1 else text


def joined(rng, words, plain):
    text = "".join(w + (" " if plain else rng.choice(GAPS)) for w in words)
    return text if rng.random() < 0.3 else text.rstrip()


def changed(rng, words, pools):
    """The words with some left out, added, replaced and moved."""
    words = list(words)
    for _ in range(rng.choice([0, 1, 1, 2, 3, 5, 8])):
        at = rng.randint(0, len(words))
        kind = rng.randint(0, 4)
        if kind == 0:
            del words[at:at + rng.randint(1, 3)]
        elif kind == 1:
            words[at:at] = [word(rng, pools) for _ in range(rng.randint(1, 3))]
        elif kind == 2 and at < len(words):
            words[at] = word(rng, pools)
        else:
            run = words[at:at + rng.randint(1, 12)]
            del words[at:at + len(run)]
            to = rng.randint(0, len(words))
            words[to:to] = run
    return words


def segment(rng, references):
    """A hypothesis and its references."""
    pools = rng.sample(POOLS, rng.randint(1, 3))
    plain = rng.random() < 0.4
    shape = rng.random()
    if shape < 0.04:
        base = []
    elif shape < 0.9:
        base = [word(rng, pools) for _ in range(rng.choice([1, 2, 3, 5, 8, 13, 20, 30]))]
    else:
        base = [word(rng, pools) for _ in range(rng.randint(40, 90))]
    hypothesis = changed(rng, base, pools)
    far = rng.random()
    if far < 0.03:
        hypothesis = [word(rng, pools) for _ in range(rng.randint(0, 3))]
    elif far < 0.06:
        hypothesis = hypothesis + [word(rng, pools) for _ in range(120)]
    elif far < 0.1:
        rng.shuffle(hypothesis)
    return joined(rng, hypothesis, plain), [joined(rng, changed(rng, base, pools), plain) for _ in range(references)]


def special():
    """Segments that random ones would not reach."""
    upper = [c for c in ASSIGNED if c.lower() != c]
    yield " ".join(upper), [" ".join(c.lower() for c in upper)], 1
    by_category = {}
    for c in ASSIGNED[128:]:
        by_category.setdefault(unicodedata.category(c), []).append(c)
    rng = random.Random(5)
    sample = [c for cs in by_category.values() for c in rng.sample(cs, min(12, len(cs)))]
    articles = " ".join(a + c for c in sample for a in ("a", "the"))
    yield articles, [normalize_answer(articles)], 1
    spaces = [c for c in ASSIGNED if c.isspace() or unicodedata.category(c) in ("Zs", "Zl", "Zp", "Cf", "Cc")][:120]
    yield "x".join(spaces), [" x".join(spaces)], 1
    yield "", [""], 1
    yield "", ["a"], 1
    yield "a", [""], 1
    yield "", ["", "the", "b c"], 1
    yield "the", ["", "b c"], 1
    yield "the", ["a", "an."], 1
    yield " \t\n", [" ", "\u3000"], 1
    # Longer than the band around the diagonal is wide, both ways.
    yield "b a", ["a b c d e f g h i j " * 15], 1
    yield "a b c d e f g h i j " * 15, ["b a"], 1
    # More trials than are made.
    shuffled = list("abcdefgh" * 9)
    rng.shuffle(shuffled)
    yield " ".join(shuffled), [" ".join("abcdefgh" * 9)], 1
    far = ["w%d" % i for i in range(180)]
    yield " ".join(far[60:] + far[:60]), [" ".join(far)], 1
    yield " ".join(far[40:80] + far[:40] + far[80:]), [" ".join(far)], 1
    # Long, written as a text and how often.
    yield "The quick brown fox jumps over the lazy dog, again. ", ["The quick fox jumps over a lazy brown dog again. "], 60
    yield "one two three four five ", ["two one three five four "], 40
    yield "día Ä 我们 1,000 &amp; ", ["dia ä 我们 1,000 & "], 400


def text(number):
    return repr(float(number))


def columns(references):
    """Lists by reference, as sacrebleu takes them, of lists by segment."""
    most = max(map(len, references))
    return [[r[i] if i < len(r) else None for r in references] for i in range(most)]


METRICS = {
    "bleu": sacrebleu.BLEU(), "chrf": sacrebleu.CHRF(), "chrf++": sacrebleu.CHRF(word_order=2), "ter": sacrebleu.TER(),
}
ROUGE = RougeScorer(["rouge1", "rouge2", "rougeL"])


def measured(hypothesis, references, long=False):
    row = {}
    for name, metric in METRICS.items():
        if name == "ter" and long:
            continue
        row[name] = metric._extract_corpus_statistics([hypothesis], columns([references]))[0]
    if "ter" in row:
        row["ter"] = [row["ter"][0], text(row["ter"][1])]
    scores = ROUGE.score_multi(references, hypothesis)
    row["rouge"] = [text(scores[kind].fmeasure) for kind in ("rouge1", "rouge2", "rougeL")]
    same = any(normalize_answer(hypothesis) == normalize_answer(r) for r in references)
    row["squad1"] = [text(same), text(max(qa_f1_score(hypothesis, r) for r in references))]
    exact, f1 = get_raw_scores([SimpleNamespace(qas_id=0, answers=[{"text": r} for r in references])], {0: hypothesis})
    row["squad2"] = [text(exact[0]), text(f1[0])]
    return row


def corpus(rows):
    """The scores of segments together; those with the same number of references go through the harness."""
    hypotheses = [r["hypothesis"] for r in rows]
    references = [r["references"] for r in rows]
    if len(set(map(len, references))) == 1:
        items = list(zip(references, hypotheses))
        scores = [harness.bleu(items), harness.chrf(items), harness.chrfpp(items), harness.ter(items)]
    else:
        scores = [m.corpus_score(hypotheses, columns(references)).score for m in METRICS.values()]
    return dict(zip(METRICS, map(text, scores)))


def labels(rng):
    names = rng.choice([[0, 1], [0, 1], [1, 2], [0, 1, 2], [3, 1, 7, -2], [0], [1], [0, 2], list(range(10))])
    count = rng.choice([1, 2, 5, 20, 100])
    truth = [rng.choice(names) for _ in range(count)]
    predictions = [t if rng.random() < 0.6 else rng.choice(names) for t in truth]
    row = {"truth": truth, "predictions": predictions}
    try:
        row["binary"] = text(harness.f1_score(list(zip(truth, predictions))))
    except ValueError:
        row["binary"] = None
    for average in ("macro", "micro", "weighted"):
        row[average] = text(f1_score(truth, predictions, average=average))
    row["matthews"] = text(harness.matthews_corrcoef(list(zip(truth, predictions))))
    return row


def written(path, head, rows):
    with open(path, "w") as file:
        file.write("{" + json.dumps(head)[1:-1] + ', "rows": [\n')
        file.write(",\n".join(json.dumps(r, separators=(",", ":")) for r in rows))
        file.write("\n]}\n")


if __name__ == "__main__":
    rng = random.Random(20260101)
    rows = []
    for count in (1, 2, 3):
        for _ in range({1: 180, 2: 80, 3: 60}[count]):
            hypothesis, references = segment(rng, count)
            rows.append({"hypothesis": hypothesis, "references": references} | measured(hypothesis, references))
    ranges = [(0, 180), (180, 260), (260, 320), (0, 320), (17, 19), (100, 120), (200, 230), (250, 270), (0, 1)]
    corpora = [{"from": a, "to": b} | corpus(rows[a:b]) for a, b in ranges]
    for hypothesis, references, times in special():
        row = {"hypothesis": hypothesis, "references": references, "times": times}
        rows.append(row | measured(hypothesis * times, [r * times for r in references], long=times > 100))
    versions = {m.__name__: m.__version__ for m in (lm_eval, sacrebleu, sklearn, transformers)}
    written("segments.json", {"versions": versions, "corpora": corpora}, rows)
    rng = random.Random(7)
    written("labels.json", {"versions": versions}, [labels(rng) for _ in range(60)])
