"""The split sweep: every golden stream, cut in every way, shared by the lanes.

The one rule: a sweep is judged case by case like anything else; the first cut that is read wrongly is the one told, and
what fails with one cut alone is a failure to keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from harness.core.judging.failures import Failures
from harness.core.judging.needs import why_not
from harness.core.judging.result import unrun
from harness.core.run.sweep_result import sweep_result
from harness.core.target.file import TargetFile
from harness.drivers.properties.company import play
from harness.drivers.properties.settings import PropertySettings
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.searching.sweep import GOLDEN, Golden


@dataclass(frozen=True, slots=True)
class _Cut:
    """One golden stream in all its parts, and what has become of them so far, by their ids."""

    golden: Golden
    cases: tuple[Case, ...]
    parts: dict[str, CaseResult] = field(default_factory=dict)

    @property
    def ways(self) -> int:
        return sum(len(case.steps) for case in self.cases)


class Sweep:
    """The parts of all sweeps that wait to be played; each sweep is told when its last part has been judged."""

    def __init__(self, target: TargetFile, trials: Trials, settings: PropertySettings, failures: Failures) -> None:
        self._target = target
        self._trials = trials
        self._settings = settings
        self._failures = failures
        self._cut_of: dict[str, _Cut] = {}
        self._waiting = self._parts()

    async def on_lane(self, lane: Lane, *, until_s: float = inf) -> None:
        """Play parts until none is left that another lane does not play already, or the time is over."""
        await play(self._waiting, lane, self._trials, self._failures, self._on_tried, until_s=until_s)

    def tell_rest(self, cause: str) -> None:
        """Tell of every sweep that has not come to its end, and why; what was judged of it stays judged."""
        for _ in self._waiting:
            pass  # so that each of them is known
        for cut in {id(cut): cut for cut in self._cut_of.values()}.values():
            parts = [cut.parts[case.id] for case in cut.cases if case.id in cut.parts]
            if len(parts) == len(cut.cases):
                continue
            why = f"{len(parts)} of {len(cut.cases)} parts were played; {cause}"
            result = unrun(cut.golden.whole, Verdict.INCONCLUSIVE, why, suite="properties")
            if any(part.verdict in (Verdict.FAIL, Verdict.NON_STRICT) for part in parts):
                result = sweep_result(cut.golden, parts, suite="properties", replay=self._settings.replay_suite())
            self._settings.on_result(result)

    def _parts(self) -> Iterator[Case]:
        settings = self._settings
        for golden in GOLDEN:
            if cause := why_not(golden.whole, self._target):
                settings.on_result(unrun(golden.whole, Verdict.NOT_APPLICABLE, cause, suite="properties"))
                continue
            cut = _Cut(golden, tuple(golden.cases(every=settings.sweep_every, from_seed=settings.seed)))
            self._cut_of.update((case.id, cut) for case in cut.cases)
            settings.say(f"properties: {golden.whole.id}, {cut.ways} of {golden.length_bytes} ways to cut it")
            yield from cut.cases

    def _on_tried(self, case: Case, played: Tried) -> None:
        cut = self._cut_of[case.id]
        cut.parts[case.id] = played.result
        if len(cut.parts) == len(cut.cases):
            ordered = [cut.parts[part.id] for part in cut.cases]
            replay = self._settings.replay_suite()
            self._settings.on_result(
                sweep_result(cut.golden, ordered, suite="properties", swept=cut.ways, replay=replay)
            )
