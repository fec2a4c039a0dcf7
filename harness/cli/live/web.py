"""The live page as the audience of a run.

The one rule: nobody but this machine can open it, and what it shows has been redacted as the report is.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from harness import __version__
from harness.cli.live.audience import NOBODY, Audience
from harness.cli.output import tell
from harness.cli.running.perform import described
from harness.cli.running.session import Session
from harness.shell.live.page_process import PageProcess
from harness.shell.target.revision import revision_of
from reports import outcome
from reports.live.events import (
    CaseEvent,
    EndEvent,
    LoadEvent,
    Planned,
    RoundEvent,
    SaidEvent,
    StartEvent,
    StoppingEvent,
    TargetEvent,
)
from reports.record import CaseResult, RunRecord


@contextmanager
def followed(session: Session) -> Iterator[Audience]:
    """Give the audience that the session asks for; one that is to stay does so until Ctrl-C.

    Raises:
        UsageError: its port cannot be had.
    """
    if session.web is None:
        yield NOBODY
        return
    page = PageProcess.start(port=session.web.port, report=session.out / "index.html")
    try:
        tell(f"live page: {page.url}")
        audience = _Page(page)
        yield audience
        if session.web.stays and not audience.was_stopped:
            _stay(page.url)
    finally:
        page.close()


class _Page(Audience):
    """Tells the page's process of every moment."""

    def __init__(self, page: PageProcess) -> None:
        self._page = page
        self._started_s = time.monotonic()
        self._round = 0
        self.was_stopped = False

    def start(self, session: Session, *, started_at: datetime) -> None:
        self._started_s = time.monotonic()
        self._page.tell(
            StartEvent(
                at_s=0.0,
                edgeproof=__version__,
                seed=session.seed,
                profile=session.profile,
                target=described(session.target, session.target.url, revision_of(session.target.here)),
                started_at=started_at,
                rounds=session.repeat,
                planned=tuple(Planned(id=case.id, suite=suite, family=case.family) for suite, case in session.planned),
            )
        )

    def begin_round(self) -> None:
        self._round += 1
        self._page.tell(RoundEvent(at_s=self._now_s, round=self._round))

    def target(self, url: str) -> None:
        self._page.tell(TargetEvent(at_s=self._now_s, url=url))

    def say(self, words: str) -> None:
        self._page.tell(SaidEvent(at_s=self._now_s, text=words))

    def case(self, result: CaseResult) -> None:
        self._page.tell(CaseEvent(at_s=self._now_s, case=result))

    def load(self, sample: LoadEvent) -> None:
        self._page.tell(sample.model_copy(update={"at_s": self._now_s}))

    def stopping(self, signal_name: str) -> None:
        self.was_stopped = True
        self._page.tell(StoppingEvent(at_s=self._now_s, signal=signal_name))

    def end(self, record: RunRecord, *, error: str = "") -> None:
        self._page.tell(
            EndEvent(
                at_s=self._now_s,
                shown_as=outcome.shown_as(record),
                word=outcome.word(record),
                says=outcome.verdict_line(record),
                error=error,
            )
        )

    @property
    def _now_s(self) -> float:
        return round(time.monotonic() - self._started_s, 3)


def _stay(url: str) -> None:
    """Wait for Ctrl-C or its kin."""
    over = threading.Event()
    before = {each: signal.signal(each, lambda *_: over.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        tell(f"the page stays at {url} until Ctrl-C")
        while not over.wait(0.5):  # a wait without an end would not let the handler run
            pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
