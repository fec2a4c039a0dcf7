"""How long a target waits: for a first byte, behind a silence inside a stream, and for the whole of an exchange.

The one rule: a limit is read from when the target itself ended a call upstream. What it ended because the client had
gone, or upstream was done, is no limit of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from fault_injection.families.sse_pace import Stall
from fault_injection.families.tcp import Blackhole, SlowDrip
from harness.core.probing.experiments.settling import fresh
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Ask, Moves, one
from harness.core.probing.rounding import roundest
from harness.core.probing.seen import Call, Seen
from harness.core.probing.terms import Terms
from scenarios.prompt import Prompt

FIRST_BYTE_KEYS: Final = ("first_byte_timeout_s", "exchange_behind_silence_s")
IDLE_KEYS: Final = ("upstream_idle_timeout_s",)
TOTAL_KEYS: Final = ("json_total_s", "stream_total_s")
_OVER_S: Final = 2.0
"""How much longer than the bound upstream stays as it is, so that the end of its doing is nobody's limit."""
_EVENTS: Final = 3
_DRIP_S: Final = 0.2
_DRIP_BYTES: Final = 512
"""A head fits into the first piece, so that no target waits for one for long."""
_TOKEN_BYTES: Final = 96
_NOTICED: Final = 0.95
"""The shortest that a limit may be, as a share of the shortest silence that was seen: a limit is met a little late."""
_LATE_S: Final = 0.1
"""How late the end of a call may be noticed."""


def first_byte(terms: Terms, notes: Notes) -> Moves:
    """Take a question and say nothing at all; whatever the target does then, it does by its own limits."""
    bound_s = terms.bounds["first-byte"]
    yield from fresh("first-byte")
    silent = Blackhole(for_s=bound_s + _OVER_S)
    patience_s = bound_s + 1
    found: list[float] = []
    whole: list[float] = []
    for stream in (False, True) if terms.streams else (False,):
        name = f"first-byte/{'stream' if stream else 'json'}"
        ask = Ask(question=name, stream=stream, upstream=(silent,), strikes="all", patience_s=patience_s, settle_s=0.5)
        seen = yield from one(ask)
        found += [_silent_s(call) for call in seen.calls if _ended_itself(call, seen) and _silent_s(call) <= bound_s]
        if not seen.gave_up:
            whole.append(seen.took_s)
    if not found:
        notes.beyond("first_byte_timeout_s", bound_s)
    else:
        _note_limit("first_byte_timeout_s", found, notes)
    if whole:
        notes.found(
            "exchange_behind_silence_s", round(max(whole), 2), "behind an upstream that never answers, all attempts"
        )
    else:
        notes.beyond("exchange_behind_silence_s", bound_s)


def idle(terms: Terms, notes: Notes) -> Moves:
    """Begin a stream, fall silent in the middle of it, and see when the target has had enough."""
    bound_s = terms.bounds["idle"]
    yield from fresh("idle")
    stalls = Stall(after=_EVENTS, for_s=bound_s + _OVER_S)
    found: list[float] = []
    turns = 2
    for turn in range(turns):
        ask = Ask(
            question=f"idle/{turn}",
            stream=True,
            prompt=Prompt(tokens=8),
            upstream=(stalls,),
            patience_s=bound_s + 1,
            settle_s=0.5,
        )
        seen = yield from one(ask)
        ended = [_silent_s(call) for call in seen.asked if call.sent_s is not None and _ended_itself(call, seen)]
        found += [each for each in ended if each <= bound_s]
        if not ended:
            break
    if found:
        _note_limit("upstream_idle_timeout_s", found, notes)
    else:
        notes.beyond("upstream_idle_timeout_s", bound_s)


def total(terms: Terms, notes: Notes) -> Moves:
    """Let answers go on and on without a silence, and see whether they are cut all the same."""
    bound_s = terms.bounds["total"]
    yield from fresh("total")
    pieces = int((bound_s + _OVER_S) / _DRIP_S)
    drip = SlowDrip(piece_bytes=_DRIP_BYTES, wait_s=_DRIP_S)
    large = Prompt(tokens=pieces * _DRIP_BYTES // _TOKEN_BYTES + 10, token_bytes=_TOKEN_BYTES, ascii=True)
    asks = {
        "json_total_s": Ask(question="total/json", prompt=large, upstream=(drip,), patience_s=bound_s + 1),
        "stream_total_s": Ask(
            question="total/stream",
            stream=True,
            prompt=Prompt(tokens=int((bound_s + _OVER_S) / _DRIP_S), pace_s=_DRIP_S),
            patience_s=bound_s + 1,
        ),
    }
    for key, ask in asks.items():
        if ask.stream and not terms.streams:
            notes.unknown(key, "its clients do not stream")
            continue
        seen = yield from one(ask)
        cut = [seen.ended_s - seen.begun_s for call in seen.asked if _ended_itself(call, seen)]
        if cut and cut[-1] <= bound_s:
            notes.found(key, roundest(cut[-1] * _NOTICED, cut[-1]), f"cut after {cut[-1]:.2f} s; once")
        elif not seen.asked:
            notes.unknown(key, "upstream was not asked")
        else:
            notes.beyond(key, bound_s, f"alive for {bound_s:g} s and not cut")


def _silent_s(call: Call) -> float:
    """How long upstream had been silent when the call ended."""
    if call.end_s is None:
        return 0.0
    return call.end_s - (call.at_s if call.sent_s is None else call.sent_s)


def _ended_itself(call: Call, seen: Seen) -> bool:
    """Whether the target ended the call by a limit of its own: upstream was not done, and the client still there."""
    if call.end_s is None or not call.left:
        return False
    return not (seen.gave_up and call.end_s >= seen.ended_s - _LATE_S)


def _note_limit(key: str, found: Sequence[float], notes: Notes) -> None:
    """Note a limit that was seen several times; those cut short by another limit are shorter, and left out."""
    longest = max(found)
    alike = [each for each in found if each >= longest * 0.85 - _LATE_S]
    low, high = min(alike), longest
    told = f"{len(alike)} of {len(found)} calls, after {low:.2f} to {high:.2f} s"
    notes.found(key, roundest(low * _NOTICED, high), told, low=low, high=high)
