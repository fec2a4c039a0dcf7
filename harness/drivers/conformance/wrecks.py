"""Targets that a case leaves unusable, dead or silent: who did it is told once, and the others get a fresh target.

The one rule: nobody is blamed for what another case did. A death is held against a case that brings it about again on
a fresh target; one that nobody brings about alone is told once, where it was first seen.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Final

from harness.errors import TargetError
from harness.shell.playing.asker import Asker
from harness.shell.playing.believing import Doubts, attempts, in_doubt
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from reports.record import Finding, Level, Verdict
from scenarios.case import Case

_INVARIANT: Final = "alive-after"


class Wrecks:
    """Plays cases, and knows what to do about a target that does not survive them."""

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self._told: dict[str, str] = {}
        """Deaths that no case brings about alone, each with the case that told it."""
        self._lost: dict[int, str] = {}
        """The lanes whose target serves nobody any more, with the reason."""

    def lost(self, lane: Lane) -> str:
        """Say why nothing can be played on a lane any more, or nothing when it can."""
        return self._lost.get(id(lane), "")

    async def attempts(self, case: Case, lane: Lane) -> Tried:
        """Judge a case. What went wrong while the harness itself stood still is played again, and blamed on nobody.

        So is what has shown nothing. A question may meet a pooled connection that upstream is just closing behind the
        case before; a correct proxy may then fail it without asking upstream, and no fault strikes what was not asked.
        And so is what only took too long, or what a target broke that waited long for a processor: the machine may keep
        it from its work, but hardly twice at the same place. A target that is left unusable is not asked again.
        """
        doubts = Doubts()
        for attempt in attempts():
            tried = await self._trials.once(case, lane, attempt=attempt)
            if tried.wreck:
                break
            if not doubts.leave(tried) and not tried.is_hollow:
                return tried
        if (tried.wreck or tried.is_hollow) and not tried.is_doubtful:
            return tried
        return in_doubt(case, tried, self._trials)

    async def alone(self, case: Case, lane: Lane) -> Tried:
        """Judge a case that has the lane to itself, and leave a target behind that serves the next."""
        tried = await self.attempts(case, lane)
        if not tried.wreck:
            return tried
        if not await self._mended(case, lane):
            return tried
        died = tried.view is not None and bool(tried.view.history.deaths)
        if not (died or tried.result.verdict is Verdict.INCONCLUSIVE):
            return tried
        again = await self.attempts(case, lane)
        if again.wreck:
            await self._mended(case, lane)
        elif died:
            return self._told_once(case, again, tried.wreck, "in the course of this case; played alone, it is not")
        return again

    async def one_of(self, suspects: Sequence[Case], lane: Lane, *, how: str) -> AsyncIterator[tuple[Case, Tried]]:
        """Judge cases one at a time, each on a fresh target, because one of them has left the target unusable.

        Where none of them does so alone, the first of them tells what they did together: it is yielded last.
        """
        first: Tried | None = None
        seen_again = False
        for case in suspects:
            if not await self._mended(case, lane):
                break
            tried = await self.attempts(case, lane)
            seen_again |= bool(tried.wreck)
            if first is None:
                first = tried
            else:
                yield case, tried
        if first is None:
            return
        if not seen_again:
            names = ", ".join(case.id for case in suspects)
            first = self._told_once(
                suspects[0], first, how, f"while these ran at once: {names}; alone, none of them did it"
            )
        else:
            await self._mended(suspects[-1], lane)
        yield suspects[0], first

    def _told_once(self, case: Case, tried: Tried, how: str, when: str) -> Tried:
        if self._told.setdefault(how, case.id) != case.id:
            return tried
        message = f"the target was lost ({how}) {when}"
        result = tried.result.model_copy(
            update={
                "verdict": Verdict.FAIL,
                "saw": message,
                "cause": "",
                "findings": (Finding(invariant=_INVARIANT, level=Level.MUST, message=message), *tried.result.findings),
            }
        )
        return replace(tried, result=result)

    async def _mended(self, case: Case, lane: Lane) -> bool:
        """Start the target afresh, or see whether one that is not ours to start answers again; if not, it is lost."""
        await lane.start_afresh()
        try:
            await lane.ensure_alive()
        except TargetError as error:
            self._lost[id(lane)] = f"not judged: {case.id} left the target unable to start again: {error}"
            return False
        if lane.target_file.command is None and not await self._answers(case, lane):
            self._lost[id(lane)] = (
                f"not judged: the target has not answered since {case.id}, and edgeproof did not start it"
            )
            return False
        return True

    async def _answers(self, case: Case, lane: Lane) -> bool:
        answer = await Asker(lane, seed=self._trials.seed).ask_plainly(case.id, "mended")
        return answer.status is not None
