"""A lane for a search that runs in a thread of its own, as Hypothesis does.

The one rule: a search is ended from inside, by an exception that no test runner takes for a failure, and only between
two cases; so that what it has found by then is whole.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from harness.core.judging.failures import Failure, Failures, Key, content_name, failures_of
from harness.core.judging.view import CaseView
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from reports.record import Verdict
from scenarios.case import Case

_MORE_ATTEMPTS: Final = 2
"""How often what was played while the harness stood still is played again, where it must come to a verdict."""
GRACE_S: Final = 15.0
"""How much longer a search may take to make small what it found in time."""


class SearchEnd(BaseException):
    """The time for a search is over. No `Exception`, so that no search takes it for a failure of what it tests."""


@dataclass(slots=True, kw_only=True)
class Ground:
    """Plays what a search thinks up on one lane. `ends_s` is when the search is to end, on the monotonic clock."""

    lane: Lane
    trials: Trials
    loop: asyncio.AbstractEventLoop
    failures: Failures
    on_view: Callable[[Case, CaseView], None]
    ends_s: float
    last_s: float = inf
    """When everything ends, on the monotonic clock, playing again what was found included."""
    grace_s: float = GRACE_S
    cases: int = 0
    stopped: bool = False
    told: set[Key] = field(default_factory=set)
    """Failures that need not be looked for any more."""
    _attempts: dict[str, int] = field(default_factory=dict)

    async def work(self, search: Callable[[], None]) -> None:
        """Let a search work in a thread; when the run is cancelled it is stopped between two cases, and waited for."""

        def until_end() -> None:
            with suppress(SearchEnd):
                search()

        # Of the loop's own threads, searches on all lanes would leave none to judge what they play.
        own = ThreadPoolExecutor(max_workers=1, thread_name_prefix="search")
        thread = asyncio.get_running_loop().run_in_executor(own, until_end)
        try:
            await asyncio.shield(thread)
        except asyncio.CancelledError:
            self.stop()
            await asyncio.gather(thread, return_exceptions=True)
            raise
        finally:
            own.shutdown(wait=False)

    def examine(self, case: Case, *, kind: str) -> list[Failure]:
        """Play a case, from the searching thread, and return what it broke that was not told yet.

        Raises:
            SearchEnd: the time is over, or somebody ends the run.
        """
        named = replace(case, id=f"{kind}.{content_name(case)}")
        tried = self.play(named)
        found = [failure for failure in failures_of(named, tried.result) if failure.key not in self.told]
        for failure in found:
            self.failures.add(failure)
        return found

    def play(self, case: Case, *, to_the_end: bool = False, asks_after: bool = True) -> Tried:
        """Play a case, from the searching thread; what went wrong while the harness stood still is not held against it.

        The same case again asks new questions, because the target may remember the answers. Whether the target still
        answers is asked afterwards, unless nobody wants to know.

        Raises:
            SearchEnd: the time is over (unless it is played `to_the_end`), or somebody ends the run.
        """
        tried = self._play_once(case, to_the_end=to_the_end, asks_after=asks_after)
        for _ in range(_MORE_ATTEMPTS if to_the_end else 0):
            if not tried.is_doubtful:
                break
            tried = self._play_once(case, to_the_end=True, asks_after=asks_after)
        if tried.is_doubtful:
            return replace(tried, result=self.trials.unrun(case, Verdict.INCONCLUSIVE, "the harness itself was late"))
        return tried

    def _play_once(self, case: Case, *, to_the_end: bool, asks_after: bool) -> Tried:
        now_s = time.monotonic()
        if self.stopped or now_s > self.last_s or (now_s > self.ends_s and not to_the_end):
            raise SearchEnd
        attempt = self._attempts[case.id] = self._attempts.get(case.id, 0) + 1
        once = self.trials.searched(case, self.lane, attempt=attempt, asks_after=asks_after, spares=not to_the_end)
        waiting = asyncio.run_coroutine_threadsafe(once, self.loop)
        try:
            tried = waiting.result()
        except CancelledError:
            raise SearchEnd from None
        self.cases += 1
        if tried.view is not None:
            self.loop.call_soon_threadsafe(self.on_view, case, tried.view)
        return tried

    def turn(self, ends_s: float) -> None:
        """Begin another search, which is to end then."""
        self.ends_s, self.grace_s = ends_s, GRACE_S
        self.told.update(key for key, _ in self.failures)

    def take_count(self) -> int:
        """Return how many cases were played since it was asked last."""
        cases, self.cases = self.cases, 0
        return cases

    def stop(self) -> None:
        """End the search before its next case."""
        self.stopped = True

    def start_afresh(self) -> None:
        """Start the target afresh, from the searching thread, where it was started by us at all."""
        with suppress(CancelledError):
            asyncio.run_coroutine_threadsafe(self.lane.start_afresh(), self.loop).result()

    def give_time(self, more_s: float) -> None:
        """Let a search that has found something go on for a while, to make it small."""
        now_s = time.monotonic()
        if now_s + more_s > self.ends_s:
            more_s = min(more_s, self.grace_s)
            self.grace_s -= max(0.0, now_s + more_s - self.ends_s)
            self.ends_s = max(self.ends_s, now_s + more_s)
