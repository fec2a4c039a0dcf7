"""A stream of server-sent events as a JSON value, so that its form is inferred like that of any other.

The one rule: what is noted is what a client could trip over: the kinds of events, what each holds, which comes before
which, and the framing. How many there are and how they are timed says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations
from typing import Final

from harness.core.observed import json_text
from harness.core.observed.sse import UNNAMED, SseEvent, decode

DONE: Final = "[DONE]"
_MOST_KINDS: Final = 100
"""So many kinds of events are told apart; no API has as many."""
_MORE: Final = "more kinds"
_BY_DELTA: Final = (
    ("call", ("tool_calls",)),
    ("text", ("content",)),
    ("reasoning", ("reasoning_content", "reasoning")),
)
"""What a delta is there for, by the keys that say so."""


def described(body: bytes) -> dict[str, object]:
    """Return what a stream is like: `events` by kind, their `order`, and the `framing` that is not the plainest."""
    events, decoder = decode(body)
    read = _of_few_kinds([_read(each) for each in events])
    by_kind: dict[str, list[object]] = {}
    for kind, value in read:
        by_kind.setdefault(kind, []).append(value)
    lines = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    framing = {
        "byte order mark": body.startswith(b"\xef\xbb\xbf"),
        "carriage returns": b"\r" in body,
        "comments": any(line.startswith(b":") for line in lines),
        "data without a space": any(line.startswith(b"data:") and line[5:6] != b" " for line in lines),
        "ids": any(each.last_event_id for each in events),
        "retry": decoder.retry_ms is not None,
        "no blank line at the end": decoder.unterminated,
        "not UTF-8": decoder.malformed_utf8,
    }
    return {
        "events": by_kind,
        "order": dict.fromkeys(_order([kind for kind, _ in read]), True),
        "framing": {name: True for name, is_so in framing.items() if is_so},
    }


def _of_few_kinds(read: list[tuple[str, object]]) -> list[tuple[str, object]]:
    """Return the events with those of all kinds beyond the first hundred as one kind: each two kinds are compared."""
    kinds = [*dict.fromkeys(kind for kind, _ in read)]
    rest = frozenset(kinds[_MOST_KINDS:])
    return [(_MORE if kind in rest else kind, value) for kind, value in read] if rest else read


def _order(kinds: list[str]) -> list[str]:
    """Say of each two kinds whether one comes before the other anywhere."""
    last = {kind: at for at, kind in enumerate(kinds)}
    first = {kind: at for at, kind in reversed([*enumerate(kinds)])}
    return [f"{a} before {b}" for a, b in permutations(first, 2) if first[a] < last[b]]


def _read(told: SseEvent) -> tuple[str, object]:
    if told.data.strip() == DONE:
        return DONE, True
    try:
        value = json_text.loads(told.data)
    except ValueError:
        return "not JSON", True
    if told.type != UNNAMED:
        return told.type, value
    return _kind(value), value


def _kind(value: object) -> str:
    """Name an event of a chat by what it is there for."""
    if not isinstance(value, Mapping):
        return "not an object"
    if value.get("error") or value.get("errors"):
        return "error"
    choices = value.get("choices")
    if not isinstance(choices, list):
        return _native(value)
    told = [each for each in choices if isinstance(each, Mapping)]
    deltas = [delta for each in told if isinstance(delta := each.get("delta"), Mapping)]
    if any(each.get("finish_reason") for each in told):
        return "finish"
    for kind, keys in _BY_DELTA:
        if any(delta.get(key) for delta in deltas for key in keys):
            return kind
    if any("role" in delta for delta in deltas):
        return "role"
    return "empty" if told else "usage" if value.get("usage") else "no choices"


def _native(value: Mapping[str, object]) -> str:
    if value.get("tool_calls"):
        return "call"
    if value.get("usage") and not value.get("response"):
        return "usage"
    if "response" in value:
        return "text"
    return "finish" if value.get("finish_reason") else "padding" if "p" in value else "other"
