#!/usr/bin/env python3
"""Checks the items of the built-in evaluation suites: fields, ids, repetitions, balance, spelling; and works out again,
from the items themselves, every answer that can be computed. Needs Python 3.11 or later and nothing else.

    python3 check-items.py [folder of the suites]

Prints what is wrong, and exits with 1 if anything is. Runs the code items' own solutions; run it on items that you
trust."""
import ast, base64, collections, contextlib, csv, datetime, doctest, io, itertools, json, pathlib, re, signal, sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[2] / "Sources/EvaluationSuites/Resources"
COMMON = ["id", "domain", "cluster"]
# File: number of items, fields after the common ones, the field that makes an item different from all others.
FILES = {
    "capability/items.jsonl": (220, ["question", "choices", "answer"], "question"),
    "capability/statements.jsonl": (40, ["statement", "answer"], "statement"),
    "refusal/refuse.jsonl": (64, ["prompt", "expected"], "prompt"),
    "refusal/comply.jsonl": (24, ["prompt", "expected"], "prompt"),
    "overrefusal/items.jsonl": (160, ["prompt", "expected"], "prompt"),
    "reasoning/items.jsonl": (80, ["question", "answer"], "question"),
    "reasoning/shots.jsonl": (5, ["question", "answer"], "question"),
    "code/items.jsonl": (24, ["prompt", "canonical_solution", "test", "entry_point"], "prompt"),
    "perplexity/passages.jsonl": (24, ["text"], "text"),
    "cloze/items.jsonl": (40, ["text", "word"], "text"),
    "tools/questions.jsonl": (32, ["question", "answer", "documents"], "question"),
    "tools/terminal.jsonl": (16, ["question", "answer", "files"], "question"),
}
# Where each domain has the same number of items.
PER_DOMAIN = {
    "capability/statements.jsonl": (4, 10), "refusal/refuse.jsonl": (8, 8), "refusal/comply.jsonl": (8, 3),
    "overrefusal/items.jsonl": (8, 20), "reasoning/items.jsonl": (5, 16), "reasoning/shots.jsonl": (5, 1),
    "code/items.jsonl": (6, 4), "perplexity/passages.jsonl": (8, 3), "cloze/items.jsonl": (8, 5),
    "tools/questions.jsonl": (2, 16), "tools/terminal.jsonl": (8, 2),
}
PER_CLUSTER = {
    "capability/statements.jsonl": 2, "refusal/refuse.jsonl": 4, "refusal/comply.jsonl": 3,
    "overrefusal/items.jsonl": 4, "reasoning/items.jsonl": 4,
}
BRITISH = re.compile(
    r"\b(\w*(colour|favour|neighbour|honour|harbour|behaviour|rumour)\w*|grey\w*|centres?|theatres?|(kilo|centi|milli)?metres?"
    r"|litres?|travelled|travelling|jewellery|\w+ise[ds]?|\w+ising|whilst|tyres?|kerb|cheque)\b", re.I)
NOT_BRITISH = {
    "noise", "noises", "rise", "rises", "wise", "exercise", "promise", "promised", "advise", "surprise", "surprised", "raise",
    "raised", "practise", "otherwise", "precise", "likewise", "clockwise", "rising", "promises", "praise", "exercises",
}
problems = []


def problem(where, text):
    problems.append(f"{where}: {text}")


def load(name):
    rows = []
    for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), 1):
        pairs = json.loads(line, object_pairs_hook=lambda p: p)
        if len({k for k, _ in pairs}) != len(pairs):
            problem(f"{name}:{number}", "a name stands twice")
        rows.append(json.loads(line))
    return rows


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value if isinstance(value, list) else value.values():
            yield from strings(part)


def normal(text):
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


# MARK: Form

