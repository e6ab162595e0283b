"""Reads a GGUF file's header (ggml's docs/gguf.md), by itself: what the demonstration's programs say is checked against it."""

import math
import struct

# Bytes of a value, by its type; 8 is a string and 9 an array.
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
# Tensor types of the demonstration model: numbers in a block, and bytes.
BLOCKS = {0: ("F32", 1, 4), 1: ("F16", 1, 2), 3: ("Q4_1", 32, 20), 8: ("Q8_0", 32, 34)}


class GGUF:
    def __init__(self, path):
        self.bytes = open(path, "rb").read()
        magic, version, tensors, values = struct.unpack_from("<4sIQQ", self.bytes)
        assert magic == b"GGUF" and version in (2, 3), path
        self.version, self.value_count, self.place = version, values, 24
        for _ in range(values):
            self._text()
            self._skip(self._integer("<I"))
        # The metadata as it stands, to be copied.
        self.metadata = self.bytes[24:self.place]
        self.tensors = []
        for _ in range(tensors):
            name = self._text().decode()
            shape = [self._integer("<Q") for _ in range(self._integer("<I"))]
            self.tensors.append({"name": name, "shape": shape, "type": self._integer("<I"), "offset": self._integer("<Q")})
        start = (self.place + 31) // 32 * 32
        for tensor in self.tensors:
            _, numbers, size = BLOCKS[tensor["type"]]
            tensor["start"] = start + tensor["offset"]
            tensor["size"] = math.prod(tensor["shape"]) // numbers * size

    def tensor(self, name):
        return next(tensor for tensor in self.tensors if tensor["name"] == name)

    def stored(self, tensor):
        return self.bytes[tensor["start"]:tensor["start"] + tensor["size"]]

    def q4_1(self, tensor):
        """The stored integers, and what they stand for: scale times integer, plus minimum."""
        stored, integers, values = self.stored(tensor), [], []
        for place in range(0, len(stored), 20):
            scale, minimum = struct.unpack_from("<ee", stored, place)
            block = stored[place + 4:place + 20]
            block = [byte & 15 for byte in block] + [byte >> 4 for byte in block]
            integers += block
            values += [scale * integer + minimum for integer in block]
        return integers, values

    def _integer(self, form):
        (value,) = struct.unpack_from(form, self.bytes, self.place)
        self.place += struct.calcsize(form)
        return value

    def _text(self):
        length = self._integer("<Q")
        self.place += length
        return self.bytes[self.place - length:self.place]

    def _skip(self, kind):
        if kind == 8:
            self._text()
        elif kind == 9:
            element, count = self._integer("<I"), self._integer("<Q")
            if element in SIZES:
                self.place += count * SIZES[element]
            else:
                for _ in range(count):
                    self._skip(element)
        else:
            self.place += SIZES[kind]
