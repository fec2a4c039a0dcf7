"""Who hears of a run while it goes on.

The one rule: an audience hears of each moment as it happens, and never holds it up.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from harness.cli.running.session import Session
from reports.live.events import LoadEvent
from reports.record import CaseResult, RunRecord


class Audience:
    """What an audience is told. This one tells nobody; another does what it likes with what it hears."""

    def start(self, session: Session, *, started_at: datetime) -> None:
        """Hear what is to be run."""

    def begin_round(self) -> None:
        """Hear that a round begins."""

    def target(self, url: str) -> None:
        """Hear where the target listens."""

    def say(self, words: str) -> None:
        """Hear what is being done."""

    def case(self, result: CaseResult) -> None:
        """Hear the verdict of a case."""

    def played(self) -> None:
        """Hear that a case of a search was played."""

    def load(self, sample: LoadEvent) -> None:
        """Hear how a load goes; its time is left to the audience."""

    def stopping(self, signal_name: str) -> None:
        """Hear that the run has been asked to end."""

    def end(self, record: RunRecord, *, error: str = "") -> None:
        """Hear what it all came to."""


NOBODY: Final = Audience()
"""The audience of a run that nobody follows."""
