"""Bytes as text on a page: what cannot be seen is written as an escape that every font has, set apart in an element.

The one rule: the signs are markup (`<i>\\r\\n</i>`), so that a backslash that somebody sent is not taken for one.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from reports.record import WireRow

SHOWN_AT_MOST: Final = 160
"""Characters of a preview that are seen at once; the rest is on the page and hidden."""
_KEPT_AT_MOST: Final = 480
_ODD: Final = r"\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd"
_SIGNS: Final = re.compile(f"[{_ODD}]+")
_PROSE_SIGNS: Final = re.compile(f"[{_ODD.replace('x1f', 'x08')}\x0b-\x1f]+")
_SHORT: Final = {"\r": r"\r", "\n": r"\n", "\t": r"\t", "\ufffd": "\ufffd"}
_PICTURES: Final = {0x2400 + code: chr(code) for code in range(0x20)} | {0x2421: "\x7f"}
"""Evidence comes with the symbols that a terminal has for control characters, and few fonts have on a page."""
_USEFUL: Final = re.compile(r'"(?:choices|delta|response|error|errors|result|messages|tool_calls|usage)"\s*:')
_JOINTS: Final = re.compile(r"(?<=[._])(?=\w)")
_CODE: Final = re.compile("`([^`]+)`")
_DULL_AT_LEAST: Final = 48
_START: Final = 20
_AROUND: Final = 40


def signs(text: str) -> Markup:
    """Return text on one line, every control character as its sign."""
    return Markup(_marked(text.translate(_PICTURES), _SIGNS))  # noqa: S704 - it is escaped


def prose(text: str) -> Markup:
    """Return text whose line ends and tabs do their work; every other control character is a sign."""
    return Markup(_marked(text.replace("\r\n", "\n").translate(_PICTURES), _PROSE_SIGNS))  # noqa: S704 - it is escaped


def words(text: str) -> Markup:
    """Return a text of ours, what stands between two backticks as code."""
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part) for number, part in enumerate(parts)
    )


def breakable(name: str) -> Markup:
    """Return a dotted name that may be broken behind its dots and lines, and nowhere else."""
    return Markup("<wbr>").join(signs(part) for part in _JOINTS.split(name))


def preview(row: WireRow) -> Markup:
    """Return the beginning of a row's bytes: what says least of it is folded, and the struck byte is marked."""
    text = row.preview[:_KEPT_AT_MOST]
    struck = _struck(row, text)
    folded = _folded(text, struck)
    shown_bytes = len(row.hex) // 2 or len(text.encode("utf-8", "replace"))
    cuts = {0, len(text), *(end for part in folded for end in part)}
    if struck is not None:
        cuts |= {struck, min(struck + 1, len(text))}
    parts: list[str] = []
    for start, end in pairwise(sorted(cuts)):
        shown = _marked(text[start:end], _SIGNS)
        if start == struck:
            shown = f"<mark>{shown}</mark>"
        if any(low <= start < high for low, high in folded):
            shown = f"<s>{shown}</s>"
        if any(low == start for low, _ in folded):
            shown = f"<u>…</u>{shown}"
        parts.append(shown)
    if struck == len(text) and row.size_bytes <= shown_bytes:
        parts.append("<mark></mark>")
    if row.size_bytes > shown_bytes and not (folded and folded[-1][1] == len(text)):
        parts.append("<u>…</u>")
    return Markup("".join(parts))  # noqa: S704 - its text is escaped


def _struck(row: WireRow, text: str) -> int | None:
    """Return which character of a preview begins with the struck byte; None when it holds none."""
    if row.kind != "sent" or row.struck_byte is None:
        return None
    data = bytes.fromhex(row.hex) if row.hex else text.encode("utf-8", "replace")
    if row.struck_byte > len(data):
        return None
    return min(len(data[: row.struck_byte].decode("utf-8", "replace")), len(text))


def _folded(text: str, struck: int | None) -> list[tuple[int, int]]:
    """Return which stretches are folded: what stands before the useful part, and what is too long."""
    folded: list[tuple[int, int]] = []
    useful = _USEFUL.search(text)
    if useful and useful.start() - _START >= _DULL_AT_LEAST:
        folded.append((_START, useful.start()))
    if struck is not None:
        folded = [(low, high) for low, high in folded if not low <= struck < high]
    end = SHOWN_AT_MOST + sum(high - low for low, high in folded)
    end = max(end, struck + _AROUND) if struck is not None else end
    return [*folded, (end, len(text))] if end < len(text) else folded


def _marked(text: str, odd: re.Pattern[str]) -> str:
    """Escape what stands between tags, where a quotation mark is harmless and there are many of them, and set signs."""
    return odd.sub(_as_signs, html.escape(text, quote=False))  # what is escaped is none of the odd characters


def _as_signs(odd: re.Match[str]) -> str:
    return f"<i>{''.join(map(_sign, odd.group()))}</i>"


def _sign(character: str) -> str:
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}")
