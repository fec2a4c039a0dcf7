"""Where in a TOML text a key stands, for error messages.

The one rule: this only ever points. It reads well enough to find a line; the meaning of the text is tomllib's business.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

Key = tuple[str, ...]

_PART: Final = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE: Final = re.compile(rf"\s*\[(\[?)\s*({_KEY})\s*\]")
_ASSIGNMENT: Final = re.compile(rf"(?:^|(?<=[{{,]))\s*({_KEY})\s*=")


def line_of(text: str, key: Key) -> int | None:
    """Return the line (from 1) that defines the key, or else the longest beginning of it that is written somewhere."""
    best, line = 0, None
    for number, found in _definitions(text):
        shared = len(found)
        if shared > best and found == key[:shared]:
            best, line = shared, number
    return line


def lines_of(text: str) -> dict[str, int]:
    """Return every key that is written, dotted, with its line (from 1); of one that is written twice, the first."""
    found: dict[str, int] = {}
    for number, key in _definitions(text):
        for size in range(1, len(key) + 1):
            found.setdefault(".".join(key[:size]), number)
    return found


def _definitions(text: str) -> Iterator[tuple[int, Key]]:
    table: Key = ()
    listed: Counter[Key] = Counter()
    for number, content in enumerate(text.splitlines(), start=1):
        header = _TABLE.match(content)
        if header:
            table = _parts(header[2])
            if header[1]:  # one of an array of tables, which count from 0
                listed[table] += 1
                table = (*table, str(listed[table] - 1))
            yield number, table
            continue
        outer: Key = ()
        for found in _ASSIGNMENT.finditer(content):
            own = (*outer, *_parts(found[1]))
            yield number, (*table, *own)
            outer = outer or own  # what follows on the line is inside this key's inline table


def _parts(written: str) -> Key:
    return tuple(part.strip("\"'") for part in re.findall(_PART, written))
