"""The property suite played: what was kept, every cut, every pair, and then whatever Hypothesis thinks up.

The one rule: each part adds to the same failures and the same coverage, and a failure is told once, however often it
was found and by whichever part.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import Final

from harness.core.judging import models
from harness.core.judging.failures import Failure, Failures, Key
from harness.core.judging.needs import why_not
from harness.core.judging.result import unrun
from harness.drivers.properties.company import play
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.kept import confirmed, kept_results, unconfirmed
from harness.drivers.properties.pairs import Pairs
from harness.drivers.properties.search import search
from harness.drivers.properties.search_time import SearchTime
from harness.drivers.properties.settings import PropertySettings
from harness.drivers.properties.sweep import Sweep
from harness.drivers.properties.walks import WALKS, walk
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.watching.punctual import Lateness
from reports.overview import amount
from reports.record import CaseResult, Level, Verdict, worst
from scenarios.case import Case
from scenarios.searching import sweep as sweeps
from scenarios.searching.openings import openings
from scenarios.searching.properties import PAIRS, SEARCH, SEARCHES
from scenarios.searching.strategies import cases

_CASE_PATIENCE_S: Final = 60.0
_SWEEPING: Final = 2
"""Lanes that sweep. More would keep the machine so busy that openings beside them come too late; the others search."""
_ENOUGH_PERCENT: Final = 90.0
"""So many pairs are enough; the rest of the time is better spent on what nobody has thought of."""
_TURN_AT_MOST_S: Final = 300.0
_KNOWN_SHARE: Final = 0.5
_FOUND: Final = (Verdict.FAIL, Verdict.NON_STRICT)

Look = tuple[Case, Callable[[Ground], None]]
"""A search by the case that it goes by, and how it is made."""


async def run(lanes: Sequence[Lane], settings: PropertySettings) -> None:
    """Play the suite; a soak comes to no end of its own, and tells what it has when it is stopped."""
    lateness = Lateness()
    trials = Trials(
        seed=settings.seed,
        suite="properties",
        redactor=settings.redactor,
        lateness=lateness,
        replay=lambda case: settings.replay(case.id) if sweeps.part(case.id) else settings.replay_suite(),
        patience_s=_CASE_PATIENCE_S,
        also=models.check,
        stalls=settings.stalls,
        on_played=settings.on_played,
    )
    this = _Run(lanes=lanes, settings=settings, trials=trials)
    async with lateness.watching():
        await this.play_kept()
        if settings.explores:
            await this.explore()


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run of the suite on its lanes: what it has played and found so far."""

    lanes: Sequence[Lane]
    settings: PropertySettings
    trials: Trials
    failures: Failures = field(default_factory=Failures)
    played: Counter[str] = field(default_factory=Counter)
    told: dict[Key, tuple[str, CaseResult]] = field(default_factory=dict)
    """What was found, each with the id of the search that found it."""
    confirming: set[Key] = field(default_factory=set)
    knows_all: bool = False
    """Whether all has been played that is known; only the search goes on."""
    searched_s: float = 0.0
    cut_short: bool = False
    """Whether the suite had less time to search than it should have had."""

    def ground(self, lane: Lane, *, ends_s: float) -> Ground:
        return Ground(
            lane=lane,
            trials=self.trials,
            loop=asyncio.get_running_loop(),
            failures=self.failures,
            on_view=self.settings.coverage.add,
            ends_s=ends_s,
            last_s=self.settings.budget.ends_s,
        )

    async def play_kept(self) -> None:
        if self.settings.kept:
            self.settings.say(f"properties: {amount(len(self.settings.kept), 'failure')} kept from earlier runs")
            ground = self.ground(self.lanes[0], ends_s=inf)
            await ground.work(lambda: _tell(kept_results(ground, self.settings), self.settings.on_result))

    async def explore(self) -> None:
        """Play what is known, then search, and tell what was found, whatever stops it."""
        settings = self.settings
        over = False
        try:
            await self._play()
            over = True
        finally:
            for key, examples in self.failures:
                if key not in self.told:
                    self._tell_found(key, examples, unconfirmed(examples[0], settings))
            if over or (self.knows_all and settings.longest_search_s == inf):  # that may be stopped at any time
                self._sum_up()
            self._describe()

    async def _play(self) -> None:
        """Play every cut on some lanes and the openings on the others; whoever has done with these begins to search.

        Half of the time at the most is spent on what is known.
        """
        until_s = self.settings.budget.part(_KNOWN_SHARE).ends_s
        sweep = Sweep(self.lanes[0].target_file, self.trials, self.settings, self.failures)
        waiting = openings(self.settings.coverage.reach)
        search = SearchTime(settings=self.settings, lanes=len(self.lanes))
        rows: list[Pairs] = []

        async def on_lane(number: int, lane: Lane) -> None:
            if number < _SWEEPING:
                await sweep.on_lane(lane, until_s=until_s)
            await play(waiting, lane, self.trials, self.failures, self._on_opening, until_s=until_s)
            search.come()
            if not rows:
                rows.append(self._pairs(search))
                self.settings.say(f"properties: searching {search.words}")
            if search.lacks == 0:
                self.knows_all = True
                sweep.tell_rest(self.settings.budget.cause)
            await self._on_lane(number, lane, rows[0], search)

        try:
            async with asyncio.TaskGroup() as group:
                for number, lane in enumerate(self.lanes):
                    group.create_task(on_lane(number, lane))
        finally:
            self.played[PAIRS.id] += sum(each.played for each in rows)
            self.searched_s, self.cut_short = round(search.searched_s, 1), search.is_cut_short

    def _on_opening(self, case: Case, played: Tried) -> None:
        self.played[PAIRS.id] += 1
        if played.view is not None:
            self.settings.coverage.add(case, played.view)

    def _pairs(self, search: SearchTime) -> Pairs:
        return Pairs(
            self.settings.coverage,
            self.failures,
            gate_percent=self.settings.gate_percent,
            enough_percent=_ENOUGH_PERCENT,
            until_s=search.pairs_until_s,
            ends_s=search.pairs_end_s,
        )

    def _describe(self) -> None:
        found = Counter(result.verdict for _, result in self.told.values())
        self.settings.section.update(
            {
                "cases": sum(self.played.values()),
                "exchanges": self.settings.coverage.exchanges,
                "search_s": self.searched_s,
                "failures": sum(found[verdict] for verdict in _FOUND),
                "not_seen_again": found[Verdict.INFO],
                "by_search": [{"search": name, "cases": number} for name, number in self.played.items()],
            }
        )

    async def _on_lane(self, number: int, lane: Lane, pairs: Pairs, search: SearchTime) -> None:
        await pairs.on_lane(lane, self.trials)
        ground = self.ground(lane, ends_s=search.ends_s())
        await self._confirm(ground)
        looks = self._looks(number)
        while (now_s := time.monotonic()) < search.ends_s():
            for at, (case, look) in enumerate(looks):
                left_s = (search.ends_s() - now_s) / (len(looks) - at)
                ground.turn(now_s + min(left_s, _TURN_AT_MOST_S))
                await ground.work(partial(look, ground))
                now_s = time.monotonic()
                self.played[case.id] += ground.take_count()
                await self._confirm(ground)

    def _looks(self, number: int) -> list[Look]:
        """Return what a lane looks for, one after the other: every other lane searches, the others walk."""
        reach, seed = self.settings.coverage.reach, self.settings.seed
        searching = partial(search, strategy=cases(reach), run_seed=seed, kind=f"search-{number}")
        walks: list[Look] = [(case, partial(walk, case, own=self.settings)) for case in self._walks()]
        if len(self.lanes) == 1 or not walks:
            return [(SEARCH, searching), *walks]
        walkers = len(self.lanes) // 2
        return walks[number // 2 % len(walks) :: walkers] if number % 2 else [(SEARCH, searching)]

    def _walks(self) -> list[Case]:
        return [case for case in WALKS if not why_not(case, self.lanes[0].target_file)]

    async def _confirm(self, ground: Ground) -> None:
        """Confirm what nobody has confirmed yet."""
        for key, examples in sorted(self.failures, key=lambda each: each[1][0].finding.level is not Level.MUST):
            if key not in self.confirming:
                self.confirming.add(key)
                self.settings.say(f"properties: replaying what was found: {key[0]}")
                await ground.work(partial(self._confirm_one, ground, key, examples))
        ground.take_count()

    def _confirm_one(self, ground: Ground, key: Key, examples: list[Failure]) -> None:
        self._tell_found(key, examples, confirmed(ground, key, examples, self.settings))

    def _tell_found(self, key: Key, examples: list[Failure], result: CaseResult) -> None:
        self.told[key] = _source(examples[0].case), result
        self.settings.on_result(result)

    def _sum_up(self) -> None:
        """Tell of each search by itself: how much it did, and what it found."""
        for case in SEARCHES:
            if cause := why_not(case, self.lanes[0].target_file):
                self.settings.on_result(unrun(case, Verdict.NOT_APPLICABLE, cause, suite="properties"))
                continue
            found = [result for source, result in self.told.values() if source == case.id and result.verdict in _FOUND]
            verdict = worst([Verdict.PASS, *(each.verdict for each in found)])
            if self.cut_short and not self.played[case.id]:
                cause = self.settings.budget.cause
                self.settings.on_result(unrun(case, Verdict.INCONCLUSIVE, cause, suite="properties"))
                continue
            told = f"; its findings are listed as cases: {', '.join(each.id for each in found)}" if found else ""
            result = unrun(case, verdict, "", replay=self.settings.replay_suite(), suite="properties")
            saw = f"{self.played[case.id]} cases played{told}"
            self.settings.on_result(result.model_copy(update={"saw": saw}))


def _source(case: Case) -> str:
    """Return the id of the search that a case comes from."""
    kind = case.id.partition(".")[0]
    if kind == sweeps.FAMILY:
        return kind  # every sweep tells of itself
    return next((known.id for known in SEARCHES if known.id.endswith(f".{kind}")), SEARCH.id)


def _tell(results: Iterator[CaseResult], on_result: Callable[[CaseResult], None]) -> None:
    for result in results:
        on_result(result)
