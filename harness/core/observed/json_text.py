"""JSON read as generously as the most generous parser there is, so that no target knows an answer that we do not.

The one rule: valid JSON is read, however deep it nests and however long its numbers are (RFC 8259 §9 leaves both to
the parser). What lies deeper than anything we look at is read as null, so that whatever is read can be written.
"""

from __future__ import annotations

import json
import re

_DEEPEST = 200
_MOST_DIGITS = 4_000
"""Python refuses to read an integer of more than 4,300 digits."""
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_LENIENT = json.JSONDecoder(strict=False)


def loads(text: str | bytes) -> object:
    """Return the value of JSON text.

    Raises:
        ValueError: it is no JSON.
    """
    if isinstance(text, bytes):
        # A parser may ignore a byte order mark (RFC 8259 §8.1); half a surrogate pair is for others to judge.
        text = text.decode(json.detect_encoding(text), "surrogatepass")
    # Python reads up to a thousand levels, and cannot write all of them again.
    may_be_deep = text.count("[") + text.count("{") >= _DEEPEST
    return json.loads(_shallow(text) if may_be_deep else text, parse_int=_integer)


def generously(body: bytes) -> tuple[object, bool]:
    """Return the value of an answer's body, and whether bytes in it are no UTF-8 and were read as U+FFFD.

    Most clients decode before they parse, and put U+FFFD where bytes make no sense (Fetch: package data, UTF-8 decode;
    Go: encoding/json); others refuse such a body (RFC 8259 §8.1).

    Raises:
        ValueError: it is no JSON even so.
    """
    try:
        return loads(body), False
    except UnicodeDecodeError:
        return loads(body.decode("utf-8", "replace")), True


def first_value(text: str) -> object:
    """Return the value that JSON text begins with, as a parser gives it that looks no further and minds no control
    character; None when there is none."""
    try:
        return _LENIENT.raw_decode(text.lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _shallow(text: str) -> str:
    """The same text with null for whatever lies too deep; brackets that are never closed stay open."""
    kept: list[str] = []
    depth = at = 0
    for token in _TOKEN.finditer(text):
        match token.group():
            case "[" | "{":
                depth += 1
                if depth == _DEEPEST:
                    kept += [text[at : token.start()], "null"]
            case "]" | "}":
                if depth == _DEEPEST:
                    at = token.end()
                depth -= 1
    return "".join([*kept, text[at:] if depth < _DEEPEST else ""])
