#!/usr/bin/env python3
"""Writes Sources/InferenceEngine/Tokenizers/Normalizers/DecompositionData.swift with PyPI's tokenizers.

    pip install tokenizers==0.23.3
    ./generate-decompositions.py

The tables are asked of the library itself, a character at a time: its own are those of Unicode 9 (the crate
unicode-normalization-alignments 0.1), and what is normalized here has to come out the same.
"""
import pathlib

from tokenizers import normalizers

HERE = pathlib.Path(__file__).parent
TARGET = HERE / "../../../Sources/InferenceEngine/Tokenizers/Normalizers/DecompositionData.swift"
NFC, NFD, NFKD = normalizers.NFC(), normalizers.NFD(), normalizers.NFKD()


def base36(number):
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits


def table(entries):
    """Lines of `distance:scalar,scalar` with the distance from the entry before, left out where it is one."""
    words, last = [], 0
    for value, decomposition in entries:
        distance = "" if value == last + 1 else base36(value - last)
        words.append(distance + ":" + ",".join(base36(ord(part)) for part in decomposition))
        last = value
    return wrapped(words)


def wrapped(words):
    lines, line = [], ""
    for word in words:
        if len(line) + 1 + len(word) > 124:
            lines.append(line)
            line = ""
        line += (" " if line else "") + word
    return "\n".join("        " + line for line in lines + [line])


characters = [value for value in range(0x110000) if not 0xD800 <= value < 0xE000 and not 0xAC00 <= value <= 0xD7A3]
canonical, compatible, exclusions = [], [], []
for value in characters:
    text = chr(value)
    decomposed = NFD.normalize_str(text)
    if decomposed != text:
        canonical.append((value, decomposed))
        if len(decomposed) > 1 and NFC.normalize_str(decomposed) != text:
            exclusions.append(base36(value))
    further = NFKD.normalize_str(text)
    if further != decomposed:
        compatible.append((value, further))

TARGET.write_text(f'''// Written by Tests/InferenceEngineTests/Fixtures/generate-decompositions.py. Do not edit.

/// The decompositions of Unicode 9, Hangul syllables apart; `Decompositions` says how they are written.
enum DecompositionData {{
    /// Full canonical decompositions.
    static let canonical = """
{table(canonical)}
        """

    /// Full compatibility decompositions, where they differ.
    static let compatible = """
{table(compatible)}
        """

    /// Of those with a canonical decomposition into several characters, the ones that do not compose.
    static let exclusions = """
{wrapped(exclusions)}
        """
}}
''')
print(len(canonical), len(compatible), len(exclusions), TARGET.stat().st_size)
