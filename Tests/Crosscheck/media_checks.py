"""The sealed media, by age, zstd, securesystemslib and Python; their labels, by zbar and librsvg."""

import functools
import hashlib
import html
import json
import base64
import re
import subprocess
import tempfile
from pathlib import Path

from checks import Check, Demo, Refused, outside
from receipt_checks import scan
from verdict_checks import verify_envelope

#: The medium that the appliance took in.
INGESTED = "media"
#: The same files, sealed by the lab once more to a key of age-keygen's: the appliance's own never leaves it.
SEALED_TO_AGE = "private/sealed-to-age"
IDENTITY = "private/age.key"


def predicate(demo: Demo, media: str) -> dict:
    payload = verify_envelope(json.loads(demo.read(f"{media}/manifest.dsse.json")), demo.read("trust/lab.pub.pem"))
    return json.loads(payload)["predicate"]


def manifest(demo: Demo) -> str:
    return f"{len(predicate(demo, INGESTED)['files'])} files"


def opened(demo: Demo, segment: str) -> bytes:
    """age -d SEGMENT | zstd -d"""
    age = subprocess.Popen(
        ["age", "-d", "-i", demo.path(IDENTITY), demo.path(f"{SEALED_TO_AGE}/{segment}")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    zstd = subprocess.Popen(["zstd", "-d", "-q", "-c"], stdin=age.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    age.stdout.close()
    plain, _ = zstd.communicate()
    complaint = age.stderr.read().decode(errors="replace").strip()
    age.stderr.close()
    if age.wait() != 0 or zstd.returncode != 0:
        raise Refused(f"{segment}: {complaint or 'zstd refused it'}")
    return plain


def merged(planes: bytes, width: int) -> bytes:
    """Elements of `width` bytes, rotated by a bit, whose bytes lie in planes, a MiB at a time."""
    if width == 1:
        return planes
    plain = b""
    for block in (planes[start:start + 2**20] for start in range(0, len(planes), 2**20)):
        count = len(block) // width
        rotated = (int.from_bytes(block[index:width * count:count], "little") for index in range(count))
        plain += b"".join((v >> 1 | (v & 1) << 8 * width - 1).to_bytes(width, "little") for v in rotated)
        plain += block[width * count:]
    return plain


WIDTHS = {"none": 1, "planes-2": 2, "planes-4": 4}


def segments(demo: Demo) -> str:
    """Every segment opens to the size that the lab signed, and together they are what was audited."""
    if not demo.path(IDENTITY).exists():
        raise FileNotFoundError(f"{IDENTITY} is missing, so age has nothing to open the media with")
    total = 0
    subjects = {
        subject["name"]: subject["digest"]["sha256"]
        for subject in json.loads(base64.b64decode(demo.lines()[0]["payload"]))["subject"]
    }
    for file in predicate(demo, SEALED_TO_AGE)["files"]:
        whole = hashlib.sha256()
        for segment in file["segments"]:
            plain = merged(opened(demo, segment["path"]), WIDTHS[segment["transform"]])
            if len(plain) != segment["plainSize"]:
                raise Refused(f"{segment['path']} does not hold what the manifest says")
            whole.update(plain)
            total += len(plain)
        if whole.hexdigest() != file["sha256"] or subjects.get(file["path"]) != file["sha256"]:
            raise Refused(f"{file['path']} is not what the manifest and the verdict name")
    return f"{total} bytes"


def a_segment(demo: Demo) -> str:
    return f"{SEALED_TO_AGE}/" + predicate(demo, SEALED_TO_AGE)["files"][-1]["segments"][0]["path"]


def exchanged(demo: Demo):
    """The first segments of two files change places: each opens, and is not what the manifest says."""
    first, *_, last = [file["segments"][0]["path"] for file in predicate(demo, SEALED_TO_AGE)["files"]]
    one, other = demo.read(f"{SEALED_TO_AGE}/{first}"), demo.read(f"{SEALED_TO_AGE}/{last}")
    demo.replace(f"{SEALED_TO_AGE}/{first}", other)
    demo.replace(f"{SEALED_TO_AGE}/{last}", one)


@functools.cache
def mul8(a: int, b: int) -> int:
    product = 0
    while b:
        product, a, b = product ^ a * (b & 1), a << 1 ^ 0x11D * (a >> 7), b >> 1
    return product


def mul(a: int, b: int) -> int:
    square = mul8(a >> 8, b >> 8)
    return (square ^ mul8(a >> 8, b & 255) ^ mul8(a & 255, b >> 8)) << 8 | mul8(square, 0x20) ^ mul8(a & 255, b & 255)


@functools.cache
def inverse(a: int) -> int:
    result = 1
    for _ in range(15):
        a = mul(a, a)
        result = mul(result, a)
    return result


def element(shard: bytes, index: int) -> int:
    """Of a shard that zeros follow."""
    place = index // 4096 * 8192 + index % 4096
    return (shard[place] if place < len(shard) else 0) | (shard[place + 4096] if place + 4096 < len(shard) else 0) << 8


def repair(demo: Demo) -> str:
    """Every piece has its digest and, in some thousand places, is the sum that the format says."""
    stated = predicate(demo, SEALED_TO_AGE)
    groups, pieces = stated["repair"]["groups"], stated["repair"]["pieces"]
    shards = [demo.read(f"{SEALED_TO_AGE}/{segment['path']}") for file in stated["files"] for segment in file["segments"]]
    for number, piece in enumerate(pieces):
        content, group = demo.read(f"{SEALED_TO_AGE}/{piece['path']}"), shards[number % groups::groups]
        if hashlib.sha256(content).hexdigest() != piece["sealedSha256"]:
            raise Refused(f"{piece['path']} is not as signed")
        row = number // groups
        if len(content) != -(-max(map(len, group)) // 8192) * 8192:
            raise Refused(f"{piece['path']} has another length than the longest segment")
        for index in range(0, len(content) // 2, max(1, len(content) // 2 // 1009)):
            products = (mul(inverse(row ^ (32768 + place)), element(shard, index)) for place, shard in enumerate(group))
            if functools.reduce(int.__xor__, products) != element(content, index):
                raise Refused(f"{piece['path']}: element {index} is not the segments' sum")
    return f"{len(pieces)} pieces of {len(shards)} segments"


def recoded(demo: Demo):
    """A piece that is as signed, and not what the segments make: it stands in another's place."""
    first, second = predicate(demo, SEALED_TO_AGE)["repair"]["pieces"][:2]
    manifest = f"{SEALED_TO_AGE}/manifest.dsse.json"
    a, b = first["sealedSha256"].encode(), second["sealedSha256"].encode()
    demo.edit_payload(manifest, 0, lambda p: p.replace(a, b"?").replace(b, a).replace(b"?", b))
    one, other = demo.read(f"{SEALED_TO_AGE}/{first['path']}"), demo.read(f"{SEALED_TO_AGE}/{second['path']}")
    demo.replace(f"{SEALED_TO_AGE}/{first['path']}", other)
    demo.replace(f"{SEALED_TO_AGE}/{second['path']}", one)


LABELS = "private/labels.html"


def labels(demo: Demo) -> str:
    """Each label's code, drawn by librsvg, names the submission and the manifest that the packing list does, and its volume."""
    page = demo.read(LABELS).decode()
    digests = [html.unescape(cell) for cell in re.findall(r'<td class="code">([0-9a-f]{64})</td>', page)][:2]
    drawings = re.findall(r"<svg .*?</svg>", page, re.DOTALL)
    for number, drawing in enumerate(drawings, 1):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "label.svg").write_text(drawing)
            image = Path(folder, "label.png")
            outside(["rsvg-convert", "--width", "600", "--output", image, Path(folder, "label.svg")])
            words = f"assay submission {digests[0]}\nmanifest sha256 {digests[1]}\nvolume {number} of {len(drawings)}\n"
            if scan(image).decode() != words:
                raise Refused(f"label {number} holds something else than the list")
    return f"{len(drawings)} labels"


FOLDERS = ["media", "trust", "export", "private"]

CHECKS = [
    Check(
        "media's manifest", "securesystemslib", FOLDERS, manifest,
        [
            ("a size in the manifest", lambda demo: demo.edit_payload(
                f"{INGESTED}/manifest.dsse.json", 0, lambda p: p.replace(b'"plainSize":', b'"plainSize":1', 1))),
            ("another public key", lambda demo: demo.replace("trust/lab.pub.pem", demo.read("trust/appliance.pub.pem"))),
        ]),
    Check(
        "media's content", "age -d | zstd -d", FOLDERS, segments,
        [
            ("the last byte of a segment", lambda demo: demo.flip(a_segment(demo), len(demo.read(a_segment(demo))) - 1)),
            ("a segment's header", lambda demo: demo.flip(a_segment(demo), 30)),
            ("two segments exchanged", exchanged),
        ]),
    Check(
        "media's repair data", "securesystemslib, Python", FOLDERS, repair,
        [
            ("a byte of a piece", lambda demo: demo.flip(f"{SEALED_TO_AGE}/repair/00000.rs", 5000)),
            ("a byte of a segment", lambda demo: demo.flip(a_segment(demo), 0)),
            ("two pieces exchanged", recoded),
        ]),
    Check(
        "media's labels", "zbarimg, rsvg-convert", FOLDERS, labels,
        [
            ("the submission on the list", lambda demo: demo.replace(LABELS, re.sub(
                rb'(<td class="code">)[0-9a-f]{64}', rb"\g<1>" + b"0" * 64, demo.read(LABELS), count=1))),
        ]),
]
