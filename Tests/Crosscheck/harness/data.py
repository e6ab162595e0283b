"""Items in the schemas of tasks that lm-evaluation-harness ships, written for this check: which request is made of them and
how an answer is scored is what matters here, not what they ask."""

FACTS = [
    ("Which gas do plants take in?", ["helium", "neon", "argon", "carbon dioxide"], "Leaves take it in through small pores."),
    ("Which metal is liquid at room temperature?", ["iron", "copper", "tin", "mercury"], "Old thermometers were filled with it."),
    ("What do bees make?", ["silk", "milk", "wool", "honey"], ""),
    ("Which planet has the largest rings?", ["Mars", "Venus", "Mercury", "Saturn"], " It can be seen with a small telescope."),
    ("What freezes at zero degrees Celsius?", ["alcohol", "sand", "salt", "water"], "Lakes show it in winter."),
    ("Which organ pumps blood?", ["the liver", "the lung", "the skin", "the heart"], "It beats about once a second."),
    ("What is the square of seven?", ["14", "47", "77", "49"], "Seven rows of seven."),
    ("Which season follows spring?", ["winter", "autumn", "the monsoon", "summer"], ""),
    ("Which animal lays eggs?", ["the dog", "the horse", "the whale", "the hen"], "Its eggs are in many kitchens."),
    ("Where does the sun rise?", ["in the west", "in the north", "in the south", "in the east"], ""),
    ("What is ice made of?", ["glass", "salt", "air", "water"], ""),
    ("Which of these floats on water?", ["a stone", "a nail", "a coin", "a cork"], "It comes from the bark of an oak."),
]
LETTERS = "ABCD"
YES_NO = [
    ("A triangle has three corners.", "does a triangle have three corners", 1),
    ("A week has seven days.", "does a week have nine days", 0),
    ("Copper conducts electricity.", "can copper conduct electricity", 1),
    ("Spiders have eight legs.", "are spiders insects with six legs", 0),
    ("The kettle was full, and it took minutes to boil.", "was the kettle empty", 0),
    ("Snow fell all night, and the roads were closed.", "did it snow", 1),
    ("The library opens at nine.", "is the library open at eight", 0),
    ("Two and two are four.", "are two and two four", 1),
]
PAIRS = [
    ("The shop closes at six.", "At six the shop shuts.", 1), ("He likes tea.", "He likes coffee.", 0), ("It rained today.", "Today it rained.", 1),
    ("The cat sleeps.", "The cat is asleep.", 1), ("She left early.", "She stayed late.", 0), ("We won the match.", "We lost the match.", 0),
    ("The train was late.", "The train did not come in time.", 1), ("Prices fell.", "Prices rose.", 0),
]
SUMS = [
    ("Ann has 3 apples and buys 4 more. How many has she?", "3 + 4 = 7.\n#### 7"),
    ("A box holds 12 eggs. How many are in 5 boxes?", "12 * 5 = 60.\n#### 60"),
    ("Tom runs 2 miles a day. How far in a week?", "2 * 7 = 14.\n#### 14"),
    ("A shirt is $20 and is 10% off. What does it cost?", "10% of 20 is 2.\n20 - 2 = 18.\n#### 18"),
    ("There were 1,500 seats and 300 were empty. How many were taken?", "1500 - 300 = 1200.\n#### 1,200"),
    ("Half of 90 children are girls. How many are boys?", "90 / 2 = 45.\n#### 45"),
    ("A car uses 8 liters for 100 km. How many for 250 km?", "8 * 2.5 = 20.\n#### 20"),
    ("Five friends share 35 sweets. How many has each?", "35 / 5 = 7.\n#### 7"),
]
PASSAGES = [
    "The harbour was quiet before the boats came in. A man swept the steps of the fish market, and gulls stood along the wall.",
    "In the second year the committee changed its rules: every purchase above a small sum needed two signatures, and no exceptions were made.",
    "Die Brücke wurde 1904 gebaut. Sie hat drei Bögen; der mittlere ist der höchste, und im Winter ist er oft vereist.",
    "Take two onions, a carrot and a stick of celery. Chop them finely, and let them soften in oil for ten minutes, stirring now and then.",
]
WORDS = [
    "She opened the umbrella because it had started to rain", "The baker took the loaves out of the oven", "He tied the boat to the pier with a rope",
    "After the concert everybody stood up and began to clap", "The dog dug a hole and buried the bone", "At the end of the alphabet comes the letter Z",
]
PHRASES = [
    ("Le chat dort sur la chaise.", "The cat is sleeping on the chair."), ("Il fait froid ce matin.", "It is cold this morning."),
    ("Où est la gare ?", "Where is the station?"), ("Nous avons acheté du pain.", "We bought some bread."), ("Elle lit un livre.", "She is reading a book."),
]
TRIVIA = [
    ("What is the capital of France", ["Paris", "City of Paris"]), ("Which month comes after May", ["June", "Jun"]), ("How many legs has a spider", ["8", "eight"]),
    ("What color is grass", ["Green"]), ("Which language is spoken in Brazil", ["Portuguese", "Brazilian Portuguese"]), ("What do you call a baby dog", ["puppy", "pup", "A puppy"]),
]

