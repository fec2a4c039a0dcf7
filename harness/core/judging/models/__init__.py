"""Plain models: what a cache, a breaker or a limiter does, in a few lines, to hold a target's against.

The one rule: a model speaks only where any right implementation would have to do the same; a race, a claim that leaves
room, or a time near its bound is nothing to go by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from harness.core.judging.models import answer, breaker, cache, rate, upstream
from harness.core.judging.view import CaseView
from reports.record import Finding
from scenarios.case import Case

Model: TypeAlias = Callable[[Case, CaseView], Iterator[Finding]]

MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {
        "cache-walk": cache.check,
        "upstream-walk": upstream.check,
        "breaker-walk": breaker.check,
        "rate-walk": rate.check,
    }
)
"""Each model by the first word of the ids of the cases that it is for."""


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where what was seen differs from the plain model of any proxy, and a walk from its own."""
    yield from answer.check(case, view)
    model = MODELS.get(case.id.partition(".")[0])
    if model is not None:
        yield from model(case, view)
