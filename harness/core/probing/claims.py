"""A target file's claims held against what was found: what agrees, what differs, what could not be told.

The one rule: a claim differs only where what was seen rules it out, machine and rounding allowed for. What is not
claimed differs from nothing; it is only told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from harness.core.probing.facts import Fact, Notes, State, Value
from harness.core.target.claims import Capabilities, Limits

_USUALLY_RETRIED: Final = (408, 429, 500, 502, 503, 504)
"""What a claim of retries without a list of statuses means."""
_SHARE: Final = 0.15
_SLACK_S: Final = 0.25
"""How far a time may lie beside what is claimed: both the target's clock and the machine have a say."""


class Stand(StrEnum):
    """How a claim stands."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNTOLD = "could not be told"
    UNCLAIMED = "not claimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One claim held against what was seen; `claimed` is empty of what is not claimed."""

    key: str
    stand: Stand
    claimed: str
    saw: str


def held(capabilities: Capabilities, limits: Limits, notes: Notes) -> tuple[Held, ...]:
    """Return every claim that can be found out, and what was found that is not claimed."""
    return tuple(each for each in _held(capabilities, limits, notes) if each is not None)


def _held(capabilities: Capabilities, limits: Limits, notes: Notes) -> Iterator[Held | None]:
    cache, breaker, retry = capabilities.cache, capabilities.circuit_breaker, capabilities.retry
    limited = capabilities.rate_limit
    yield _same("streaming", capabilities.streaming or None, notes)
    yield _same("retry.max_attempts", retry.max_attempts if retry else None, notes)
    yield _statuses(retry is not None, retry.statuses if retry else None, notes)
    yield _failures(breaker.failures if breaker else None, notes)
    yield _time("circuit_breaker.open_s", breaker.open_s if breaker else None, notes)
    yield _same("fallback_model", capabilities.fallback_model, notes)
    yield _time("cache.ttl_s", cache.ttl_s if cache else None, notes)
    yield _same("cache.streams", (cache and cache.streams) or None, notes)
    yield _header(cache.header if cache else None, notes)
    yield _same("cache.per_identity", (cache and cache.per_identity) or None, notes)
    yield _same("rate_limit.per_minute", limited.per_minute if limited else None, notes)
    for key in ("max_request_bytes", "max_messages", "max_depth"):
        yield _size(key, getattr(limits, key), notes)
    yield _time("first_byte_timeout_s", limits.first_byte_timeout_s, notes)
    yield _time("upstream_idle_timeout_s", limits.upstream_idle_timeout_s, notes)
    yield _deadline(limits.deadline_s, notes)


def _same(key: str, claimed: Value | None, notes: Notes) -> Held | None:
    fact = notes.get(key)
    if fact is None:
        return None
    if claimed is None:
        return _unclaimed(fact)
    match fact.state:
        case State.UNKNOWN:
            return _row(fact, Stand.UNTOLD, claimed)
        case State.ABSENT:
            return _row(fact, Stand.DIFFERS, claimed)
        case State.BEYOND:
            told = isinstance(claimed, int | float) and fact.low is not None and claimed <= fact.low
            return _row(fact, Stand.DIFFERS if told else Stand.UNTOLD, claimed)
        case State.FOUND:
            if fact.low is not None and fact.high is None and isinstance(claimed, int):  # at least so many
                return _row(fact, Stand.UNTOLD if claimed > fact.low else _agrees(claimed == fact.value), claimed)
            return _row(fact, _agrees(claimed == fact.value), claimed)


def _statuses(claims: bool, claimed: frozenset[int] | None, notes: Notes) -> Held | None:
    """A list means these and no others; a claim without one means what every such claim means, at least."""
    fact = notes.get("retry.statuses")
    if fact is None:
        return None
    if not claims:
        return _unclaimed(fact)
    told = ", ".join(map(str, sorted(claimed))) if claimed is not None else "the usual " + _listed(_USUALLY_RETRIED)
    if fact.state is State.UNKNOWN:
        return _row(fact, Stand.UNTOLD, told)
    saw = {code for code in fact.value if isinstance(code, int)} if isinstance(fact.value, tuple) else set()
    if claimed is None:
        return _row(fact, _agrees({*_USUALLY_RETRIED} <= saw), told)
    return _row(fact, _agrees(claimed == saw), told)


