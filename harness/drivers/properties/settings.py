"""What a run of the property suite needs to know.

The one rule: how long it searches is decided here and from the profile alone; nothing else reads a clock to decide.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Final

from harness.core.judging.resilience import Coverage
from harness.core.judging.stalls import Stalls
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from reports.record import CaseResult
from scenarios.case_file import KeptCase
from scenarios.profiles import PROFILES

_SEARCH_S: Final = {"ci": 10.0, "quick": 20.0, "standard": 120.0, "soak": inf}
_LANES: Final = 4
"""On so many lanes a search takes that long; on twice as many it has done as much in half of the time."""
_SWEEP_EVERY: Final = {"ci": 96, "quick": 24}


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySettings:
    """What a property run needs besides its lanes. `on_result` hears of every result, `say` of its progress.

    `folder` is where failures are kept as files; `kept` are those that were there before, by their paths. With
    `explores` false only these are played.
    """

    seed: int
    profile: str
    target_spec: str
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    say: Callable[[str], None]
    coverage: Coverage
    folder: Path
    target_options: tuple[str, ...] = ()
    kept: tuple[tuple[Path, KeptCase], ...] = ()
    explores: bool = True
    budget: Budget = field(default_factory=Budget)
    """How long the suite may take, whatever it finds. What it does not suffice for is told as left out."""
    stalls: Stalls = field(default_factory=Stalls)
    """What the run knows of the target behind a silent upstream."""
    on_played: Callable[[], None] = lambda: None
    """Hears of every play of a case."""
    section: dict[str, Any] = field(default_factory=dict)
    """Where what the record says of the suite is put, also when it is stopped."""

    @property
    def longest_search_s(self) -> float:
        """How long the searches take at the most, in seconds; without end for a soak."""
        return _SEARCH_S.get(self.profile, _SEARCH_S["standard"])

    def search_s(self, lanes: int) -> float:
        """How long they take on so many lanes: as long in all as on a few for the longest time."""
        return self.longest_search_s * min(1.0, _LANES / lanes)

    @property
    def gate_percent(self) -> float:
        """The share of pairs for which the searches take all the time they have."""
        return PROFILES[self.profile].pairs_percent

    @property
    def sweep_every(self) -> int:
        """Of how many neighbouring cuts one is swept: all of them but in a short run."""
        return _SWEEP_EVERY.get(self.profile, 1)

    def replay(self, what: str) -> str:
        """Return the line that plays a file or a case again."""
        words = ["edgeproof", "replay", what]
        words += [] if what.endswith(".toml") else ["--seed", str(self.seed)]
        words += [] if self.target_spec == "reference" else ["--target", self.target_spec]
        return shlex.join([*words, *self.target_options])

    def replay_suite(self) -> str:
        """Return the line that plays the whole suite again."""
        words = ["edgeproof", "run", "--suite", "properties", "--seed", str(self.seed), "--profile", self.profile]
        words += [] if self.target_spec == "reference" else ["--target", self.target_spec]
        return shlex.join([*words, *self.target_options])
