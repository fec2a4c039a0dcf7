"""What there is to fix: findings that belong together, told once, and what likely lies behind them."""

from __future__ import annotations

from pydantic import Field

from reports.record.part import Part, Text
from reports.record.verdict import Level


class Problem(Part):
    """One thing to fix: findings of one invariant and one shape, however many cases show it."""

    id: Text
    """Its invariant and a digest of its shape; the same with any seed."""
    invariant: Text
    level: Level
    """The heaviest level at which it was found."""
    shape: Text
    """The words of its findings without steps, numbers and quotations."""
    message: Text
    """The finding of its clearest case."""
    cases: tuple[Text, ...]
    """Every case that shows it, in the order of the record."""
    clearest: Text
    """The case that shows it with the fewest faults and the shortest exchange."""
    causes: tuple[Text, ...] = ()
    """The ids of the causes that explain it, the likeliest first; empty where no known cause does."""


class Cause(Part):
    """What is likely wrong inside the target: a known mistake that looks from outside as this run does."""

    id: Text
    sentence: Text
    """What the target does wrong, in one sentence."""
    mends: Text
    """What usually fixes it."""
    score: float = Field(ge=0, le=1)
    """How well the run looks like this mistake: 1 is exactly so."""
    explains: tuple[Text, ...]
    """The ids of the problems that it explains, wholly or in part."""
    cases: tuple[Text, ...]
    """The cases whose findings it explains, in the order of the record."""
    clearest: Text
    """The case to begin with."""
    replay: Text = ""
    """A command line that runs the clearest case again."""
