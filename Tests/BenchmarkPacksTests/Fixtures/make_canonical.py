"""Makes canonical.json: values, and what securesystemslib's canonical JSON makes of them.

    pip install securesystemslib==1.6.0
    python make_canonical.py canonical.json
"""

import base64
import json
import sys

from securesystemslib.formats import encode_canonical

VALUES = [
    "", "plain", 'a "quoted" word', "back\\slash", "line\nfeed, tab\t, carriage\rreturn, bell\a, nul\0, delete\x7f", "é e\u0301 \u2028 \U0001F600", "/",
    0, -1, 12345678901234567, True, False, None, [], {}, [[], {}, [1, "2", None]],
    {"b": 1, "a": 2, "": 3, "aa": 4, "A": 5}, {"\uE000": 1, "\U00010000": 2, "é": 3, "z": 4, "\uFFFF": 5}, {'"': "\\", "\n": "\t"},
    {"signed": {"_type": "root", "keys": {"k": {"keyval": {"public": "00"}}}, "x": [True, {"y": None}]}},
]

with open(sys.argv[1], "w") as file:
    cases = [{"canonical": base64.b64encode(encode_canonical(value).encode()).decode(), "value": value} for value in VALUES]
    json.dump(cases, file, ensure_ascii=True, separators=(",", ":"))
    file.write("\n")
