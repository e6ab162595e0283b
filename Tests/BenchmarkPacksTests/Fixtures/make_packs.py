"""Makes packs.json: benchmark packs that python-tuf made, and what its client says of each.

    python3 -m venv venv
    venv/bin/pip install tuf==7.0.1 securesystemslib==1.6.0 urllib3==2.8.0 cryptography==50.0.2 cffi==2.1.1 pycparser==3.12
    venv/bin/python make_packs.py packs.json

The file holds `base`, the files of a good pack (path to base64), and `cases`, each with the files that differ from it
(null: taken away), whether the client has seen the base before (`seen`), the time that it is judged at (`now`), the code
that a pack verifier of ours should refuse it by (null: accepted), and what python-tuf's client did: `accepted`, or the
name of its exception. Keys are derived from names, so that the same file is made each time.
"""

import base64
import copy
import datetime
import hashlib
import json
import sys
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner, SSlibKey
from tuf.api.exceptions import DownloadHTTPError, DownloadError, RepositoryError
from tuf.api.metadata import (
    DelegatedRole, Delegations, Key, Metadata, MetaFile, Role, Root, Snapshot, TargetFile, Targets, Timestamp,
)
from tuf.api.serialization.json import JSONSerializer
from tuf.ngclient import Updater
from tuf.ngclient.fetcher import FetcherInterface

NOW = datetime.datetime(2030, 1, 31, 12, tzinfo=datetime.timezone.utc)
LATER = NOW + datetime.timedelta(days=365)
EARLIER = NOW - datetime.timedelta(days=1)


def signer(name: str) -> CryptoSigner:
    return CryptoSigner(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest()))