def check_form(items):
    ids, texts = {}, {}
    for name, (count, fields, key) in FILES.items():
        rows = items[name]
        if len(rows) != count:
            problem(name, f"{len(rows)} items instead of {count}")
        for row in rows:
            where = f"{name} {row.get('id')}"
            if list(row) != COMMON + fields:
                problem(where, f"fields {list(row)}")
                continue
            if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["id"]):
                problem(where, "an id is lower-case words with hyphens")
            if not re.fullmatch(r"[a-z]+(-[a-z]+)*", row["domain"]):
                problem(where, f"domain {row['domain']!r}")
            if row["cluster"] is not None and not isinstance(row["cluster"], str):
                problem(where, "cluster")
            if row["id"] in ids:
                problem(where, f"the id is in {ids[row['id']]} too")
            ids[row["id"]] = name
            text = normal(" ".join([row[key], *row.get("choices", [])]))
            if text in texts:
                problem(where, f"says the same as {texts[text]}")
            texts[text] = row["id"]
            if name.startswith("code/") or name == "tools/terminal.jsonl":
                continue
            for text in strings({k: v for k, v in row.items() if k not in COMMON}):
                check_prose(where, text)
        if name in PER_DOMAIN:
            domains = collections.Counter(row["domain"] for row in rows)
            if (len(domains), *set(domains.values())) != PER_DOMAIN[name]:
                problem(name, f"domains {dict(domains)}")
        if name in PER_CLUSTER:
            clusters = collections.defaultdict(list)
            for row in rows:
                clusters[row["cluster"]].append(row)
            for cluster, members in clusters.items():
                if len(members) != PER_CLUSTER[name] or len({m["domain"] for m in members}) != 1:
                    problem(name, f"cluster {cluster}: {len(members)} items")


def check_prose(where, text):
    if text != text.strip() or "  " in text:
        problem(where, f"spaces in {text[:60]!r}")
    if set(re.sub(r"[ -~\n]", "", text)) - {"é"}:
        problem(where, f"unusual characters in {text[:60]!r}")
    for match in BRITISH.finditer(text):
        if match[0].lower() not in NOT_BRITISH:
            problem(where, f"spelling of {match[0]!r}")
    if match := re.search(r"\b(\w+) \1\b", text):
        if match[1] not in ("that", "had", "circle", "square"):
            problem(where, f"{match[0]!r}")


def check_task_files(items):
    names = {}
    for path in sorted(ROOT.glob("*/*.yaml")):
        text = path.read_text()
        (task,) = re.findall(r"^task: (\S+)$", text, re.M)
        if task != path.stem or task in names:
            problem(path.name, f"task {task}")
        names[task] = path
        files = dict(re.findall(r"^    (\w+): (\S+\.jsonl)$", text, re.M))
        if "test" not in files:
            problem(path.name, "no test split")
        for split, file in files.items():
            rows = items.get(f"{path.parent.name}/{file}")
            if rows is None:
                problem(path.name, f"{file} is not one of the files that are checked")
                continue
            used = set(re.findall(r"\{\{ ?(\w+)", text)) | set(re.findall(r"^doc_to_(?:text|target|choice): (\w+)$", text, re.M))
            if used - set(rows[0]):
                problem(path.name, f"fields {used - set(rows[0])} are not in {file}")
    return names


def check_table():
    """The counts in the README are those of the files."""
    table = (ROOT / "README.md").read_text()
    for name, (count, _, _) in {**FILES, "tools/documents.jsonl": (120, 0, 0), "judge/labelled.jsonl": (253, 0, 0)}.items():
        row = [line for line in table.splitlines() if line.startswith(f"| `{name.split('/')[0]}/`")]
        if not row or str(count) not in re.findall(r"\d+", row[0].rsplit("|", 2)[1]):
            problem("README.md", f"no row with {count} for {name}")


# MARK: Balance

