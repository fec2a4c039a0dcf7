"""What an invariant is: an id, a level, the rule in words, and a pure function from a case's view to breaches.

The one rule: a check states what it saw with numbers, and stays silent whenever the view leaves room for a target
that did right. A finding must hold up in front of the target's authors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import TypeAlias

from harness.core.judging.view import CaseView
from reports.record import Level


@dataclass(frozen=True, slots=True)
class Breach:
    """One observed breach. `level` is set where it weighs less than its invariant does, as for what was passed on
    verbatim from upstream."""

    message: str
    level: Level | None = None
    evidence: tuple[str, ...] = field(default=())
    once: bool = False
    """Whether every exchange would show it, so that only a case about it tells it (`Case.tells_additions`)."""
    overrun_s: float = field(default=inf, compare=False)
    """How much longer than it may something took; infinity where it does not end, or is no matter of how long."""


Check: TypeAlias = Callable[[CaseView], Iterator[Breach]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule that every history must satisfy; `check` finds where it was broken.

    A breach of one that is `late_proof` stands even where the harness itself was late: it is read from bytes that a
    standstill can delay but not make. A breach of one that is `timed` rests on how long something took, which a machine
    that starves the target makes longer: it counts only if the case shows it again when it is played again. That is not
    for a rule about what a target remembers, which another play of the same case may find in another state. A target
    that is known to have been starved is asked again whatever it broke, unless the breach is `late_proof`. While other
    programs take the machine, a breach whose `overrun_s` may be their doing counts for nothing.
    """

    id: str
    level: Level
    check: Check
    late_proof: bool = False
    timed: bool = False
