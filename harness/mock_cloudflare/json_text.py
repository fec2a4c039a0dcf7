"""JSON as the mock reads and writes it.

The one rule: nothing a client sends makes these raise anything but `BadJsonError`: not depth, not numbers without end,
not lone surrogates.
"""

from __future__ import annotations

import json

MAX_DEPTH = 200
_COMPACT = {escapes: json.JSONEncoder(ensure_ascii=escapes, separators=(",", ":")) for escapes in (True, False)}
"""Made once: `json.dumps` makes one for every value, which for a chunk of a stream takes longer than to write it."""


class BadJsonError(ValueError):
    """The body is no JSON that the mock can read; the message says why."""


def dump(value: object, *, ascii_only: bool = False) -> bytes:
    """Write compact JSON in UTF-8; `ascii_only` escapes everything beyond ASCII, as some serialisers do."""
    text = _COMPACT[ascii_only].encode(value)
    return text.encode("utf-8", "replace")  # a client may have sent half a surrogate pair in an escape


def load(body: bytes) -> object:
    """Read JSON of at most `MAX_DEPTH` levels."""
    try:
        value = json.loads(body.decode("utf-8"))
    except RecursionError:
        raise BadJsonError("nested too deeply") from None
    except ValueError as error:
        raise BadJsonError(f"not valid JSON: {error}") from None
    if body.count(b"{") + body.count(b"[") <= MAX_DEPTH:
        return value  # nothing nests deeper than it opens
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return value
    raise BadJsonError("nested too deeply")


def load_object(body: bytes) -> dict[str, object]:
    """Read a JSON object."""
    value = load(body)
    if not isinstance(value, dict):
        raise BadJsonError("not a JSON object")
    return value


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return [child for child in value.values() if isinstance(child, dict | list)]
    if isinstance(value, list):
        return [child for child in value if isinstance(child, dict | list)]
    return []
