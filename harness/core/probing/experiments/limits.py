"""How large a request may be, how deep and how long a conversation, how many at once, and how many a minute.

The one rule: a request is turned away when upstream never heard of it. What upstream itself thinks of one is no limit
of the target's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Final

from fault_injection.families.client import DeepNesting, ManyMessages
from harness.core.probing.experiments.settling import NotServedError, fresh, unserved
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Ask, Move, Moves, one
from harness.core.probing.seen import Seen
from harness.core.probing.terms import Terms
from scenarios.prompt import Prompt

SIZE_KEYS: Final = ("max_request_bytes", "max_messages", "max_depth")
RATE_KEYS: Final = ("rate_limit.per_minute", "at_once")
_LEAST_BYTES: Final = 16 * 1024
_MOST_MESSAGES: Final = 4096
_MOST_DEPTH: Final = 2048
_MOST_STEPS: Final = 26
"""So many halvings come to the exact number."""
_MOST_REQUESTS: Final = 150
_AT_ONCE: Final = 24
_PATIENCE_S: Final = 20.0
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500


def sizes(terms: Terms, notes: Notes) -> Moves:
    """Ask with ever larger requests until one is turned away, then find the exact place."""
    yield from fresh("sizes")
    ladders: dict[str, tuple[int, int, Callable[[int, str], Ask]]] = {
        "max_request_bytes": (_LEAST_BYTES, terms.most_request_bytes, _sized),
        "max_messages": (8, _MOST_MESSAGES, _long),
        "max_depth": (8, _MOST_DEPTH, _deep),
    }
    for key, (low, high, ask) in ladders.items():
        yield from _largest(key, low, high, ask, notes)


def _sized(size_bytes: int, name: str) -> Ask:
    return Ask(question=name, size_bytes=size_bytes, patience_s=_PATIENCE_S)


def _long(messages: int, name: str) -> Ask:
    return Ask(question=name, client=(ManyMessages(count=messages - 1),), patience_s=_PATIENCE_S)


def _deep(depth: int, name: str) -> Ask:
    return Ask(question=name, client=(DeepNesting(depth=depth - 1),), patience_s=_PATIENCE_S)


def _largest(key: str, least: int, most: int, ask: Callable[[int, str], Ask], notes: Notes) -> Moves:
    """Double, and look one above each double, because limits are often powers of two; then halve."""
    passed, size, above = 0, least, 0
    refused: Seen | None = None
    while not above and size <= most:
        for each in (size, size + 1):
            seen = yield from _tried(ask(each, f"sizes/{key}/{each}"))
            if seen.passed:
                passed = each
            else:
                refused, above = seen, each
                break
        size *= 2
    if refused is None:
        notes.beyond(key, most, f"{passed} passed")
        return
    if not passed:
        notes.unknown(key, f"even {least} were turned away, with {_turned_away(refused)}")
        return
    for _ in range(_MOST_STEPS):
        if above - passed <= 1:
            break
        middle = (passed + above) // 2
        seen = yield from _tried(ask(middle, f"sizes/{key}/{middle}"))
        if seen.passed:
            passed = middle
        else:
            refused, above = seen, middle
    how = f"{passed} passed, {above} got {_turned_away(refused)}; once each"
    notes.found(key, passed, how, low=passed, high=above - 1)


def _tried(ask: Ask) -> Generator[Move, tuple[Seen, ...], Seen]:
    """Ask, and give up where it is how often it is asked that the target minds.

    What is turned away in so many words is asked once. What came to nothing may have been too slow, or the target too
    busy; and what reached upstream meanwhile may have been of an earlier question. Both are asked again.
    """
    seen = yield from one(ask)
    if not seen.calls and (seen.passed == _is_refusal(seen)):
        seen = yield from one(replace(ask, question=f"{ask.question}/again"))
    if seen.limited:
        raise NotServedError(unserved(seen))
    if not seen.passed and seen.gave_up:
        raise NotServedError(f"a request came to nothing within {ask.patience_s:g} s, twice")
    return seen


def _is_refusal(seen: Seen) -> bool:
    return seen.status is not None and _CLIENT_ERROR <= seen.status < _SERVER_ERROR and not seen.gave_up


def _turned_away(seen: Seen) -> str:
    return "a connection that ended" if seen.status is None else f"status {seen.status}"


def rate(_: Terms, notes: Notes) -> Moves:
    """Ask many at once, then many in a row, and see how many are let through."""
    yield from fresh("rate")
    yield from _at_once(notes)
    yield from fresh("rate/again")
    through, first_s = 1, 0.0  # the clean question before
    limited: Seen | None = None
    while limited is None and through < _MOST_REQUESTS:
        seen = yield from one(Ask(question=f"rate/{through}"))
        first_s = first_s or seen.begun_s
        if seen.limited:
            limited = seen
        else:
            through += 1
    if limited is None:
        took_s = seen.ended_s - first_s
        notes.beyond("rate_limit.per_minute", _MOST_REQUESTS, f"{_MOST_REQUESTS} in {took_s:.1f} s were let through")
        return
    wait = limited.header("retry-after")
    how = f"429 after {through} in {limited.ended_s - first_s:.1f} s, once" + (f"; Retry-After: {wait}" if wait else "")
    notes.found("rate_limit.per_minute", through, how)


def _at_once(notes: Notes) -> Generator[Move, tuple[Seen, ...], None]:
    several = yield Ask(
        question="rate/at-once", together=_AT_ONCE, prompt=Prompt(tokens=3, first_s=0.6), patience_s=_PATIENCE_S
    )
    calls = [call for seen in several for call in seen.calls]
    edges = sorted((at_s, step) for call in calls for at_s, step in ((call.at_s, 1), (call.over_s, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    turned_away = sum(not seen.calls for seen in several)
    if most >= _AT_ONCE:
        notes.beyond("at_once", _AT_ONCE, f"{_AT_ONCE} of {_AT_ONCE} reached upstream at once")
    elif turned_away:
        notes.found("at_once", most, f"{most} of {_AT_ONCE} at once; {turned_away} were turned away")
    else:
        notes.found("at_once", most, f"{most} of {_AT_ONCE} at once; the others waited")
