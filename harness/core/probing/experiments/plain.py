"""Whether it streams: whether the first event is there before upstream has sent the last.

The one rule: a stream counts as one only where it came while upstream was still speaking.
"""

from __future__ import annotations

from typing import Final

from harness.core.probing.experiments.settling import fresh, served
from harness.core.probing.facts import Notes, times
from harness.core.probing.moves import Ask, Moves, one
from harness.core.probing.terms import Terms
from scenarios.prompt import Prompt

KEYS: Final = ("streaming",)
_TURNS: Final = 3
_MOST_TURNS: Final = 8
"""How often it asks at the most, where some streams do not come or come to a harness that is late."""
_SPEAKS: Final = Prompt(tokens=6, pace_s=0.15)
_AHEAD_S: Final = 0.3
"""How long before upstream's last byte the first one must be there: it speaks for three times as long."""


def streams(_: Terms, notes: Notes) -> Moves:
    """Ask for streams that take a second, and see when they begin to arrive."""
    yield from fresh("streams")
    live = whole = 0
    for turn in range(_MOST_TURNS):
        if whole == _TURNS:
            break
        seen = yield from one(Ask(question=f"streams/{turn}", stream=True, prompt=_SPEAKS))
        if not served(seen) or seen.first_s is None or seen.late_s >= _AHEAD_S / 2:
            continue
        whole += 1
        live += seen.asked[-1].over_s - seen.first_s > _AHEAD_S
    if not whole:
        why = f"no stream was answered in {_MOST_TURNS} tries, or the harness was too late to see it"
        notes.unknown("streaming", why)
    elif live == whole:
        notes.found("streaming", value=True, how=times(live, whole))
    elif live:
        notes.unknown("streaming", f"the first event was ahead of the last {times(live, whole)}")
    else:
        notes.absent("streaming", f"held back until upstream had said all, {times(whole, whole)}")
