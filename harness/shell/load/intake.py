"""What comes in from the generators of a load: measurements merged, and every answer judged beside the mock's journal.

The one rule: an answer is judged once, when all of upstream's part in it is known; what could not be judged is counted
as such. Memory is bounded: a long load is judged while it runs, a short one behind it, so that it disturbs nothing.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from harness.core.load.answer import FINISHED, LEFT
from harness.core.load.job import LoadJob, question
from harness.core.load.judgement import Bar, Judged, judge_alike
from harness.core.load.lateness import Lateness
from harness.core.load.record import LoadPart
from harness.core.load.report import Late, Report
from harness.core.load.transcript import unpack
from harness.core.observed.history import ClientExchange, UpstreamExchange
from harness.shell.upstream.journal import Journal
from reports.live.events import LoadEvent

_MOST_HELD: Final = 4_000
_OLD_S: Final = 30.0
"""A question that is put again is put again before this."""
_BATCH: Final = 25
_SETTLED_S: Final = 2.5
"""How long upstream's part in an answer may last longer than its client's."""


class Intake:
    """Takes reports; `judge` what is ripe now and then, and all of it in the end."""

    def __init__(self, job: LoadJob, bar: Bar, journal: Journal) -> None:
        self._job = job
        self._bar = bar
        self._journal = journal
        self._held: list[Mapping[str, Any]] = []
        self.latest: dict[int, Report] = {}
        """The latest report of each generator, by its number."""
        self.judged: list[Judged] = []
        self.unjudged = 0
        """Answers whose upstream calls the journal had forgotten by the time they could be judged."""

    def take(self, reports: Iterable[Report]) -> bool:
        """Take what has come; say whether anything has."""
        came = False
        for report in reports:
            self.latest[report.number] = report
            self._held += report.exchanges
            came = True
        return came

    def sample(self) -> LoadEvent:
        """Return how the load goes, as far as its generators have told."""
        whole = self.merged()
        answers, put = whole.counts["asked"], sum(report.put for report in self.latest.values())
        return LoadEvent(
            at_s=0.0,
            answers=answers,
            failed=answers - whole.counts[FINISHED] - whole.counts[LEFT],
            waiting=max(0, put - answers),
            ttft_p50_s=whole.percentile("ttft", 50),
            ttft_p95_s=whole.percentile("ttft", 95),
        )

    def merged(self) -> LoadPart:
        """Return the measurements of all generators together."""
        whole = LoadPart()
        for report in self.latest.values():
            whole.merge(report.part)
        return whole

    @property
    def is_over(self) -> bool:
        """Whether every generator that has reported is at rest."""
        return bool(self.latest) and all(report.rests or report.final for report in self.latest.values())

    @property
    def lost(self) -> int:
        """How many answers a generator counted that never came in."""
        asked = sum(report.part.counts["asked"] for report in self.latest.values())
        return asked - len(self.judged) - self.unjudged - len(self._held)

    @property
    def late(self) -> list[Late]:
        """When the generators themselves were late."""
        return [moment for report in self.latest.values() for moment in report.late]

    async def judge_ripe(self, now_s: float, mock_late: Sequence[Late]) -> None:
        """Judge what has been over for long, where much is held."""
        if len(self._held) <= _MOST_HELD:
            return
        ripe = [each for each in self._held if each["end_s"] < now_s - _OLD_S]
        self._held = [each for each in self._held if each["end_s"] >= now_s - _OLD_S]
        await self._judge(ripe, mock_late)

    async def judge_rest(self, mock_late: Sequence[Late], *, in_time: bool = True) -> None:
        """Judge everything; upstream has come to rest. `in_time` says that the harness was, by and large."""
        rest, self._held = self._held, []
        await self._judge(rest, mock_late, in_time=in_time)

    async def _judge(
        self, packed: Sequence[Mapping[str, Any]], mock_late: Sequence[Late], *, in_time: bool = True
    ) -> None:
        lateness = Lateness(moments=[*mock_late, *self.late], duration_s=1.0)
        groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for each in packed:
            groups[question(self._job, each["name"]).nonce].append(each)
        waiting = list(groups.items())
        while waiting:
            batch, waiting = waiting[:_BATCH], waiting[_BATCH:]
            known_s = self._known_since_s()
            ready = []
            for nonce, alike in batch:
                if min(each["started_s"] for each in alike) < known_s:
                    self.unjudged += len(alike)
                else:
                    ready.append((alike, self._journal.exchanges(nonce=nonce)))
            # On the loop it would hold up the mock, and make its target pay for it.
            self.judged += await asyncio.to_thread(self._judge_batch, ready, lateness, in_time=in_time)

    def _judge_batch(
        self,
        batch: Sequence[tuple[list[Mapping[str, Any]], tuple[UpstreamExchange, ...]]],
        lateness: Lateness,
        *,
        in_time: bool,
    ) -> list[Judged]:
        found: list[Judged] = []
        for packed, upstreams in batch:
            exchanges: list[ClientExchange] = [unpack(each, self._job) for each in packed]
            start_s = min(each.started_s for each in exchanges)
            end_s = max(each.end_s for each in exchanges) + _SETTLED_S
            punctual = in_time and lateness.spared(start_s, end_s)
            found += judge_alike(exchanges, upstreams, self._bar, punctual=punctual)
        return found

    def _known_since_s(self) -> float:
        """Return since when the journal is complete, for answers that may come from a cache as well."""
        oldest = next(self._journal.records(), None)
        if oldest is None or oldest.number == 1:
            return 0.0
        cache = self._bar.claims.cache
        return oldest.arrived_s + (cache.ttl_s if cache else 0.0)
