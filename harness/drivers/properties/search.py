"""The search: Hypothesis thinks up cases, every invariant judges them, what fails is made small.

The one rule: a failure is found and shrunk by Hypothesis, but what is reported is the smallest example that was really
seen to fail; so that a search which runs out of time still has something to tell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.errors import Flaky
from hypothesis.strategies import SearchStrategy

from harness.core.judging.failures import Failure, Key
from harness.core.run.seeds import digest
from harness.drivers.properties.ground import Ground, SearchEnd
from scenarios.case import Case

_SHRINK_S: Final = 10.0
_MOST_EXAMPLES: Final = 1_000_000

SETTINGS: Final = settings(
    max_examples=_MOST_EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
    verbosity=Verbosity.quiet,
    print_blob=False,
)
"""How Hypothesis is to search: for as long as it is let, and without a memory besides the files of the run."""


class BreachError(Exception):
    """An example broke an invariant. Each kind of breach is a subclass, because Hypothesis tells failures by type."""


@cache
def breach_type(key: Key) -> type[BreachError]:
    """Return the exception that stands for one failure."""
    return type("".join(part.title() for part in key[0].split("-")) + "Error", (BreachError,), {"key": key})


class Chooser:
    """Decides which of several breaches an example stands for: the one that is being made small, if it is there."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._seen: list[Key] = []

    def check(self, found: list[Failure]) -> None:
        """Raise the breach that the example stands for, if there is one.

        Raises:
            BreachError: of the type that belongs to the failure.
        """
        if not found:
            return
        if not self._seen:
            self._ground.give_time(_SHRINK_S)
        keys = [failure.key for failure in found]
        key = next((known for known in self._seen if known in keys), keys[0])
        if key not in self._seen:
            self._seen.append(key)
        raise breach_type(key)(next(failure.finding.message for failure in found if failure.key == key))


def search(ground: Ground, *, strategy: SearchStrategy[Case], run_seed: int, kind: str) -> None:
    """Search until the ground's time is over (`SearchEnd` passes through), round by round.

    A round ends when what it found is small; the next looks for something else.
    """
    for number in count(1):
        dice = seed(int(digest(run_seed, kind, str(number)), 16))
        one_round(ground, dice(SETTINGS(given(strategy)(_property(ground, kind)))))


def _property(ground: Ground, kind: str) -> Callable[[Case], None]:
    chooser = Chooser(ground)

    def holds(case: Case) -> None:
        chooser.check(ground.examine(case, kind=kind))

    return holds


def one_round(ground: Ground, holds: Callable[[], None]) -> None:
    """Run one search to its end, and remember what it found.

    Raises:
        SearchEnd: the time was over; by itself, also where Hypothesis had put it beside what was found.
    """
    over = False
    try:
        holds()
    except* SearchEnd:
        over = True
    except* (BreachError, Flaky):  # one or several, or one that did not come again: all have been noted by then
        pass
    ground.told.update(key for key, _ in ground.failures)
    if over:
        raise SearchEnd
