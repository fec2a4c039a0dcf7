"""What a finding shows beside its words: where two texts part, and how an exchange went on both sides.

The one rule: a few short lines whatever was exchanged, with no control character in them. What differs from run to run
stands here and not in the words of a finding, which tell one problem from another.
"""

from __future__ import annotations

from typing import Final

from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.reading import Reading
from reports.visible import on_one_line

UPSTREAM: Final = "upstream"
CLIENT: Final = "client"
_LABEL: Final = 10
_BEFORE: Final = 20
"""Characters shown in front of the place where two texts part."""
_BEHIND: Final = 32
_HERE: Final = "▸"
_TAIL_CHARACTERS: Final = 20
_TAIL_BYTES: Final = 400
_ODD_CHARACTERS: Final = 150
_SPOILT_BYTES: Final = 6
_CALLS_AT_MOST: Final = 3
_ENDS: Final = {
    UpstreamEnd.KEPT: "kept open",
    UpstreamEnd.CLOSED: "closed",
    UpstreamEnd.RESET: "reset",
    UpstreamEnd.PEER_LEFT: "the target hung up",
    UpstreamEnd.RUNNING: "still running",
}


def around(one: str, other: str, *, names: tuple[str, str] = (UPSTREAM, CLIENT)) -> tuple[str, ...]:
    """Show two texts around the first place where they differ; nothing when they do not."""
    at = _parting(one, other)
    if at == len(one) == len(other):
        return ()
    lines = [f"{name:<{_LABEL}}{_excerpt(text, at)}" for name, text in zip(names, (one, other), strict=True)]
    return (*lines, f"{'':<{_LABEL}}they part at {_HERE}, character {at + 1} of {len(one)} and {len(other)}")


def sides(ask: AskView) -> tuple[str, ...]:
    """Tell of an exchange what upstream sent, call by call, and what the client got; the last of each word for word."""
    calls = ask.own or ask.known or ask.later
    timed = len(calls) > 1 or calls == ask.later
    shown = calls[-_CALLS_AT_MOST:]
    lines = [f"{UPSTREAM:<{_LABEL}}{_call(call, ask, says_when=timed)}" for call in shown]
    if rest := len(calls) - len(shown):
        lines.insert(0, f"{UPSTREAM:<{_LABEL}}{rest} calls before these")
    return (*(lines or [f"{UPSTREAM:<{_LABEL}}was not asked"]), f"{CLIENT:<{_LABEL}}{_got(ask)}")


def odd(text: str, ask: AskView) -> tuple[str, ...]:
    """Show what makes no sense, as far as there is room for it, and both sides."""
    more = "…" if len(text) > _ODD_CHARACTERS else ""
    return (on_one_line(f"{'odd':<{_LABEL}}{text[:_ODD_CHARACTERS]}{more}"), *sides(ask))


def spoilt(ask: AskView) -> tuple[str, ...]:
    """Show the first bytes of the client's body that are no UTF-8, in hexadecimal behind the text before them."""
    body = ask.client.body
    try:
        body.decode()
    except UnicodeDecodeError as error:
        at = error.start
        before = body[max(0, at - _TAIL_BYTES) : at].decode(errors="replace")[-_BEFORE:]
        spoilt_bytes = body[at : at + _SPOILT_BYTES].hex(" ")
        told = f"{CLIENT:<{_LABEL}}…{before}{_HERE}{spoilt_bytes} at byte {at + 1} of {len(body)}"
        return (on_one_line(told),)
    return sides(ask)


def _parting(one: str, other: str) -> int:
    """Return how many characters two texts have in common from their start; quick for texts of many megabytes."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _excerpt(text: str, at: int) -> str:
    start = max(0, at - _BEFORE)
    before = ("…" if start else "") + text[start:at]
    behind = text[at : at + _BEHIND] or "(nothing more)"
    return on_one_line(f"{before}{_HERE}{behind}{'…' if len(text) > at + _BEHIND else ''}")


def _call(call: UpstreamView, ask: AskView, *, says_when: bool) -> str:
    exchange, started_s = call.exchange, ask.client.started_s
    when = f"asked at {exchange.arrived_s - started_s:.2f} s: " if says_when else ""
    sent = f"{call.status or 'no status'}, {_size(call.reading, call.body_size_bytes)}"
    ended = "" if exchange.end_s is None else f" at {exchange.end_s - started_s:.2f} s"
    return f"{when}{sent}, {_ENDS[exchange.end]}{ended}{_tail(call.last_bytes)}"


def _got(ask: AskView) -> str:
    client = ask.client
    size_bytes = sum(len(piece.data) for piece in client.pieces)
    got = f"{client.status or 'no status'}, {_size(ask.reading, size_bytes)}"
    kept = client.pieces[-_CALLS_AT_MOST:]
    tail = b"".join(piece.data[-_TAIL_BYTES:] for piece in kept)
    return f"{got}, {client.end} at {client.end_s - client.started_s:.2f} s{_tail(tail)}"


def _size(reading: Reading, size_bytes: int) -> str:
    if reading.event_count:
        return f"{reading.event_count} event{'' if reading.event_count == 1 else 's'}"
    return f"{size_bytes} bytes"


def _tail(data: bytes) -> str:
    """The end of some bytes, as text."""
    text = data[-_TAIL_BYTES:].decode(errors="replace")
    if not text:
        return ""
    return on_one_line(f": {'…' if len(text) > _TAIL_CHARACTERS else ''}{text[-_TAIL_CHARACTERS:]}")
