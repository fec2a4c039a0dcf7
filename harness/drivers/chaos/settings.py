"""What a chaos run needs besides its target and its gateway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Final

from fault_injection.plan import Plan
from harness.core.gateway.guard import Caps
from harness.core.load.chaos.verdict import Baseline
from harness.core.observed.redact import Redactor
from scenarios.prompt import Prompt

MOST_RATE_PER_S: Final = 50.0
"""How much is asked of a staging system at the most, unless its owner says otherwise."""
WITHOUT_END_S: Final = 30.0
"""How long a plan is played that has no phase with an end, if it lives as long."""
PROMPT: Final = Prompt(tokens=12, pace_s=0.02)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosSettings:
    """How a run goes: `steady_s` of traffic before the plan, the plan, and `recovery_s` behind it at the most.

    `run` marks its requests. `is_called_off` says why it has to stop, or nothing; it is asked every second.
    """

    seed: int
    plan: Plan
    run: str
    say: Callable[[str], None]
    redactor: Redactor
    rate_per_s: float = 10.0
    steady_s: float = 5.0
    recovery_s: float = 10.0
    prompt: Prompt = PROMPT
    baseline: Baseline = field(default_factory=Baseline)
    caps: Caps = field(default_factory=Caps)
    generators: Path | None = None
    """Where the output of a generator goes, for traffic by Locust; None: this process asks."""
    injects: bool = True
    """Whether anything is injected; a dry run plays the steady state alone."""
    is_called_off: Callable[[], str] = str

    @property
    def lasts_s(self) -> float:
        """How long the plan is played: to the end of the last phase that has one, within its lifetime."""
        last_s = max((phase.end_s for phase in self.plan.phases if phase.end_s < inf), default=WITHOUT_END_S)
        return min(last_s, self.plan.ends_s)
