"""A case that was found, with what makes it play the same again.

The one rule: it has no promise of its own; whatever a search puts together, every invariant holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scenarios.case import Case, Step, Upstream

PLAYS: Final = 6
"""How often a case that has always failed is played before it counts as mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCase:
    """A case with what makes it play the same again, and what was seen when it was kept.

    `seed` is that of the run that found it; `invariant` is what it broke and `seen` how, in words. `plays` is how often
    it is played, until it fails, before it counts as mended: more often where it does not fail every time.
    """

    case: Case
    seed: int
    invariant: str = ""
    seen: str = ""
    plays: int = PLAYS


def found_case(case_id: str, steps: Sequence[Step], upstream: Sequence[Upstream] = (), *, fresh: bool = False) -> Case:
    """Return what was put together by a search as a case: it has no promise of its own, every invariant is its promise.

    Raises:
        InvalidCaseError: it contradicts itself.
    """
    return Case(
        id=case_id,
        promise="Whatever comes together, every invariant holds.",
        reference="edgeproof's own rule: every invariant",
        focus=("alive-after",),
        steps=tuple(steps),
        upstream=tuple(upstream),
        alone=True,
        fresh=fresh,
    )
