"""Which cases a short run plays: those that find most of what is known to go wrong, for the time they take.

The one rule: the choice follows from what was measured. Whoever wants another one gives the measurements more to say,
never the list.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Final

CI_CASES_S: Final = 140.0
"""How long the cases of a run for a pull request take one after the other; several are played at once."""
_LEAST_S: Final = 0.1
"""A case takes a little of everybody's time, however short it is."""


def chosen(
    shows: Mapping[str, Collection[str]],
    *,
    needed: Sequence[Collection[str]],
    seconds: Mapping[str, float],
    budget_s: float,
) -> tuple[str, ...]:
    """Return ids of cases: at least one of every `needed` set, and as many others as there is time for.

    `shows` are the known mistakes that each case shows. First comes a greedy cover of the needed sets by what a second
    brings (Chvátal 1979), whatever it takes in all. What is left of the budget goes to the cases that show the
    mistakes which were shown least so far: the second case that shows one counts half of the first, and so on.
    """
    found: dict[str, None] = {}
    open_sets = {at: frozenset(each) for at, each in enumerate(needed) if each}
    while open_sets:
        worth = dict.fromkeys(sorted({case for each in open_sets.values() for case in each}), 0)
        for each in open_sets.values():
            for case in each:
                worth[case] += 1
        best = max(worth, key=lambda case: worth[case] / _cost_s(case, seconds))
        found[best] = None
        open_sets = {at: each for at, each in open_sets.items() if best not in each}
    shown: dict[str, int] = {}
    for case in found:
        _note(shown, shows.get(case, ()))
    left_s = budget_s - sum(_cost_s(case, seconds) for case in found)
    # Gains only ever shrink, so only what was best with an old gain has to be looked at again (Minoux 1978).
    waiting = [
        (-_gain(shows[case], shown) / _cost_s(case, seconds), case) for case in sorted(shows) if case not in found
    ]
    heapq.heapify(waiting)
    while waiting:
        was, case = heapq.heappop(waiting)
        cost_s = _cost_s(case, seconds)
        now = -_gain(shows[case], shown) / cost_s
        if now > was:
            heapq.heappush(waiting, (now, case))
        elif cost_s <= left_s:
            found[case] = None
            left_s -= cost_s
            _note(shown, shows[case])
    return tuple(found)


def _cost_s(case: str, seconds: Mapping[str, float]) -> float:
    return max(seconds[case], _LEAST_S)


def _gain(mistakes: Collection[str], shown: Mapping[str, int]) -> float:
    return sum(0.5 ** shown.get(mistake, 0) for mistake in mistakes)


def _note(shown: dict[str, int], mistakes: Collection[str]) -> None:
    for mistake in mistakes:
        shown[mistake] = shown.get(mistake, 0) + 1
