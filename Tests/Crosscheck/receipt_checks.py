"""The receipt, by zbar, librsvg, Python and Go: its QR code in the SVG and in half blocks, and its rows."""

import hashlib
import re
import tempfile
from pathlib import Path

from checks import Check, Demo, Refused, outside

TEXT, SVG, KEY = "receipt/receipt.txt", "receipt/receipt.svg", "trust/ledger.vkey"
QUIET, SCALE = 4, 6


def scan(image: Path) -> bytes:
    """What zbar reads. Status 4 is its word for nothing found."""
    return outside(
        ["zbarimg", "--quiet", "--raw", "--oneshot", "-Sdisable", "-Sqrcode.enable", "-Sbinary", image], refusals=(4,))


def drawn(demo: Demo) -> bytes:
    """The SVG's code, drawn by librsvg at 900 pixels."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "receipt.png")
        outside(["rsvg-convert", "--width", "900", "--output", image, demo.path(SVG)])
        return scan(image)


def printed(demo: Demo) -> bytes:
    """The text's code: each character is two modules, one above the other."""
    lines = [line for line in demo.read(TEXT).decode().splitlines() if line and not line.strip(" \u2580\u2584\u2588")]
    width = max(map(len, lines), default=0) + QUIET
    rows = []
    for line in lines:
        rows.append([character in "\u2580\u2588" for character in line.ljust(width)])
        rows.append([character in "\u2584\u2588" for character in line.ljust(width)])
    light = [[False] * width] * QUIET
    pixels = b"".join(
        bytes(0 if dark else 255 for dark in row for _ in range(SCALE)) * SCALE for row in light + rows + light)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "receipt.pgm")
        image.write_bytes(b"P5 %d %d 255\n" % (width * SCALE, (len(rows) + 2 * QUIET) * SCALE) + pixels)
        return scan(image)


def typed(demo: Demo) -> bytes:
    """The rows, as Runbooks/anchors.md describes them."""
    def check(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()[:6]

    note, number = "", 0
    for found in re.finditer(r"^ *(\d+|end) ([0-9a-f]{6})(?:([:+])(?: (.*))?)?$", demo.read(TEXT).decode(), re.MULTILINE):
        if found[1] == "end":
            note += "\n"
            if found[2] != check(note):
                raise Refused("the rows together do not fit the last check")
            return note.encode()
        number += 1
        if int(found[1]) != number or found[2] != check(f"{number}{found[3]} {found[4] or ''}"):
            raise Refused(f"row {found[1]} does not fit its check")
        note += ("\n" if found[3] == ":" and number > 1 else "") + (found[4] or "")
    raise Refused("no end")


def verified(demo: Demo, note: bytes) -> str:
    """By Go's sumdb/note, under the ledger's key."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "note")
        file.write_bytes(note)
        outside([demo.sumdb, "checkpoint", demo.path(KEY), file])
    return f"{note.split(chr(10).encode())[1].decode()} entries"


def of(read):
    """The note that `read` finds must be the rows' too, byte for byte, and signed."""
    def run(demo: Demo) -> str:
        note = read(demo)
        if note != typed(demo):
            raise Refused("the QR code holds something else than the rows")
        return verified(demo, note)
    return run


def blotted(content: bytes) -> bytes:
    """Half of the SVG's dark modules left out."""
    runs = content.split(b"M")
    return b"M".join(runs[:1] + runs[1:len(runs) // 2]) + b'"/></svg>' if len(runs) > 100 else content


def overprinted(content: bytes) -> bytes:
    """Every second line of half blocks blackened."""
    lines = content.decode().split("\n")
    blocks = [index for index, line in enumerate(lines) if line and not line.strip(" \u2580\u2584\u2588")]
    for index in blocks[::2]:
        lines[index] = "\u2588" * len(lines[index])
    return "\n".join(lines).encode()


FOLDERS = ["receipt", "trust"]
KEYS = ("another ledger's key", lambda demo: demo.edit(KEY, lambda key: b"x" + key))
ROW = ("a letter of a row", lambda demo: demo.edit(TEXT, lambda text: re.sub(rb"(?m)^( +3 [0-9a-f]{6}: )(.)", rb"\1#", text)))

CHECKS = [
    Check("receipt's code, SVG", "zbarimg, rsvg-convert", FOLDERS, of(drawn), [("half of it left out", lambda demo: demo.edit(SVG, blotted)), KEYS]),
    Check("receipt's code, text", "zbarimg", FOLDERS, of(printed), [("half of it blackened", lambda demo: demo.edit(TEXT, overprinted)), KEYS]),
    Check("receipt's rows", "Python hashlib, Go sumdb/note", FOLDERS, lambda demo: verified(demo, typed(demo)), [ROW, KEYS]),
]
