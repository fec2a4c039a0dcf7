"""What a leak run needs besides its lanes, and how much of it each profile plays."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from reports.record import CaseResult
from scenarios.leaks import SCENARIOS, LeakScenario

_PATIENCE_S: Final = {"soak": 3600.0}
_USUAL_PATIENCE_S: Final = 150.0
_LONGEST_S: Final = {"ci": 14.0, "quick": 14.0, "standard": 60.0, "soak": 1800.0}
_ROUNDS: Final = {"ci": 10, "quick": 10, "standard": 18, "soak": 60}
_TIMES_THE_REQUESTS: Final = {"soak": 5}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakSettings:
    """What a leak run needs besides its lanes. `on_result` hears of every scenario as it ends, `say` of its progress.

    `agents` is the folder where agents of the lanes' targets listen, if they were started with them. `rounds` and
    `requests` (in a round) are the profile's when they are None.
    """

    seed: int
    target_spec: str
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    say: Callable[[str], None]
    profile: str = "quick"
    target_options: tuple[str, ...] = ()
    agents: Path | None = None
    scenarios: tuple[LeakScenario, ...] = SCENARIOS
    rounds: int | None = None
    requests: int | None = None
    budget: Budget = field(default_factory=Budget)
    """How long the suite may take; scenarios that it does not suffice for are told as left out."""

    def rounds_played(self) -> int:
        """How many rounds each scenario has."""
        return self.rounds or _ROUNDS.get(self.profile, _ROUNDS["standard"])

    def requests_a_round(self, scenario: LeakScenario) -> int:
        """How many requests a round has."""
        return self.requests or scenario.requests * _TIMES_THE_REQUESTS.get(self.profile, 1)

    def patience_s(self) -> float:
        """How long a scenario may take before it is given up."""
        return _PATIENCE_S.get(self.profile, _USUAL_PATIENCE_S)

    def may_go_on(self, *, spent_s: float, stages: int, last_s: float) -> bool:
        """Whether a scenario that is not decided yet may have another stage, twice as long as the last.

        A second stage is owed to every suspicion, if it is to be had at all.
        """
        longest_s = self.patience_s() / 2 if stages == 1 else _LONGEST_S.get(self.profile, _LONGEST_S["standard"])
        return spent_s + 2 * last_s <= longest_s

    def replay(self, scenario: LeakScenario) -> str:
        """Return the command that plays the same scenario again."""
        words = ["edgeproof", "leaks", "--only", scenario.case.id, "--seed", str(self.seed)]
        words += [] if self.target_spec == "reference" else ["--target", self.target_spec]
        words += [] if self.profile == "quick" else ["--profile", self.profile]
        words += [] if self.rounds is None else ["--rounds", str(self.rounds)]
        words += [] if self.requests is None else ["--requests", str(self.requests)]
        return shlex.join([*words, *self.target_options])
