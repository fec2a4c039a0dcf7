"""What a target answers from memory: whether, in which forms, for how long, and under which parts of a request.

The one rule: a hit is an answer that came whole without a call upstream; what a header says of it decides nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from harness.core.probing.experiments.settling import fresh
from harness.core.probing.facts import Notes, times
from harness.core.probing.hit_header import hit_header
from harness.core.probing.moves import Ask, Caller, Move, Moves, Wait, one
from harness.core.probing.rounding import roundest
from harness.core.probing.seen import Seen
from harness.core.probing.terms import Terms

KEYS: Final = (
    "cache.json",
    "cache.streams",
    "cache.across_forms",
    "cache.header",
    "cache.ttl_s",
    "cache.key",
    "cache.not_in_key",
    "cache.per_identity",
)
_TURNS: Final = 3
_FIRST_AGE_S: Final = 0.2
_AGES_GROW: Final = 1.35
_FINE_AGES: Final = 10
_OTHER_MODEL: Final = "@cf/meta/llama-3.2-3b-instruct"
_TOOL: Final = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A part of a request that may belong to the key: what it is in the first question, and in the second."""

    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    turns: tuple[tuple[str, str], ...] = ()
    caller: Caller = "a"
    model: str = ""


CHANGES: Final[Mapping[str, Change]] = MappingProxyType(
    {
        "temperature": Change(before={"temperature": 0.2}, after={"temperature": 0.9}),
        "top_p": Change(before={"top_p": 0.2}, after={"top_p": 0.9}),
        "max_tokens": Change(before={"max_tokens": 50}, after={"max_tokens": 60}),
        "seed": Change(before={"seed": 1}, after={"seed": 2}),
        "stop": Change(after={"stop": ["###"]}),
        "tools": Change(after={"tools": [_TOOL]}),
        "response_format": Change(after={"response_format": {"type": "json_object"}}),
        "user": Change(before={"user": "one"}, after={"user": "two"}),
        "an unknown field": Change(after={"x_edgeproof": 1}),
        "system message": Change(turns=(("system", "Be brief."),)),
        "earlier turns": Change(turns=(("user", "Hello."), ("assistant", "Hello."))),
        "model": Change(model=_OTHER_MODEL),
        "an unknown header": Change(headers=(("X-Edgeproof-Probe", "1"),)),
        "Accept-Language": Change(headers=(("Accept-Language", "de"),)),
        "caller": Change(caller="b"),
    }
)
"""What is changed between two questions that are alike otherwise."""


def cache(terms: Terms, notes: Notes) -> Moves:
    """Ask twice, in every form; where that is answered from memory, find out for how long and under which key."""
    yield from fresh("cache")
    misses: list[Seen] = []
    hits: list[Seen] = []
    forms = {"cache.json": False, **({"cache.streams": True} if terms.streams else {})}
    for key, stream in forms.items():
        count = 0
        for turn in range(_TURNS):
            ask = Ask(question=f"cache/{key}/{turn}", stream=stream)
            first = yield from one(ask)
            second = yield from one(ask)
            if _is_hit(second):
                count += 1
                misses.append(first)
                hits.append(second)
        if count:
            notes.found(key, value=True, how=times(count, _TURNS))
        else:
            notes.absent(key, f"upstream was asked again, {times(_TURNS, _TURNS)}")
    if not hits:
        notes.missing(KEYS, "nothing was answered from memory")
        for key in ("cache.ttl_s", "cache.header"):
            notes.absent(key, "nothing was answered from memory")
        return
    name = hit_header([(miss.headers, hit.headers) for miss, hit in zip(misses, hits, strict=True)])
    if name:
        notes.found("cache.header", name, times(len(hits), len(hits)))
    else:
        notes.absent("cache.header", "no header separates a hit from a miss")
    stream = _only_streams(notes)
    yield from _across(terms, notes)
    yield from _key(terms, notes, stream=stream)
    yield from _life(terms.bounds["ttl"], notes, stream=stream)


def _is_hit(seen: Seen) -> bool:
    return seen.answered and not seen.calls


def _only_streams(notes: Notes) -> bool:
    told = notes.get("cache.json")
    return told is not None and told.value is None


