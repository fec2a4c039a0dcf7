"""What a load run needs besides its lane, and what follows from that for its generators and for its judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fault_injection.plan import Plan
from harness.core.load.job import LoadJob
from harness.core.load.judgement import Bar
from harness.core.load.objectives import DEFAULTS, UNDER_FAULTS, Objective
from harness.core.load.report import ALONE, Generators
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget
from harness.core.target.dialects import chat_path
from harness.core.target.file import TargetFile
from harness.shell.playing.lane import Lane
from reports.live.events import LoadEvent
from reports.record import CaseResult
from scenarios.load import LoadProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSettings:
    """What a load run needs besides its lane.

    `again` is the command for the same load. `objectives` are the defaults when None. `on_section` hears of the
    record's section, also when the run is stopped; `on_sample` now and then of how the load goes.
    """

    seed: int
    profile: LoadProfile
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    on_section: Callable[[dict[str, Any]], None]
    on_sample: Callable[[LoadEvent], None] | None = None
    say: Callable[[str], None]
    logs: Path
    again: str = ""
    objectives: tuple[Objective, ...] | None = None
    plan: Plan | None = None
    overhead: bool = False
    generators: Generators = ALONE
    budget: Budget = field(default_factory=Budget)
    """How long the suite may take, whatever becomes of the answers."""

    def objectives_for(self, target: TargetFile) -> tuple[Objective, ...]:
        """Return what is asked of the target: what was said, or the defaults, milder where failing is expected."""
        if self.objectives is not None:
            return self.objectives
        declines = target.capabilities.rate_limit is not None
        return UNDER_FAULTS if self.plan or declines else DEFAULTS

    def bar(self, lane: Lane) -> Bar:
        """Return what every single answer of the lane's target is held against."""
        target = lane.target_file
        return Bar(
            claims=target.capabilities,
            limits=target.limits,
            model=target.chat.model,
            objectives=self.objectives_for(target),
            secrets=lane.secrets,
            rewrites=target.rewrites,
            passes_credentials=target.clients_bring_the_api_token,
            notices_by_writing=target.worker is not None,
        )

    def job(self, lane: Lane) -> LoadJob:
        """Return what the generators are to do to the lane's target."""
        target = lane.target_file
        return LoadJob(
            url=lane.url,
            path=chat_path(target.chat.path, target.chat.model),
            headers=lane.headers("a"),
            dialect=target.chat.dialect,
            model=target.chat.model,
            stream=target.capabilities.streaming,
            seed=self.seed,
            patience_s=target.limits.patience_s + self.profile.answer_s + 1.0,
            profile=self.profile,
        )