def _failures(claimed: int | None, notes: Notes) -> Held | None:
    """A breaker may count calls or questions: either number may be the one that is claimed."""
    fact, questions = notes.get("circuit_breaker.failures"), notes.get("circuit_breaker.questions")
    if fact is None or claimed is None or fact.state is not State.FOUND:
        return _same("circuit_breaker.failures", claimed, notes)
    low = fact.low if fact.low is not None else fact.value
    fits = isinstance(low, int | float) and isinstance(fact.value, int | float) and low <= claimed <= fact.value
    fits |= questions is not None and questions.value == claimed
    return _row(fact, _agrees(fits), claimed)


def _time(key: str, claimed: float | None, notes: Notes) -> Held | None:
    fact = notes.get(key)
    if fact is None:
        return None
    if claimed is None:
        return _unclaimed(fact)
    told = f"{claimed:g} s"
    least, most = claimed * (1 - _SHARE) - _SLACK_S, claimed * (1 + _SHARE) + _SLACK_S
    match fact.state:
        case State.UNKNOWN:
            return _row(fact, Stand.UNTOLD, told)
        case State.ABSENT:
            return _row(fact, Stand.DIFFERS, told)
        case State.BEYOND:
            return _row(fact, Stand.DIFFERS if (fact.low or 0) > most else Stand.UNTOLD, told)
        case State.FOUND:
            value = float(fact.value) if isinstance(fact.value, int | float) else 0.0
            low, high = (value if fact.low is None else fact.low), (value if fact.high is None else fact.high)
            return _row(fact, _agrees(low <= most and high >= least), told)


def _header(claimed: str | None, notes: Notes) -> Held | None:
    fact = notes.get("cache.header")
    if fact is None or claimed is None or not isinstance(fact.value, str):
        return _same("cache.header", claimed, notes)
    return _row(fact, _agrees(fact.value.lower() == claimed.lower()), claimed)


def _size(key: str, claimed: int | None, notes: Notes) -> Held | None:
    """A limit that was not reached agrees with every claim that it does not contradict."""
    fact = notes.get(key)
    if fact is None or claimed is None or fact.state is not State.FOUND:
        return _same(key, claimed, notes)
    near = isinstance(fact.value, int) and abs(fact.value - claimed) <= 1  # "at most" and "less than"
    return _row(fact, _agrees(near), claimed)


def _deadline(claimed: float | None, notes: Notes) -> Held | None:
    """Whatever upstream does, an exchange ends within it: a bound, so what is shorter agrees."""
    fact = notes.get("deadline_s")
    if fact is None:
        return None
    if claimed is None:
        return _unclaimed(fact)
    told = f"{claimed:g} s"
    most = claimed * (1 + _SHARE) + _SLACK_S
    if fact.state is State.UNKNOWN:
        return _row(fact, Stand.UNTOLD, told)
    if fact.state is State.BEYOND:
        return _row(fact, Stand.DIFFERS if (fact.low or 0) > most else Stand.UNTOLD, told)
    return _row(fact, _agrees(isinstance(fact.value, int | float) and fact.value <= most), told)


def _agrees(does: bool) -> Stand:
    return Stand.AGREES if does else Stand.DIFFERS


def _unclaimed(fact: Fact) -> Held | None:
    return _row(fact, Stand.UNCLAIMED, "") if fact.state is State.FOUND else None


def _row(fact: Fact, stand: Stand, claimed: object) -> Held:
    return Held(key=fact.key, stand=stand, claimed=_said(claimed), saw=saw(fact))


def saw(fact: Fact) -> str:
    """Say what was found, with what it rests on."""
    match fact.state:
        case State.FOUND:
            return f"{_said(fact.value)} ({fact.how})"
        case State.ABSENT:
            return f"none ({fact.how})"
        case State.BEYOND | State.UNKNOWN:
            return fact.how


def _said(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple():
            return _listed(value)
        case float():
            return f"{value:g}"
        case _:
            return str(value)


def _listed(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))