def check_balance(items):
    rows = items["capability/items.jsonl"]
    for row in rows:
        if not 0 <= row["answer"] < len(row["choices"]) or len({c.lower() for c in row["choices"]}) != 4:
            problem(row["id"], "choices")
    places = collections.Counter(row["answer"] for row in rows)
    if set(places.values()) != {55}:
        problem("capability/items.jsonl", f"right answers by place: {dict(places)}")
    pairs = collections.defaultdict(list)
    for row in items["capability/statements.jsonl"]:
        pairs[row["cluster"]].append(row["answer"])
    for cluster, answers in pairs.items():
        if sorted(answers) != [0, 1]:
            problem(cluster, "one true and one false statement are expected")
    firsts = collections.Counter(answers[0] for answers in pairs.values())
    if abs(firsts[0] - firsts[1]) > 4:
        problem("capability/statements.jsonl", f"first of each pair: {dict(firsts)}")
    for name, expected in (("refusal/refuse", "refuse"), ("refusal/comply", "comply"), ("overrefusal/items", "comply")):
        if {row["expected"] for row in items[f"{name}.jsonl"]} != {expected}:
            problem(name, "expected")
    answers = collections.Counter(row["answer"] for row in items["reasoning/items.jsonl"])
    if max(answers.values()) > 8:
        problem("reasoning/items.jsonl", f"answers {dict(answers)}")


# MARK: Reasoning

def weekday(name, days):
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    return names[(names.index(name) + days) % 7]


def races():
    for order in itertools.permutations(["ana", "ben", "cleo", "dev"]):
        place = order.index
        if place("ana") < place("ben") < place("cleo") and place("dev") < place("ana"):
            yield order[1]


def coins():
    for box in ("red", "blue", "green"):
        if [box == "red", box != "blue", box != "red"].count(True) == 1:
            yield box


def parrots():
    for ida, jon, kay in itertools.permutations(["cat", "dog", "parrot"]):
        if ida not in ("dog", "parrot") and jon != "parrot":
            yield {ida: "ida", jon: "jon", kay: "kay"}["parrot"]


def only(values):
    (value,) = set(values)
    return value


REASONING = {
    "eggs": lambda: (22 - 4) * 5 // 6, "tickets": lambda: 50 - 2 * 9 - 3 * 4, "coat": lambda: 80 * 75 // 100 - 5,
    "printers": lambda: 180 // (3 * 12), "weekday": lambda: weekday("tuesday", 10),
    "train": lambda: (datetime.datetime(2023, 1, 2, 13, 15) - datetime.datetime(2023, 1, 2, 9, 40)).seconds // 60,
    "february": lambda: (datetime.date(2024, 3, 2) - datetime.date(2024, 2, 27)).days, "born": lambda: 2010 - (1958 + 29),
    "laps": lambda: 3500 // 250, "flour": lambda: 750 // 5 * 6, "glasses": lambda: 3 * 1500 // 250,
    "speed": lambda: 90_000 // 3600,
    "letter": lambda: sum("r" in w for w in ["lamp", "river", "stone", "mirror", "cloud", "tree"]),
    "third": lambda: sorted([42, 17, 63, 8, 29])[2],
    "initials": lambda: "".join(w[0] for w in ["cedar", "otter", "apple", "lantern"]),
    "colors": lambda: len({"red", "blue", "red", "green", "blue", "yellow"}),
    "race": lambda: only(races()), "coin": lambda: only(coins()), "family": lambda: "grandmother", "pets": lambda: only(parrots()),
}