mcq = lambda q, choices, right: {"question": q, "choices": {"text": choices, "label": list(LETTERS)}, "answerKey": LETTERS[right]}
rotated = lambda row, i: (row[0], row[1][i % 4:] + row[1][:i % 4], (3 - i) % 4)

sciq = [{"question": q, "distractor1": c[0], "distractor2": c[1], "distractor3": c[2], "correct_answer": c[3], "support": s} for q, c, s in FACTS]
arc = [mcq(*rotated(row, i)) for i, row in enumerate(FACTS)]
mmlu = [{"question": " " + q, "choices": c, "answer": r} for q, c, r in (rotated(row, i) for i, row in enumerate(FACTS))]
truthful = [{"question": q, "mc1_targets": {"choices": c[::-1], "labels": [1, 0, 0, 0]}} for q, c, _ in FACTS]
boolq = [{"passage": p, "question": q, "label": l, "idx": i} for i, (p, q, l) in enumerate(YES_NO)]
cola = [{"sentence": s if l else " ".join(s.split()[::-1]), "label": l, "idx": i} for i, (s, _, l) in enumerate(YES_NO)]
mrpc = [{"sentence1": a, "sentence2": b, "label": l, "idx": i} for i, (a, b, l) in enumerate(PAIRS)]
gsm8k = [{"question": q, "answer": a} for q, a in SUMS]
lambada = [{"text": t} for t in WORDS]
pile = [{"text": t, "meta": {"pile_set_name": "ArXiv"}} for t in PASSAGES]
trivia = [{"question": q, "answer": {"value": a[0], "aliases": a}} for q, a in TRIVIA]
blimp = [{"sentence_good": s, "sentence_bad": " ".join(s.split()[::-1])} for s, _, _ in YES_NO]
wmt = [{"translation": {"fr": f, "en": e}} for f, e in PHRASES]
piqa = [{"goal": q, "sol1": c[3] if i % 2 else c[0], "sol2": c[0] if i % 2 else c[3], "label": 1 - i % 2} for i, (q, c, _) in enumerate(FACTS)]
booleans = [{"input": f"not ( {a} ) and {b} is", "target": str((not a) and b)} for a in (True, False) for b in (True, False)]
xnli = [{"premise": a.rstrip("."), "hypothesis": b, "label": 0 if l else 2} for a, b, l in PAIRS]

# The task file, below lm_eval/tasks, and its items by split.
TASKS = {
    "sciq/sciq.yaml": {"test": sciq, "train": sciq[:3], "validation": sciq[:3]},
    "arc/arc_easy.yaml": {"test": arc, "train": arc[:3], "validation": arc[:3]},
    "mmlu/default/mmlu_anatomy.yaml": {"test": mmlu[5:], "dev": mmlu[:5]},
    "truthfulqa/truthfulqa_mc1.yaml": {"validation": truthful},
    "super_glue/boolq/default.yaml": {"validation": boolq, "train": boolq},
    "glue/cola/default.yaml": {"validation": cola, "train": cola},
    "glue/mrpc/default.yaml": {"validation": mrpc, "train": mrpc},
    "gsm8k/gsm8k.yaml": {"test": gsm8k, "train": gsm8k[::-1]},
    "lambada/lambada_openai.yaml": {"test": lambada},
    "pile/pile_arxiv.yaml": {"train": pile},
    "triviaqa/default.yaml": {"validation": trivia, "train": trivia},
    "blimp/anaphor_gender_agreement.yaml": {"train": blimp},
    "translation/wmt14_fr-en.yaml": {"test": wmt, "validation": wmt, "train": wmt},
    "piqa/piqa.yaml": {"validation": piqa, "train": piqa},
    "bbh/zeroshot/boolean_expressions.yaml": {"test": booleans},
    "xnli/xnli_en.yaml": {"validation": xnli, "train": xnli},
}
# How many examples are asked for where the task says nothing.
SHOTS = {"sciq/sciq.yaml": 2, "super_glue/boolq/default.yaml": 3, "mmlu/default/mmlu_anatomy.yaml": 5, "piqa/piqa.yaml": 1, "translation/wmt14_fr-en.yaml": 2}
