"""How long a target waits: for a first byte, behind a silence inside a stream, and for the whole of an exchange.

The one rule: a limit is read from when the target itself ended a call upstream. What it ended because the client had
gone, upstream was done, or its own process died, is no limit of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from fault_injection.families.sse_pace import Stall
from fault_injection.families.tcp import Blackhole, Latency, SlowDrip
from harness.core.probing.experiments.looking import Search, look
from harness.core.probing.experiments.settling import fresh
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Ask, Moves
from harness.core.probing.seen import Call, Seen
from harness.core.probing.terms import Terms
from scenarios.prompt import Prompt

FIRST_BYTE_KEYS: Final = ("first_byte_timeout_s", "exchange_behind_silence_s")
IDLE_KEYS: Final = ("upstream_idle_timeout_s",)
TOTAL_KEYS: Final = ("json_total_s", "stream_total_s")
_PATIENCE_S: Final = 1.0
_OVER_S: Final = 2.0
"""How much longer than the bound the client has patience, and upstream stays as it is: the end of its doing is nobody's
limit."""
_SETTLE_S: Final = 2.0
"""A call that the target leaves open behind its client is waited for: what it does then is not the next one's doing."""
_CLEAN_PATIENCE_S: Final = 30.0
"""How much longer than an answer takes that should pass its client waits for it."""
_EVENTS: Final = 3
_DRIP_S: Final = 0.2
_DRIP_BYTES: Final = 512
"""A head fits into the first piece, so that no target waits for one for long."""
_TOKEN_BYTES: Final = 96
_LATE_S: Final = 0.1
"""How late the end of a call may be noticed."""


def first_byte(terms: Terms, notes: Notes) -> Moves:
    """Take a question and say nothing at all; whatever the target does then, it does by its own limits."""
    bound_s = terms.bounds["first-byte"]
    yield from fresh("first-byte")
    search = Search(
        key="first_byte_timeout_s",
        bound_s=bound_s,
        asks=tuple(partial(_silent, bound_s, stream) for stream in ((False, True) if terms.streams else (False,))),
        cut=lambda seen: [_silent_s(call) for call in seen.calls if _ended_itself(call, seen)],
        faster=lambda name, after_s: Ask(
            question=name, upstream=(Latency(delay_s=after_s),), patience_s=after_s + _CLEAN_PATIENCE_S
        ),
    )
    tries = yield from look(search, notes)
    whole = [each.took_s - each.late_s for each in tries.seen if each.asked and not each.gave_up and not each.died]
    if whole:
        notes.found(
            "exchange_behind_silence_s", round(max(whole), 2), "behind an upstream that never answers, all attempts"
        )
    elif any(each.gave_up for each in tries.seen):
        notes.beyond("exchange_behind_silence_s", bound_s)
    else:
        notes.unknown("exchange_behind_silence_s", "no exchange came to an end")


def _silent(bound_s: float, stream: bool, name: str) -> Ask:
    return Ask(
        question=name,
        stream=stream,
        upstream=(Blackhole(for_s=bound_s + _OVER_S),),
        strikes="all",
        patience_s=bound_s + _PATIENCE_S,
        settle_s=_SETTLE_S,
    )


def idle(terms: Terms, notes: Notes) -> Moves:
    """Begin a stream, fall silent in the middle of it, and see when the target has had enough."""
    bound_s = terms.bounds["idle"]
    yield from fresh("idle")

    def silent(for_s: float, patience_s: float, name: str) -> Ask:
        stall = Stall(after=_EVENTS, for_s=for_s)
        return Ask(
            question=name,
            stream=True,
            prompt=Prompt(tokens=8),
            upstream=(stall,),
            patience_s=patience_s,
            settle_s=_SETTLE_S,
        )

    search = Search(
        key="upstream_idle_timeout_s",
        bound_s=bound_s,
        asks=(partial(silent, bound_s + _OVER_S, bound_s + _PATIENCE_S),),
        cut=lambda seen: [
            _silent_s(call) for call in seen.asked if call.sent_s is not None and _ended_itself(call, seen)
        ],
        faster=partial(_passing, silent),
    )
    yield from look(search, notes)


def total(terms: Terms, notes: Notes) -> Moves:
    """Let answers go on and on without a silence, and see whether they are cut all the same."""
    bound_s = terms.bounds["total"]
    yield from fresh("total")
    for key, ask in (("json_total_s", _long_json), ("stream_total_s", _long_stream)):
        if key == "stream_total_s" and not terms.streams:
            notes.unknown(key, "its clients do not stream")
            continue
        search = Search(
            key=key,
            bound_s=bound_s,
            asks=(partial(ask, bound_s + _OVER_S, bound_s + _PATIENCE_S),),
            cut=lambda seen: [seen.took_s] if any(_ended_itself(call, seen) for call in seen.asked) else [],
            faster=partial(_passing, ask),
        )
        yield from look(search, notes)


def _passing(ask: Callable[[float, float, str], Ask], name: str, for_s: float) -> Ask:
    return ask(for_s, for_s + _CLEAN_PATIENCE_S, name)


def _long_json(for_s: float, patience_s: float, name: str) -> Ask:
    tokens = int(for_s / _DRIP_S) * _DRIP_BYTES // _TOKEN_BYTES
    return Ask(
        question=name,
        prompt=Prompt(tokens=max(1, tokens), token_bytes=_TOKEN_BYTES, ascii=True),
        upstream=(SlowDrip(piece_bytes=_DRIP_BYTES, wait_s=_DRIP_S),),
        patience_s=patience_s,
        settle_s=_SETTLE_S,
    )


def _long_stream(for_s: float, patience_s: float, name: str) -> Ask:
    return Ask(
        question=name,
        stream=True,
        prompt=Prompt(tokens=max(1, int(for_s / _DRIP_S)), pace_s=_DRIP_S),
        patience_s=patience_s,
        settle_s=_SETTLE_S,
    )


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
