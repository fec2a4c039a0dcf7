"""Cases of many requests played one after the other; what fails in such company is played again alone.

The one rule: a failure is told with no more than it needs. What fails alone as well is a failure of that request; what
does not is kept with all its company, for whoever can make it smaller.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from math import inf
from typing import Final

from harness.core.judging.failures import Failures, Key, failures_of
from harness.core.judging.simpler import alone
from harness.shell.playing.believing import Doubts, attempts, in_doubt
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from reports.record import CaseResult, Verdict
from scenarios.case import Case

_MOST: Final = 4
"""Requests of one case that are played again for the same failure, and plays in vain until nobody looks any more."""
_ENOUGH_ALONE: Final = 2
"""Examples of one request each that a failure needs no more than."""


async def play(
    waiting: Iterator[Case],
    lane: Lane,
    trials: Trials,
    failures: Failures,
    on_tried: Callable[[Case, Tried], None],
    *,
    until_s: float = inf,
) -> None:
    """Play what is waiting, until nothing is or the time is over, and take note of what breaks.

    Lanes may share what waits.
    """
    while time.monotonic() < until_s:
        case = next(waiting, None)
        if case is None:
            return
        played = await tried(case, lane, trials)
        on_tried(case, played)
        await note_failures(case, played.result, lane, trials, failures)


async def tried(case: Case, lane: Lane, trials: Trials) -> Tried:
    """Play a case, and again while lateness or a busy machine may have made its verdict; it is inconclusive then.

    What is only observed is no failure to be found, and not asked again.
    """
    doubts = Doubts()
    for attempt in attempts():
        once = await trials.searched(case, lane, attempt=attempt)
        if once.result.verdict is Verdict.INFO or not doubts.leave(once):
            return once
    return in_doubt(case, once, trials)


async def note_failures(case: Case, result: CaseResult, lane: Lane, trials: Trials, failures: Failures) -> None:
    """Take note of whatever was broken in a case that was judged."""
    looked_at: Counter[Key] = Counter()
    for failure in failures_of(case, result):
        looked_at[failure.key] += 1
        if looked_at[failure.key] > _MOST:
            continue
        if failures.alone(failure.key) >= _ENOUGH_ALONE:
            continue
        if failure.label is not None and len(case.steps) > 1 and failures.in_vain[failure.key] < _MOST:
            small = alone(case, failure.label)
            await lane.start_afresh()  # what other requests have left behind in the target is company too
            once_more = await tried(small, lane, trials)
            again = list(failures_of(small, once_more.result))
            for other in again:
                failures.add(other)
            if any(other.key[0] == failure.key[0] for other in again):
                continue
            failures.in_vain[failure.key] += 1
        failures.add(failure)
