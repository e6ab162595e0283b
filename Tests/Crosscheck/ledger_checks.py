"""The ledger, by Go's sumdb packages, pymerkle, and Python's own JSON and SHA-256."""

import base64
import hashlib
import json
import struct
from importlib.metadata import version

import pymerkle
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from checks import Check, Demo, Refused, outside

PROOF = "export/proof.tlog-proof"
KEY = "trust/ledger.vkey"


def note(demo: Demo) -> str:
    outside([demo.sumdb, "checkpoint", demo.path(KEY), demo.path("ledger/checkpoint")])
    return outside([demo.sumdb, "checkpoint", demo.path(KEY), demo.path("export/checkpoint")]).decode().strip()


def cosignature(demo: Demo) -> str:
    """The witness's, from the text of c2sp.org/tlog-cosignature."""
    name, key_hash, key = demo.read("trust/witnesses").decode().strip().split("+", 2)
    key = base64.b64decode(key, validate=True)
    if key[0] != 4 or hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_hash:
        raise Refused("the witness's key is not of type 4 with that hash")
    text, signatures = demo.read("export/checkpoint").decode().split("\n\n")
    lines = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
    if len(lines) != 1:
        raise Refused(f"{len(lines)} cosignatures by {name}")
    signature = base64.b64decode(lines[0], validate=True)
    if signature[:4].hex() != key_hash or len(signature) != 4 + 8 + 64:
        raise Refused("not a cosignature of that key")
    (time,) = struct.unpack(">Q", signature[4:12])
    try:
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[12:], f"cosignature/v1\ntime {time}\n{text}\n".encode())
    except InvalidSignature:
        raise Refused("the cosignature does not fit") from None
    return name


def epoch(demo: Demo) -> str:
    """The checkpoint that closed the first epoch: signed by the ledger's key and by that epoch's, over the first entries."""
    text, signatures = demo.read("ledger/epochs/0").decode().split("\n\n")
    origin, size, root = text.split("\n")
    wanted = [demo.read(KEY).decode().splitlines()[0], demo.read("trust/epoch.vkey").decode().splitlines()[0]]
    for vkey in wanted:
        name, _, key = vkey.split("+", 2)
        key = base64.b64decode(key, validate=True)[1:]
        lines = [line.split(" ")[2] for line in signatures.splitlines() if line.split(" ")[1] == name]
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(lines[0], validate=True)[4:], f"{text}\n".encode())
        except (IndexError, InvalidSignature):
            raise Refused(f"{name} did not sign it") from None
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(entries(demo)[: int(size)])
    if tree.get_root() != base64.b64decode(root, validate=True):
        raise Refused("it closes over other entries")
    begun = json.loads(entries(demo)[int(size) - 1])
    second = demo.read("trust/epoch.vkey").decode().splitlines()[1].split("+", 2)
    if begun["action"] != "ledger.epoch" or base64.b64decode(second[2])[1:].hex() != begun["details"]["epochKey"]:
        raise Refused("its last entry does not begin the epoch whose key is known")
    return f"{size} entries, two signatures"


def inclusion(demo: Demo) -> str:
    return outside(
        [demo.sumdb, "inclusion", demo.path(KEY), demo.path(PROOF), demo.path("export/entry.json")]).decode().strip()


def tiles(demo: Demo) -> str:
    return outside([demo.sumdb, "tiles", demo.path(KEY), demo.path("ledger")]).decode().strip()


def consistency(demo: Demo) -> str:
    return outside(
        [demo.sumdb, "consistency", demo.path(KEY), demo.path("export/checkpoint"), demo.path("ledger")]).decode().strip()


