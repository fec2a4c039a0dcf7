"""The events of a run, written one JSON object a line as they happen: `--events FILE`.

The one rule: each event is on its way before the next thing happens, so that whoever follows is never behind, and a
run that is stopped or killed leaves every event that came before. Who reads them may leave: the run goes on.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Self, TextIO

import typer

from harness import __version__
from harness.cli.live.audience import Audience
from harness.cli.output import tell
from harness.cli.running.session import Session
from harness.errors import UsageError
from reports.events import (
    Event,
    PlayedEvent,
    RoundEvent,
    SaidEvent,
    StartEvent,
    StoppingEvent,
    TargetEvent,
    case_event,
    end_event,
)
from reports.record import CaseResult, RunRecord

STDOUT: Final = "-"
_PLAYED_EVERY_S: Final = 1.0

EventsOption = Annotated[
    str | None,
    typer.Option(
        "--events",
        metavar="FILE",
        envvar="EDGEPROOF_EVENTS",
        help="Write what happens while the run goes on, one JSON object a line; - for standard output, "
        "instead of the summary.",
    ),
]


def require_room(events: str | None, *, json: bool) -> None:
    """Refuse to write events and the record to one and the same standard output.

    Raises:
        UsageError: both were asked for.
    """
    if events == STDOUT and json:
        raise UsageError("--events - and --json both want standard output", next_step="give --events a file")


class EventLog(Audience):
    """Writes events to an open file, each flushed; to none at all when it is None. `started_s` is monotonic."""

    def __init__(self, file: TextIO | None, *, started_s: float) -> None:
        self._file = file
        self._started_s = started_s
        self._round = 0
        self._played = 0
        self._played_told_s = -_PLAYED_EVERY_S

    @classmethod
    def open(cls, name: str | None, *, started_s: float) -> Self:
        """Open the file that the user named, replacing an older one.

        Raises:
            UsageError: it cannot be written.
        """
        if name is None:
            return cls(None, started_s=started_s)
        if name == STDOUT:
            return cls(_utf8(sys.stdout), started_s=started_s)
        try:
            return cls(Path(name).open("w", encoding="utf-8"), started_s=started_s)
        except OSError as error:
            raise UsageError(
                f"events cannot be written to {name}",
                evidence=error.strerror or str(error),
                next_step="name another file with --events",
            ) from error

    def start(self, session: Session, *, started_at: datetime) -> None:
        """Tell what is to be run."""
        self.begin(
            seed=session.seed,
            profile=session.profile,
            target=session.target.name,
            suites=session.suites,
            planned=len(session.planned),
            rounds=session.repeat,
            started_at=started_at,
        )

    def begin(
        self,
        *,
        seed: int,
        profile: str,
        target: str,
        suites: tuple[str, ...],
        planned: int,
        rounds: int,
        started_at: datetime,
    ) -> None:
        """Tell what is to be run, also where no session says it."""
        self._write(
            StartEvent(
                at_s=self._now_s,
                edgeproof=__version__,
                seed=seed,
                profile=profile,
                target=target,
                suites=suites,
                planned=planned,
                rounds=rounds,
                started_at=started_at,
            )
        )

    def begin_round(self) -> None:
        """Tell that a round begins."""
        self._round += 1
        self._write(RoundEvent(at_s=self._now_s, round=self._round))

    def target(self, url: str) -> None:
        """Tell where the target listens."""
        self._write(TargetEvent(at_s=self._now_s, url=url))

    def say(self, words: str) -> None:
        """Tell what is being done."""
        self._write(SaidEvent(at_s=self._now_s, text=words))

    def case(self, result: CaseResult) -> None:
        """Tell the verdict of a case."""
        self._write(case_event(result, at_s=self._now_s, number=max(1, self._round)))

    def played(self) -> None:
        """Count a play of a search, and tell it now and then."""
        self._played += 1
        if self._now_s - self._played_told_s >= _PLAYED_EVERY_S:
            self._played_told_s = self._now_s
            self._write(PlayedEvent(at_s=self._now_s, played=self._played))

    def stopping(self, signal_name: str) -> None:
        """Tell that the run has been asked to end."""
        self._write(StoppingEvent(at_s=self._now_s, signal=signal_name))

    def end(self, record: RunRecord, *, error: str = "") -> None:
        """Tell what it all came to, and close the file."""
        self._write(end_event(record, at_s=self._now_s, error=error))
        if self._file is not None and self._file is not sys.stdout:
            with suppress(OSError):
                self._file.close()
        self._file = None

    @property
    def _now_s(self) -> float:
        return round(time.monotonic() - self._started_s, 3)

    def _write(self, event: Event) -> None:
        if self._file is None:
            return
        try:
            self._file.write(event.model_dump_json(by_alias=True) + "\n")
            self._file.flush()
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                tell(f"no more events are written: {error.strerror or error}")
            self._give_up()

    def _give_up(self) -> None:
        """Write nothing more; what the stream holds goes nowhere, or the interpreter would complain at its end."""
        file, self._file = self._file, None
        if file is sys.stdout:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, file.fileno())
            os.close(nowhere)
        elif file is not None:
            with suppress(OSError):
                file.close()


def _utf8(stream: TextIO) -> TextIO:
    """Return standard output, which writes JSON in UTF-8 whatever the locale is (RFC 8259 §8.1)."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(encoding="utf-8")
    return stream
