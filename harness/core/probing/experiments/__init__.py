"""The experiments by their names, in the order in which their facts are told.

The one rule: each begins on a target without a past and leaves nothing behind that another would meet; they may run at
the same time, on targets of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from harness.core.probing.experiments import breaker, cache, fallback, limits, plain, retries, timeouts
from harness.core.probing.facts import Notes
from harness.core.probing.moves import Moves
from harness.core.probing.terms import Terms

Begin: TypeAlias = Callable[[Terms, Notes], Moves]


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One experiment: what begins it, which facts it may find, and what it is about, in words."""

    begin: Begin
    keys: tuple[str, ...]
    about: str


EXPERIMENTS: Final[Mapping[str, Experiment]] = MappingProxyType(
    {
        "streams": Experiment(begin=plain.streams, keys=plain.KEYS, about="whether it streams"),
        "retries": Experiment(begin=retries.retries, keys=retries.KEYS, about="what it asks again, and when"),
        "breaker": Experiment(begin=breaker.breaker, keys=breaker.KEYS, about="when it leaves upstream alone"),
        "fallback": Experiment(begin=fallback.fallback, keys=fallback.KEYS, about="which model steps in"),
        "cache": Experiment(begin=cache.cache, keys=cache.KEYS, about="what it answers from memory"),
        "first-byte": Experiment(
            begin=timeouts.first_byte, keys=timeouts.FIRST_BYTE_KEYS, about="how long it waits for a first byte"
        ),
        "idle": Experiment(begin=timeouts.idle, keys=timeouts.IDLE_KEYS, about="how long a stream may fall silent"),
        "total": Experiment(begin=timeouts.total, keys=timeouts.TOTAL_KEYS, about="how long an exchange may last"),
        "sizes": Experiment(begin=limits.sizes, keys=limits.SIZE_KEYS, about="how large a request may be"),
        "rate": Experiment(begin=limits.rate, keys=limits.RATE_KEYS, about="how many requests it lets through"),
    }
)
"""Every experiment by its name."""
