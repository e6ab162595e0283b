"""Packs both ways: python-tuf's client on packs that `assay pack` built and signed, and `assay pack verify` on packs that
python-tuf made (those of Tests/BenchmarkPacksTests/Fixtures/make_packs.py, made anew).

Exit status: 0 all passed, 1 some did not.
"""

import copy
import datetime
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "BenchmarkPacksTests" / "Fixtures"))
import make_packs  # noqa: E402

ASSAY = str(Path(sys.argv[1]).resolve())
failures: list[str] = []
rows: list[tuple[str, str, str]] = []


def check(what: str, by: str, problems: list[str], seen: str):
    rows.append((what, by, f"FAIL: {problems[0]}" if problems else seen))
    failures.extend(problems)


def assay(*arguments, folder: Path, status: int = 0) -> dict:
    done = subprocess.run([ASSAY, "pack", *map(str, arguments), "--json"], cwd=folder, capture_output=True)
    if done.returncode != status:
        raise RuntimeError(f"assay pack {' '.join(map(str, arguments))} ended with {done.returncode}: {done.stderr.decode().strip()}")
    return json.loads(done.stdout or b"{}")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(files: dict[str, bytes], folder: Path):
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


# ---- Packs of ours, by python-tuf

class Ours:
    """A suite with a sealed split; a root of two out of three, targets of two; then new root and timestamp keys."""

    def __init__(self, folder: Path):
        self.folder = folder
        suite = folder / "suite" / "tasks" / "small"
        write({"small.yaml": make_packs.TASK.replace("test: items.jsonl", "test: items.jsonl\n    private: private.jsonl").encode(),
               "items.jsonl": make_packs.lines(make_packs.ITEMS), "private.jsonl": make_packs.lines([make_packs.LEAKED])}, suite)
        (folder / "pass").write_text("word\n")
        for name in ["a", "b", "c", "d", "e"]:
            assay("keygen", "--to", "keys", "--name", name, "--passphrase-file", "pass", "--light-kdf", folder=folder)
        subprocess.run(["age-keygen", "-o", folder / "age.key"], check=True, capture_output=True)
        recipient = subprocess.run(["age-keygen", "-y", folder / "age.key"], check=True, capture_output=True, text=True).stdout.strip()
        self.build = [
            "build", "suite", "--out", "small.pack", "--name", "small", "--licence", "CC0-1.0", "--author", "A. Author",
            "--seal", "tasks/small/private.jsonl", "--recipient", f"ward-3={recipient}",
        ]
        assay(*self.build, "--version", "1.0", *self.keys("root", "abc", 2), *self.keys("targets", "ad", 2), *self.keys("snapshot", "d", 1),
              *self.keys("timestamp", "d", 1), folder=folder)
        self.sign("root", "ac")
        self.sign_contents("d")
        self.root = (folder / "small.pack/metadata/1.root.json").read_bytes()
        self.first = files_of(folder / "small.pack")

    @staticmethod
    def keys(role: str, names: str, threshold: int) -> list[str]:
        return [part for name in names for part in (f"--{role}-key", f"keys/{name}.pub.json")] + [f"--{role}-threshold", str(threshold)]

    def sign(self, role: str, names: str):
        for name in names:
            assay("sign", "small.pack", "--role", role, "--key", f"keys/{name}.key", "--passphrase-file", "pass", folder=self.folder)

    def sign_contents(self, timestamp: str):
        self.sign("targets", "ad")
        self.sign("snapshot", "d")
        self.sign("timestamp", timestamp)

    def rotate(self) -> dict[str, bytes]:
        assay(*self.build, "--version", "1.1", *self.keys("root", "bde", 2), *self.keys("timestamp", "e", 1), folder=self.folder)
        self.sign("root", "abde")
        self.sign_contents("e")
        return files_of(self.folder / "small.pack")


def by_python(files: dict[str, bytes], root: bytes, folder: Path) -> str:
    return make_packs.client(files, root, str(folder), datetime.datetime.now(datetime.timezone.utc))


def documented(scratch: Path, pack: Ours) -> list[str]:
    """What the document's own program says of the pack, of one with a retired item, of a changed file, and of one more file."""
    text = (Path(__file__).resolve().parents[3] / "Runbooks" / "benchmark-packs.md").read_text()
    (scratch / "verify.py").write_text(text.split("```python\n")[1].split("```")[0])
    (scratch / "root.json").write_bytes(pack.root)

    def says(files: dict[str, bytes], root: str = "root.json") -> int:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            write(files, Path(folder) / "pack")
            (Path(folder) / "seen").mkdir()
            return subprocess.run([sys.executable, scratch / "verify.py", f"{folder}/pack", scratch / root, f"{folder}/seen"], capture_output=True).returncode

    problems = [] if says(pack.first) == 0 else ["the genuine pack is refused"]
    items = next(path for path in pack.first if path.endswith(".items.jsonl"))
    if says({**pack.first, items: pack.first[items].replace(b"even", b"ever")}) == 0:
        problems.append("changed items are accepted")
    if says({**pack.first, "targets/more.txt": b"x"}) == 0:
        problems.append("one more file is accepted")
    base = make_packs.Repository()
    (scratch / "base.json").write_bytes(base.roots[0])
    if says(base.files(), "base.json") != 0:
        problems.append("a pack of python-tuf is refused")
    base.targets = make_packs.contents(files={"tasks/small/items.jsonl": make_packs.lines(make_packs.ITEMS + [make_packs.LEAKED])})
    if says(base.files(), "base.json") == 0:
        problems.append("a retired item is accepted")
    return problems


