"""One way to write a value as JSON: what is signed or compared byte for byte is written here.

Keys in the order of their code points, no space, ASCII with escapes, whole numbers only. For such values it is
what RFC 8785 writes, but for the escapes.
"""

from __future__ import annotations

import json


def canonical(value: object) -> bytes:
    """Return the bytes of a value of dicts with text keys, lists, tuples, texts, whole numbers, true, false, null.

    Raises `TypeError` for anything else: a float has more than one spelling.
    """
    _refuse(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def _refuse(value: object) -> None:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if not all(isinstance(key, str) for key in one):
                raise TypeError("canonical JSON has only texts for keys")
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one
        elif one is not None and not isinstance(one, str | int):
            raise TypeError(f"canonical JSON has no {type(one).__name__}")
