"""What the gates of a run said: what was known before, what is new, and what was missed."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from reports.record.part import Part, Text
from reports.record.verdict import Level


class Breach(Part):
    """A broken promise as a baseline names it: no numbers, no order, the same with any seed."""

    invariant: Text = ""
    """Empty where a case failed without a finding."""
    case: Text
    """The case that shows it; of a breach that only the baseline names, the case or the family it names."""
    shape: Text = ""
    """The words of the finding without steps, numbers and quotations."""
    level: Level = Level.MUST
    first_seen: date | None = None
    expires: date | None = None
    """The last day on which it is excused."""
    reason: Text = ""

    def __str__(self) -> str:
        """Name it in a few words."""
        what = ": ".join(filter(None, (self.invariant, self.shape)))
        return f"{self.case}: {what}" if what else self.case


class Against(Part):
    """What a run showed beside its baseline; only breaches that can fail the run are listed."""

    known: tuple[Breach, ...] = ()
    new: tuple[Breach, ...] = ()
    expired: tuple[Breach, ...] = ()
    """Known, and excused no longer."""
    mended: tuple[Breach, ...] = ()
    """In the baseline, and no longer shown by a case that was judged."""


class Gate(Part):
    """What a run was held to, and what came of it."""

    fail_on: Literal["must", "should"] = "must"
    baseline: Against | None = None
    """What the run showed beside its baseline; null without one."""
    missed: tuple[Text, ...] = Field(default=())
    """Every gate on something measured that was missed, in words."""
    stopped: Text = ""
    """By what the run was stopped before its end; empty of a run that came to it."""
