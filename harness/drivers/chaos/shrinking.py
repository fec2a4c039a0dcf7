"""What failed in a chaos run, made small on the mock: one request, and the fewest faults that still break it.

The one rule: a plan is told only when it has failed every time, each time on a target started afresh, so that whoever
replays it sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fault_injection.fault import Fault
from fault_injection.spec import parse_all, show_all
from harness.core.judging.failures import content_name
from harness.core.load.chaos.shrink import smallest
from harness.core.load.judgement import Judged
from harness.core.observed.redact import Redactor
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials
from harness.shell.watching.punctual import Lateness
from reports.record import Level
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import KeptCase, found_case, show_case
from scenarios.prompt import Prompt

_TIMES: Final = 3
_MOST_TRIED: Final = 4
_PATIENCE_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrunk:
    """The smallest plan that fails: which invariant, by which faults, and the file that keeps it."""

    invariant: str
    faults: str
    path: Path


@dataclass(slots=True, kw_only=True)
class Shrinking:
    """Plays on one lane whose target asks the mock itself, and writes what fails into `folder`."""

    lane: Lane
    seed: int
    prompt: Prompt
    redactor: Redactor
    folder: Path
    lateness: Lateness

    async def shrink(self, answers: Iterable[Judged]) -> Shrunk | None:
        """Return the smallest plan that breaks what some answer broke; None when none of them does so on the mock."""
        for invariant, faults in _candidates(answers):

            async def fails(part: tuple[Fault, ...], invariant: str = invariant) -> bool:
                return await self._always_breaks(self._case(part), invariant)

            small = await smallest(faults, fails)
            if small is not None:
                return self._kept(invariant, self._case(small))
        return None

    def _case(self, faults: tuple[Fault, ...]) -> Case:
        steps = (Step(prompt=self.prompt, stream=self.lane.target_file.capabilities.streaming),)
        draft = found_case("chaos.draft", steps, (Upstream(faults=faults),))
        return found_case(f"chaos.{content_name(draft)}", steps, (Upstream(faults=faults),))

    async def _always_breaks(self, case: Case, invariant: str) -> bool:
        trials = Trials(
            seed=self.seed,
            suite="chaos",
            redactor=self.redactor,
            lateness=self.lateness,
            replay=lambda _: "",
            patience_s=_PATIENCE_S,
        )
        for attempt in range(1, _TIMES + 1):
            await self.lane.start_afresh()
            tried = await trials.once(case, self.lane, attempt=attempt)
            broken = {finding.invariant for finding in tried.result.findings if finding.level is Level.MUST}
            if invariant not in broken:
                return False
        return True

    def _kept(self, invariant: str, case: Case) -> Shrunk:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{invariant}-{content_name(case)}.toml"
        path.write_text(show_case(KeptCase(case=case, seed=self.seed, invariant=invariant)), encoding="utf-8")
        return Shrunk(invariant=invariant, faults=show_all(case.upstream[0].faults), path=path)


def _candidates(answers: Iterable[Judged]) -> list[tuple[str, tuple[Fault, ...]]]:
    """Return what broke by which faults, each once, what has the fewest faults first."""
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for answer in answers:
        broken = [finding.invariant for finding in answer.findings if finding.level is Level.MUST]
        if answer.faults and broken:
            found[broken[0], answer.faults] = None
    order = sorted(found, key=lambda each: (len(each[1]), each))
    return [
        (invariant, tuple(fault for spec in specs for fault in parse_all(spec)))
        for invariant, specs in order[:_MOST_TRIED]
    ]
