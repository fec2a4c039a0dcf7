"""What a conformance run needs besides its cases and its lanes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from harness.core.judging.stalls import Stalls
from harness.core.judging.view import CaseView
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from reports.record import CaseResult
from scenarios.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """What a conformance run needs besides its lanes. `on_result` hears of every case as it ends."""

    seed: int
    target_spec: str
    """The target as the user named it, for replay lines."""
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    target_options: tuple[str, ...] = ()
    """What else the user had to say about the target, for replay lines."""
    on_view: Callable[[Case, CaseView], None] = lambda _case, _view: None
    """Hears of what was observed in every case that was judged."""
    budget: Budget = field(default_factory=Budget)
    """How long the suite may take. What it does not suffice for is told as left out."""
    longest_wait_s: float = inf
    """How long a case may wait for what the target claims; one that would wait longer is not begun."""
    stalls: Stalls | None = None
    """What the run knows of the target behind a silent upstream; found out by this suite when it is None."""