def ours(scratch: Path):
    pack = Ours(scratch)
    client = scratch / "client"
    client.mkdir()
    problems = [] if by_python(pack.first, pack.root, client) == "accepted" else ["the first version is refused"]
    check("a pack of ours: 2 of 3 root keys, 2 of 2 targets keys", "python-tuf", problems, "accepted, every target fetched")

    sealed = next(content for path, content in pack.first.items() if path.endswith(".private.jsonl.age"))
    opened = subprocess.run(["age", "--decrypt", "--identity", scratch / "age.key"], input=sealed, capture_output=True).stdout
    check("its sealed split", "age", [] if opened == make_packs.lines([make_packs.LEAKED]) else ["it does not open"], "opened")

    complaints = documented(scratch, pack)
    check("the program in Runbooks/benchmark-packs.md", "python-tuf", complaints, "accepts it, and refuses three changed copies")

    complaints, tried = [], 0
    for path, content in pack.first.items():
        # The trusted root is given apart: python-tuf does not look at the first root of the pack.
        if path == "metadata/1.root.json":
            continue
        for place in range(0, len(content), max(1, len(content) // 40)):
            tried += 1
            changed = bytearray(content)
            # Not the bit that makes capitals: they are the same hexadecimal digits to python-tuf.
            changed[place] ^= 1 << place % 5
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                if by_python({**pack.first, path: bytes(changed)}, pack.root, Path(folder)) == "accepted":
                    complaints.append(f"{path} with byte {place} changed is accepted")
    check(f"{tried} copies with one bit changed", "python-tuf", complaints, "all refused")

    second = pack.rotate()
    problems = [] if by_python(second, pack.root, client) == "accepted" else ["after a rotation it is refused"]
    check("its next version, with new root and timestamp keys", "python-tuf", problems, "accepted after the first")
    problems = ["the first version is accepted after the second"] if by_python(pack.first, pack.root, client) == "accepted" else []
    check("the first version again", "python-tuf", problems, "refused")
    without = {path: content for path, content in second.items() if path != "metadata/2.root.json"}
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        problems = ["it is accepted"] if by_python(without, pack.root, Path(folder)) == "accepted" else []
    check("the next version without its root", "python-tuf", problems, "refused")
    assay("verify", "small.pack", "--root", "1.root.json", folder=scratch, status=66)


# ---- Packs of python-tuf, by ours

def theirs(scratch: Path):
    base = make_packs.Repository()
    root = scratch / "root.json"
    root.write_bytes(base.roots[0])
    now = make_packs.NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
    kinds = {True: [], False: []}
    counts = {True: 0, False: 0}
    for number, (name, make, seen, code) in enumerate(make_packs.cases()):
        folder = scratch / f"case{number}"
        own = make(copy.deepcopy(base))
        if any(path.startswith("targets//") or ".." in path for path in own):
            # Such files cannot lie in the folder; the metadata that names them does.
            own = {path: content for path, content in own.items() if not path.startswith("targets//") and ".." not in path}
        if any(own_path.startswith(path + "/") for path in own for own_path in own):
            continue
        write(own, folder / "pack")
        arguments = ["verify", folder / "pack", "--root", root, "--at", now]
        if seen:
            write(base.files(), folder / "before")
            assay("verify", folder / "before", "--root", root, "--at", now, "--state", folder / "state", folder=scratch)
            arguments += ["--state", folder / "state"]
        counts[code is None] += 1
        try:
            result = assay(*arguments, folder=scratch, status=1 if code else 0)
            if (result.get("error") or {}).get("code") != code:
                kinds[code is None].append(f"{name}: {result.get('error')}")
        except RuntimeError as error:
            kinds[code is None].append(f"{name}: {error}")
    check(f"{counts[True]} packs of python-tuf", "assay pack verify", kinds[True], "accepted")
    check(f"{counts[False]} tampered, expired, rolled-back or otherwise bad ones", "assay pack verify", kinds[False], "each refused by its code")


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        for name, part in [("ours", ours), ("theirs", theirs)]:
            folder = Path(scratch) / name
            folder.mkdir()
            part(folder)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"{sum(not row[2].startswith('FAIL') for row in rows)} of {len(rows)} checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