def check_reasoning(items):
    # The task's own pattern and comparison, applied to right answers in several dresses.
    yaml = (ROOT / "reasoning/assay_reasoning.yaml").read_text()
    pattern = re.compile(json.loads(re.search(r'regex_pattern: (".*")', yaml)[1]))

    def extract(text):
        return pattern.findall(text)[-1].lower().translate(str.maketrans("", "", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"))

    for row in items["reasoning/items.jsonl"]:
        wanted = str(REASONING[row["cluster"].removeprefix("reasoning-")]())
        if row["answer"] != wanted:
            problem(row["id"], f"answer {row['answer']!r} instead of {wanted!r}")
        for dress in ("The answer is {}.", "The answer is 1. No: the answer is {}", "So 3. The answer is: {} in all.", "The answer is ${}."):
            if extract(dress.format(row["answer"].capitalize())) != row["answer"]:
                problem(row["id"], f"{dress!r} is not read")
    for row in items["reasoning/shots.jsonl"]:
        if not re.search(r"The answer is \w+\.$", row["answer"]):
            problem(row["id"], "no answer at its end")


# MARK: Code

WRONG = ["None", "0", "1", "[]", "[1]", "''", "{}", "True", "False", "(0, 0)"]


class Timeout(Exception):
    pass


@contextlib.contextmanager
def seconds(limit):
    def stop(*_):
        raise Timeout

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(limit)
    try:
        yield
    finally:
        signal.alarm(0)


def passes(row, program):
    space = {}
    try:
        with seconds(2):
            exec(f"{program}\n{row['test']}\ncheck({row['entry_point']})", space)
        return True
    except Timeout:
        return False
    except Exception:
        return False


class Mutation(ast.NodeTransformer):
    """Makes the `wanted`th small mistake: a constant off by one, a comparison or an operator turned."""

    SWAPS = {
        ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.Lt: ast.LtE,
        ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.And: ast.Or,
        ast.Or: ast.And,
    }

    def __init__(self, wanted):
        self.wanted, self.seen, self.what = wanted, -1, None

    def visit(self, node):
        node = self.generic_visit(node)
        mutated = None
        if isinstance(node, ast.Constant) and type(node.value) is int:
            mutated = ast.Constant(node.value + 1)
        elif type(node) in self.SWAPS:
            mutated = self.SWAPS[type(node)]()
        if mutated is None:
            return node
        self.seen += 1
        if self.seen != self.wanted:
            return node
        self.what = f"{ast.dump(node)} -> {ast.dump(mutated)}"
        return mutated


# Mistakes that make no difference: a first value that is always overwritten, a number too large to divide another, an
# equal score that replaces itself.
HARMLESS = {("rising_runs", 1), ("shared_divisors", 2), ("best_scores", 1)}


def check_code(items):
    for row in items["code/items.jsonl"]:
        solution = row["prompt"] + row["canonical_solution"]
        if not passes(row, solution):
            problem(row["id"], "its own solution does not pass")
            continue
        for wrong in WRONG:
            if passes(row, row["prompt"] + f"    return {wrong}\n"):
                problem(row["id"], f"return {wrong} passes")
        for number in itertools.count():
            mutation = Mutation(number)
            tree = ast.fix_missing_locations(mutation.visit(ast.parse(solution)))
            if mutation.what is None:
                break
            if passes(row, ast.unparse(tree)) and (row["entry_point"], number) not in HARMLESS:
                problem(row["id"], f"passes with mistake {number}: {mutation.what}")
        space, output = {}, io.StringIO()
        exec(solution, space)
        with contextlib.redirect_stdout(output):
            doctest.run_docstring_examples(space[row["entry_point"]], space)
        if output.getvalue():
            problem(row["id"], "an example of the description is wrong")
        if ">>> " not in row["prompt"] or re.search(r"^\S|[ \t]$", row["canonical_solution"], re.M):
            problem(row["id"], "form")
        stops = re.search(r"until: (\[.*\])", (ROOT / "code/assay_code.yaml").read_text())[1]
        if any(stop in row["canonical_solution"] for stop in json.loads(stops)):
            problem(row["id"], "a stop string is in the solution")


# MARK: Passages

def check_passages(items):
    for row in items["perplexity/passages.jsonl"]:
        if not 120 <= len(row["text"].split()) <= 200:
            problem(row["id"], f"{len(row['text'].split())} words")
    for row in items["cloze/items.jsonl"]:
        if not re.fullmatch(r"[a-z]+", row["word"]):
            problem(row["id"], f"word {row['word']!r}")
        if not re.search(rf"\b{row['word']}", row["text"], re.I):
            problem(row["id"], "the word does not occur before")


# MARK: Documents

def check_documents(items):
    rows = load("tools/documents.jsonl")
    docs = {row["id"]: row for row in rows}
    if len(rows) != 120 or len(docs) != 120 or len({r["title"].lower() for r in rows}) != 120:
        problem("tools/documents.jsonl", "120 different documents are expected")
    for row in rows:
        if list(row) != ["id", "title", "text"] or not 15 <= len(row["text"].split()) <= 80:
            problem(row["id"], "form")
        check_prose(row["id"], row["text"])
    titled = {row["title"]: row["text"] for row in rows}

    def find(title, pattern):
        return re.search(pattern, titled[title])[1]

    def number(title, pattern):
        return int(find(title, pattern).replace(",", ""))

    def reeve_of(name):
        return only(t for t, x in titled.items() if f"reeve is {name}" in x or f"{name} has been elected reeve" in x)

    def born(name):
        match = re.search(rf"{name}(?:, born in (\w+) in (\d+)| was born in (\d+) in (\w+))", titled[name])
        return match[1] or match[4], int(match[2] or match[3])

    mover = lambda date: find(f"Minutes of {date}", r"(?:Subject: [^.]*\. |motion of )(\w+ \w+) (?:moved|was)")
    lit = lambda name: number(name, r"(?:first|First) lit in (\d+)")
    seats = lambda name: number(f"The ferry {name}", r"seats (\d+) passengers")
    two = {
        "cabinet-town": lambda: number(reeve_of(mover("February 10, 2020")), r"mentioned in (\d+)"),
        "kittiwake-birth": lambda: born(find("The ferry Kittiwake", r"captain is (\w+ \w+)"))[0],
        "clinic-head": lambda: born(find("The Health Office", r"runs the clinic.*headed by (\w+ \w+)"))[1],
        "goose-population": lambda: number(find("Lantern Night", r"people of (\w+)"), r"had ([\d,]+) inhabitants"),
        "stent-age": lambda: number("Concert Barn", r"opened in (\d+)") - born(find("Concert Barn", r"architect was (\w+ \w+)"))[1],
        "bridges": lambda: number("Sallow Weir Bridge", r"(\d+) meters") - number("Bolt Bridge", r"(\d+) meters"),
        "skarn-keeper": lambda: lit(find("Jonas Pike", r"keeper of the (\w+ Light)")),
        "gates-reeve": lambda: number(reeve_of(mover("January 18, 2021")), r"had ([\d,]+) inhabitants"),
        "children-book": lambda: born(only(
            t for t, x in titled.items() if find("Books for children", r"receives (The \w+ \w+)") in x and "wrote" in x))[0],
        "night-shift": lambda: find(find("Vacancy at the Weather Station", r"^(The \w+ \w+)"), r"first (\w+) of the month"),
        "moor-songs": lambda: number(find("Winter Reading", r"of (Ivo Marsh)"), r"(\d+) poems"),
        "seats-mainland": lambda: seats("Kittiwake") + seats("Petrel"),
        "votes": lambda: mover("May 3, 2021") if number("Minutes of May 3, 2021", r"favor: (\d+)") > number(
            "Minutes of June 11, 2019", r"(\d+) voted") else mover("June 11, 2019"),
        "ember-botanist": lambda: born(find("Loch Ember", r"(\w+ \w+) found a depth of 93"))[0],
        "firewood-beetle": lambda: find(only(
            t for t, x in titled.items() if "took over the " + find("Firewood", r"at the (\w+ Office)") in x), r"the (\w+ weevil)"),
        "older-office": lambda: number("The Ferry Board", r"up in (\d+)") - number("The Land Registry", r"from (\d+)"),
    }
    for row in items["tools/questions.jsonl"]:
        if any(d not in docs for d in row["documents"]):
            problem(row["id"], f"documents {row['documents']}")
            continue
        texts = [docs[d]["text"] + " " + docs[d]["title"] for d in row["documents"]]
        short = row["id"].removeprefix("search-")
        if row["domain"] == "single-fact":
            if len(texts) != 1 or not re.search(rf"\b{re.escape(row['answer'])}", texts[0]):
                problem(row["id"], "the answer is not in the document")
        elif len(texts) != 2 or str(two[short]()) != row["answer"]:
            problem(row["id"], f"answer {row['answer']!r} instead of {two[short]()!r}")
        elif any(re.search(rf"\b{re.escape(row['answer'])}\b", docs[d]["title"]) and row["answer"] in row["question"] for d in row["documents"]):
            problem(row["id"], "the answer is in the question")


# MARK: Terminal

def table(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def follow(files):
    text, steps = files["start.txt"], 0
    while text.startswith("next: "):
        text, steps = files[text.removeprefix("next: ").strip()], steps + 1
    return text.removeprefix("word: ").strip() if steps < 20 else None


def top(text, name):
    above = {row["name"]: row["superior"] for row in table(text)}
    while above[name]:
        name = above[name]
    return name


def day(text, name):
    return datetime.date.fromisoformat(re.search(rf"{name}: (\S+)", text)[1])


TERMINAL = {
    "late-ferries": lambda f: len(re.findall(r" late$", f["ferries.log"], re.M)),
    "notes-with-boat": lambda f: sum(bool(re.search(r"\bboat\b", t, re.I)) for t in f.values()),
    "rope-sales": lambda f: sum(int(r["crowns"]) for r in table(f["sales.csv"]) if r["item"] == "rope"),
    "wettest-town": lambda f: max(
        table(f["rain.tsv"], "\t"), key=lambda r: int(r["March"]) + int(r["April"]) + int(r["May"]))["town"],
    "odd-line": lambda f: only(
        n for n, l in enumerate(f["tides.txt"].splitlines(), 1) if f["tides.txt"].splitlines().count(l) == 1),
    "reviewed-setting": lambda f: only(
        re.search(r"^color = (.*)$", t, re.M)[1] for t in f.values() if "reviewed = yes" in t.splitlines()),
    "pointers": follow,
    "top-of-the-line": lambda f: top(f["staff.csv"], "Orla"),
    "base64-note": lambda f: re.search(r"painted (\w+)", base64.b64decode(f["note.b64"]).decode())[1],
    "hex-word": lambda f: bytes.fromhex(f["word.hex"]).decode(),
    "new-name": lambda f: only(set(f["fall.txt"].split()) - set(f["spring.txt"].split())),
    "changed-value": lambda f: only(set(f["new.ini"].split()) - set(f["old.ini"].split())).split("=")[1],
    "earliest-event": lambda f: sorted(f["events.txt"].splitlines())[0].split()[1],
    "days-between": lambda f: (day(f["loan.txt"], "returned") - day(f["loan.txt"], "borrowed")).days,
    "stock-value": lambda f: sum(
        b["count"] * b["price"] for s in json.loads(f["stock.json"])["shelves"] for b in s["boxes"]),
    "twice": lambda f: only(n for n, c in collections.Counter(f["numbers.txt"].split()).items() if c == 2),
}


def check_terminal(items):
    for row in items["tools/terminal.jsonl"]:
        wanted = str(TERMINAL[row["id"].removeprefix("terminal-")](row["files"]))
        if row["answer"] != wanted:
            problem(row["id"], f"answer {row['answer']!r} instead of {wanted!r}")
        check_prose(row["id"], row["question"])
        for path, text in row["files"].items():
            if not re.fullmatch(r"[a-z0-9]+(/[a-z0-9]+)*\.[a-z0-9]+", path) or not text.endswith("\n"):
                problem(row["id"], f"file {path}")
            if len(text.encode()) > 2048 or not text.isascii():
                problem(row["id"], f"{path}: {len(text.encode())} bytes")
        for path in re.findall(r"/work/([\w./]*\w)", row["question"]):
            if path not in row["files"] and not any(p.startswith(path + "/") for p in row["files"]):
                problem(row["id"], f"/work/{path} is not among the files")


items = {name: load(name) for name in FILES}
check_form(items)
tasks = check_task_files(items)
check_table()
check_balance(items)
check_reasoning(items)
check_code(items)
check_passages(items)
check_documents(items)
check_terminal(items)
for line in problems:
    print(line)
print(f"{sum(map(len, items.values()))} items, {len(tasks)} tasks, {len(problems)} problems")
sys.exit(1 if problems else 0)
