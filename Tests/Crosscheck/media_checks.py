"""The sealed media, by age, zstd and securesystemslib."""

import hashlib
import json
import base64
import subprocess

from checks import Check, Demo, Refused
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
]
