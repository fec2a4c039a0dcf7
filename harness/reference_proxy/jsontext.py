"""Strict JSON: what RFC 8259 allows and nothing more, bounded in depth, never a RecursionError.

The one rule: whatever is read here can be written here, so that an answer never fails half way out.
"""

import json
import re

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
ANSWER_MAX_DEPTH = 128


class InvalidJsonError(ValueError):
    """The text is not JSON."""


def _refuse(constant: str) -> None:
    raise InvalidJsonError(f"{constant} is not JSON")  # Python would read NaN and Infinity


# Made once: `json.dumps` and `json.loads` make one for every value.
_STRICT = json.JSONDecoder(parse_constant=_refuse)
_COMPACT = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), check_circular=False
)  # what was read has no circles
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class TooDeepError(InvalidJsonError):
    """The text nests deeper than allowed."""


def loads(text: str, *, max_depth: int = ANSWER_MAX_DEPTH) -> object:
    """The value of `text`; raises InvalidJsonError, or TooDeepError before any deep structure is built."""
    if text.count("[") + text.count("{") > max_depth and _deeper_than(text, max_depth):
        raise TooDeepError(f"JSON nests deeper than {max_depth}")
    try:
        return _read(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJsonError("not valid JSON") from error


def dumps(value: object) -> bytes:
    """Compact UTF-8; half a surrogate pair, which UTF-8 cannot carry, stays escaped as it came."""
    text = _COMPACT.encode(value)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def canonical(value: object) -> bytes:
    """The same bytes for equal values, whatever the order of their keys."""
    return _CANONICAL.encode(value).encode("ascii")


def _read(text: str) -> object:
    """As `decode` does, without its looks for blanks on either side, which there seldom are."""
    value: object
    try:
        value, end = _STRICT.raw_decode(text)
    except json.JSONDecodeError:
        end = -1
    return value if end == len(text) else _STRICT.decode(text)


def _deeper_than(text: str, limit: int) -> bool:
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth > limit:
                return True
        elif mark in "]}":
            depth -= 1
    return False
