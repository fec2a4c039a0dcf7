"""One load generator: puts requests as its job says, measures each answer, and keeps what is to be reported.

The one rule: it decides nothing. Which request is put and when follows from the job, what an answer comes to is
computed from what was read; it only asks, and counts.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from itertools import islice
from typing import Final, TypeAlias

from harness.core.load.answer import measure
from harness.core.load.job import LoadJob, question
from harness.core.load.lateness import worth_telling
from harness.core.load.record import LoadPart
from harness.core.load.report import Late, Report
from harness.core.load.shape import arrivals
from harness.core.load.transcript import pack
from harness.core.run import seeds
from harness.shell.client.blocking_client import ask
from harness.shell.client.transcript import Ask
from scenarios.load import MOST_ASKED

_MOST_TOLD: Final = 200
_REST_S: Final = 0.1

Told: TypeAlias = Callable[[str, float, int], None]
"""Is told how an answer ended, how long it took in seconds, and its bytes."""


class Generator:
    """Puts the requests of generator `number`. Its methods are called by green threads of one thread."""

    def __init__(self, job: LoadJob | None, *, number: int, of: int = 1) -> None:
        self._job = job
        self._number = number
        self._of = of
        self._part = LoadPart()
        self._fresh: list[dict[str, object]] = []
        self._late: list[Late] = []
        self._started_s: float | None = None
        self._put = 0
        self._due = 0
        self.waiting = 0
        """How many answers are awaited."""
        self.offset_s = 0.0
        """What this clock lacks to the driver's."""

    @property
    def job(self) -> LoadJob:
        """The job; only known once there is one."""
        if self._job is None:
            raise RuntimeError("the generator has no job yet")
        return self._job

    def enlist(self, job: LoadJob, *, number: int, of: int) -> None:
        """Take a job, as number `number` of so many generators."""
        self._job, self._number, self._of = job, number, of

    def start(self) -> None:
        """Begin the time of the load, once."""
        self._started_s = self._started_s or time.monotonic()

    def beat(self, late_s: float) -> None:
        """Note that a timer came this much late."""
        self._late.append((time.monotonic() + self.offset_s, late_s))
        if len(self._late) > 2 * _MOST_TOLD:
            self._late = list(worth_telling(self._late, _MOST_TOLD))

    @property
    def is_over(self) -> bool:
        """Whether no further request is to be put."""
        if self._started_s is None or self._put * self._of >= MOST_ASKED:
            return True
        return time.monotonic() - self._started_s >= self.job.profile.duration_s

    def put_next(self, told: Told) -> None:
        """Put the next request of this generator and wait for its answer; nothing where the load is over."""
        if not self.is_over:
            self._due += 1
            self.put(f"{self._number}/{self._put}", told)

    def think_s(self) -> float:
        """Return how long a closed user pauses now: from half to one and a half times as long as the job says."""
        if self.is_over:
            return _REST_S
        draw = seeds.rng(self.job.seed, "load", "think", f"{self._number}/{self._put}")
        return self.job.profile.think_s * (0.5 + draw.random())

    def put_arrivals(self, spawn: Callable[[str], object], sleep: Callable[[float], object]) -> None:
        """Put every open arrival of this generator at its time, as far as there is a free user for it."""
        profile = self.job.profile
        users = math.ceil(profile.users / self._of)
        for at_s in islice(arrivals(profile, seed=self.job.seed), self._number, None, self._of):
            sleep(max(0.0, (self._started_s or 0.0) + at_s - time.monotonic()))
            if self.is_over:
                break
            self._due += 1
            if self.waiting < users:
                spawn(f"{self._number}/{self._put}")
                sleep(0)  # it counts as waiting once it runs
        while True:
            sleep(_REST_S)

    def put(self, name: str, told: Told) -> None:
        """Put one request and measure its answer; one that is broken off from here is not recorded."""
        job = self.job
        self._put += 1
        self.waiting += 1
        try:
            exchange = ask(
                Ask(
                    url=job.url,
                    path=job.path,
                    headers=job.headers,
                    moves=question(job, name).moves,
                    patience_s=job.patience_s,
                    label=name,
                    identity="a",
                    dialect=job.dialect,
                )
            )
        finally:
            self.waiting -= 1
        answer = measure(exchange)
        self._part.take(answer)
        self._fresh.append(pack(exchange, offset_s=self.offset_s))
        told(answer.ending, exchange.end_s - exchange.started_s, answer.body_bytes)

    def report(self, *, final: bool) -> Report:
        """Return what is to be told; each exchange is told once."""
        fresh, self._fresh = self._fresh, []
        started_s = self._started_s
        return Report(
            number=self._number,
            part=self._part,
            exchanges=tuple(fresh),
            started_s=None if started_s is None else started_s + self.offset_s,
            due=self._due,
            put=self._put,
            late=worth_telling(self._late, _MOST_TOLD),
            offset_s=self.offset_s,
            rests=started_s is not None and self.is_over and not self.waiting,
            final=final,
        )
