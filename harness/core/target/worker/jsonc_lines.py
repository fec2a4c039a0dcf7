"""Where in a text of JSON with comments a key stands, for error messages.

The one rule: this only ever points. It reads well enough to find a line; the meaning of the text is json5's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harness.core.target.toml_lines import Key

_TOKEN: Final = re.compile(
    r"""
      (?P<skip> //[^\n]* | /\*.*?\*/ | \s+ )
    | (?P<text> "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' )
    | (?P<mark> [\[\]{}:,] )
    | (?P<word> [^\s\[\]{}:,"'/]+ | . )
    """,
    re.VERBOSE | re.DOTALL,
)


def line_of(text: str, key: Key) -> int | None:
    """Return the line (from 1) of a key, or else of the longest beginning of it that is there.

    A number in the key is an item of a list, counted from 0.
    """
    best, line = 0, None
    for number, found in _places(text):
        shared = len(found)
        if shared > best and found == key[:shared]:
            best, line = shared, number
    return line


def _places(text: str) -> Iterator[tuple[int, Key]]:
    """Yield every key and every item of a list with the line that it begins on."""
    path: list[str] = []
    opened: list[str] = []
    number, last, awaits_item = 1, "", False
    for found in _TOKEN.finditer(text):
        piece = found.group()
        if found["skip"] is None:
            if awaits_item and piece != "]":
                yield number, tuple(path)
            awaits_item = False
            match piece:
                case "{" | "[":
                    opened.append(piece)
                    path.append("0" if piece == "[" else "")
                    awaits_item = piece == "["
                case "}" | "]":
                    del opened[-1:], path[-1:]
                case ":" if opened and opened[-1] == "{":
                    path[-1] = last.strip("\"'")
                    yield number, tuple(path)
                case "," if opened and opened[-1] == "[":
                    path[-1] = str(int(path[-1]) + 1)
                    awaits_item = True
                case _:
                    last = piece
        number += piece.count("\n")