def checkpoint(demo: Demo, name: str) -> tuple[int, bytes]:
    """Size and root. Who signed it is the Go checks' matter."""
    lines = demo.read(name).decode().split("\n")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def entry_tiles(size: int) -> list[tuple[str, int]]:
    """The paths of a log's entry bundles (c2sp.org/tlog-tiles), and how many entries each has."""
    found = []
    for index in range((size + 255) // 256):
        width = min(256, size - index * 256)
        groups = [f"{index % 1000:03}"]
        while index >= 1000:
            index //= 1000
            groups.insert(0, f"x{index % 1000:03}")
        found.append(("ledger/tile/entries/" + "/".join(groups) + (f".p/{width}" if width < 256 else ""), width))
    return found


def entries(demo: Demo) -> list[bytes]:
    found = []
    for name, width in entry_tiles(checkpoint(demo, "ledger/checkpoint")[0]):
        data, here = demo.read(name), []
        while len(data) >= 2:
            (length,) = struct.unpack(">H", data[:2])
            here.append(data[2:2 + length])
            data = data[2 + length:]
        if data or len(here) != width:
            raise Refused(f"{name} does not hold {width} whole entries")
        found += here
    return found


def merkle(demo: Demo) -> str:
    """pymerkle builds the tree from the entries, and verifies our inclusion proof with its own code."""
    size, root = checkpoint(demo, "ledger/checkpoint")
    exported_size, exported_root = checkpoint(demo, "export/checkpoint")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    tree.append_entries(entries(demo))
    if tree.get_size() != size or tree.get_root() != root:
        raise Refused("the entries' root is not the checkpoint's")
    head, _ = demo.read(PROOF).decode().split("\n\n", 1)
    lines = head.split("\n")
    index = int(lines[1].removeprefix("index "))
    leaf = hashlib.sha256(b"\0" + demo.read("export/entry.json")).digest()
    # pymerkle's proof is ours with the leaf in front and with the sides spelled out; it counts from one.
    path = [leaf] + [base64.b64decode(line, validate=True) for line in lines[2:]]
    rule = tree.prove_inclusion(index + 1, exported_size).rule
    proof = pymerkle.InclusionProof("sha256", True, exported_size, index + 1, rule, path)
    try:
        pymerkle.verify_inclusion(leaf, exported_root, proof, index=index + 1, size=exported_size)
        pymerkle.verify_consistency(
            exported_root, root, tree.prove_consistency(exported_size, size), prior_size=exported_size, later_size=size)
    except pymerkle.InvalidProof as error:
        raise Refused(str(error)) from error
    return f"entry {index} of {exported_size}, then {size}"


def chain(demo: Demo) -> str:
    """Each entry counts on from the one before, names its leaf hash, and is no earlier."""
    previous, time = bytes(32), 0
    found = entries(demo)
    for sequence, data in enumerate(found):
        try:
            entry = json.loads(data)
            held = entry["sequence"] == sequence and entry["previous"] == previous.hex() and entry["time"] >= time
        except (ValueError, KeyError) as error:
            raise Refused(f"entry {sequence}: {error}") from error
        if not held:
            raise Refused(f"entry {sequence} does not follow the one before")
        previous, time = hashlib.sha256(b"\0" + data).digest(), entry["time"]
    return f"{len(found)} entries"


def first_entries(demo: Demo) -> str:
    return entry_tiles(checkpoint(demo, "ledger/checkpoint")[0])[0][0]


def last_entries(demo: Demo) -> str:
    return entry_tiles(checkpoint(demo, "ledger/checkpoint")[0])[-1][0]


def last_tile(demo: Demo) -> str:
    return last_entries(demo).replace("/entries/", "/0/")


def swap(demo: Demo):
    """Exchanges the last two entries."""
    name = last_entries(demo)
    found = entries(demo)
    here = found[-(checkpoint(demo, "ledger/checkpoint")[0] % 256 or 256):]
    if len(here) < 2:
        # The last bundle has one entry only: empty it instead.
        return demo.replace(name, b"\0\0")
    here[-1], here[-2] = here[-2], here[-1]
    demo.replace(name, b"".join(struct.pack(">H", len(entry)) + entry for entry in here))


def another_index(content: bytes) -> bytes:
    head, index, rest = content.split(b"\n", 2)
    number = int(index.removeprefix(b"index "))
    return head + b"\nindex %d\n" % (number - 1 if number else 1) + rest


def another_hash(content: bytes) -> bytes:
    lines = content.split(b"\n")
    first = bytearray(base64.b64decode(lines[2]))
    first[0] ^= 1
    lines[2] = base64.b64encode(first)
    return b"\n".join(lines)


def another_size(content: bytes) -> bytes:
    lines = content.split(b"\n")
    lines[1] = b"%d" % (int(lines[1]) + 1)
    return b"\n".join(lines)


def another_root(content: bytes) -> bytes:
    lines = content.split(b"\n")
    root = bytearray(base64.b64decode(lines[2]))
    root[0] ^= 1
    lines[2] = base64.b64encode(root)
    return b"\n".join(lines)


ALL = ["export", "ledger", "trust"]
ENTRY = ("a byte of an entry", lambda demo: demo.flip(first_entries(demo)))
TILE = ("a byte of a tile", lambda demo: demo.flip(last_tile(demo), 0))
IN_PROOF = [
    ("a byte of the entry", lambda demo: demo.flip("export/entry.json")),
    ("a hash of the proof", lambda demo: demo.edit(PROOF, another_hash)),
    ("the proof's index", lambda demo: demo.edit(PROOF, another_index)),
]

def another_signature(name: str):
    """The middle of a signature line's base64, changed to something else for certain."""
    def change(note: bytes) -> bytes:
        start = note.index(f"\u2014 {name}".encode())
        place = note.index(b"\n", start) - 20
        return note[:place] + (b"B" if note[place:place + 1] == b"A" else b"A") + note[place + 1:]
    return change


def another_signature_of_epoch(note: bytes) -> bytes:
    name = next(line.split(b" ")[1] for line in note.splitlines() if b"/epoch/" in line)
    return another_signature(name.decode())(note)


CHECKS = [
    Check(
        "ledger's checkpoints", "Go sumdb/note", ALL, note,
        [
            ("the size", lambda demo: demo.edit("export/checkpoint", another_size)),
            ("the root", lambda demo: demo.edit("ledger/checkpoint", another_root)),
            ("the signature", lambda demo: demo.edit("export/checkpoint", another_signature("assay.local"))),
        ]),
    Check(
        "witness's cosignature", "cryptography, C2SP's text", ALL, cosignature,
        [
            ("the size", lambda demo: demo.edit("export/checkpoint", another_size)),
            ("the cosignature", lambda demo: demo.edit("export/checkpoint", another_signature("demonstration.example"))),
            ("another witness", lambda demo: demo.edit("trust/witnesses", lambda b: b"x" + b)),
        ]),
    Check(
        "closed epoch", f"cryptography, pymerkle {version('pymerkle')}", ALL, epoch,
        [
            ("the root", lambda demo: demo.edit("ledger/epochs/0", another_root)),
            ("the epoch's signature", lambda demo: demo.edit("ledger/epochs/0", another_signature_of_epoch)),
            ("another epoch's key", lambda demo: demo.edit("trust/epoch.vkey", lambda b: b"".join(b.splitlines(True)[::-1]))),
            ENTRY,
        ]),
    Check("entry's inclusion", "Go sumdb/tlog", ALL, inclusion, IN_PROOF),
    Check("ledger's entries and tiles", "Go sumdb/tlog", ALL, tiles, [ENTRY, TILE, ("the entries' order", swap)]),
    Check("ledger only grew", "Go sumdb/tlog", ALL, consistency, [
        ("a byte of a tile", TILE[1]), ("the exported root", lambda demo: demo.edit("export/checkpoint", another_root))]),
    Check(
        "tree, inclusion, consistency", f"pymerkle {version('pymerkle')}", ALL, merkle,
        [ENTRY, *IN_PROOF, ("the exported root", lambda demo: demo.edit("export/checkpoint", another_root))]),
    Check("entries' chain", "Python json, hashlib", ALL, chain, [ENTRY, ("the entries' order", swap)]),
]
