"""A limit of time looked for, and made sure of: two questions show the same one, and a faster answer passes.

The one rule: one observation is none. What a target ended once it may have ended because it crashed, or because of an
earlier question; then the limit is unknown, and the reason is told.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.core.probing.experiments.settling import settled
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Ask, Move, Moves, one
from harness.core.probing.rounding import roundest
from harness.core.probing.seen import Seen

_NOTICED: Final = 0.95
"""The shortest that a limit may be, as a share of the shortest time that was seen: a limit is met a little late."""
_ALIKE: Final = 0.08
_ALIKE_S: Final = 0.1
"""How far two times may lie apart that show one limit, as a share of the longer one and in seconds on top of it."""
_LATEST: Final = 0.1
"""A time by which the harness may be wrong by more than this share of it says nothing."""
_MORE: Final = 2
"""How often it is asked again where the questions do not agree."""
_WITHIN: Final = (0.6, 0.4)
"""When an answer comes that has to pass, as a share of the limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """After how long the target ended something by itself, and by how much the harness may be wrong about that."""

    after_s: float
    late_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for within `bound_s`. `asks` are put once each, by a name; those that are `cut` show the limit.

    `faster` is a question whose answer comes within so many seconds.
    """

    key: str
    bound_s: float
    asks: tuple[Callable[[str], Ask], ...]
    cut: Callable[[Seen], Sequence[float]]
    faster: Callable[[str, float], Ask]


@dataclass(slots=True)
class Tries:
    """What came of a search: everything that was seen, and the times after which the target ended something."""

    seen: list[Seen] = field(default_factory=list)
    cuts: list[Cut] = field(default_factory=list)


def look(search: Search, notes: Notes) -> Generator[Move, tuple[Seen, ...], Tries]:
    """Look for a limit and note what is known of it; return what was seen on the way."""
    tries = Tries()
    yield from _ask_each(search, tries)
    for _ in range(_MORE):
        if not tries.cuts or agreeing(tries.cuts):
            break
        yield from _ask_each(search, tries)
    alike = agreeing(tries.cuts)
    if alike:
        yield from _note(search, alike, tries, notes)
    elif tries.cuts:
        told = ", ".join(f"{each.after_s:.2f}" for each in tries.cuts)
        notes.unknown(search.key, f"ended after {told} s in {len(tries.seen)} questions: not the same each time")
    elif any(_outlasts(seen, search.bound_s) for seen in tries.seen):
        notes.beyond(search.key, search.bound_s)
    else:
        notes.unknown(search.key, _why(tries.seen, search.bound_s))
    return tries


def _ask_each(search: Search, tries: Tries) -> Moves:
    """Put each question once more, each to a target that has just served, so that none meets what another left."""
    for ask in search.asks:
        name = f"{search.key}/{len(tries.seen)}"
        seen = yield from one(ask(name))
        tries.seen.append(seen)
        if not seen.died:
            times = [after_s for after_s in search.cut(seen) if after_s <= search.bound_s]
            tries.cuts += [Cut(after_s=after_s, late_s=seen.late_s) for after_s in times]
        yield from settled(name)


def agreeing(cuts: Sequence[Cut]) -> tuple[Cut, ...]:
    """Return the longest times that show one limit: at least two, and half of all. Shorter ones met another limit."""
    telling = [each for each in cuts if each.late_s <= max(_ALIKE_S, _LATEST * each.after_s)]
    for longest in sorted(telling, key=lambda each: -each.after_s):
        least_s = longest.after_s * (1 - _ALIKE) - _ALIKE_S - longest.late_s
        alike = tuple(each for each in telling if least_s <= each.after_s <= longest.after_s)
        if len(alike) > 1 and len(alike) * 2 >= len(telling):
            return alike
    return ()


def _note(search: Search, alike: Sequence[Cut], tries: Tries, notes: Notes) -> Moves:
    low, high = min(each.after_s for each in alike), max(each.after_s for each in alike)
    seen = f"{len(alike)} of {len(tries.cuts)} times, after {low:.2f} to {high:.2f} s"
    for share in _WITHIN:
        name = f"{search.key}/within-{share}"
        passed = yield from one(search.faster(name, low * share))
        if passed.answered:
            told = f"{seen}; an answer after {low * share:.2f} s passed"
            notes.found(search.key, roundest(low * _NOTICED, high), told, low=low, high=high)
            return
        yield from settled(name)
    notes.unknown(search.key, f"ended {seen}, but so was an answer that came sooner")


def _outlasts(seen: Seen, bound_s: float) -> bool:
    """Whether the target waited for the whole time, so that a limit is longer than that."""
    return not seen.died and bool(seen.asked) and seen.took_s >= bound_s


def _why(seen: Sequence[Seen], bound_s: float) -> str:
    if any(each.died for each in seen):
        return "the target's process ended before that could be seen"
    if not any(each.asked for each in seen):
        return "upstream was not asked"
    return f"the client was answered within {bound_s:g} s, and the call upstream was not ended"
