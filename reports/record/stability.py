"""What the rounds of a repeated run say of one another."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from reports.record.case import Finding, WireRow
from reports.record.part import Part, Text
from reports.record.verdict import Verdict


class Round(Part):
    """What one round of a repeated run said of a case."""

    round: int = Field(ge=1)
    verdict: Verdict
    saw: Text
    cause: Text = ""
    findings: tuple[Finding, ...] = ()
    wire: tuple[WireRow, ...] = ()
    """Left out where the rounds differ only in whether the case could be judged."""


class Unsteady(Part):
    """A case whose rounds differ, although seed and target were the same.

    `differs` says in what: in their verdicts; only in their findings; or only in whether the case could be judged at
    all, which is what a busy machine does.
    """

    id: Text
    differs: Literal["verdict", "findings", "judged"]
    verdicts: tuple[Verdict, ...]
    """One for each round, in order."""
    sides: tuple[Round, ...]
    """The first round with each verdict, or with each set of findings, to be compared."""


UNSTEADY: Final = {
    "verdict": "whose verdict differs",
    "findings": "with one verdict, and other findings",
    "judged": "that could not be judged each time",
}
"""What rounds can differ in, and how cases are called whose rounds do."""


class Stability(Part):
    """How many times the cases were played with one seed, and which of them did not come to the same each time."""

    rounds: int = Field(default=1, ge=1)
    cases: tuple[Unsteady, ...] = ()