def _across(terms: Terms, notes: Notes) -> Moves:
    """See whether an answer that came in one form serves a question in the other."""
    if not terms.streams:
        return
    served: list[str] = []
    for before, after in ((False, True), (True, False)):
        ask = Ask(question=f"cache/across/{before}", stream=before)
        yield from one(ask)
        seen = yield from one(replace(ask, stream=after))
        if _is_hit(seen):
            served.append("a stream from JSON" if after else "JSON from a stream")
    if served:
        notes.found("cache.across_forms", ", ".join(served), "once each")
    else:
        notes.absent("cache.across_forms", "each form is kept by itself")


def _key(terms: Terms, notes: Notes, *, stream: bool) -> Moves:
    """Change one part of a request at a time; where the kept answer still serves, that part is not in the key."""
    inside: list[str] = []
    outside: list[str] = []
    declined: list[str] = []
    for name, change in CHANGES.items():
        if name == "caller" and not terms.tells_callers_apart:
            continue
        ask = Ask(question=f"cache/key/{name}", stream=stream, params=change.before)
        yield from one(ask)
        control = yield from one(ask)
        seen = yield from one(
            replace(
                ask,
                params=change.after,
                headers=change.headers,
                turns=change.turns,
                caller=change.caller,
                model=change.model,
            )
        )
        if not _is_hit(control) or not (seen.calls or seen.answered):
            declined.append(name)
        else:
            (inside if seen.calls else outside).append(name)
    how = f"{len(inside) + len(outside)} parts changed, once each" + (
        f"; not judged: {', '.join(declined)}" if declined else ""
    )
    if inside:
        notes.found("cache.key", tuple(inside), how)
    else:
        notes.absent("cache.key", how)
    if outside:
        notes.found("cache.not_in_key", tuple(outside), how)
    else:
        notes.absent("cache.not_in_key", how)
    if "caller" in inside:
        notes.found("cache.per_identity", value=True, how="a second caller's question went upstream; once")
    elif "caller" in outside:
        notes.absent("cache.per_identity", "a second caller got the first one's answer; once")
    else:
        notes.unknown("cache.per_identity", "the target file does not tell its callers apart, so all are one")


def _life(bound_s: float, notes: Notes, *, stream: bool) -> Moves:
    """Keep many answers at once and ask for each again once, at another age; a hit may not make one younger."""
    ages = [_FIRST_AGE_S]
    while ages[-1] * _AGES_GROW < bound_s:
        ages.append(ages[-1] * _AGES_GROW)
    ages.append(bound_s)
    coarse = yield from _ages("coarse", ages, stream=stream)
    if coarse is None:
        notes.unknown("cache.ttl_s", "kept answers came and went: an older one was there, a younger one was not")
        return
    low, high = coarse
    if high is None:
        notes.beyond("cache.ttl_s", bound_s, f"still kept after {low:.1f} s")
        return
    fine = [low + (high - low) * (step + 1) / (_FINE_AGES + 1) for step in range(_FINE_AGES)]
    again = yield from _ages("fine", fine, stream=stream)
    if again is not None:
        low, high = max(low, again[0]), min(high, again[1] or high)
    if low <= 0:
        notes.unknown("cache.ttl_s", f"gone within {high:.2f} s")
    elif low > high:
        notes.unknown("cache.ttl_s", f"kept for {low:.2f} s once, and gone after {high:.2f} s another time")
    else:
        told = f"kept at {low:.2f} s, gone at {high:.2f} s"
        notes.found("cache.ttl_s", roundest(low, high), told, low=low, high=high)


def _ages(
    name: str, ages: list[float], *, stream: bool
) -> Generator[Move, tuple[Seen, ...], tuple[float, float | None] | None]:
    """Return the oldest age at which an answer was kept, and the youngest at which none was; None where they cross."""
    begun: list[float] = []
    made: list[float] = []
    now_s = 0.0
    for number in range(len(ages)):
        seen = yield from one(Ask(question=f"cache/{name}/{number}", stream=stream))
        begun.append(seen.begun_s)
        made.append(seen.ended_s)
        now_s = seen.ended_s
    kept, gone = 0.0, None
    misses = 0
    for number, age_s in enumerate(ages):
        wait_s = made[number] + age_s - now_s
        if wait_s > 0:
            yield Wait(wait_s)
        seen = yield from one(Ask(question=f"cache/{name}/{number}", stream=stream))
        now_s = seen.ended_s
        if _is_hit(seen):
            if misses:
                return None
            kept = max(kept, seen.begun_s - made[number])
        else:
            misses += 1
            age = seen.ended_s - begun[number]
            gone = age if gone is None else min(gone, age)
            if misses > 1 and name == "coarse":
                break
    return kept, gone
