"""Walks played: state machines think up sequences, invariants and plain models judge them.

The one rule: a walk is judged as a whole when it is over, by the same judges as any other case and by its plain model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Final

from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test

from harness.core.run.seeds import digest
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.search import SETTINGS, Chooser, one_round
from harness.drivers.properties.settings import PropertySettings
from scenarios.case import Case
from scenarios.searching.properties import BREAKER, CACHE, RATE, UPSTREAM
from scenarios.searching.walks import BreakerWalk, CacheWalk, RateWalk, UpstreamWalk, Walk

_STEPS: Final = 7
_WALKS: Final[Mapping[str, type[Walk]]] = MappingProxyType(
    {CACHE.id: CacheWalk, UPSTREAM.id: UpstreamWalk, BREAKER.id: BreakerWalk, RATE.id: RateWalk}
)
WALKS: Final = (CACHE, UPSTREAM, BREAKER, RATE)
"""Every walk as the case that it goes by."""


def walk(case: Case, ground: Ground, *, own: PropertySettings) -> None:
    """Walk until the ground's time is over (`SearchEnd` passes through), round by round.

    A round ends when what it found is small; the next looks for something else.
    """
    machine = _WALKS[case.id]
    how = settings(SETTINGS, stateful_step_count=_STEPS)
    for number in count(1):
        known = _machine(machine, ground, own)
        seed(int(digest(own.seed, machine.name, str(number)), 16))(known)
        one_round(ground, _walking(known, how))


def _walking(machine: type[Walk], how: settings) -> Callable[[], None]:
    return lambda: run_state_machine_as_test(machine, settings=how)


def _machine(machine: type[Walk], ground: Ground, own: PropertySettings) -> type[Walk]:
    """Return the machine as it walks on this ground."""
    chooser = Chooser(ground)

    class Walking(machine):  # type: ignore[valid-type,misc]  # which machine it is, is known only now
        reach = own.coverage.reach

        def over(self, case: Case) -> None:
            chooser.check(ground.examine(case, kind=self.name))

    return Walking