def canonical(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# ---- What is in the pack

TASK = """task: small
dataset_path: json
dataset_kwargs:
  data_files:
    test: items.jsonl
test_split: test
output_type: multiple_choice
doc_to_text: question
doc_to_choice: choices
doc_to_target: answer
metric_list:
  - metric: acc
metadata:
  version: 1
"""
ITEMS = [{"answer": n % 2, "choices": ["yes", "no"], "id": f"small-{n}", "question": f"Is {n} even?"} for n in range(4)]
#: Not in the pack.
LEAKED = {"answer": 0, "choices": ["yes", "no"], "id": "small-9", "question": "Is 9 odd?"}
CANARY = {"canaries": [{"guid": "0f3a6c1e-5b7d-4e2a-9c48-1d2e3f405162", "task": "small"}], "v": 1}


def lines(values) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def contents(files: dict = {}, description: dict = {}, undescribed: dict = {}) -> dict[str, bytes]:
    """The targets by path: `files` replace some before pack.json is written of them, `description` members of that,
    and `undescribed` are there besides."""
    changes, changed = files, description
    retired = {"date": "2029-05-01", "id": LEAKED["id"], "reason": "published by mistake", "sha256": hashlib.sha256(canonical(LEAKED)).hexdigest(), "task": "small"}
    files = {
        "tasks/small/small.yaml": TASK.encode(), "tasks/small/items.jsonl": lines(ITEMS), "canary.json": canonical(CANARY),
        "retired.jsonl": lines([retired]),
    }
    files.update(changes)
    named = {path: {"path": path, "sha256": hashlib.sha256(content).hexdigest()} for path, content in files.items()}
    description = {
        "authors": ["A. Author"], "canaries": named["canary.json"], "kind": "assay-benchmark-pack", "licence": "CC0-1.0", "name": "small",
        "retired": named["retired.jsonl"],
        "tasks": [{
            "data": [{**named["tasks/small/items.jsonl"], "items": files["tasks/small/items.jsonl"].count(b"\n"), "split": "test"}],
            "file": named["tasks/small/small.yaml"], "includes": [], "name": "small", "scorers": ["acc"],
        }],
        "v": 1, "version": "1.0",
    }
    description.update(changed)
    files["pack.json"] = canonical(description)
    files.update(undescribed)
    return files


# ---- The repository

class Repository:
    """A pack's authors: three root keys of which two sign, two targets keys that both sign, a delegated role."""

    def __init__(self):
        self.signers = {
            "root": ["root-a", "root-b"], "timestamp": ["timestamp"], "snapshot": ["snapshot"], "targets": ["targets-a", "targets-b"], "extra": ["extra"],
        }
        self.roles = {
            "root": (["root-a", "root-b", "root-c"], 2), "timestamp": (["timestamp"], 1), "snapshot": (["snapshot"], 1),
            "targets": (["targets-a", "targets-b"], 2),
        }
        self.versions = {"timestamp": 5, "snapshot": 4, "targets": 3, "extra": 2}
        self.expires = {role: LATER for role in ["root", "timestamp", "snapshot", "targets", "extra"]}
        self.targets = contents()
        self.moved = "canary.json"  # named by the delegated role
        self.hashes = ["sha256", "sha512"]
        self.delegates = True
        self.unknown = {}
        self.edits = {}  # role: changes the metadata's bytes
        self.roots: list[bytes] = []
        self.root(1)

    def key_table(self, roles) -> tuple[dict, dict]:
        keys, table = {}, {}
        for role, (names, threshold) in roles.items():
            own = [signer(name).public_key for name in names]
            keys.update({key.keyid: key for key in own})
            table[role] = Role([key.keyid for key in own], threshold)
        return keys, table

    def root(self, version: int, signers: list[str] | None = None):
        keys, roles = self.key_table(self.roles)
        root = Root(version=version, expires=self.expires["root"], keys=keys, roles=roles, consistent_snapshot=True, unrecognized_fields=dict(self.unknown))
        self.roots.append(self.signed(root, signers or self.signers["root"]))

    @staticmethod
    def signed(payload, names: list[str]) -> bytes:
        metadata = Metadata(payload)
        for name in names:
            metadata.sign(signer(name), append=True)
        return metadata.to_bytes(JSONSerializer(compact=True))

    def files(self) -> dict[str, bytes]:
        files = {f"metadata/{number}.root.json": content for number, content in enumerate(self.roots, 1)}

        def edited(role, content):
            return self.edits.get(role, lambda same: same)(content)

        named = {}
        for path, content in self.targets.items():
            named[path] = TargetFile.from_data(path, content, self.hashes)
            folder, slash, name = path.rpartition("/")
            files[f"targets/{folder}{slash}{hashlib.sha256(content).hexdigest()}.{name}"] = content
        moved = {self.moved: named.pop(self.moved)} if self.delegates and self.moved in named else {}
        key = signer("extra").public_key
        delegations = Delegations({key.keyid: key}, {"extra": DelegatedRole("extra", [key.keyid], 1, False, paths=["canary*"])}) if self.delegates else None
        targets = Targets(version=self.versions["targets"], expires=self.expires["targets"], targets=named, delegations=delegations, unrecognized_fields=dict(self.unknown))
        written = {"targets": edited("targets", self.signed(targets, self.signers["targets"]))}
        if self.delegates:
            extra = Targets(version=self.versions["extra"], expires=self.expires["extra"], targets=moved)
            written["extra"] = edited("extra", self.signed(extra, self.signers["extra"]))
        meta = {f"{role}.json": MetaFile.from_data(self.versions[role], content, ["sha256"]) for role, content in written.items()}
        snapshot = Snapshot(version=self.versions["snapshot"], expires=self.expires["snapshot"], meta=meta)
        written["snapshot"] = edited("snapshot", self.signed(snapshot, self.signers["snapshot"]))
        timestamp = Timestamp(
            version=self.versions["timestamp"], expires=self.expires["timestamp"],
            snapshot_meta=MetaFile.from_data(self.versions["snapshot"], written["snapshot"], ["sha256"]))
        for role, content in written.items():
            files[f"metadata/{self.versions[role]}.{role}.json"] = content
        files["metadata/timestamp.json"] = edited("timestamp", self.signed(timestamp, self.signers["timestamp"]))
        return files


# ---- python-tuf's client

class Files(FetcherInterface):
    def __init__(self, files: dict[str, bytes]):
        self.files = files

    def _fetch(self, url: str):
        path = url.removeprefix("pack:///")
        if path not in self.files:
            raise DownloadHTTPError("not there", 404)
        return iter([self.files[path]])


def client(files: dict[str, bytes], root: bytes, folder: str, now: datetime.datetime) -> str:
    """`accepted`, or the name of the exception. What is accepted is remembered in `folder`."""
    try:
        updater = Updater(folder, "pack:///metadata/", folder, "pack:///targets/", Files(files), bootstrap=root)
        updater._trusted_set.reference_time = now
        updater.refresh()
        wanted = ["pack.json"]
        for path in wanted:
            info = updater.get_targetinfo(path)
            if info is None:
                return "no such target"
            updater.download_target(info, f"{folder}/target")
            if path == "pack.json":
                wanted += described(Path(f"{folder}/target").read_bytes())
        return "accepted"
    except (RepositoryError, DownloadError, ValueError) as error:
        return type(error).__name__


def described(content: bytes) -> list[str]:
    """The targets that a description names."""
    pack = json.loads(content)
    paths = [pack[name]["path"] for name in ("canaries", "policy", "retired", "sources") if name in pack]
    for task in pack["tasks"]:
        paths += [task["file"]["path"], *(file["path"] for file in task["includes"]), *(split["path"] for split in task["data"])]
    return paths


# ---- The cases

def cases():
    """(name, what makes its files of the base's repository, whether the base was seen, expected code)"""

    def of(**changes):
        def make(base: Repository):
            for name, value in changes.items():
                if isinstance(value, dict) and name not in ("targets", "unknown"):
                    getattr(base, name).update(value)
                else:
                    setattr(base, name, value)
            return base.files()
        return make

    def text(role, change):
        return of(edits={role: change})

    def reencoded(change):
        """Changes the parsed metadata and leaves its signatures."""
        def edit(content: bytes) -> bytes:
            value = json.loads(content)
            change(value)
            return canonical(value)
        return edit

    def twice(value):
        value["signatures"] = value["signatures"][:1] * 2

    yield "the pack itself", of(), False, None
    yield "seen before", of(), True, None
    yield "a newer version", of(versions={"timestamp": 6, "snapshot": 5, "targets": 4}), True, None
    yield "members that nobody knows", of(unknown={"x-note": "kept, and signed"}), False, None

    # Arbitrary software
    yield "targets by other keys", of(signers={"targets": ["mallory-a", "mallory-b"]}), False, "pack.not-signed"
    yield "timestamp by the snapshot's key", of(signers={"timestamp": ["snapshot"]}), False, "pack.not-signed"
    yield "targets with one signature of two", of(signers={"targets": ["targets-a"]}), False, "pack.below-threshold"
    yield "one key's signature twice", text("targets", reencoded(twice)), False, "pack.below-threshold"
    yield "the delegated role by another key", of(signers={"extra": ["mallory-a"]}), False, "pack.not-signed"
    yield "another version of the signed part", text("timestamp", reencoded(lambda value: value["signed"].update(version=9))), False, "pack.not-signed"
    yield "the snapshot in the timestamp's place", lambda base: {**base.files(), "metadata/timestamp.json": base.files()["metadata/4.snapshot.json"]}, False, "pack.wrong-role"

    # Freeze
    for role in ["timestamp", "snapshot", "targets", "extra"]:
        yield f"expired {role}", of(expires={role: EARLIER}), False, "pack.expired"
    yield "expired at this moment", of(expires={"timestamp": NOW}), False, "pack.expired"

    # Rollback
    yield "an older timestamp", of(versions={"timestamp": 4}), True, "pack.rollback"
    yield "an older snapshot", of(versions={"timestamp": 6, "snapshot": 3}), True, "pack.rollback"
    yield "older targets", of(versions={"timestamp": 6, "snapshot": 5, "targets": 2}), True, "pack.rollback"
    yield "an older delegated role", of(versions={"timestamp": 6, "snapshot": 5, "targets": 4, "extra": 1}), True, "pack.rollback"
    yield "a role that vanished", of(versions={"timestamp": 6, "snapshot": 5, "targets": 4}, delegates=False), True, "pack.vanished"
    yield "the same version with other content", of(expires={"timestamp": LATER - datetime.timedelta(days=1)}), True, "pack.equivocation"

    # Mix and match
    def other_file(name):
        def make(base: Repository):
            files = base.files()
            base.expires[name.split(".")[1]] = LATER - datetime.timedelta(days=2)
            return {**files, f"metadata/{name}": base.files()[f"metadata/{name}"]}
        return make
    yield "targets of another snapshot", other_file("3.targets.json"), False, "pack.mix-and-match"
    yield "a snapshot of another timestamp", other_file("4.snapshot.json"), False, "pack.mix-and-match"

    # Endless data
    yield "a timestamp without end", text("timestamp", lambda content: content + b" " * (1 << 16)), False, "pack.endless-data"
    yield "targets that go on", lambda base: (lambda files: {**files, "metadata/3.targets.json": files["metadata/3.targets.json"] + b" "})(base.files()), False, "pack.endless-data"

    # Roots
    def rotated(change, signers=None, version=2, name=2):
        def make(base: Repository):
            change(base)
            base.root(version, signers)
            files = base.files()
            files[f"metadata/{name}.root.json"] = base.roots[-1]
            return files
        return make

    def new_root_keys(base: Repository):
        base.roles["root"] = (["root-d", "root-e", "root-f"], 3)

    def new_timestamp_key(base: Repository):
        base.roles["timestamp"] = (["timestamp-2"], 1)
        base.signers["timestamp"] = ["timestamp-2"]

    both = ["root-a", "root-c", "root-d", "root-e", "root-f"]
    yield "new root keys, signed by old and new", rotated(new_root_keys, both), True, None
    yield "new root keys, signed by the new alone", rotated(new_root_keys, ["root-d", "root-e", "root-f"]), False, "pack.not-signed"
    yield "new root keys, one old signature missing", rotated(new_root_keys, ["root-a", "root-d", "root-e", "root-f"]), False, "pack.below-threshold"
    yield "new root keys, one new signature missing", rotated(new_root_keys, ["root-a", "root-b", "root-d", "root-e"]), False, "pack.below-threshold"
    yield "a root that skips a version", rotated(lambda base: None, version=3), False, "pack.root-sequence"

    def two(base: Repository):
        new_root_keys(base)
        base.root(2, both)
        new_timestamp_key(base)
        base.root(3, ["root-d", "root-e", "root-f"])
        base.versions.update(timestamp=1, snapshot=1)
        return base.files()
    yield "two roots on, versions begin anew", two, True, None

    def recovered(base: Repository):
        new_timestamp_key(base)
        base.root(2)
        base.versions.update(timestamp=1)
        return base.files()
    yield "a new timestamp key, versions begin anew", recovered, True, None

    def expired_root(base: Repository):
        base.expires["root"] = EARLIER
        base.root(2)
        return base.files()
    yield "a root that expired", expired_root, False, "pack.expired"

    def expired_between(base: Repository):
        base.expires["root"] = EARLIER
        base.root(2)
        base.expires["root"] = LATER
        base.root(3)
        return base.files()
    yield "a root that expired and was followed", expired_between, False, None

    def foreign_key(base: Repository):
        keys, roles = base.key_table(base.roles)
        number = int.from_bytes(hashlib.sha256(b"ecdsa").digest(), "big") >> 1
        ecdsa = CryptoSigner(derive_private_key(number, SECP256R1())).public_key
        keys[ecdsa.keyid] = ecdsa
        roles["timestamp"].keyids.append(ecdsa.keyid)
        base.roots.append(base.signed(Root(version=2, expires=LATER, keys=keys, roles=roles, consistent_snapshot=True), base.signers["root"]))
        return base.files()
    yield "a key that is not Ed25519", foreign_key, False, "pack.unsupported-key"

    def key_twice(base: Repository):
        """One key under two ids, so that its holder alone meets a threshold of two."""
        keys, roles = base.key_table(base.roles)
        own = signer("targets-a").public_key
        fields = {**own.to_dict(), "x-twin": "1"}
        keyid = hashlib.sha256(canonical(fields)).hexdigest()
        keys[keyid] = Key.from_dict(keyid, fields)
        roles["targets"] = Role([own.keyid, keyid], 2)
        base.roots.append(base.signed(Root(version=2, expires=LATER, keys=keys, roles=roles, consistent_snapshot=True), base.signers["root"]))

        def add(value):
            one = next(signature for signature in value["signatures"] if signature["keyid"] == own.keyid)
            value["signatures"] = [one, {**one, "keyid": keyid}]
        base.edits["targets"] = reencoded(add)
        return base.files()
    yield "one key under two ids", key_twice, False, "pack.duplicate-key"

    def wrong_id(base: Repository):
        keys, roles = base.key_table(base.roles)
        own = signer("snapshot").public_key
        fields = own.to_dict()
        keys.pop(own.keyid)
        keys["0" * 64] = SSlibKey.from_dict("0" * 64, fields)
        roles["snapshot"] = Role(["0" * 64], 1)
        base.roots.append(base.signed(Root(version=2, expires=LATER, keys=keys, roles=roles, consistent_snapshot=True), base.signers["root"]))
        return base.files()
    yield "a key under another id than its own", wrong_id, False, "pack.wrong-keyid"
    yield "a threshold that cannot be met", rotated(lambda base: base.roles.update(snapshot=(["snapshot"], 2))), False, "pack.bad-threshold"

    # Metadata that two readers could take differently
    yield "a member that stands twice", text("timestamp", lambda content: content.replace(b'"signed":{', b'"signed":{"version":4,', 1)), False, "pack.malformed"
    yield "a number with a point", text("timestamp", lambda content: content.replace(b'"version":5', b'"version":5.0', 1)), False, "pack.malformed"
    yield "not JSON", text("timestamp", lambda content: content[:-1]), False, "pack.malformed"
    yield "metadata that is not there", lambda base: {path: content for path, content in base.files().items() if path != "metadata/timestamp.json"}, False, "pack.missing-file"
    yield "a later major version of the specification", text("timestamp", reencoded(lambda value: value["signed"].update(spec_version="2.0.0"))), False, "pack.specification-version"

    # Targets
    yield "a path that leads out", of(targets=contents(undescribed={"../out.txt": b"x"})), False, "pack.bad-path"
    yield "an absolute path", of(targets=contents(undescribed={"/etc/passwd": b"x"})), False, "pack.bad-path"
    yield "paths that differ in case", of(targets=contents(undescribed={"Tasks/small/items.jsonl": b"x"})), False, "pack.path-collision"
    yield "a file that is another's folder", of(targets=contents(undescribed={"tasks/small": b"x"})), False, "pack.path-collision"
    yield "a target that the description does not name", of(targets=contents(undescribed={"more.txt": b"x"})), False, "pack.extraneous-file"
    yield "a file that nothing names", lambda base: {**base.files(), "targets/more.txt": b"x"}, False, "pack.extraneous-file"
    yield "a role's metadata that nothing names", lambda base: {**base.files(), "metadata/9.targets.json": b"{}"}, False, "pack.extraneous-file"
    yield "a retired item, by its content", of(targets=contents(files={"tasks/small/items.jsonl": lines(ITEMS + [{**LEAKED}])})), False, "pack.retired-item"
    yield "a retired item, by its id", of(targets=contents(files={"tasks/small/items.jsonl": lines(ITEMS + [{**LEAKED, "question": "Is 9 odd, then?"}])})), False, "pack.retired-item"
    yield "a canary of no task", of(targets=contents(files={"canary.json": canonical({"canaries": [{**CANARY["canaries"][0], "task": "other"}], "v": 1})})), False, "pack.bad-canary"
    yield "a description of another digest", of(targets=contents(description={"canaries": {"path": "canary.json", "sha256": "0" * 64}})), False, "pack.bad-description"
    yield "the delegated role's target, not of its paths", of(moved="retired.jsonl"), False, "pack.bad-description"

    def changed_target(base: Repository):
        return {path: content.replace(b"even", b"ever") if path.endswith(".items.jsonl") else content for path, content in base.files().items()}
    yield "items that were changed", changed_target, False, "pack.target-changed"

    def missing_target(base: Repository):
        return {path: content for path, content in base.files().items() if not path.endswith(".items.jsonl")}
    yield "items that are not there", missing_target, False, "pack.missing-file"


def main() -> None:
    base = Repository()
    files, root = base.files(), base.roots[0]
    encoded = []
    for name, make, seen, code in cases():
        own = make(copy.deepcopy(base))
        with tempfile.TemporaryDirectory() as folder:
            if seen:
                assert client(files, root, folder, NOW) == "accepted"
            verdict = client(own, root, folder, NOW)
        changed = {path: base64.b64encode(content).decode() for path, content in own.items() if files.get(path) != content}
        changed.update({path: None for path in files if path not in own})
        encoded.append({"code": code, "files": changed, "name": name, "seen": seen, "tuf": verdict})
    result = {
        "base": {path: base64.b64encode(content).decode() for path, content in files.items()}, "cases": encoded,
        "now": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), "root": base64.b64encode(root).decode(),
    }
    Path(sys.argv[1]).write_text(json.dumps(result, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
